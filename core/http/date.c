// SPDX-License-Identifier: MIT
// Turns seconds into the Gregorian calendar and back, in the spelling of HTTP.
#include "core/http/date.h"

#include <string.h>

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char day_names[] = "SunMonTueWedThuFriSat";
static const char *const long_day_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                             "Thursday", "Friday", "Saturday"};

// 0000-01-01 00:00:00 and 9999-12-31 23:59:59.
static const int64_t earliest = INT64_C(-62167219200);
static const int64_t latest = INT64_C(253402300799);

enum {
    SECONDS_PER_DAY = 86400,
    DAYS_PER_ERA = 146097,          // 400 years, after which the calendar repeats
    DAYS_TO_1970 = 719468 + 146097, // since 1 March of the year -400, so that no count is negative
};

struct moment {
    int year, month, day; // month and day from 1
    int hour, minute, second;
};

// Both directions count in years that begin in March, which puts the leap day at the end: the day
// on which the month `m` begins, 0 for March, is then the same in all years.
static int days_before(int m) {
    return (153 * m + 2) / 5;
}

static int64_t to_seconds(const struct moment *t) {
    const int year = t->year - (t->month <= 2) + 400;
    const int in_era = year % 400;
    const int64_t days = (int64_t)(year / 400) * DAYS_PER_ERA + in_era * 365 + in_era / 4 -
                         in_era / 100 + days_before((t->month + 9) % 12) + t->day - 1 -
                         DAYS_TO_1970;
    return days * SECONDS_PER_DAY + t->hour * 3600 + t->minute * 60 + t->second;
}

static struct moment from_seconds(int64_t seconds) {
    const int64_t since_earliest = seconds - earliest;
    const int rest = (int)(since_earliest % SECONDS_PER_DAY);
    const int days =
        (int)(since_earliest / SECONDS_PER_DAY + earliest / SECONDS_PER_DAY) + DAYS_TO_1970;
    const int day_of_era = days % DAYS_PER_ERA;
    // Leap days taken out, so that the division by 365 is exact.
    const int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int day_of_year = day_of_era - (year_of_era * 365 + year_of_era / 4 - year_of_era / 100);
    const int m = (5 * day_of_year + 2) / 153;
    struct moment t;
    t.month = m < 10 ? m + 3 : m - 9;
    t.day = day_of_year - days_before(m) + 1;
    t.year = days / DAYS_PER_ERA * 400 + year_of_era - 400 + (t.month <= 2);
    t.hour = rest / 3600;
    t.minute = rest / 60 % 60;
    t.second = rest % 60;
    return t;
}

static int days_in_month(int year, int month) {
    static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

static void put_digits(char *out, int value, int width) {
    for (int i = width - 1; i >= 0; --i, value /= 10) out[i] = (char)('0' + value % 10);
}

bool csgi_date_format(int64_t seconds, char out[CSGI_DATE_LENGTH]) {
    if (seconds < earliest || seconds > latest) return false;
    const struct moment t = from_seconds(seconds);
    // 0000-01-01 was a Saturday.
    const int day_of_week = (int)(((seconds - earliest) / SECONDS_PER_DAY + 6) % 7);
    memcpy(out, "Day, 00 Mon 0000 00:00:00 GMT", CSGI_DATE_LENGTH);
    memcpy(out, day_names + 3 * day_of_week, 3);
    put_digits(out + 5, t.day, 2);
    memcpy(out + 8, month_names + 3 * (t.month - 1), 3);
    put_digits(out + 12, t.year, 4);
    put_digits(out + 17, t.hour, 2);
    put_digits(out + 20, t.minute, 2);
    put_digits(out + 23, t.second, 2);
    return true;
}

// What is left to read. Each take_ function below moves past what it has matched.
struct cursor {
    const char *p;
    size_t n;
};

static bool take_text(struct cursor *c, const char *text) {
    const size_t n = strlen(text);
    if (c->n < n || memcmp(c->p, text, n) != 0) return false;
    c->p += n;
    c->n -= n;
    return true;
}

static bool take_number(struct cursor *c, size_t width, int *number) {
    int value = 0;
    if (c->n < width) return false;
    for (size_t i = 0; i < width; ++i) {
        if (c->p[i] < '0' || c->p[i] > '9') return false;
        value = value * 10 + (c->p[i] - '0');
    }
    c->p += width;
    c->n -= width;
    *number = value;
    return true;
}

// One of `count` names of three letters that stand one after the other; `*at` is its place.
static bool take_short_name(struct cursor *c, const char *names, int count, int *at) {
    for (*at = 0; *at < count && c->n >= 3; ++*at) {
        if (memcmp(c->p, names + 3 * *at, 3) == 0) {
            c->p += 3;
            c->n -= 3;
            return true;
        }
    }
    return false;
}

static bool take_day_name(struct cursor *c) {
    int day;
    return take_short_name(c, day_names, 7, &day);
}

static bool take_long_day_name(struct cursor *c) {
    for (int day = 0; day < 7; ++day)
        if (take_text(c, long_day_names[day])) return true;
    return false;
}

static bool take_month(struct cursor *c, int *month) {
    const bool found = take_short_name(c, month_names, 12, month);
    ++*month;
    return found;
}

static bool take_time(struct cursor *c, struct moment *t) {
    return take_number(c, 2, &t->hour) && take_text(c, ":") && take_number(c, 2, &t->minute) &&
           take_text(c, ":") && take_number(c, 2, &t->second);
}

// Sun, 06 Nov 1994 08:49:37 GMT
static bool read_fixdate(struct cursor c, struct moment *t) {
    return take_day_name(&c) && take_text(&c, ", ") && take_number(&c, 2, &t->day) &&
           take_text(&c, " ") && take_month(&c, &t->month) && take_text(&c, " ") &&
           take_number(&c, 4, &t->year) && take_text(&c, " ") && take_time(&c, t) &&
           take_text(&c, " GMT") && c.n == 0;
}

// Sunday, 06-Nov-94 08:49:37 GMT
static bool read_rfc850(struct cursor c, int this_year, struct moment *t) {
    if (!(take_long_day_name(&c) && take_text(&c, ", ") && take_number(&c, 2, &t->day) &&
          take_text(&c, "-") && take_month(&c, &t->month) && take_text(&c, "-") &&
          take_number(&c, 2, &t->year) && take_text(&c, " ") && take_time(&c, t) &&
          take_text(&c, " GMT") && c.n == 0))
        return false;
    const int last = this_year + 50;
    t->year += (last - t->year) / 100 * 100;
    return true;
}

// Sun Nov  6 08:49:37 1994
static bool read_asctime(struct cursor c, struct moment *t) {
    return take_day_name(&c) && take_text(&c, " ") && take_month(&c, &t->month) &&
           take_text(&c, " ") && take_number(&c, take_text(&c, " ") ? 1 : 2, &t->day) &&
           take_text(&c, " ") && take_time(&c, t) && take_text(&c, " ") &&
           take_number(&c, 4, &t->year) && c.n == 0;
}

bool csgi_date_parse(const char *p, size_t n, int this_year, int64_t *seconds) {
    const struct cursor c = {p, n};
    struct moment t;
    if (!read_fixdate(c, &t) && !read_rfc850(c, this_year, &t) && !read_asctime(c, &t))
        return false;
    if (t.day < 1 || t.day > days_in_month(t.year, t.month)) return false;
    if (t.hour > 23 || t.minute > 59 || t.second > 60) return false;
    *seconds = to_seconds(&t);
    return true;
}
