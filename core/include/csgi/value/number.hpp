// SPDX-License-Identifier: MIT
// Numbers as Python writes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace csgi {

// "-1.7976931348623157e+308"; what follows never needs more.
inline constexpr std::size_t number_length = 32;

// Writes the shortest text that reads back as the same double, as Python's repr() does: 1.0, 1e+16,
// 1e-05, inf, nan. No terminator; returns where it ends. [any thread]
char *write_double(double value, char out[number_length]);
// The same for an integer.
char *write_integer(std::int64_t value, char out[number_length]);

inline void append_double(std::string &out, double value) {
    char digits[number_length];
    out.append(digits, write_double(value, digits));
}
inline void append_integer(std::string &out, std::int64_t value) {
    char digits[number_length];
    out.append(digits, write_integer(value, digits));
}

} // namespace csgi
