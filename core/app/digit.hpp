// SPDX-License-Identifier: MIT
// Decimal digits as Python's \d and int() know them: those of every script, not ASCII's alone.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "core/http/utf8.hpp"

namespace csgi {

// The zeros of Unicode 14's general category Nd behind ASCII; the nine after each are its digits.
inline constexpr char32_t other_zeros[] = {
    0x660,   0x6f0,   0x7c0,   0x966,   0x9e6,   0xa66,   0xae6,   0xb66,   0xbe6,   0xc66,
    0xce6,   0xd66,   0xde6,   0xe50,   0xed0,   0xf20,   0x1040,  0x1090,  0x17e0,  0x1810,
    0x1946,  0x19d0,  0x1a80,  0x1a90,  0x1b50,  0x1bb0,  0x1c40,  0x1c50,  0xa620,  0xa8d0,
    0xa900,  0xa9d0,  0xa9f0,  0xaa50,  0xabf0,  0xff10,  0x104a0, 0x10d30, 0x11066, 0x110f0,
    0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950,
    0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec,
    0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
};

// Python refuses to read longer integers from a text.
inline constexpr std::size_t int_digits_most = 4300;

struct DigitStep {
    int value;            // -1: no digit
    unsigned char length; // in bytes
};

// What stands at the front of a text that is not empty.
inline DigitStep digit_step(std::string_view text) {
    if (text[0] >= '0' && text[0] <= '9') return {text[0] - '0', 1};
    if (static_cast<unsigned char>(text[0]) < 0x80) return {-1, 1};
    const Utf8Step step = utf8_step(text);
    const char32_t *above =
        std::upper_bound(std::begin(other_zeros), std::end(other_zeros), step.code);
    if (above == std::begin(other_zeros) || step.code - above[-1] > 9) return {-1, step.length};
    return {static_cast<int>(step.code - above[-1]), step.length};
}

// How many bytes of digits stand at the front.
inline std::size_t digits_length(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const DigitStep step = digit_step(text.substr(at));
        if (step.value < 0) break;
        at += step.length;
    }
    return at;
}

// The text in ASCII's digits; what is no digit stays.
inline std::string ascii_digits(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const DigitStep step = digit_step(text);
        if (step.value < 0)
            out.append(text, 0, step.length);
        else
            out += static_cast<char>('0' + step.value);
        text.remove_prefix(step.length);
    }
    return out;
}

} // namespace csgi
