// SPDX-License-Identifier: MIT
// Dates in any order and spelling that Python's email package takes: words first, then sense.
#include <csgi/http/date.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <vector>

#include "core/http/date.h"
#include "core/http/text.hpp"

namespace csgi {

namespace {

constexpr std::array<std::string_view, 12> months = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};

// From 1, by the short or the long name; 0 for any other word.
int month_of(std::string_view word) {
    for (std::size_t i = 0; i < months.size(); ++i)
        if (same_word(word, months[i]) || same_word(word, months[i].substr(0, 3)))
            return static_cast<int>(i) + 1;
    return 0;
}

bool is_day_name(std::string_view word) {
    for (const char *day : {"mon", "tue", "wed", "thu", "fri", "sat", "sun"})
        if (same_word(word, day)) return true;
    return false;
}

struct Zone {
    std::string_view name;
    int offset; // hhmm
};
constexpr Zone zones[] = {{"UT", 0},     {"UTC", 0},    {"GMT", 0},    {"Z", 0},      {"AST", -400},
                          {"ADT", -300}, {"EST", -500}, {"EDT", -400}, {"CST", -600}, {"CDT", -500},
                          {"MST", -700}, {"MDT", -600}, {"PST", -800}, {"PDT", -700}};

std::optional<int> number(std::string_view text) {
    int value = 0;
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<std::string_view> split(std::string_view text, std::string_view at, bool keep_empty) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find_first_of(at);
        if (keep_empty || end != 0) parts.push_back(text.substr(0, end));
        if (end == text.npos) break;
        text.remove_prefix(end + 1);
    }
    if (!keep_empty) std::erase(parts, std::string_view());
    return parts;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

struct Words {
    std::string_view day, month, year, time, zone;
};

// The words of a date, each in its place.
bool arrange(std::string_view text, Words &words) {
    auto data = split(text, " \t\r\n\v\f", false);
    if (data.empty()) return false;
    if (data[0].ends_with(',') || is_day_name(data[0]))
        data.erase(data.begin());
    else
        data[0].remove_prefix(data[0].rfind(',') + 1); // npos + 1 is 0
    if (data.size() == 3) {
        auto parts = split(data[0], "-", true);
        if (parts.size() == 3) {
            parts.insert(parts.end(), data.begin() + 1, data.end());
            data = parts;
        }
    }
    if (data.size() == 4) {
        const std::string_view last = data[3];
        std::size_t sign = last.find('+');
        if (sign == last.npos) sign = last.find('-');
        if (sign != last.npos && sign > 0) {
            data[3] = last.substr(0, sign);
            data.push_back(last.substr(sign));
        } else {
            data.emplace_back();
        }
    }
    if (data.size() < 5) return false;
    words = {data[0], data[1], data[2], data[3], data[4]};
    if (words.day.empty() || words.month.empty() || words.year.empty()) return false;
    if (month_of(words.month) == 0) std::swap(words.day, words.month);
    if (month_of(words.month) == 0) return false;
    if (words.day.ends_with(',')) words.day.remove_suffix(1);
    const std::size_t colon = words.year.find(':');
    if (colon != words.year.npos && colon > 0) std::swap(words.year, words.time);
    if (words.year.ends_with(',')) words.year.remove_suffix(1);
    if (words.year.empty()) return false;
    if (!is_digit(words.year[0])) std::swap(words.year, words.zone);
    if (words.time.ends_with(',')) words.time.remove_suffix(1);
    return true;
}

bool is_leap(int year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

// Days from 1 March of the year 0 on, so that a leap day comes last in its year.
std::int64_t days_from_1970(int year, int month, int day) {
    const std::int64_t y = month <= 2 ? year - 1 : year;
    const std::int64_t in_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + in_year - 719468;
}

} // namespace

std::optional<std::int64_t> parse_date(std::string_view text) {
    Words words;
    if (!arrange(text, words)) return std::nullopt;
    auto clock = split(words.time, ":", true);
    if (clock.size() == 1 && words.time.find('.') != words.time.npos)
        clock = split(words.time, ".", true);
    if (clock.size() == 2) clock.push_back("0");
    if (clock.size() != 3) return std::nullopt;
    auto year = number(words.year);
    const auto day = number(words.day), hour = number(clock[0]), minute = number(clock[1]),
               second = number(clock[2]);
    if (!year || !day || !hour || !minute || !second) return std::nullopt;
    if (*year < 100) *year += *year > 68 ? 1900 : 2000;
    const int month = month_of(words.month);
    static constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int length = lengths[month - 1] + (month == 2 && is_leap(*year) ? 1 : 0);
    if (*year < 1 || *year > 9999 || *day < 1 || *day > length || *hour < 0 || *hour > 23 ||
        *minute < 0 || *minute > 59 || *second < 0 || *second > 59)
        return std::nullopt;
    int offset = 0; // an unknown zone is none
    const auto zone = std::find_if(std::begin(zones), std::end(zones), [&](const Zone &known) {
        return same_word(words.zone, known.name);
    });
    if (zone != std::end(zones))
        offset = zone->offset;
    else if (const auto given = number(words.zone))
        offset = *given;
    const int hhmm = offset < 0 ? -offset : offset;
    const std::int64_t shift = hhmm / 100 * std::int64_t{3600} + hhmm % 100 * 60;
    if (shift >= 86400) return std::nullopt;
    return days_from_1970(*year, month, *day) * 86400 + *hour * 3600 + *minute * 60 + *second -
           (offset < 0 ? -shift : shift);
}

std::string http_date(std::int64_t seconds) {
    char text[CSGI_DATE_LENGTH];
    if (!csgi_date_format(seconds, text))
        throw std::out_of_range("no date of the years 0 to 9999: " + std::to_string(seconds));
    return {text, sizeof text};
}

} // namespace csgi
