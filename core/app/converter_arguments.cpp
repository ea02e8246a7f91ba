// SPDX-License-Identifier: MIT
// What stands in a converter's parentheses.
#include <csgi/app/converter.hpp>

#include <charconv>

#include <csgi/app/rule_text.hpp>

#include "core/app/digit.hpp"

namespace csgi {

namespace {

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

Value pythonized(std::string_view text) {
    if (text == "None") return Value();
    if (text == "True") return Value(true);
    if (text == "False") return Value(false);
    if (!text.empty() && digits_length(text) == text.size()) {
        if (const auto number = to_integer(text)) return Value(*number);
        return Value::integer(ascii_digits(text));
    }
    double number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && stop == text.data() + text.size()) return Value(number);
    return Value(text);
}

} // namespace

ConverterArguments parse_converter_arguments(std::string_view text) {
    ConverterArguments arguments;
    std::size_t at = 0;
    const auto is_word = [text](std::size_t i) {
        return i < text.size() &&
               (RuleText::is_word(text[i]) || static_cast<unsigned char>(text[i]) >= 0x80);
    };
    const auto skip = [&] {
        while (at < text.size() && is_space(text[at])) ++at;
    };
    while (at < text.size()) {
        const std::size_t start = at;
        const auto refuse = [&] {
            throw std::invalid_argument("Cannot parse converter argument '" +
                                        std::string(text.substr(start)) + "'");
        };
        skip();
        if (at == text.size()) break;
        std::string name;
        std::size_t stop = at;
        while (is_word(stop)) ++stop;
        if (std::size_t equals = stop; stop > at) {
            while (equals < text.size() && is_space(text[equals])) ++equals;
            if (equals < text.size() && text[equals] == '=') {
                name = text.substr(at, stop - at);
                at = equals + 1;
                skip();
            }
        }
        const bool prefixed = at + 1 < text.size() &&
                              std::string_view("uUrR").find(text[at]) != std::string_view::npos &&
                              (text[at + 1] == '"' || text[at + 1] == '\'');
        const std::size_t quote_at = at + (prefixed ? 1 : 0);
        Value value;
        if (quote_at < text.size() && (text[quote_at] == '"' || text[quote_at] == '\'')) {
            const std::size_t close = text.find(text[quote_at], quote_at + 1);
            if (close == std::string_view::npos) refuse();
            value = Value(text.substr(quote_at + 1, close - quote_at - 1));
            at = close + 1;
        } else {
            stop = at;
            while (is_word(stop) || (stop < text.size() && text[stop] == '.')) ++stop;
            if (stop == at) refuse();
            value = pythonized(text.substr(at, stop - at));
            at = stop;
        }
        skip();
        if (at < text.size() && text[at] != ',') refuse();
        ++at;
        if (name.empty())
            arguments.positional.push_back(std::move(value));
        else
            arguments.named.emplace_back(std::move(name), std::move(value));
    }
    return arguments;
}

} // namespace csgi
