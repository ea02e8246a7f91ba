// SPDX-License-Identifier: MIT
// The converters that Werkzeug has.
#include <csgi/app/converter.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <csgi/http/url.hpp>
#include <csgi/value/json.hpp>
#include <csgi/value/number.hpp>

#include "core/app/digit.hpp"
#include "core/app/python_text.hpp"

namespace csgi {

namespace {

// The parameters of a converter, as Python binds arguments to them.
class Binder {
public:
    Binder(const char *name, const ConverterArguments &arguments,
           std::initializer_list<std::string_view> parameters)
        : parameters_(parameters), values_(parameters.size()) {
        const std::string whose = std::string("converter '") + name + "'";
        if (arguments.positional.size() > parameters_.size())
            throw std::invalid_argument(whose + " takes at most " +
                                        std::to_string(parameters_.size()) + " arguments");
        for (std::size_t i = 0; i < arguments.positional.size(); ++i)
            values_[i] = &arguments.positional[i];
        for (const auto &[key, value] : arguments.named) {
            const std::size_t at = index(key);
            if (at == parameters_.size())
                throw std::invalid_argument(whose + " takes no argument '" + key + "'");
            if (values_[at]) throw std::invalid_argument(whose + " is given '" + key + "' twice");
            values_[at] = &value;
        }
    }
    // NULL when not given, or None.
    const Value *find(std::string_view name) const {
        const Value *value = values_[index(name)];
        return value && !value->is_none() ? value : nullptr;
    }
    std::optional<std::size_t> size(std::string_view name) const {
        const Value *value = find(name);
        if (!value) return std::nullopt;
        if (!value->is(Kind::integer) || value->as_int() < 0)
            throw std::invalid_argument("'" + std::string(name) + "' is " + python_repr(*value) +
                                        ", not a length");
        return static_cast<std::size_t>(value->as_int());
    }

private:
    std::size_t index(std::string_view name) const {
        std::size_t at = 0;
        while (at < parameters_.size() && parameters_[at] != name) ++at;
        return at;
    }

    std::vector<std::string_view> parameters_;
    std::vector<const Value *> values_;
};

std::size_t code_points(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return count;
}

class Text final : public Converter {
public:
    explicit Text(const ConverterArguments &arguments)
        : Text(Binder("string", arguments, {"minlength", "maxlength", "length"})) {}

    std::string pattern() const override {
        if (exact_) return "[^/]{" + std::to_string(*exact_) + "}";
        return "[^/]{" + std::to_string(least_) + "," + (most_ ? std::to_string(*most_) : "") + "}";
    }
    bool matches(std::string_view text) const override {
        if (text.find('/') != std::string_view::npos) return false;
        const std::size_t count = code_points(text);
        if (exact_) return count == *exact_;
        return count >= least_ && (!most_ || count <= *most_);
    }

private:
    explicit Text(const Binder &bound)
        : Converter(bound.find("minlength") || bound.find("maxlength") || bound.find("length")
                        ? Known::text
                        : Known::any_text),
          least_(bound.size("minlength").value_or(1)), most_(bound.size("maxlength")),
          exact_(bound.size("length")) {}

