// SPDX-License-Identifier: MIT
// Python's two ways to format text: % and str.format().
#pragma once

#include <string>
#include <string_view>

#include <csgi/template/state.hpp>

namespace csgi::jinja {

// format % arguments, for a string; of Markup the arguments are escaped and the result is Markup.
// Throws TypeError, ValueError, KeyError, OverflowError as PythonError or csgi's own, in Python's
// words. [any thread]
Value format_percent(State &state, const Value &format, const Value &arguments);

// format.format(*positional, **named). Of Markup the fields are escaped and the result is Markup.
// In a sandbox, fields reach only what the sandbox lets through. [any thread]
Value format_fields(State &state, const Value &format, const Arguments &arguments);
// format.format_map(mapping).
Value format_map(State &state, const Value &format, const Value &mapping);

// format(value, spec), appended: Python's mini-language for numbers and strings, strftime() for
// datetimes. [any thread]
void append_formatted(State &state, std::string &out, const Value &value, std::string_view spec);

} // namespace csgi::jinja
