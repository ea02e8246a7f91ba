// SPDX-License-Identifier: MIT
// format(value, spec): Python's mini-language.
#include "core/template/format.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

#include "core/template/calendar.hpp"
#include "core/template/number_text.hpp"
#include "core/template/python.hpp"
#include "core/template/unicode.hpp"

namespace csgi::jinja {

namespace {

// [[fill]align][sign][z][#][0][width][grouping][.precision][type]
struct Spec {
    std::string_view fill = " ";
    char align = 0, sign = '-', grouping = 0, type = 0;
    bool no_negative_zero = false, alternate = false, zero = false;
    std::size_t width = 0;
    int precision = -1;
};

[[noreturn]] void refuse(std::string message) {
    throw PythonError("ValueError", std::move(message));
}

bool is_align(std::string_view c) {
    return c == "<" || c == ">" || c == "=" || c == "^";
}

std::size_t take_number(std::string_view &text, bool &any) {
    std::size_t value = 0;
    any = false;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        value = value * 10 + static_cast<std::size_t>(text.front() - '0');
        if (value > static_cast<std::size_t>(std::numeric_limits<int>::max()))
            refuse("Too many decimal digits in format string");
        text.remove_prefix(1);
        any = true;
    }
    return value;
}

Spec parse(std::string_view text, std::string_view type_name) {
    const std::string_view whole = text;
    Spec spec;
    bool any = false;
    if (!text.empty()) {
        std::string_view rest = text;
        const std::string_view first = take_character(rest);
        if (!rest.empty() && is_align(rest.substr(0, 1))) {
            spec.fill = first;
            spec.align = rest.front();
            text = rest.substr(1);
        } else if (is_align(first)) {
            spec.align = first.front();
            text = rest;
        }
    }
    const auto take = [&text](std::string_view of) {
        if (text.empty() || of.find(text.front()) == of.npos) return '\0';
        const char c = text.front();
        text.remove_prefix(1);
        return c;
    };
    if (const char sign = take("+- ")) spec.sign = sign;
    spec.no_negative_zero = take("z");
    spec.alternate = take("#");
    if (take("0")) {
        spec.zero = true;
        if (!spec.align) {
            spec.align = '=';
            if (spec.fill == " ") spec.fill = "0";
        } else if (spec.fill == " ") {
            spec.fill = "0";
        }
    }
    spec.width = take_number(text, any);
    spec.grouping = take(",_");
    if (spec.grouping && !text.empty() && (text.front() == ',' || text.front() == '_'))
        refuse(text.front() == spec.grouping ? std::string("Cannot specify '") + spec.grouping +
                                                   "' with '" + spec.grouping + "'."
                                             : "Cannot specify both ',' and '_'.");
    if (take(".")) {
        spec.precision = static_cast<int>(take_number(text, any));
        if (!any) refuse("Format specifier missing precision");
    }
    if (text.size() > 1 && take_character(text) != text) {
        if (!text.empty())
            refuse("Invalid format specifier '" + std::string(whole) + "' for object of type '" +
                   std::string(type_name) + "'");
    }
    if (!text.empty()) spec.type = text.front();
    return spec;
}

void append_padded(State &state, std::string &out, const Spec &spec, char align,
                   std::string_view before, std::string_view text) {
    const std::size_t size = count_characters(before) + count_characters(text);
    const std::size_t missing = spec.width > size ? spec.width - size : 0;
    state.grow(missing);
    if (spec.align) align = spec.align;
    const std::size_t left = align == '>' ? missing : align == '^' ? missing / 2 : 0;
    append_repeated(out, spec.fill, left);
    out += before;
    if (align == '=') append_repeated(out, spec.fill, missing);
    out += text;
    append_repeated(out, spec.fill, align == '=' ? 0 : missing - left);
}

std::string sign_of(const Spec &spec, bool negative) {
    return negative ? "-" : spec.sign == '-' ? "" : std::string(1, spec.sign);
}

[[noreturn]] void unknown(char type, std::string_view type_name) {
    refuse(std::string("Unknown format code '") + type + "' for object of type '" +
           std::string(type_name) + "'");
}

void append_text(State &state, std::string &out, std::string_view text, const Spec &given) {
    Spec spec = given;
    if (spec.type && spec.type != 's') unknown(spec.type, "str");
    if (spec.sign != '-') refuse("Sign not allowed in string format specifier");
    if (spec.no_negative_zero)
        refuse("Negative zero coercion (z) not allowed in string format specifier");
    if (spec.alternate) refuse("Alternate form (#) not allowed in string format specifier");
    if (spec.grouping) refuse(std::string("Cannot specify '") + spec.grouping + "' with 's'.");
    // A zero before the width fills a text on the right.
    if (spec.align == '=') {
        if (!spec.zero) refuse("'=' alignment not allowed in string format specifier");
        spec.align = '<';
    }
    if (spec.precision >= 0)
        text = text.substr(0, character_offset(text, static_cast<std::size_t>(spec.precision)));
    append_padded(state, out, spec, '<', {}, text);
}

void append_double(State &state, std::string &out, double value, const Spec &spec,
                   std::string_view type_name) {
    char type = spec.type;
    int precision = spec.precision;
    const bool percent = type == '%';
    bool shortest_point = false;
    if (percent) {
        type = 'f';
        value *= 100;
    }
    if (type == 'n') type = 'g';
    if (!type) {
        // Like g, but with a point, and as many digits as it takes when no precision says
        // otherwise.
        type = precision < 0 ? 'r' : 'g';
        shortest_point = precision >= 0;
    }
    if (std::string_view("eEfFgGr").find(type) == std::string_view::npos || spec.type == 'r')
        unknown(spec.type, type_name);
    if (precision < 0) precision = 6;
    std::string digits;
    if (shortest_point) {
        // The exponent is written one digit earlier than for g, so that a point still fits.
        const int significant = precision ? precision : 1;
        const std::string scientific = float_digits(value, 'e', significant - 1, false);
        const std::size_t mark = scientific.find('e');
        const int exponent = mark == scientific.npos ? 0 : std::stoi(scientific.substr(mark + 1));
        if (std::isfinite(value) && exponent == significant - 1) {
            digits = scientific.substr(0, mark);
            while (digits.find('.') != digits.npos && digits.back() == '0') digits.pop_back();
            if (digits.back() == '.') digits.pop_back();
            digits += scientific.substr(mark);
        } else {
            digits = float_digits(value, 'g', precision, spec.alternate);
            if (std::isfinite(value) && digits.find_first_of(".e") == digits.npos) digits += ".0";
        }
    } else {
        digits = float_digits(value, type, precision, spec.alternate);
    }
    if (percent) digits += '%';
    bool negative = std::signbit(value) && !std::isnan(value);
    if (spec.no_negative_zero && negative && digits.find_first_of("123456789in") == digits.npos)
        negative = false;
    const std::string sign = sign_of(spec, negative);
    if (spec.grouping)
        digits = grouped(digits, spec.grouping, 3,
                         spec.zero && spec.align == '=' && spec.width > sign.size()
                             ? spec.width - sign.size()
                             : 0);
    append_padded(state, out, spec, '>', sign, digits);
}

void append_whole(State &state, std::string &out, const Value &value, const Spec &spec) {
    const char type = spec.type ? spec.type : 'd';
    switch (type) {
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case '%': {
        const double number = value.as_double();
        if (std::isinf(number))
            throw PythonError("OverflowError", "int too large to convert to float");
        return append_double(state, out, number, spec, "int");
    }
    case 'c': {
        if (spec.sign != '-') refuse("Sign not allowed with integer format specifier 'c'");
        if (spec.alternate)
            refuse("Alternate form (#) not allowed with integer format specifier 'c'");
        if (value.is(Kind::big_integer) || value.as_int() < 0 || value.as_int() > 0x10ffff)
            throw PythonError("OverflowError", "%c arg not in range(0x110000)");
        std::string character;
        append_chr(character, static_cast<char32_t>(value.as_int()));
        return append_padded(state, out, spec, '<', {}, character);
    }
    case 'd':
    case 'n':
    case 'b':
    case 'o':
    case 'x':
    case 'X': break;
    default: unknown(spec.type, value.type_name());
    }
    if (spec.precision >= 0) refuse("Precision not allowed in integer format specifier");
    if (spec.no_negative_zero)
        refuse("Negative zero coercion (z) not allowed in format specifier with integer");
    const unsigned base = type == 'b' ? 2 : type == 'o' ? 8 : type == 'x' || type == 'X' ? 16 : 10;
    if (spec.grouping && (type == 'n' || (spec.grouping == ',' && base != 10)))
        refuse(std::string("Cannot specify '") + spec.grouping + "' with '" + type + "'.");
    std::string digits = integer_digits(value, base);
    std::string before = sign_of(spec, is_below_zero(value));
    if (spec.alternate && base != 10) {
        before += '0';
        before += type;
    }
    if (type == 'X')
        for (char &c : digits)
            if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
    if (spec.grouping)
        digits = grouped(digits, spec.grouping, base == 10 ? 3 : 4,
                         spec.zero && spec.align == '=' && spec.width > before.size()
                             ? spec.width - before.size()
                             : 0);
    append_padded(state, out, spec, '>', before, digits);
}

} // namespace

void append_formatted(State &state, std::string &out, const Value &value, std::string_view spec) {
    switch (value.kind()) {
    case Kind::string: {
        if (spec.empty()) {
            out += value.text();
            return;
        }
        return append_text(state, out, value.text(), parse(spec, "str"));
    }
    case Kind::boolean:
        if (spec.empty()) break;
        [[fallthrough]];
    case Kind::integer:
    case Kind::big_integer: return append_whole(state, out, value, parse(spec, value.type_name()));
    case Kind::floating:
        return append_double(state, out, value.as_double(), parse(spec, "float"), "float");
    case Kind::datetime:
        if (spec.empty()) break;
        append_strftime(out, value.as_datetime(), spec);
        return;
    default:
        if (!spec.empty())
            throw TypeError("unsupported format string passed to " +
                            std::string(value.type_name()) + ".__format__");
    }
    state.append_str(out, value);
}

} // namespace csgi::jinja
