// SPDX-License-Identifier: MIT
// Values as Python spells them.
#include "core/app/python_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <csgi/app/converter.hpp>
#include <csgi/value/number.hpp>
#include <csgi/value/object.hpp>

#include "core/app/digit.hpp"
#include "core/http/hex.hpp"

namespace csgi {

namespace {

// repr() of str or, with escapes for all beyond ASCII, of bytes.
void append_repr(std::string &out, std::string_view text, bool is_bytes) {
    const bool has_single = text.find('\'') != std::string_view::npos;
    const char quote = has_single && text.find('"') == std::string_view::npos ? '"' : '\'';
    if (is_bytes) out += 'b';
    out += quote;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == quote || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n' || c == '\r' || c == '\t') {
            out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
        } else if (byte < 0x20 || byte == 0x7f || (is_bytes && byte > 0x7f)) {
            out += "\\x";
            append_hex(out, byte);
        } else {
            out += c;
        }
    }
    out += quote;
}

void append_value(std::string &out, const Value &value, bool quoted);

void append_items(std::string &out, const List &items, char open, char close) {
    out += open;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i) out += ", ";
        append_value(out, items[i], true);
    }
    if (open == '(' && items.size() == 1) out += ',';
    out += close;
}

void append_value(std::string &out, const Value &value, bool quoted) {
    switch (value.kind()) {
    case Kind::none: out += "None"; break;
    case Kind::undefined: break;
    case Kind::boolean: out += value.truthy() ? "True" : "False"; break;
    case Kind::integer: append_integer(out, value.as_int()); break;
    case Kind::big_integer: out += value.text(); break;
    case Kind::floating: append_double(out, value.as_double()); break;
    case Kind::datetime: append_integer(out, value.as_datetime().seconds); break;
    case Kind::object: out += value.as_object().text(); break;
    case Kind::string:
        if (quoted)
            append_repr(out, value.text(), false);
        else
            out += value.text();
        break;
    case Kind::bytes: append_repr(out, value.text(), true); break;
    case Kind::uuid:
        if (quoted) out += "UUID('";
        out += uuid_of_bytes(value.text());
        if (quoted) out += "')";
        break;
    case Kind::list: append_items(out, value.as_list(), '[', ']'); break;
    case Kind::tuple: append_items(out, value.as_list(), '(', ')'); break;
    case Kind::dict: {
        out += '{';
        bool first = true;
        for (const Dict::Entry &entry : value.as_dict()) {
            if (!first) out += ", ";
            first = false;
            append_value(out, entry.key, true);
            out += ": ";
            append_value(out, entry.value, true);
        }
        out += '}';
        break;
    }
    }
}

std::string_view stripped(std::string_view text) {
    const char *spaces = " \t\n\v\f\r";
    const std::size_t first = text.find_first_not_of(spaces);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

// The digits of a text that int() reads; empty when it does not.
std::string int_digits(std::string_view text) {
    text = stripped(text);
    std::string out;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        if (text[0] == '-') out += '-';
        text.remove_prefix(1);
    }
    bool was_digit = false;
    const std::size_t sign = out.size();
    while (!text.empty()) {
        const DigitStep step = digit_step(text);
        if (step.value < 0 && !(text[0] == '_' && was_digit)) return {};
        was_digit = step.value >= 0;
        if (was_digit) out += static_cast<char>('0' + step.value);
        text.remove_prefix(step.length);
    }
    if (!was_digit) return {};
    // Value::integer wants no zeros in front.
    const std::size_t first = std::min(out.find_first_not_of('0', sign), out.size() - 1);
    out.erase(sign, first - sign);
    return out == "-0" ? "0" : out;
}

} // namespace

std::string python_repr(std::string_view text) {
    std::string out;
    append_repr(out, text, false);
    return out;
}

std::string python_repr(const Value &value) {
    std::string out;
    append_value(out, value, true);
    return out;
}

std::string python_names(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    std::string out = "[";
    for (const std::string &name : names) {
        if (out.size() > 1) out += ", ";
        append_repr(out, name, false);
    }
    return out + "]";
}

std::string url_text(const Value &value) {
    if (value.is_string()) return std::string(value.text());
    std::string out;
    append_value(out, value, false);
    return out;
}

std::string query_text(const Value &value) {
    return value.is(Kind::bytes) ? std::string(value.text()) : url_text(value);
}

Value python_int(const Value &value) {
    if (value.is_integer()) return value;
    if (value.is_bool()) return Value(value.as_int());
    if (value.is_float()) {
        const double number = value.as_double();
        if (std::isnan(number)) throw std::invalid_argument("cannot convert float NaN to integer");
        if (std::isinf(number))
            throw std::invalid_argument("cannot convert float infinity to integer");
        char digits[400];
        const auto [stop, error] = std::to_chars(digits, digits + sizeof digits, std::trunc(number),
                                                 std::chars_format::fixed, 0);
        const std::string_view text(digits, static_cast<std::size_t>(stop - digits));
        return Value::integer(text == "-0" ? "0" : text);
    }
    if (value.is_string()) {
        const std::string digits = int_digits(value.text());
        if (!digits.empty()) return Value::integer(digits);
        throw std::invalid_argument("invalid literal for int() with base 10: " +
                                    python_repr(value));
    }
    throw std::invalid_argument("int() argument must be a string, a bytes-like object or a real "
                                "number, not '" +
                                std::string(value.type_name()) + "'");
}

Value python_float(const Value &value) {
    if (value.is_float()) return value;
    if (value.is_integer() || value.is_bool()) return Value(value.as_double());
    if (value.is_string()) {
        std::string_view text = stripped(value.text());
        if (!text.empty() && text[0] == '+') text.remove_prefix(1);
        double number = 0;
        const char *end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, number);
        if (stop == end && error == std::errc()) return Value(number);
        throw std::invalid_argument("could not convert string to float: " + python_repr(value));
    }
    throw std::invalid_argument("float() argument must be a string or a real number, not '" +
                                std::string(value.type_name()) + "'");
}

} // namespace csgi
