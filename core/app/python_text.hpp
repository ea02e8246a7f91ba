// SPDX-License-Identifier: MIT
// str(), repr(), int() and float() of Python, for what stands in URLs and in messages about them.
#pragma once

#include <string>
#include <string_view>

#include <csgi/value/value.hpp>

namespace csgi {

// repr() of a string.
std::string python_repr(std::string_view text);
inline std::string python_repr(const std::string &text) {
    return python_repr(std::string_view(text));
}
// repr() of scalars, lists, tuples and dicts of them.
std::string python_repr(const Value &value);
// ['a', 'b'], sorted.
std::string python_names(std::vector<std::string> names);

// int(value) and float(value); throw std::invalid_argument in Python's words.
Value python_int(const Value &value);
Value python_float(const Value &value);

} // namespace csgi
