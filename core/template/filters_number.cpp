// SPDX-License-Identifier: MIT
// Filters on numbers.
#include "core/template/filter_tables.hpp"

#include <charconv>
#include <cmath>

#include "core/template/number_text.hpp"
#include "core/template/python.hpp"

namespace csgi::jinja {

namespace {

Value absolute(State &state, const Arguments &arguments) {
    const Bound<1> given("abs", {""}, 1, arguments);
    const Value &value = *given[0];
    if (value.is_float()) return std::fabs(value.as_double());
    if (!is_integer(value))
        throw TypeError("bad operand type for abs(): '" + std::string(value.type_name()) + "'");
    if (is_below_zero(value)) return state.negate(value);
    return value.is(Kind::boolean) ? Value(value.as_int()) : value;
}

// int(float(value)), or nothing where that fails as do_int() lets it fail.
std::optional<Value> by_way_of_float(State &state, const Value &value) {
    try {
        const double number = to_double(state, value);
        if (!std::isfinite(number)) return std::nullopt;
        return whole_number(number);
    } catch (const TypeError &) {
        return std::nullopt;
    } catch (const PythonError &) {
        return std::nullopt;
    }
}

Value integer(State &state, const Arguments &arguments) {
    const Bound<3> given("do_int", {"value", "default", "base"}, 1, arguments);
    const Value &value = *given[0];
    state.check(value);
    if (value.is_string()) {
        const std::int64_t base = !given[2]               ? 10
                                  : is_integer(*given[2]) ? integer_argument(state, given[2], 10)
                                                          : -1;
        if (base == 0 || (base >= 2 && base <= 36))
            if (auto number = parse_integer(value.text(), static_cast<unsigned>(base)))
                return *std::move(number);
    } else if (value.is(Kind::bytes)) {
        if (auto number = parse_integer(value.text(), 10)) return *std::move(number);
    } else if (value.is(Kind::uuid)) {
        return to_integer(state, value);
    } else if (is_number(value) && !(value.is_float() && std::isnan(value.as_double()))) {
        return to_integer(state, value);
    }
    if (auto number = by_way_of_float(state, value)) return *std::move(number);
    return given[1] ? *given[1] : Value(0);
}

Value floating(State &state, const Arguments &arguments) {
    const Bound<2> given("do_float", {"value", "default"}, 1, arguments);
    const Value &value = *given[0];
    state.check(value);
    if (is_number(value)) return to_double(state, value);
    if (value.is_string() || value.is(Kind::bytes))
        if (const auto number = parse_double(value.text())) return *number;
    return given[1] ? *given[1] : Value(0.0);
}

// Decimal digits, the last `dropped` of them rounded away, half to even; `more` says whether
// something but zeros follows them.
std::string rounded_digits(std::string digits, std::size_t dropped, bool more) {
    if (dropped > digits.size()) return "0";
    const std::string gone = digits.substr(digits.size() - dropped);
    digits.resize(digits.size() - dropped);
    const bool half = gone.front() == '5' && gone.find_first_not_of('0', 1) == gone.npos && !more;
    const bool odd = !digits.empty() && (digits.back() - '0') % 2;
    if (gone.front() > '5' || (gone.front() == '5' && (!half || odd))) {
        std::size_t at = digits.size();
        while (at > 0 && digits[at - 1] == '9') digits[--at] = '0';
        if (at > 0)
            ++digits[at - 1];
        else
            digits.insert(0, "1");
    }
    if (digits.empty()) return "0";
    return digits.append(dropped, '0');
}

// round(value, digits), as exact as Python's.
double round_double(double value, std::int64_t digits) {
    if (!std::isfinite(value) || value == 0 || digits > 323) return value;
    if (digits < -308) return std::copysign(0.0, value);
    double out = 0;
    if (digits >= 0) {
        char text[700];
        const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed,
                                       static_cast<int>(digits));
        if (std::from_chars(text, end.ptr, out).ec != std::errc()) return value;
        return out;
    }
    const double whole = std::trunc(std::fabs(value));
    char text[400];
    const auto end = std::to_chars(text, text + sizeof text, whole, std::chars_format::fixed, 0);
    const std::string rounded = rounded_digits(
        std::string(text, end.ptr), static_cast<std::size_t>(-digits), whole != std::fabs(value));
    if (std::from_chars(rounded.data(), rounded.data() + rounded.size(), out).ec != std::errc())
        throw PythonError("OverflowError", "rounded value too large to represent");
    return std::copysign(out, value);
}

Value round(State &state, const Arguments &arguments) {
    const Bound<3> given("do_round", {"value", "precision", "method"}, 1, arguments);
    const Value &value = *given[0];
    if (given[2]) state.expect_hashable(*given[2]); // it is looked for in a set
    const std::string_view method =
        given[2] ? (given[2]->is_string() ? given[2]->text() : "?") : "common";
    if (method != "common" && method != "ceil" && method != "floor")
        throw FilterArgumentError("method must be common, ceil or floor");
    const Value precision = given[1] ? *given[1] : Value(0);
    if (method == "common") {
        if (!is_number(value))
            throw TypeError("type " + std::string(value.type_name()) +
                            " doesn't define __round__ method");
        if (precision.is_none())
            return value.is_float() ? to_integer(state, Value(round_double(value.as_double(), 0)))
                                    : to_integer(state, value);
        const std::int64_t digits = integer_argument(state, &precision, 0);
        if (value.is_float()) return round_double(value.as_double(), digits);
        const Value whole = to_integer(state, value);
        if (digits >= 0) return whole;
        const std::string kept = rounded_digits(
            integer_digits(whole, 10),
            static_cast<std::size_t>(std::min<std::int64_t>(-(digits + 1), 1 << 20)) + 1, false);
        return Value::integer(is_below_zero(whole) && kept != "0" ? "-" + kept : kept);
    }
    const Value scale = state.binary(Operator::pow, Value(10), precision);
    const Value scaled = state.binary(Operator::mul, value, scale);
    if (!is_number(scaled))
        throw TypeError("must be real number, not " + std::string(scaled.type_name()));
    const Value whole =
        scaled.is_float()
            ? to_integer(state, Value(method == "ceil" ? std::ceil(scaled.as_double())
                                                       : std::floor(scaled.as_double())))
            : to_integer(state, scaled);
    return state.binary(Operator::div, whole, scale);
}

Value filesizeformat(State &state, const Arguments &arguments) {
    const Bound<2> given("do_filesizeformat", {"value", "binary"}, 1, arguments);
    const double bytes = to_double(state, *given[0]);
    const bool binary = flag_argument(state, given[1], false);
    const double base = binary ? 1024 : 1000;
    if (bytes == 1) return "1 Byte";
    if (bytes < base) {
        std::string out;
        state.append_str(out, to_integer(state, Value(bytes)));
        return out + " Bytes";
    }
    // 1000 to the power of 2 and so on, each as the nearest double.
    constexpr double decimal_units[] = {1e6, 1e9, 1e12, 1e15, 1e18, 1e21, 1e24, 1e27};
    std::size_t at = 0;
    const auto unit = [&] {
        return binary ? std::ldexp(1.0, static_cast<int>(10 * (at + 2))) : decimal_units[at];
    };
    while (at < 7 && !(bytes < unit())) ++at;
    std::string out = float_digits(base * bytes / unit(), 'f', 1, false);
    out += ' ';
    out += "kMGTPEZY"[at];
    if (binary && at == 0) out.back() = 'K';
    return out + (binary ? "iB" : "B");
}

constexpr NamedFilter filters[] = {
    {"abs", absolute}, {"filesizeformat", filesizeformat}, {"float", floating}, {"int", integer},
    {"round", round},
};

} // namespace

std::span<const NamedFilter> number_filters() {
    return filters;
}

} // namespace csgi::jinja
