// SPDX-License-Identifier: MIT
// The proleptic Gregorian calendar, which std::chrono counts.
#include "core/template/calendar.hpp"

#include <chrono>
#include <cstdlib>

namespace csgi::jinja {

namespace {

constexpr std::string_view months[] = {"January",   "February", "March",    "April",
                                       "May",       "June",     "July",     "August",
                                       "September", "October",  "November", "December"};
constexpr std::string_view days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                     "Thursday", "Friday", "Saturday"};

struct Parts {
    int year, month, day, hour, minute, second;
    int weekday;     // 0: Sunday
    int day_of_year; // 1: the first of January
};

Parts parts_of(DateTime moment) {
    using namespace std::chrono;
    const sys_seconds at{seconds(moment.seconds)};
    const sys_days day = floor<std::chrono::days>(at);
    const year_month_day date(day);
    const hh_mm_ss time(at - day);
    const sys_days new_year(date.year() / January / 1);
    return {static_cast<int>(date.year()),
            static_cast<int>(static_cast<unsigned>(date.month())),
            static_cast<int>(static_cast<unsigned>(date.day())),
            static_cast<int>(time.hours().count()),
            static_cast<int>(time.minutes().count()),
            static_cast<int>(time.seconds().count()),
            static_cast<int>(weekday(day).c_encoding()),
            static_cast<int>((day - new_year).count()) + 1};
}

void put(std::string &out, std::int64_t number, std::size_t width, char fill = '0') {
    const std::string digits = std::to_string(std::abs(number));
    if (number < 0) out += '-';
    if (digits.size() < width) out.append(width - digits.size(), fill);
    out += digits;
}

// The week that holds the year's first Thursday is its first: ISO 8601.
struct IsoWeek {
    int year, week;
};
bool is_leap(int year) {
    return std::chrono::year(year).is_leap();
}
IsoWeek iso_week(const Parts &p) {
    const int weekday = (p.weekday + 6) % 7; // 0: Monday
    const int week = (p.day_of_year - 1 - weekday + 10) / 7;
    const auto weeks_in = [](int year) {
        const std::chrono::weekday first(
            std::chrono::sys_days(std::chrono::year(year) / std::chrono::January / 1));
        return first == std::chrono::Thursday || (is_leap(year) && first == std::chrono::Wednesday)
                   ? 53
                   : 52;
    };
    if (week < 1) return {p.year - 1, weeks_in(p.year - 1)};
    if (week > weeks_in(p.year)) return {p.year + 1, 1};
    return {p.year, week};
}

// False: there is no such directive.
bool directive(std::string &out, DateTime moment, const Parts &p, char c, char flag) {
    const int hour12 = p.hour % 12 ? p.hour % 12 : 12;
    const auto number = [&](std::int64_t value, std::size_t width, char fill = '0') {
        put(out, value, flag == '-' ? 0 : width, flag == '_' ? ' ' : flag == '0' ? '0' : fill);
    };
    const auto again = [&](std::string_view format) { append_strftime(out, moment, format); };
    const auto name = [&](std::string_view text) {
        for (const char letter : text)
            out += flag == '^' && letter >= 'a' && letter <= 'z'
                       ? static_cast<char>(letter - 'a' + 'A')
                       : letter;
    };
    switch (c) {
    case 'a': name(days[p.weekday].substr(0, 3)); return true;
    case 'A': name(days[p.weekday]); return true;
    case 'b':
    case 'h': name(months[p.month - 1].substr(0, 3)); return true;
    case 'B': name(months[p.month - 1]); return true;
    case 'c': again("%a %b %e %H:%M:%S %Y"); return true;
    case 'C': number(p.year / 100, 2); return true;
    case 'd': number(p.day, 2); return true;
    case 'D':
    case 'x': again("%m/%d/%y"); return true;
    case 'e': number(p.day, 2, ' '); return true;
    case 'f': put(out, moment.microseconds, 6); return true;
    case 'F': again("%Y-%m-%d"); return true;
    case 'g': number(iso_week(p).year % 100, 2); return true;
    case 'G': number(iso_week(p).year, 0); return true;
    case 'H': number(p.hour, 2); return true;
    case 'I': number(hour12, 2); return true;
    case 'j': number(p.day_of_year, 3); return true;
    case 'k': number(p.hour, 2, ' '); return true;
    case 'l': number(hour12, 2, ' '); return true;
    case 'm': number(p.month, 2); return true;
    case 'M': number(p.minute, 2); return true;
    case 'n': out += '\n'; return true;
    case 'p': out += p.hour < 12 ? "AM" : "PM"; return true;
    case 'P': out += p.hour < 12 ? "am" : "pm"; return true;
    case 'r': again("%I:%M:%S %p"); return true;
    case 'R': again("%H:%M"); return true;
    case 's': put(out, moment.seconds, 0); return true;
    case 'S': number(p.second, 2); return true;
    case 't': out += '\t'; return true;
    case 'T':
    case 'X': again("%H:%M:%S"); return true;
    case 'u': number(p.weekday ? p.weekday : 7, 1); return true;
    case 'U': number((p.day_of_year + 6 - p.weekday) / 7, 2); return true;
    case 'V': number(iso_week(p).week, 2); return true;
    case 'w': number(p.weekday, 1); return true;
    case 'W': number((p.day_of_year + 6 - (p.weekday + 6) % 7) / 7, 2); return true;
    case 'y': number(p.year % 100, 2); return true;
    case 'Y': number(p.year, 0); return true;
    case 'z': out += "+0000"; return true;
    case 'Z': out += "UTC"; return true;
    case '%': out += '%'; return true;
    default: return false;
    }
}

} // namespace

