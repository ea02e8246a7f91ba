// SPDX-License-Identifier: MIT
// Python's built-in functions on values.
#include "core/template/python.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <vector>

#include <csgi/template/environment.hpp>

#include "core/http/hex.hpp"
#include "core/http/utf8.hpp"
#include "core/template/undefined.hpp"
#include "core/template/unicode.hpp"
#include "core/value/nesting.hpp"

namespace csgi::jinja {

namespace {

// What int() and float() read: white space gone, digits of every script as ASCII's, an underscore
// only between digits. Nothing if it cannot be a number.
std::optional<std::string> plain_digits(std::string_view text) {
    text = strip(text, Edge::both);
    std::string out;
    while (!text.empty()) {
        const char32_t c = first_character(take_character(text));
        const int digit = c < 0x80 ? -1 : decimal_value(c);
        if (c >= 0x80 && digit < 0) return std::nullopt;
        out += digit >= 0 ? static_cast<char>('0' + digit) : static_cast<char>(c);
    }
    return out;
}

int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'z') return c - 'a' + 10;
    if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
    return 99;
}

// Digits of any base as decimal ones, by multiplying and adding in base 10**9.
std::string decimal_of(const std::vector<unsigned> &digits, unsigned base) {
    std::vector<std::uint32_t> limbs{0};
    for (const unsigned digit : digits) {
        std::uint64_t carry = digit;
        for (std::uint32_t &limb : limbs) {
            carry += std::uint64_t(limb) * base;
            limb = static_cast<std::uint32_t>(carry % 1'000'000'000);
            carry /= 1'000'000'000;
        }
        if (carry) limbs.push_back(static_cast<std::uint32_t>(carry));
    }
    std::string out = std::to_string(limbs.back());
    for (std::size_t i = limbs.size() - 1; i-- > 0;) {
        const std::string part = std::to_string(limbs[i]);
        out.append(9 - part.size(), '0').append(part);
    }
    return out;
}

// Python refuses to read more decimal digits than this; digits of 16, 8 and 2 it takes in any
// number, but no integer here has more.
constexpr std::size_t most_digits = 4300;

[[noreturn]] void refuse_conversion(const char *function, const Value &value, const char *wanted) {
    throw TypeError(std::string(function) + "() argument must be a string" + wanted +
                    " or a real number, not '" + std::string(value.type_name()) + "'");
}

} // namespace

std::optional<Value> parse_integer(std::string_view given, unsigned base) {
    const std::optional<std::string> plain = plain_digits(given);
    if (!plain) return std::nullopt;
    std::string_view text = *plain;
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    const auto prefix = [&text](unsigned of, char letter) {
        return text.size() > 1 && text[0] == '0' && (text[1] | 0x20) == letter ? of : 0u;
    };
    const unsigned named = prefix(16, 'x') + prefix(8, 'o') + prefix(2, 'b');
    const bool automatic = base == 0;
    if (automatic) base = named ? named : 10;
    bool after_prefix = false;
    if (named && named == base) {
        text.remove_prefix(2);
        after_prefix = true;
    }
    if (text.empty()) return std::nullopt;
    std::vector<unsigned> digits;
    bool digit_before = after_prefix; // an underscore may follow a prefix
    for (const char c : text) {
        if (c == '_') {
            if (!digit_before) return std::nullopt;
            digit_before = false;
            continue;
        }
        const int value = digit_value(c);
        if (value >= static_cast<int>(base)) return std::nullopt;
        digits.push_back(static_cast<unsigned>(value));
        digit_before = true;
    }
    if (!digit_before || digits.empty()) return std::nullopt;
    const auto first = std::find_if(digits.begin(), digits.end(), [](unsigned d) { return d; });
    // "007" is no literal.
    if (automatic && base == 10 && first != digits.begin() && first != digits.end())
        return std::nullopt;
    if ((base & (base - 1)) && digits.size() > most_digits) return std::nullopt;
    digits.erase(digits.begin(), first);
    const double size = static_cast<double>(digits.size()) * std::log10(base);
    if (size > most_digits + 1)
        throw PythonError("OverflowError",
                          "an integer of more than " + std::to_string(most_digits) + " digits");
    // Each digit passes over all limbs before it.
    spend(digits.size() * digits.size() / 400, 0);
    std::string decimal = decimal_of(digits, base);
    return Value::integer(negative ? "-" + decimal : decimal);
}

