// SPDX-License-Identifier: MIT
// Python's built-in functions on values that filters, methods and formats share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <csgi/template/state.hpp>

namespace csgi::jinja {

// isinstance(value, int): bool, too.
inline bool is_integer(const Value &value) {
    return value.is(Kind::boolean) || value.is(Kind::integer) || value.is(Kind::big_integer);
}
inline bool is_number(const Value &value) {
    return is_integer(value) || value.is_float();
}

// int(value) and float(value). Throw TypeError, ValueError, OverflowError in Python's words;
// undefined values throw as they do.
Value to_integer(State &state, const Value &value);
double to_double(State &state, const Value &value);
// int(text, base) and float(text); nothing where Python throws ValueError.
std::optional<Value> parse_integer(std::string_view text, unsigned base);
std::optional<double> parse_double(std::string_view text);
// A whole double of any size as an integer. It is finite.
Value whole_number(double value);

// An argument that is an int (also a bool), brought to what an int64 can say; TypeError otherwise.
std::int64_t integer_argument(State &state, const Value *value, std::int64_t otherwise);
// A flag, by its truth.
bool flag_argument(State &state, const Value *value, bool otherwise);

// Before a search: in the worst case each place looks like the beginning of the part.
inline void step_search(State &state, std::string_view text, std::string_view part) {
    state.step(1 + text.size() / 1024 * std::min(part.size(), text.size()));
}

// value[key], as Python alone would look: KeyError, IndexError, TypeError.
Value python_item(State &state, const Value &value, const Value &key);

// Has it Python's __getitem__? Of our own objects few have; a host's may have.
bool has_items(const Value &value);

// ascii(): the text with everything beyond ASCII as \x, \u or \U.
std::string as_ascii(std::string_view text);
// chr(): also the half of a surrogate pair, which UTF-8 cannot say, as U+FFFD.
void append_chr(std::string &out, char32_t code);

// hasattr(value, '__html__'); a chainable undefined value has everything.
bool has_html(State &state, const Value &value);
// The value's own HTML, or what it says as text, not escaped.
std::string html_or_text(State &state, const Value &value);

// A text of the same kind as the pattern: Markup if that is.
inline Value like(const Value &pattern, std::string_view text) {
    return pattern.is_markup() ? Value::markup(text) : Value(text);
}

// '... object is not ...', of a value.
std::string not_able(const Value &value, std::string_view what);

} // namespace csgi::jinja
