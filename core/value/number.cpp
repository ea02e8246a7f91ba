// SPDX-License-Identifier: MIT
// The shortest digits of a double come from the C++ library; where the point stands is Python's.
#include <csgi/value/number.hpp>

#include <charconv>
#include <cmath>
#include <cstring>

namespace csgi {

namespace {

// Python writes an exponent below 1e-4 and from 1e16 on.
constexpr int smallest_fixed = -4;
constexpr int first_exponent = 16;

char *copy(char *out, const char *text, std::size_t n) {
    std::memcpy(out, text, n);
    return out + n;
}

} // namespace

char *write_integer(std::int64_t value, char out[number_length]) {
    return std::to_chars(out, out + number_length, value).ptr;
}

char *write_double(double value, char out[number_length]) {
    if (std::isnan(value)) return copy(out, "nan", 3);
    if (std::isinf(value)) return value < 0 ? copy(out, "-inf", 4) : copy(out, "inf", 3);
    // Whole numbers of moderate size are frequent, and exact as integers.
    if (std::fabs(value) < 1e15 && value == std::trunc(value) &&
        !(value == 0 && std::signbit(value))) {
        out = write_integer(static_cast<std::int64_t>(value), out);
        return copy(out, ".0", 2);
    }
    // d.ddde+XX: at most 17 digits.
    char text[number_length];
    const char *end =
        std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    const char *p = text;
    if (*p == '-') *out++ = *p++;
    const char *mark =
        static_cast<const char *>(std::memchr(p, 'e', static_cast<std::size_t>(end - p)));
    int exponent = 0;
    std::from_chars(mark + (mark[1] == '+' ? 2 : 1), end, exponent);
    char digits[20] = {};
    int count = 0;
    for (; p != mark; ++p)
        if (*p != '.') digits[count++] = *p;
    const auto put = [&](int from, int to) {
        if (to > from) out = copy(out, digits + from, static_cast<std::size_t>(to - from));
    };
    if (exponent < smallest_fixed || exponent >= first_exponent) {
        put(0, 1);
        if (count > 1) *out++ = '.';
        put(1, count);
        *out++ = 'e';
        *out++ = exponent < 0 ? '-' : '+';
        const int size = exponent < 0 ? -exponent : exponent;
        if (size < 10) *out++ = '0';
        return std::to_chars(out, out + 4, size).ptr;
    }
    if (exponent < 0) {
        out = copy(out, "0.", 2);
        for (int i = -1; i > exponent; --i) *out++ = '0';
        put(0, count);
        return out;
    }
    const int before = exponent + 1;
    put(0, before < count ? before : count);
    for (int i = count; i < before; ++i) *out++ = '0';
    *out++ = '.';
    if (count > before)
        put(before, count);
    else
        *out++ = '0';
    return out;
}

} // namespace csgi
