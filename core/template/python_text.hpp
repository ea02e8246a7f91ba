// SPDX-License-Identifier: MIT
// str() and repr() of values that are defined.
#pragma once

#include <string>

#include <csgi/value/value.hpp>

namespace csgi::jinja {

// Throw RecursionError beyond 1,000 levels. What stands inside itself is written as "...", also
// when an object lies between.
void append_python(std::string &out, const Value &value, bool quoted);
void append_python(std::string &out, const Dict &dict);
void append_python_repr(std::string &out, std::string_view text, bool is_bytes);

} // namespace csgi::jinja
