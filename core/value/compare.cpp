// SPDX-License-Identifier: MIT
// Python's == and < for values.
#include <csgi/value/value.hpp>

#include <algorithm>
#include <cmath>
#include <compare>

#include <csgi/value/object.hpp>

#include "core/value/nesting.hpp"

namespace csgi {

namespace {

bool is_number(Kind kind) {
    return kind == Kind::boolean || kind == Kind::integer || kind == Kind::big_integer ||
           kind == Kind::floating;
}

// Numbers of more than 64 bits, by their digits.
std::strong_ordering compare_digits(std::string_view a, std::string_view b) {
    const bool negative = a.front() == '-';
    if (negative != (b.front() == '-'))
        return negative ? std::strong_ordering::less : std::strong_ordering::greater;
    if (negative) std::swap(a, b);
    if (a.size() != b.size()) return a.size() <=> b.size();
    return a <=> b;
}

// Exact, though a double has fewer digits than an int64: 2**53 + 1 is not 2.0**53.
std::partial_ordering compare_with_double(std::int64_t a, double b) {
    if (std::isnan(b)) return std::partial_ordering::unordered;
    if (b >= 0x1p63) return std::partial_ordering::less;
    if (b < -0x1p63) return std::partial_ordering::greater;
    const auto whole = static_cast<std::int64_t>(b);
    if (a != whole) return a <=> whole;
    return 0.0 <=> b - static_cast<double>(whole);
}

std::partial_ordering reversed(std::partial_ordering order) {
    return 0 <=> order;
}

std::partial_ordering compare_numbers(const Value &a, const Value &b) {
    if (a.is_float() && b.is_float()) return a.as_double() <=> b.as_double();
    if (a.is(Kind::big_integer) && b.is(Kind::big_integer))
        return compare_digits(a.text(), b.text());
    if (a.is_float()) return reversed(compare_numbers(b, a));
    if (b.is_float()) {
        // Whole as both are, their doubles order them; equal ones may still differ in digits that
        // a double does not have, which this takes for equal.
        if (a.is(Kind::big_integer)) return a.as_double() <=> b.as_double();
        return compare_with_double(a.as_int(), b.as_double());
    }
    if (a.is(Kind::big_integer))
        return a.text().front() == '-' ? std::partial_ordering::less
                                       : std::partial_ordering::greater;
    if (b.is(Kind::big_integer)) return reversed(compare_numbers(b, a));
    return a.as_int() <=> b.as_int();
}

} // namespace

bool Value::equal(const Value &a, const Value &b) {
    const Kind kind = a.kind();
    if (kind != b.kind()) {
        if (is_number(kind) && is_number(b.kind())) return compare_numbers(a, b) == 0;
        return false;
    }
    switch (kind) {
    case Kind::none:
    case Kind::undefined: return true;
    case Kind::boolean:
    case Kind::integer: return a.payload_.integer == b.payload_.integer;
    case Kind::floating: return a.payload_.floating == b.payload_.floating;
    case Kind::datetime: return a.as_datetime() == b.as_datetime();
    case Kind::string:
    case Kind::bytes:
    case Kind::uuid:
    case Kind::big_integer: return a.text() == b.text();
    case Kind::list:
    case Kind::tuple: {
        if (a.payload_.node == b.payload_.node) return true;
        const Nested level(a.as_list().size());
        return a.as_list() == b.as_list();
    }
    case Kind::dict: {
        if (a.payload_.node == b.payload_.node) return true;
        const Nested level(a.as_dict().size());
        return a.as_dict() == b.as_dict();
    }
    case Kind::object: {
        const Nested level(0);
        return &a.as_object() == &b.as_object() || a.as_object().equals(b.as_object());
    }
    }
    return false;
}

std::partial_ordering Value::compare(const Value &a, const Value &b) {
    const Kind kind = a.kind();
    if (is_number(kind) && is_number(b.kind())) return compare_numbers(a, b);
    if (kind == b.kind()) {
        switch (kind) {
        // The order of bytes is the order of code points, in UTF-8.
        case Kind::string:
        case Kind::bytes:
        case Kind::uuid: return a.text() <=> b.text();
        case Kind::datetime: return a.as_datetime() <=> b.as_datetime();
        case Kind::list:
        case Kind::tuple: {
            const Nested level(a.as_list().size());
            const List &x = a.as_list(), &y = b.as_list();
            const auto [i, j] = std::mismatch(x.begin(), x.end(), y.begin(), y.end());
            if (i != x.end() && j != y.end()) return compare(*i, *j);
            return x.size() <=> y.size();
        }
        default: break;
        }
    }
    throw TypeError("'<' not supported between instances of '" + std::string(a.type_name()) +
                    "' and '" + std::string(b.type_name()) + "'");
}

} // namespace csgi
