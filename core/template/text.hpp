// SPDX-License-Identifier: MIT
// Python's view of UTF-8 text: code points, white space.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace csgi::jinja {

// Bytes of the code point that begins here; 1 for a byte that begins none.
inline std::size_t code_point_length(std::string_view text, std::size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t n = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return n <= text.size() - at ? n : 1;
}

// Of valid UTF-8; any byte that continues none counts with the one before it.
inline std::size_t count_code_points(std::string_view text) {
    std::size_t n = 0;
    for (const char c : text) n += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return n;
}

// Where the code point of a number begins; text.size() beyond the end.
inline std::size_t code_point_offset(std::string_view text, std::size_t number) {
    std::size_t at = 0;
    while (number > 0 && at < text.size()) {
        at += code_point_length(text, at);
        --number;
    }
    return at;
}

inline char32_t decode_code_point(std::string_view text, std::size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t n = code_point_length(text, at);
    if (n == 1) return lead;
    auto value = static_cast<char32_t>(lead & (0x7f >> n));
    for (std::size_t i = 1; i < n; ++i)
        value = value << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3f);
    return value;
}

inline void append_code_point(std::string &out, char32_t c) {
    if (c >= 0xd800 && c < 0xe000) c = 0xfffd; // half a surrogate pair is no text
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xc0 | c >> 6);
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xe0 | c >> 12);
        out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | c >> 18);
        out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
        out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    }
}

// str.isspace() of one code point.
constexpr bool is_space(char32_t c) {
    return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x205f || c == 0x3000;
}

// Bytes of the white space that stands at a position; 0: there is none.
inline std::size_t space_at(std::string_view text, std::size_t at) {
    if (at >= text.size()) return 0;
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) return is_space(byte) ? 1 : 0;
    return is_space(decode_code_point(text, at)) ? code_point_length(text, at) : 0;
}

// Where the white space that begins here ends.
inline std::size_t skip_space(std::string_view text, std::size_t at) {
    while (const std::size_t n = space_at(text, at)) at += n;
    return at;
}

// text.rstrip()
inline std::string_view strip_right(std::string_view text) {
    while (!text.empty()) {
        std::size_t at = text.size() - 1;
        while (at > 0 && text.size() - at < 4 &&
               (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80)
            --at;
        const std::size_t n = space_at(text, at);
        if (n == 0 || at + n != text.size()) break;
        text = text.substr(0, at);
    }
    return text;
}

inline std::string_view strip_left(std::string_view text) {
    return text.substr(skip_space(text, 0));
}

} // namespace csgi::jinja
