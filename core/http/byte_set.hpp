// SPDX-License-Identifier: MIT
// Sets of bytes written down as the bytes themselves, for the functions of grammar.h and percent.h.
#pragma once

#include <string_view>

#include "core/http/grammar.h"

namespace csgi {

inline constexpr std::string_view ascii_letters_and_digits =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

constexpr csgi_byte_set byte_set(std::string_view a, std::string_view b = {},
                                 std::string_view c = {}) {
    csgi_byte_set set{};
    for (const std::string_view bytes : {a, b, c})
        for (const char byte : bytes) {
            const auto code = static_cast<unsigned char>(byte);
            set.bits[code / 32] |= 1u << (code % 32);
        }
    return set;
}

// RFC 3986 2.3, and what a place adds to it.
constexpr csgi_byte_set unreserved_and(std::string_view more) {
    return byte_set(ascii_letters_and_digits, "-._~", more);
}

inline bool all_in(const csgi_byte_set &set, std::string_view text) {
    for (const char byte : text)
        if (!csgi_byte_set_has(&set, byte)) return false;
    return true;
}

} // namespace csgi