    std::size_t least_;
    std::optional<std::size_t> most_, exact_;
};

class Any final : public Converter {
public:
    explicit Any(const ConverterArguments &arguments) : Converter(Known::choice) {
        if (!arguments.named.empty())
            throw std::invalid_argument("converter 'any' takes no argument '" +
                                        arguments.named[0].first + "'");
        for (const Value &item : arguments.positional) items_.push_back(url_text(item));
    }
    std::string pattern() const override {
        std::string all = "(?:";
        for (const std::string &item : items_) {
            // Lengths, so that no item can look like two.
            all += std::to_string(item.size()) + ":" + item + "|";
        }
        return all + ")";
    }
    bool matches(std::string_view text) const override {
        for (const std::string &item : items_)
            if (item == text) return true;
        return items_.empty() && text.empty();
    }
    const std::vector<std::string> *alternatives() const override {
        return items_.empty() ? nullptr : &items_;
    }
    std::string to_url(const Value &value) const override {
        if (value.is_list() || value.is_dict())
            throw std::invalid_argument("unhashable type: '" + std::string(value.type_name()) +
                                        "'");
        const std::string text = url_text(value);
        if (value.is_string() && matches(text)) return text;
        std::vector<std::string> sorted = items_;
        std::sort(sorted.begin(), sorted.end());
        std::string valid;
        for (std::size_t i = 0; i < sorted.size(); ++i) {
            if (i && sorted[i] == sorted[i - 1]) continue;
            valid += (valid.empty() ? "'" : ", '") + sorted[i] + "'";
        }
        throw std::invalid_argument("'" + text + "' is not one of " + valid);
    }

private:
    std::vector<std::string> items_;
};

class Path final : public Converter {
public:
    explicit Path(const ConverterArguments &arguments) : Converter(Known::path) {
        (void)Binder("path", arguments, {});
    }
    std::string pattern() const override { return "[^/].*?"; }
    int weight() const override { return 200; }
    bool is_isolating() const override { return false; }
    bool is_lazy() const override { return true; }
    // "." is no newline.
    bool matches(std::string_view text) const override {
        return !text.empty() && text[0] != '/' && text.find('\n', 1) == std::string_view::npos;
    }
};

class Number : public Converter {
public:
    int weight() const override { return 50; }
    bool accepts(std::string_view text) const override {
        if (is_free_) return true;
        if (fixed_ && code_points(text) != fixed_) return false;
        if (!min_ && !max_) return true;
        const Value value = to_value(text);
        return !(min_ && Value::compare(value, *min_) < 0) &&
               !(max_ && Value::compare(value, *max_) > 0);
    }

protected:
    Number(const Binder &bound, bool has_fixed, Known known)
        : Converter(known), signed_(bound.find("signed") && bound.find("signed")->truthy()),
          fixed_(has_fixed ? bound.size("fixed_digits").value_or(0) : 0) {
        for (const char *name : {"min", "max"}) {
            const Value *value = bound.find(name);
            if (value && !value->is_integer() && !value->is_float() && !value->is_bool())
                throw std::invalid_argument(std::string("'") + name + "' is " +
                                            python_repr(*value) + ", not a number");
        }
        if (const Value *value = bound.find("min")) min_ = *value;
        if (const Value *value = bound.find("max")) max_ = *value;
        is_free_ = !fixed_ && !min_ && !max_;
    }
    // Without the sign, where one may stand.
    std::string_view unsigned_part(std::string_view text) const {
        if (signed_ && !text.empty() && text[0] == '-') text.remove_prefix(1);
        return text;
    }
    std::string fill(std::string text) const {
        const bool negative = !text.empty() && text[0] == '-';
        if (text.size() < fixed_) text.insert(negative ? 1 : 0, fixed_ - text.size(), '0');
        return text;
    }

    bool signed_;
    bool is_free_ = true;
    std::size_t fixed_;
    std::optional<Value> min_, max_;
};

bool is_signed(const Binder &bound) {
    return bound.find("signed") && bound.find("signed")->truthy();
}

class Integer final : public Number {
public:
    explicit Integer(const ConverterArguments &arguments)
        : Integer(Binder("int", arguments, {"fixed_digits", "min", "max", "signed"})) {}

