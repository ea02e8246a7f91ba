// SPDX-License-Identifier: MIT
// UTF-8, one code point at a time, as Python and browsers decode it. RFC 3629.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace csgi {

struct Utf8Step {
    char32_t code; // U+FFFD when malformed
    std::uint8_t length;
    bool valid;
};

// What stands at the front of a text that is not empty. Of malformed bytes, as many as might have
// begun a code point make one U+FFFD: Unicode 3.9, "maximal subpart".
inline Utf8Step utf8_step(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return {first, 1, true};
    unsigned char low = 0x80, high = 0xbf; // what the second byte may be
    std::uint8_t length = 0;
    char32_t code = 0;
    if (first >= 0xc2 && first <= 0xdf) {
        length = 2;
        code = first & 0x1fu;
    } else if (first >= 0xe0 && first <= 0xef) {
        length = 3;
        code = first & 0x0fu;
        if (first == 0xe0) low = 0xa0;
        if (first == 0xed) high = 0x9f;
    } else if (first >= 0xf0 && first <= 0xf4) {
        length = 4;
        code = first & 0x07u;
        if (first == 0xf0) low = 0x90;
        if (first == 0xf4) high = 0x8f;
    } else {
        return {0xfffd, 1, false};
    }
    for (std::uint8_t i = 1; i < length; ++i) {
        if (i >= text.size() || byte(i) < low || byte(i) > high) return {0xfffd, i, false};
        code = code << 6 | (byte(i) & 0x3fu);
        low = 0x80;
        high = 0xbf;
    }
    return {code, length, true};
}

inline bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const Utf8Step step = utf8_step(text);
        if (!step.valid) return false;
        text.remove_prefix(step.length);
    }
    return true;
}

inline void append_utf8(std::string &out, char32_t code) {
    const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) return put(code);
    if (code < 0x800) {
        put(0xc0 | code >> 6);
    } else if (code < 0x10000) {
        put(0xe0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3f));
    } else {
        put(0xf0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3f));
        put(0x80 | (code >> 6 & 0x3f));
    }
    put(0x80 | (code & 0x3f));
}

// The text with U+FFFD in place of what is malformed: Python's errors="replace".
inline void append_replaced(std::string &out, std::string_view text) {
    while (!text.empty()) {
        const Utf8Step step = utf8_step(text);
        if (step.valid)
            out.append(text, 0, step.length);
        else
            append_utf8(out, 0xfffd);
        text.remove_prefix(step.length);
    }
}

} // namespace csgi
