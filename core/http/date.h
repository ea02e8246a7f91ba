// SPDX-License-Identifier: MIT
// HTTP dates to and from seconds since 1970, without locale, time zone or clock. RFC 9110 5.6.7.
#ifndef CSGI_CORE_HTTP_DATE_H
#define CSGI_CORE_HTTP_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// "Sun, 06 Nov 1994 08:49:37 GMT"
#define CSGI_DATE_LENGTH 29

// Writes an IMF-fixdate, without a terminator. False, and nothing written, for a time before year 0
// or after year 9999, which four digits cannot say. [any thread]
bool csgi_date_format(int64_t seconds, char out[CSGI_DATE_LENGTH]);

// Reads any of the three forms of HTTP-date. `this_year` (such as 2026) places the two digits of
// the rfc850 form: the latest such year that is not more than 50 years ahead. A leap second counts
// as the second after it. The day of the week must be a name of one, but need not be the right one:
// it adds nothing to the date. `*seconds` is written only when true. [any thread]
bool csgi_date_parse(const char *p, size_t n, int this_year, int64_t *seconds);

#ifdef __cplusplus
}
#endif

#endif
