// SPDX-License-Identifier: MIT
// Digits come from the C++ library; where Python's words differ from C's is seen to here.
#include "core/template/number_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <vector>

#include <csgi/value/number.hpp>

namespace csgi::jinja {

namespace {

// Decimal digits of any length into another base, by repeated division.
std::string rebased(std::string_view decimal, unsigned base) {
    // In base 10**9, most significant first.
    std::vector<std::uint32_t> limbs;
    for (std::size_t at = 0; at < decimal.size();) {
        const std::size_t size = at == 0 && decimal.size() % 9 ? decimal.size() % 9 : 9;
        std::uint32_t limb = 0;
        for (const char c : decimal.substr(at, size))
            limb = limb * 10 + static_cast<std::uint32_t>(c - '0');
        limbs.push_back(limb);
        at += size;
    }
    std::string out;
    while (!limbs.empty()) {
        std::uint64_t rest = 0;
        for (std::uint32_t &limb : limbs) {
            rest = rest * 1'000'000'000 + limb;
            limb = static_cast<std::uint32_t>(rest / base);
            rest %= base;
        }
        out += "0123456789abcdef"[rest];
        limbs.erase(limbs.begin(), std::find_if(limbs.begin(), limbs.end(),
                                                [](std::uint32_t limb) { return limb != 0; }));
    }
    std::reverse(out.begin(), out.end());
    return out;
}

} // namespace

bool is_below_zero(const Value &number) {
    if (number.is(Kind::big_integer)) return number.text().starts_with('-');
    if (number.is_float()) return std::signbit(number.as_double());
    return number.as_int() < 0;
}

std::string integer_digits(const Value &integer, unsigned base) {
    if (integer.is(Kind::big_integer)) {
        std::string_view digits = integer.text();
        digits.remove_prefix(digits.starts_with('-'));
        return base == 10 ? std::string(digits) : rebased(digits, base);
    }
    const std::int64_t value = integer.as_int();
    const std::uint64_t size =
        value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    char digits[64];
    const auto end = std::to_chars(digits, digits + sizeof digits, size, static_cast<int>(base));
    return std::string(digits, end.ptr);
}

std::string float_digits(double value, char type, int precision, bool alternate) {
    const bool upper = type == 'E' || type == 'F' || type == 'G';
    value = std::fabs(value);
    if (std::isnan(value)) return upper ? "NAN" : "nan";
    if (std::isinf(value)) return upper ? "INF" : "inf";
    if (type == 'r') {
        char digits[number_length];
        return std::string(digits, write_double(value, digits));
    }
    const std::chars_format format = type == 'e' || type == 'E'   ? std::chars_format::scientific
                                     : type == 'f' || type == 'F' ? std::chars_format::fixed
                                                                  : std::chars_format::general;
    if (format == std::chars_format::general && precision == 0) precision = 1;
    std::string out(static_cast<std::size_t>(precision) + 400, '\0');
    out.resize(static_cast<std::size_t>(
        std::to_chars(out.data(), out.data() + out.size(), value, format, precision).ptr -
        out.data()));
    if (alternate) {
        std::size_t mantissa = std::min(out.find('e'), out.size());
        if (out.find('.') == out.npos) out.insert(mantissa++, ".");
        if (format == std::chars_format::general) {
            std::size_t significant = 0;
            bool leading = true;
            for (const char c : out.substr(0, std::min(out.find('e'), out.size()))) {
                if (c == '.') continue;
                if (leading && c == '0' && value != 0) continue;
                leading = false;
                ++significant;
            }
            mantissa = std::min(out.find('e'), out.size());
            if (significant < static_cast<std::size_t>(precision))
                out.insert(mantissa, static_cast<std::size_t>(precision) - significant, '0');
        }
    }
    if (upper) std::replace(out.begin(), out.end(), 'e', 'E');
    return out;
}

std::string grouped(std::string_view digits, char separator, std::size_t size, std::size_t width) {
    const std::size_t whole = std::min(digits.find_first_of(".eE"), digits.size());
    const std::string_view after = digits.substr(whole);
    std::string reversed;
    std::size_t count = 0;
    const auto put = [&](char c) {
        if (count && count % size == 0) reversed += separator;
        reversed += c;
        ++count;
    };
    for (std::size_t i = whole; i-- > 0;) put(digits[i]);
    while (reversed.size() + after.size() < width) {
        put('0');
    }
    std::reverse(reversed.begin(), reversed.end());
    return reversed.append(after);
}

} // namespace csgi::jinja
