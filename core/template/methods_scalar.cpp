// SPDX-License-Identifier: MIT
// Methods of int, float, bytes and datetime.
#include "core/template/methods.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/http/utf8.hpp"
#include "core/template/calendar.hpp"
#include "core/template/number_text.hpp"
#include "core/template/python.hpp"
#include "core/template/unicode.hpp"

namespace csgi::jinja {

namespace {

std::string binary_digits(const Value &self) {
    std::string digits = integer_digits(self, 2);
    return digits == "0" ? "" : digits;
}

Value bit_length(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("int.bit_length", arguments);
    return static_cast<std::int64_t>(binary_digits(self).size());
}

Value bit_count(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("int.bit_count", arguments);
    const std::string digits = binary_digits(self);
    return static_cast<std::int64_t>(std::count(digits.begin(), digits.end(), '1'));
}

Value itself(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("conjugate", arguments);
    return self.is(Kind::boolean) ? Value(self.as_int()) : self;
}

Value whole_ratio(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("int.as_integer_ratio", arguments);
    return Value::tuple({self.is(Kind::boolean) ? Value(self.as_int()) : self, 1});
}

constexpr NamedMethod of_integer[] = {
    {"as_integer_ratio", whole_ratio},
    {"bit_count", bit_count},
    {"bit_length", bit_length},
    {"conjugate", itself},
};

Value is_whole(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("float.is_integer", arguments);
    const double value = self.as_double();
    return std::isfinite(value) && value == std::trunc(value);
}

Value ratio(State &state, const Value &self, const Arguments &arguments) {
    expect_nothing("float.as_integer_ratio", arguments);
    double value = self.as_double();
    if (std::isnan(value)) throw PythonError("ValueError", "cannot convert NaN to integer ratio");
    if (std::isinf(value))
        throw PythonError("OverflowError", "cannot convert Infinity to integer ratio");
    int exponent = 0;
    value = std::frexp(value, &exponent);
    while (value != std::trunc(value)) {
        value *= 2;
        --exponent;
    }
    const Value power =
        state.binary(Operator::pow, Value(2), Value(exponent < 0 ? -exponent : exponent));
    const Value whole = whole_number(value);
    return exponent < 0 ? Value::tuple({whole, power})
                        : Value::tuple({state.binary(Operator::mul, whole, power), 1});
}

Value hexadecimal(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("float.hex", arguments);
    const double value = self.as_double();
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    if (value == 0) return std::signbit(value) ? "-0x0.0p+0" : "0x0.0p+0";
    char text[40];
    std::snprintf(text, sizeof text, "%.13a", value);
    return text;
}

constexpr NamedMethod of_float[] = {
    {"as_integer_ratio", ratio},
    {"conjugate", itself},
    {"hex", hexadecimal},
    {"is_integer", is_whole},
};

Value decode(State &, const Value &self, const Arguments &arguments) {
    const Bound<2> given("decode", {"encoding", "errors"}, 0, arguments);
    if (given[0] && (!given[0]->is_string() || (to_lower(given[0]->text()) != "utf-8" &&
                                                to_lower(given[0]->text()) != "utf8")))
        throw PythonError("LookupError", "only UTF-8 is decoded");
    if (given[1] && given[1]->is_string() && given[1]->text() == "replace") {
        std::string out;
        append_replaced(out, self.text());
        return out;
    }
    if (!is_utf8(self.text()))
        throw PythonError("UnicodeDecodeError", "'utf-8' codec can't decode");
    return Value(self.text());
}

Value hex(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("hex", arguments);
    std::string digits;
    for (const char c : self.text()) {
        digits += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
        digits += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
    }
    return digits;
}

constexpr NamedMethod of_bytes[] = {{"decode", decode}, {"hex", hex}};

Value strftime(State &, const Value &self, const Arguments &arguments) {
    const Bound<1> given("strftime", {"format"}, 1, arguments);
    std::string out;
    append_strftime(out, self.as_datetime(), given[0]->as_string());
    return out;
}

Value isoformat(State &, const Value &self, const Arguments &arguments) {
    const Bound<1> given("isoformat", {"sep"}, 0, arguments);
    std::string out;
    append_iso(out, self.as_datetime(), given[0] ? given[0]->as_string() : "T");
    return out;
}

template <bool iso>
Value weekday(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("weekday", arguments);
    return *calendar_field(self.as_datetime(), iso ? "isoweekday" : "weekday");
}

Value timestamp(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("timestamp", arguments);
    const DateTime moment = self.as_datetime();
    return static_cast<double>(moment.seconds) + moment.microseconds / 1e6;
}

Value ctime(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("ctime", arguments);
    std::string out;
    append_strftime(out, self.as_datetime(), "%c");
    return out;
}

Value tzname(State &, const Value &, const Arguments &arguments) {
    expect_nothing("tzname", arguments);
    return "UTC";
}

Value toordinal(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("toordinal", arguments);
    constexpr std::int64_t day = 24 * 60 * 60;
    // 1970-01-01 is day 719,163 since the first day of the year 1.
    const std::int64_t seconds = self.as_datetime().seconds;
    return 719'163 + (seconds >= 0 ? seconds / day : -((day - 1 - seconds) / day));
}

constexpr NamedMethod of_datetime[] = {
    {"ctime", ctime},       {"isoformat", isoformat},    {"isoweekday", weekday<true>},
    {"strftime", strftime}, {"timestamp", timestamp},    {"toordinal", toordinal},
    {"tzname", tzname},     {"weekday", weekday<false>},
};

} // namespace

std::span<const NamedMethod> integer_methods() {
    return of_integer;
}
std::span<const NamedMethod> float_methods() {
    return of_float;
}
std::span<const NamedMethod> bytes_methods() {
    return of_bytes;
}
std::span<const NamedMethod> datetime_methods() {
    return of_datetime;
}

} // namespace csgi::jinja
