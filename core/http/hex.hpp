// SPDX-License-Identifier: MIT
// Bytes as hexadecimal digits in lower case, in a row or in the groups of a UUID.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace csgi {

inline constexpr char hex_digits[] = "0123456789abcdef";

inline void append_hex(std::string &out, unsigned char byte) {
    out += hex_digits[byte >> 4];
    out += hex_digits[byte & 15];
}

inline std::string hex_of(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) append_hex(out, static_cast<unsigned char>(c));
    return out;
}

// RFC 9562, 4: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6" of 16 bytes.
inline std::string uuid_of_bytes(std::string_view bytes) {
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        append_hex(out, static_cast<unsigned char>(bytes[i]));
    }
    return out;
}

} // namespace csgi