std::optional<double> parse_double(std::string_view given) {
    const std::optional<std::string> plain = plain_digits(given);
    if (!plain) return std::nullopt;
    std::string text;
    for (std::size_t i = 0; i < plain->size(); ++i) {
        const auto is_ascii_digit = [&](std::size_t at) {
            return at < plain->size() && (*plain)[at] >= '0' && (*plain)[at] <= '9';
        };
        if ((*plain)[i] == '_') {
            if (i == 0 || !is_ascii_digit(i - 1) || !is_ascii_digit(i + 1)) return std::nullopt;
            continue;
        }
        text += (*plain)[i] >= 'A' && (*plain)[i] <= 'Z' ? static_cast<char>((*plain)[i] | 0x20)
                                                         : (*plain)[i];
    }
    std::string_view rest = text;
    const bool negative = rest.starts_with('-');
    if (negative || rest.starts_with('+')) rest.remove_prefix(1);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (rest == "inf" || rest == "infinity") return negative ? -infinity : infinity;
    if (rest == "nan") return std::numeric_limits<double>::quiet_NaN();
    // from_chars() would also take "inf" and the like, and a second sign.
    if (rest.empty() || rest.find_first_not_of("0123456789.e+-") != rest.npos ||
        rest.front() == '-' || rest.front() == '+')
        return std::nullopt;
    double value = 0;
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (read.ptr != rest.data() + rest.size() || read.ec == std::errc::invalid_argument)
        return std::nullopt;
    if (read.ec == std::errc::result_out_of_range) {
        const std::size_t mark = rest.find('e');
        const bool tiny = mark != rest.npos ? rest[mark + 1] == '-' : rest.starts_with("0.");
        value = tiny ? 0 : infinity;
    }
    return negative ? -value : value;
}

Value whole_number(double value) {
    if (value >= -0x1p63 && value < 0x1p63) return Value(static_cast<std::int64_t>(value));
    char digits[400];
    const auto end = std::to_chars(digits, digits + sizeof digits, std::trunc(value),
                                   std::chars_format::fixed, 0);
    return Value::integer({digits, static_cast<std::size_t>(end.ptr - digits)});
}

Value to_integer(State &state, const Value &value) {
    switch (value.kind()) {
    case Kind::boolean: return Value(value.as_int());
    case Kind::integer:
    case Kind::big_integer: return value;
    case Kind::floating: {
        const double number = value.as_double();
        if (std::isnan(number))
            throw PythonError("ValueError", "cannot convert float NaN to integer");
        if (std::isinf(number))
            throw PythonError("OverflowError", "cannot convert float infinity to integer");
        return whole_number(number);
    }
    case Kind::string:
    case Kind::bytes:
        if (auto number = parse_integer(value.text(), 10)) return *std::move(number);
        throw PythonError("ValueError",
                          "invalid literal for int() with base 10: " + state.repr(value));
    case Kind::undefined: state.fail_undefined(value);
    case Kind::uuid: return parse_integer(hex_of(value.text()), 16).value_or(Value(0));
    default: refuse_conversion("int", value, ", a bytes-like object");
    }
}

double to_double(State &state, const Value &value) {
    switch (value.kind()) {
    case Kind::boolean:
    case Kind::integer:
    case Kind::floating: return value.as_double();
    case Kind::big_integer: {
        const double number = value.as_double();
        if (std::isinf(number))
            throw PythonError("OverflowError", "int too large to convert to float");
        return number;
    }
    case Kind::string:
    case Kind::bytes:
        if (auto number = parse_double(value.text())) return *number;
        throw PythonError("ValueError", "could not convert string to float: " + state.repr(value));
    case Kind::undefined: state.fail_undefined(value);
    default: refuse_conversion("float", value, "");
    }
}

