// SPDX-License-Identifier: MIT
// What the parsers of HTTP's values do to text: ASCII case, blanks at the ends, whole numbers.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace csgi {

inline char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

inline std::string lower(std::string_view text) {
    std::string out(text);
    for (char &c : out) c = lower(c);
    return out;
}

inline bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

// Without the characters of `these` at both ends; by default OWS, RFC 9110 5.6.3.
inline std::string_view strip(std::string_view text, std::string_view these = " \t") {
    const std::size_t first = text.find_first_not_of(these);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(these) - first + 1);
}

// Digits, perhaps after a "-"; blanks around it do not count. A number that 64 bits do not hold is
// the largest or smallest that they do.
inline std::optional<std::int64_t> whole_number(std::string_view text) {
    text = strip(text);
    const std::string_view digits = text.substr(text.starts_with('-'));
    if (digits.empty() || digits.find_first_not_of("0123456789") != digits.npos)
        return std::nullopt;
    std::int64_t value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc())
        return value;
    return text.front() == '-' ? INT64_MIN : INT64_MAX;
}

} // namespace csgi