    std::string pattern() const override { return signed_ ? "-?\\d+" : "\\d+"; }
    bool matches(std::string_view text) const override {
        text = unsigned_part(text);
        return !text.empty() && digits_length(text) == text.size();
    }
    bool accepts(std::string_view text) const override {
        if (text.size() > int_digits_most && code_points(unsigned_part(text)) > int_digits_most)
            return false;
        return Number::accepts(text);
    }
    Value to_value(std::string_view text) const override {
        if (const auto number = to_integer(text)) return Value(*number);
        return Value::integer(ascii_digits(text));
    }
    std::string to_url(const Value &value) const override {
        return fill(url_text(python_int(value)));
    }

private:
    explicit Integer(const Binder &bound)
        : Number(bound, true,
                 is_signed(bound) ? Known::none
                 : bound.find("fixed_digits") || bound.find("min") || bound.find("max")
                     ? Known::digits
                     : Known::any_digits) {}
};

class Float final : public Number {
public:
    explicit Float(const ConverterArguments &arguments)
        : Number(Binder("float", arguments, {"min", "max", "signed"}), false, Known::none) {}

    std::string pattern() const override { return signed_ ? "-?\\d+\\.\\d+" : "\\d+\\.\\d+"; }
    bool matches(std::string_view text) const override {
        text = unsigned_part(text);
        const std::size_t whole = digits_length(text);
        if (whole == 0 || whole >= text.size() || text[whole] != '.') return false;
        text.remove_prefix(whole + 1);
        return !text.empty() && digits_length(text) == text.size();
    }
    Value to_value(std::string_view text) const override { return Value(to_double(text)); }
    std::string to_url(const Value &value) const override { return url_text(python_float(value)); }
};

constexpr std::size_t uuid_length = 36;

class Uuid final : public Converter {
public:
    explicit Uuid(const ConverterArguments &arguments) : Converter(Known::uuid) {
        (void)Binder("uuid", arguments, {});
    }
    std::string pattern() const override { return "[A-Fa-f0-9]{8}-..."; }
    bool matches(std::string_view text) const override {
        if (text.size() != uuid_length) return false;
        for (std::size_t i = 0; i < uuid_length; ++i) {
            const char c = text[i];
            const bool is_hex =
                (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
            if (i == 8 || i == 13 || i == 18 || i == 23 ? c != '-' : !is_hex) return false;
        }
        return true;
    }
    Value to_value(std::string_view text) const override { return Value::uuid(uuid_bytes(text)); }
    std::string to_url(const Value &value) const override { return url_text(value); }
};

template <class T>
std::unique_ptr<Converter> make(const ConverterArguments &arguments) {
    return std::make_unique<T>(arguments);
}

} // namespace

std::string Converter::to_url(const Value &value) const {
    return quote(url_text(value), Place::path);
}

ConverterFactory find_converter(std::string_view name) {
    if (name == "string" || name == "default") return make<Text>;
    if (name == "any") return make<Any>;
    if (name == "path") return make<Path>;
    if (name == "int") return make<Integer>;
    if (name == "float") return make<Float>;
    if (name == "uuid") return make<Uuid>;
    return nullptr;
}

std::optional<std::int64_t> to_integer(std::string_view text) {
    std::int64_t number = 0;
    const bool negative = !text.empty() && text[0] == '-';
    if (negative) text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        const DigitStep step = digit_step(text);
        const std::int64_t digit = negative ? -step.value : step.value;
        if (step.value < 0 || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, digit, &number))
            return std::nullopt;
        text.remove_prefix(step.length);
    }
    return number;
}

double to_double(std::string_view text) {
    const std::string ascii = ascii_digits(text);
    double number = 0;
    const auto [stop, error] = std::from_chars(ascii.data(), ascii.data() + ascii.size(), number);
    if (error != std::errc::result_out_of_range) return number;
    // From here on Python says infinity or zero, as does this, which reads the locale's "." first.
    const bool is_small = ascii.find_first_of("123456789") > ascii.find('.');
    return std::copysign(is_small ? 0.0 : HUGE_VAL, ascii[0] == '-' ? -1.0 : 1.0);
}

std::string uuid_bytes(std::string_view text) {
    std::string bytes;
    int half = -1;
    for (const char c : text) {
        if (c == '-') continue;
        const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
        if (half < 0) {
            half = digit;
            continue;
        }
        bytes += static_cast<char>(half << 4 | digit);
        half = -1;
    }
    return bytes;
}

} // namespace csgi
