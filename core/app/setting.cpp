// SPDX-License-Identifier: MIT
// What a setting may be, or a sentence about what it is instead.
#include "core/app/setting.hpp"

#include <csgi/app/error.hpp>
#include <csgi/value/json.hpp>

#include "core/app/python_text.hpp"

namespace csgi {

namespace {

[[noreturn]] void refuse(std::string_view name, const Value &value, const char *wanted) {
    throw SetupError(std::string(name) + " is " + python_repr(value) + ", not " + wanted);
}

} // namespace

std::optional<std::string> text_setting(const Config &config, std::string_view name) {
    const Value &value = config[name];
    if (value.is_none()) return std::nullopt;
    if (!value.is_string()) refuse(name, value, "a text");
    return std::string(value.text());
}

std::optional<std::int64_t> size_setting(const Config &config, std::string_view name) {
    const Value &value = config[name];
    if (value.is_none()) return std::nullopt;
    if (!value.is(Kind::integer) || value.as_int() < 0)
        refuse(name, value, "a whole number of 0 or more");
    return value.as_int();
}

std::vector<std::string> texts_setting(const Config &config, std::string_view name) {
    std::vector<std::string> texts;
    const Value &value = config[name];
    if (value.is_none()) return texts;
    if (!value.is_list() && !value.is_tuple()) refuse(name, value, "a list of texts");
    for (const Value &item : value.as_list()) {
        if (!item.is_string()) refuse(name, value, "a list of texts");
        texts.emplace_back(item.text());
    }
    return texts;
}

Value json_or_text(std::string_view text) {
    try {
        return parse_json(text);
    } catch (const JsonError &) {
        return Value(text);
    }
}

} // namespace csgi
