// SPDX-License-Identifier: MIT
// Dates in fields, as seconds since 1970.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace csgi {

// Reads what Python's email.utils.parsedate_to_datetime() reads: the three forms of RFC 9110 5.6.7
// and what mail programs make of RFC 5322, with time zones. Two digits of a year mean 1969 to 2068.
// Nothing for anything else. [any thread]
std::optional<std::int64_t> parse_date(std::string_view text);

// "Sun, 06 Nov 1994 08:49:37 GMT". Throws std::out_of_range outside the years 0 to 9999.
std::string http_date(std::int64_t seconds);

} // namespace csgi