std::int64_t integer_argument(State &state, const Value *value, std::int64_t otherwise) {
    if (!value) return otherwise;
    if (value->is(Kind::big_integer)) return value->text().front() == '-' ? INT64_MIN : INT64_MAX;
    return state.index(*value);
}

bool flag_argument(State &state, const Value *value, bool otherwise) {
    return value ? state.truthy(*value) : otherwise;
}

Value python_item(State &state, const Value &value, const Value &key) {
    if (value.is_undefined() && state.environment().undefined == UndefinedType::chainable &&
        form_of(value) != UndefinedForm::plain)
        return value;
    switch (value.kind()) {
    case Kind::dict:
        if (const Value *found = value.as_dict().find(key)) return *found;
        throw PythonError("KeyError", state.repr(key));
    case Kind::list:
    case Kind::tuple:
    case Kind::string: {
        if (!is_integer(key))
            throw TypeError(
                value.is_string()
                    ? "string indices must be integers, not '" + std::string(key.type_name()) + "'"
                    : std::string(value.type_name()) + " indices must be integers or slices, not " +
                          std::string(key.type_name()));
        const auto size = static_cast<std::int64_t>(state.length(value));
        std::int64_t at = integer_argument(state, &key, 0);
        if (at < 0) at += size;
        if (at < 0 || at >= size)
            throw PythonError("IndexError", value.is_string() ? "string index out of range"
                                                              : std::string(value.type_name()) +
                                                                    " index out of range");
        if (!value.is_string()) return value.as_list()[static_cast<std::size_t>(at)];
        std::string_view rest = value.text();
        rest.remove_prefix(character_offset(rest, static_cast<std::size_t>(at)));
        return like(value, take_character(rest));
    }
    case Kind::undefined: state.fail_undefined(value);
    case Kind::object:
        if (auto item = value.as_object().item(key)) return *std::move(item);
        throw PythonError("KeyError", state.repr(key));
    default: throw TypeError(not_able(value, "subscriptable"));
    }
}

bool has_items(const Value &value) {
    switch (value.kind()) {
    case Kind::string:
    case Kind::bytes:
    case Kind::list:
    case Kind::tuple:
    case Kind::dict:
    case Kind::undefined: return true;
    case Kind::object: break;
    default: return false;
    }
    static constexpr std::string_view without[] = {
        "BlockReference", "Cycler",    "Joiner",         "LoopContext",
        "Macro",          "Namespace", "TemplateModule", "builtin_function_or_method",
        "dict_items",     "dict_keys", "dict_values",    "function",
        "generator",      "method",
    };
    return std::find(std::begin(without), std::end(without), value.type_name()) ==
           std::end(without);
}

std::string as_ascii(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::string_view character = take_character(text);
        const char32_t c = first_character(character);
        if (c < 0x80) {
            out += character;
            continue;
        }
        const int width = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
        out += width == 2 ? "\\x" : width == 4 ? "\\u" : "\\U";
        for (int shift = 4 * (width - 1); shift >= 0; shift -= 4)
            out += hex_digits[c >> shift & 15];
    }
    return out;
}

void append_chr(std::string &out, char32_t code) {
    append_utf8(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
}

bool has_html(State &state, const Value &value) {
    if (value.is_undefined()) return state.environment().undefined == UndefinedType::chainable;
    return value.is_markup() || (value.is_object() && value.as_object().html());
}

std::string html_or_text(State &state, const Value &value) {
    if (value.is_object())
        if (auto html = value.as_object().html()) return *std::move(html);
    return state.str(value);
}

std::string not_able(const Value &value, std::string_view what) {
    return "'" + std::string(value.type_name()) + "' object is not " + std::string(what);
}

} // namespace csgi::jinja
