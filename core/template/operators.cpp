// SPDX-License-Identifier: MIT
// Arithmetic as Python does it.
#include "core/template/operators.hpp"

#include <cmath>
#include <limits>

#include "core/template/big_integer.hpp"

namespace csgi::jinja {

namespace {

bool is_number(const Value &value) {
    return value.is_integer() || value.is_bool() || value.is_float();
}

BigInteger big(const Value &value) {
    if (value.is(Kind::big_integer)) return BigInteger(value.text());
    return BigInteger(std::to_string(value.as_int()));
}

Value from_big(const BigInteger &number) {
    if (number.digits() > most_digits + 9)
        throw PythonError("OverflowError",
                          "an integer of more than " + std::to_string(most_digits) + " digits");
    return Value::integer(number.text());
}

[[noreturn]] void zero(const char *message) {
    throw PythonError("ZeroDivisionError", message);
}

double as_float(const Value &value) {
    const double number = value.as_double();
    if (std::isinf(number) && !value.is_float())
        throw PythonError("OverflowError", "int too large to convert to float");
    return number;
}

double float_mod(double a, double b) {
    if (b == 0) zero("float modulo by zero");
    double rest = std::fmod(a, b);
    if (rest != 0) {
        if ((b < 0) != (rest < 0)) rest += b;
    } else {
        rest = std::copysign(0.0, b);
    }
    return rest;
}

double float_floordiv(double a, double b) {
    if (b == 0) zero("float floor division by zero");
    const double rest = std::fmod(a, b);
    double quotient = (a - rest) / b;
    if (rest != 0 && (b < 0) != (rest < 0)) quotient -= 1;
    if (quotient == 0) return std::copysign(0.0, a / b);
    double whole = std::floor(quotient);
    if (quotient - whole > 0.5) whole += 1;
    return whole;
}

double float_pow(double a, double b) {
    if (a == 0 && b < 0) zero("0.0 cannot be raised to a negative power");
    if (a < 0 && std::isfinite(a) && std::isfinite(b) && b != std::floor(b))
        throw PythonError("ValueError", "complex numbers are not supported");
    const double result = std::pow(a, b);
    if (std::isinf(result) && std::isfinite(a) && std::isfinite(b))
        throw PythonError("OverflowError", "(34, 'Numerical result out of range')");
    return result;
}

Value calculate_floats(Operator op, const Value &x, const Value &y) {
    const double a = as_float(x), b = as_float(y);
    switch (op) {
    case Operator::add: return Value(a + b);
    case Operator::sub: return Value(a - b);
    case Operator::mul: return Value(a * b);
    case Operator::div:
        if (b == 0) zero("float division by zero");
        return Value(a / b);
    case Operator::floordiv: return Value(float_floordiv(a, b));
    case Operator::mod: return Value(float_mod(a, b));
    case Operator::pow: return Value(float_pow(a, b));
    }
    return Value();
}

Value big_pow(const Value &x, std::int64_t exponent) {
    BigInteger base = big(x), out("1");
    // 0, 1 and -1 never grow.
    while (exponent > 0) {
        if (exponent & 1) out = out * base;
        exponent >>= 1;
        if (exponent == 0) break;
        base = base * base;
        if (base.digits() > 2 * most_digits || out.digits() > 2 * most_digits)
            throw PythonError("OverflowError",
                              "an integer of more than " + std::to_string(most_digits) + " digits");
    }
    return from_big(out);
}

Value calculate_big(Operator op, const Value &x, const Value &y) {
    const BigInteger a = big(x), b = big(y);
    switch (op) {
    case Operator::add: return from_big(a + b);
    case Operator::sub: return from_big(a - b);
    case Operator::mul: return from_big(a * b);
    case Operator::div: {
        if (b.is_zero()) zero("division by zero");
        // A quotient of numbers that no double holds may be one that it does.
        if (a.digits() > 300 || b.digits() > 300) {
            BigInteger quotient, remainder;
            BigInteger::divide(a, b, quotient, remainder);
            return Value(as_float(Value::integer(quotient.text())));
        }
        return Value(static_cast<double>(x.as_double() / y.as_double()));
    }
    case Operator::floordiv:
    case Operator::mod: {
        if (b.is_zero()) zero("integer division or modulo by zero");
        BigInteger quotient, remainder;
        BigInteger::divide(a, b, quotient, remainder);
        return from_big(op == Operator::mod ? remainder : quotient);
    }
    case Operator::pow: break;
    }
    if (b.is_negative()) return calculate_floats(op, x, y);
    if (!y.is(Kind::big_integer)) return big_pow(x, y.as_int());
    if (a.is_zero()) return Value(0);
    if (a.text() == "1") return Value(1);
    if (a.text() == "-1") return Value(b.is_odd() ? -1 : 1);
    throw PythonError("OverflowError",
                      "an integer of more than " + std::to_string(most_digits) + " digits");
}

Value calculate_integers(Operator op, const Value &x, const Value &y) {
    if (x.is(Kind::big_integer) || y.is(Kind::big_integer)) return calculate_big(op, x, y);
    const std::int64_t a = x.as_int(), b = y.as_int();
    std::int64_t out = 0;
    switch (op) {
    case Operator::add:
        if (!__builtin_add_overflow(a, b, &out)) return Value(out);
        break;
    case Operator::sub:
        if (!__builtin_sub_overflow(a, b, &out)) return Value(out);
        break;
    case Operator::mul:
        if (!__builtin_mul_overflow(a, b, &out)) return Value(out);
        break;
    case Operator::div:
        if (b == 0) zero("division by zero");
        return Value(
            static_cast<double>(static_cast<long double>(a) / static_cast<long double>(b)));
    case Operator::floordiv:
    case Operator::mod: {
        if (b == 0) zero("integer division or modulo by zero");
        if (a == INT64_MIN && b == -1) break;
        std::int64_t quotient = a / b, rest = a % b;
        if (rest != 0 && (rest < 0) != (b < 0)) {
            --quotient;
            rest += b;
        }
        return Value(op == Operator::mod ? rest : quotient);
    }
    case Operator::pow:
        if (b < 0) return calculate_floats(op, x, y);
        break;
    }
    return calculate_big(op, x, y);
}

Value joined(const Value &a, const Value &b) {
    if (a.is_markup() || b.is_markup()) {
        std::string out;
        for (const Value *part : {&a, &b}) {
            if (part->is_markup())
                out += part->text();
            else
                append_escaped_text(out, part->text());
        }
        return Value::markup(out);
    }
    std::string out;
    out.reserve(a.text().size() + b.text().size());
    out += a.text();
    out += b.text();
    return a.is(Kind::bytes) ? Value::bytes(out) : Value(out);
}

Value repeated(const Value &value, const Value &times) {
    std::int64_t n = 0;
    if (times.is(Kind::big_integer)) {
        if (!times.text().starts_with('-'))
            throw PythonError("OverflowError", "cannot fit 'int' into an index-sized integer");
    } else {
        n = std::max<std::int64_t>(0, times.as_int());
    }
    if (value.is_list() || value.is_tuple()) {
        List out;
        const List &items = value.as_list();
        out.reserve(items.size() * static_cast<std::size_t>(n));
        for (std::int64_t i = 0; i < n && !items.empty(); ++i)
            out.insert(out.end(), items.begin(), items.end());
        return value.is_list() ? Value(std::move(out)) : Value::tuple(std::move(out));
    }
    std::string out;
    out.reserve(value.text().size() * static_cast<std::size_t>(n));
    for (std::int64_t i = 0; i < n && !value.text().empty(); ++i) out += value.text();
    if (value.is(Kind::bytes)) return Value::bytes(out);
    return value.is_markup() ? Value::markup(out) : Value(out);
}

[[noreturn]] void unsupported(Operator op, const Value &a, const Value &b) {
    const std::string left(a.type_name()), right(b.type_name());
    if (op == Operator::add && (a.is_string() || a.is_list() || a.is_tuple()))
        throw TypeError("can only concatenate " + left + " (not \"" + right + "\") to " + left);
    throw TypeError("unsupported operand type(s) for " +
                    std::string(op == Operator::pow ? "** or pow()" : sign_of(op)) + ": '" + left +
                    "' and '" + right + "'");
}

} // namespace

std::string_view sign_of(Operator op) {
    switch (op) {
    case Operator::add: return "+";
    case Operator::sub: return "-";
    case Operator::mul: return "*";
    case Operator::div: return "/";
    case Operator::floordiv: return "//";
    case Operator::mod: return "%";
    case Operator::pow: return "**";
    }
    return "?";
}

Value calculate(Operator op, const Value &a, const Value &b) {
    if (is_number(a) && is_number(b))
        return a.is_float() || b.is_float() ? calculate_floats(op, a, b)
                                            : calculate_integers(op, a, b);
    const auto is_sequence = [](const Value &v) {
        return v.is_string() || v.is(Kind::bytes) || v.is_list() || v.is_tuple();
    };
    if (op == Operator::add && a.kind() == b.kind()) {
        if (a.is_string() || a.is(Kind::bytes)) return joined(a, b);
        if (a.is_list() || a.is_tuple()) {
            List out = a.as_list();
            out.insert(out.end(), b.as_list().begin(), b.as_list().end());
            return a.is_list() ? Value(std::move(out)) : Value::tuple(std::move(out));
        }
    }
    if (op == Operator::mul) {
        const auto is_count = [](const Value &v) { return v.is_integer() || v.is_bool(); };
        if (is_sequence(a) && is_count(b)) return repeated(a, b);
        if (is_sequence(b) && is_count(a)) return repeated(b, a);
        if (is_sequence(a) || is_sequence(b))
            throw TypeError("can't multiply sequence by non-int of type '" +
                            std::string((is_sequence(a) ? b : a).type_name()) + "'");
    }
    unsupported(op, a, b);
}

Value negated(const Value &value) {
    if (value.is_float()) return Value(-value.as_double());
    if (value.is_integer() || value.is_bool())
        return calculate_integers(Operator::sub, Value(0), value);
    throw TypeError("bad operand type for unary -: '" + std::string(value.type_name()) + "'");
}

} // namespace csgi::jinja
