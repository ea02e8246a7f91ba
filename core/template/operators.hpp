// SPDX-License-Identifier: MIT
// Python's arithmetic on values that need no rendering: numbers of any size, text, lists.
#pragma once

#include <string>
#include <string_view>

#include <csgi/template/state.hpp>

namespace csgi::jinja {

// Decimal digits that an integer may have, as Python's own limit for their text.
inline constexpr std::size_t most_digits = 4300;

// a op b. Throws TypeError or PythonError in Python's words. The caller sees to it that a repeated
// text or list does not become too large, and that `%` of a text does not come here.
Value calculate(Operator op, const Value &a, const Value &b);
Value negated(const Value &value);
std::string_view sign_of(Operator op);

} // namespace csgi::jinja
