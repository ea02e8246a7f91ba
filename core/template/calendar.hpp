// SPDX-License-Identifier: MIT
// Moments as Python's datetime spells them, in UTC and English.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <csgi/value/value.hpp>

namespace csgi::jinja {

// datetime.strftime(), appended: C's directives and %f. A directive that is none stays as it is, as
// does what follows the last "%".
void append_strftime(std::string &out, DateTime moment, std::string_view format);
// "2023-11-14", "22:13:20.000001", and both around `between`; with "+00:00" at the end.
void append_iso_date(std::string &out, DateTime moment);
void append_iso_time(std::string &out, DateTime moment);
void append_iso(std::string &out, DateTime moment, std::string_view between);

// datetime.year and so on; nothing if there is no such number.
std::optional<std::int64_t> calendar_field(DateTime moment, std::string_view name);

} // namespace csgi::jinja
