// SPDX-License-Identifier: MIT
// Dates against the C library's calendar, and the rows of test/vectors/date.md.
#include "core/http/date.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>

#include "test/core/http/guard.hpp"
#include "test/core/http/vectors.hpp"

using namespace csgi;

namespace {

std::string format(std::int64_t seconds) {
    char out[CSGI_DATE_LENGTH];
    return csgi_date_format(seconds, out) ? std::string(out, sizeof out) : "refused";
}

// The C library's calendar; the words are spelled here, so that no locale changes them.
std::string oracle(std::int64_t seconds, const char *form) {
    static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t time = static_cast<std::time_t>(seconds);
    std::tm tm{};
    gmtime_r(&time, &tm);
    const char *day = days[tm.tm_wday];
    const char *month = months[tm.tm_mon];
    const int year = tm.tm_year + 1900;
    char out[128];
    const std::string kind = form;
    if (kind == "fixdate")
        std::snprintf(out, sizeof out, "%.3s, %02d %s %04d %02d:%02d:%02d GMT", day, tm.tm_mday,
                      month, year, tm.tm_hour, tm.tm_min, tm.tm_sec);
    else if (kind == "rfc850")
        std::snprintf(out, sizeof out, "%s, %02d-%s-%02d %02d:%02d:%02d GMT", day, tm.tm_mday,
                      month, year % 100, tm.tm_hour, tm.tm_min, tm.tm_sec);
    else
        std::snprintf(out, sizeof out, "%.3s %s %2d %02d:%02d:%02d %04d", day, month, tm.tm_mday,
                      tm.tm_hour, tm.tm_min, tm.tm_sec, year);
    return out;
}

std::int64_t parse(const std::string &text, int this_year = 2026) {
    std::int64_t seconds = INT64_MIN;
    return csgi_date_parse(text.data(), text.size(), this_year, &seconds) ? seconds : INT64_MIN;
}

constexpr std::int64_t first = -62167219200; // 0000-01-01
constexpr std::int64_t last = 253402300799;  // 9999-12-31 23:59:59

} // namespace

TEST_CASE("a date is read, or refused, as its row says") {
    for (const VectorRow &row : read_vectors(VECTORS "/date.md", "Dates")) {
        std::string input = row.at(0);
        int year = 2026;
        if (input.size() > 5 && input[4] == '|') {
            year = std::stoi(input);
            input = input.substr(5);
        }
        CAPTURE(input);
        CAPTURE(row.at(2));
        const std::int64_t seconds = guarded(input, [&](const char *p, std::size_t n) {
            std::int64_t read = INT64_MIN;
            return csgi_date_parse(p, n, year, &read) ? read : INT64_MIN;
        });
        CHECK((seconds == INT64_MIN ? "bad" : std::to_string(seconds)) == row.at(1));
    }
}

TEST_CASE("days of ten thousand years are written as the C library counts them, and read back") {
    // Each day of 800 years, which is twice what the calendar takes to repeat, else one in 31.
    const std::int64_t from = -11676096000; // 1600-01-01
    const std::int64_t to = 13569465600;    // 2400-01-01
    for (std::int64_t day = first; day <= last;
         day += day < from || day >= to ? 31 * 86400 : 86400) {
        // A time of day that is different each day.
        const std::int64_t seconds = day + (day / 86400 * 7919 % 86400 + 86400) % 86400;
        const std::string text = format(seconds);
        if (text != oracle(seconds, "fixdate") || parse(text) != seconds) FAIL(text);
    }
}

TEST_CASE("every second of a day is written and read back") {
    for (std::int64_t seconds = 1709164800; seconds < 1709164800 + 86400; ++seconds) {
        const std::string text = format(seconds);
        if (text != oracle(seconds, "fixdate") || parse(text) != seconds) FAIL(text);
    }
}

TEST_CASE("the two older forms are read for every day of the years around now") {
    for (std::int64_t day = 220924800; day < 3376598400; day += 86400) { // 1977 to 2076
        const std::int64_t seconds = day + 3661;
        if (parse(oracle(seconds, "rfc850")) != seconds) FAIL(oracle(seconds, "rfc850"));
        if (parse(oracle(seconds, "asctime")) != seconds) FAIL(oracle(seconds, "asctime"));
    }
}

TEST_CASE("two digits of a year mean the latest such year at most 50 years ahead") {
    for (int now = 1970; now <= 2200; ++now) {
        for (int digits = 0; digits < 100; ++digits) {
            int expected = now + 50;
            while (expected % 100 != digits) --expected;
            char text[64];
            std::snprintf(text, sizeof text, "Sunday, 15-Jun-%02d 00:00:00 GMT", digits);
            const std::string same = "Sun, 15 Jun " + std::to_string(expected) + " 00:00:00 GMT";
            CAPTURE(now);
            CAPTURE(text);
            REQUIRE(parse(text, now) == parse(same));
        }
    }
}

TEST_CASE("a time that four digits of a year cannot say is not written") {
    CHECK(format(first) == "Sat, 01 Jan 0000 00:00:00 GMT");
    CHECK(format(last) == "Fri, 31 Dec 9999 23:59:59 GMT");
    CHECK(format(first - 1) == "refused");
    CHECK(format(last + 1) == "refused");
    CHECK(format(INT64_MIN) == "refused");
    CHECK(format(INT64_MAX) == "refused");
}

TEST_CASE("a date that lost or changed any byte is refused or means another valid date") {
    // Whatever is accepted must be, but for the day of the week, a text that says the time it gave.
    const std::string text = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (std::size_t at = 0; at < text.size(); ++at) {
        CHECK(parse(text.substr(0, at)) == INT64_MIN);
        for (int byte = 0; byte < 256; ++byte) {
            std::string other = text;
            other[at] = static_cast<char>(byte);
            const std::int64_t seconds = parse(other);
            if (seconds == INT64_MIN) continue;
            CAPTURE(other);
            CHECK(format(seconds).substr(3) == other.substr(3));
        }
    }
}
