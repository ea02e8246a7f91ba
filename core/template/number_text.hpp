// SPDX-License-Identifier: MIT
// The digits of numbers in the ways that format specifications ask for.
#pragma once

#include <string>
#include <string_view>

#include <csgi/value/value.hpp>

namespace csgi::jinja {

// The digits of an integer, bool or big integer in base 2, 8, 10 or 16, lower case, without sign
// and prefix.
std::string integer_digits(const Value &integer, unsigned base);
bool is_below_zero(const Value &number);

// The digits of a double without its sign, as C's printf: `type` is one of e E f F g G, or r for
// the shortest that reads back. `alternate` keeps the point and, for g, the zeros after it.
std::string float_digits(double value, char type, int precision, bool alternate);

// "1234567" as "1,234,567": `separator` before each group of `size` digits. Only digits that
// stand before a point or an exponent are grouped; zeros are added in front until the text is
// `width` characters.
std::string grouped(std::string_view digits, char separator, std::size_t size, std::size_t width);

} // namespace csgi::jinja