void append_strftime(std::string &out, DateTime moment, std::string_view format) {
    const Parts parts = parts_of(moment);
    while (!format.empty()) {
        const std::size_t at = format.find('%');
        out += format.substr(0, at);
        if (at == format.npos) return;
        format.remove_prefix(at);
        if (format.starts_with("%:z")) {
            out += "+00:00";
            format.remove_prefix(3);
            continue;
        }
        const std::size_t flag =
            format.size() > 2 && std::string_view("-_0^#").find(format[1]) != std::string_view::npos
                ? 1
                : 0;
        const std::size_t size = flag + 2;
        if (format.size() < size ||
            !directive(out, moment, parts, format[size - 1], flag ? format[1] : '\0'))
            out += format.substr(0, size);
        format.remove_prefix(std::min(size, format.size()));
    }
}

void append_iso_date(std::string &out, DateTime moment) {
    const Parts p = parts_of(moment);
    put(out, p.year, 4);
    out += '-';
    put(out, p.month, 2);
    out += '-';
    put(out, p.day, 2);
}

void append_iso_time(std::string &out, DateTime moment) {
    const Parts p = parts_of(moment);
    put(out, p.hour, 2);
    out += ':';
    put(out, p.minute, 2);
    out += ':';
    put(out, p.second, 2);
    if (moment.microseconds) {
        out += '.';
        put(out, moment.microseconds, 6);
    }
}

void append_iso(std::string &out, DateTime moment, std::string_view between) {
    append_iso_date(out, moment);
    out += between;
    append_iso_time(out, moment);
    out += "+00:00";
}

std::optional<std::int64_t> calendar_field(DateTime moment, std::string_view name) {
    const Parts p = parts_of(moment);
    if (name == "year") return p.year;
    if (name == "month") return p.month;
    if (name == "day") return p.day;
    if (name == "hour") return p.hour;
    if (name == "minute") return p.minute;
    if (name == "second") return p.second;
    if (name == "microsecond") return moment.microseconds;
    if (name == "fold") return 0;
    if (name == "weekday") return (p.weekday + 6) % 7;
    if (name == "isoweekday") return p.weekday ? p.weekday : 7;
    return std::nullopt;
}

} // namespace csgi::jinja
