// SPDX-License-Identifier: MIT
// The members of a question, read as what they should be.
#include "adapters/cli/tool/tool.hpp"

namespace csgi {

namespace {

[[noreturn]] void refuse(const char *what, std::string_view kind_of) {
    throw ToolError("value", std::string(what) + " '" + std::string(kind_of) + "'");
}

} // namespace

const Value &Question::get(std::string_view name) const {
    if (const Value *value = find(name)) return *value;
    refuse("no member", name);
}

bool Question::is_set(std::string_view name) const {
    const Value *value = find(name);
    return value && !value->is_none();
}

std::string_view Question::text(std::string_view name) const {
    const Value &value = get(name);
    if (!value.is_string()) refuse("not a string:", name);
    return value.text();
}

std::string_view Question::text(std::string_view name, std::string_view fallback) const {
    return is_set(name) ? text(name) : fallback;
}

std::int64_t Question::integer(std::string_view name) const {
    const Value &value = get(name);
    if (value.is_float() && value.as_double() >= -0x1p63 && value.as_double() < 0x1p63)
        return static_cast<std::int64_t>(value.as_double());
    if (!value.is(Kind::integer)) refuse("not an integer:", name);
    return value.as_int();
}

bool Question::flag(std::string_view name, bool fallback) const {
    return is_set(name) ? get(name).truthy() : fallback;
}

} // namespace csgi
