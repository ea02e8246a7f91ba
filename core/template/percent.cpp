// SPDX-License-Identifier: MIT
// text % arguments.
#include "core/template/format.hpp"

#include <cmath>
#include <limits>
#include <optional>

#include "core/template/number_text.hpp"
#include "core/template/python.hpp"
#include "core/template/unicode.hpp"

namespace csgi::jinja {

namespace {

[[noreturn]] void incomplete() {
    throw PythonError("ValueError", "incomplete format");
}

class Percent {
public:
    Percent(State &state, const Value &format, const Value &arguments)
        : state_(state), escapes_(format.is_markup()), text_(format.text()), arguments_(arguments),
          is_mapping_(takes_names(arguments)) {}

    std::string run() {
        std::string out;
        for (;;) {
            const std::size_t at = text_.find('%');
            out += text_.substr(0, at);
            if (at == text_.npos) break;
            text_.remove_prefix(at + 1);
            directive(out);
        }
        const std::size_t given = arguments_.is_tuple() ? arguments_.as_list().size() : 1;
        if (!is_mapping_ && used_ < given)
            throw TypeError("not all arguments converted during string formatting");
        return out;
    }

private:
    // What has [] and is no text and no tuple may be asked for names, and need not be used up.
    static bool takes_names(const Value &arguments) {
        return has_items(arguments) && !arguments.is_string() && !arguments.is_tuple();
    }

    char take() {
        if (text_.empty()) incomplete();
        const char c = text_.front();
        text_.remove_prefix(1);
        return c;
    }

    const Value &argument() {
        if (named_) return *named_;
        if (!arguments_.is_tuple()) {
            if (used_++) fail_few();
            return arguments_;
        }
        const List &items = arguments_.as_list();
        if (used_ >= items.size()) fail_few();
        return items[used_++];
    }
    [[noreturn]] static void fail_few() {
        throw TypeError("not enough arguments for format string");
    }

    int number(bool precision) {
        if (!text_.empty() && text_.front() == '*') {
            text_.remove_prefix(1);
            const Value &value = argument();
            // What stands in for an argument of Markup is no int.
            if (escapes_ || !is_integer(value) || value.is(Kind::big_integer))
                throw TypeError("* wants int");
            const std::int64_t n = value.as_int();
            if (n > std::numeric_limits<int>::max() || n < -std::numeric_limits<int>::max())
                throw PythonError("OverflowError", "Python int too large to convert to C int");
            if (precision) return n < 0 ? 0 : static_cast<int>(n);
            if (n < 0) left_ = true;
            return static_cast<int>(n < 0 ? -n : n);
        }
        std::int64_t value = 0;
        while (!text_.empty() && text_.front() >= '0' && text_.front() <= '9') {
            value = value * 10 + (text_.front() - '0');
            if (value > std::numeric_limits<int>::max())
                throw PythonError("ValueError", precision ? "precision too big" : "width too big");
            text_.remove_prefix(1);
        }
        return static_cast<int>(value);
    }

    void key() {
        int depth = 1;
        std::size_t size = 0;
        while (depth) {
            if (size >= text_.size()) throw PythonError("ValueError", "incomplete format key");
            depth += text_[size] == '(' ? 1 : text_[size] == ')' ? -1 : 0;
            ++size;
        }
        if (!is_mapping_) throw TypeError("format requires a mapping");
        const Value name(text_.substr(0, size - 1));
        text_.remove_prefix(size);
        named_ = python_item(state_, arguments_, name);
    }

    void directive(std::string &out) {
        left_ = plus_ = space_ = alternate_ = zero_ = false;
        named_.reset();
        if (text_.empty()) incomplete();
        if (text_.front() == '%') {
            out += take();
            return;
        }
        if (text_.front() == '(') {
            text_.remove_prefix(1);
            key();
        }
        for (bool more = true; more && !text_.empty();) {
            switch (text_.front()) {
            case '-': left_ = true; break;
            case '+': plus_ = true; break;
            case ' ': space_ = true; break;
            case '#': alternate_ = true; break;
            case '0': zero_ = true; break;
            default: more = false;
            }
            if (more) text_.remove_prefix(1);
        }
        width_ = number(false);
        precision_ = -1;
        if (!text_.empty() && text_.front() == '.') {
            text_.remove_prefix(1);
            precision_ = number(true);
        }
        if (!text_.empty() && std::string_view("hlL").find(text_.front()) != std::string_view::npos)
            text_.remove_prefix(1);
        const char type = take();
        switch (type) {
        case 's':
        case 'r':
        case 'a': return text(out, argument(), type);
        case 'c': return character(out, argument());
        case 'd':
        case 'i':
        case 'u':
        case 'o':
        case 'x':
        case 'X': return whole(out, argument(), type);
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G': return real(out, argument(), type);
        default: argument(); break;
        }
        throw PythonError("ValueError", std::string("unsupported format character '") + type + "'");
    }

    void text(std::string &out, const Value &value, char type) {
        std::string text;
        if (type == 's' && !escapes_) {
            state_.append_str(text, value);
        } else if (type == 's') {
            state_.append_escaped(text, value);
        } else {
            state_.append_repr(text, value);
            if (escapes_) {
                std::string escaped;
                append_escaped_text(escaped, text);
                text = std::move(escaped);
            }
            if (type == 'a') text = as_ascii(text);
        }
        if (precision_ >= 0)
            text.resize(character_offset(text, static_cast<std::size_t>(precision_)));
        pad(out, {}, text, false);
    }

    void character(std::string &out, const Value &value) {
        std::string text;
        if (value.is_string() && !escapes_) {
            if (count_characters(value.text()) != 1) throw TypeError("%c requires int or char");
            text = value.text();
        } else if (is_integer(value) && !escapes_) {
            if (value.is(Kind::big_integer) || value.as_int() < 0 || value.as_int() > 0x10ffff)
                throw PythonError("OverflowError", "%c arg not in range(0x110000)");
            append_chr(text, static_cast<char32_t>(value.as_int()));
        } else {
            throw TypeError("%c requires int or char");
        }
        pad(out, {}, text, false);
    }

    void whole(std::string &out, const Value &given, char type) {
        const bool decimal = type == 'd' || type == 'i' || type == 'u';
        Value value = given;
        if (!is_integer(value)) {
            if (decimal) state_.check(given);
            // What stands in for an argument of Markup can be made an integer, but is none.
            if (decimal && escapes_) {
                value = to_integer(state_, given);
            } else if (decimal && value.is_float()) {
                value = to_integer(state_, given);
            } else {
                throw TypeError(std::string("%") + type +
                                (decimal ? " format: a real number is required, not "
                                         : " format: an integer is required, not ") +
                                std::string(given.type_name()));
            }
        } else if (escapes_ && !decimal) {
            throw TypeError(std::string("%") + type +
                            " format: an integer is required, not _MarkupEscapeHelper");
        }
        std::string digits = integer_digits(value, decimal ? 10 : type == 'o' ? 8 : 16);
        if (precision_ > 0 && digits.size() < static_cast<std::size_t>(precision_)) {
            state_.grow(static_cast<std::size_t>(precision_));
            digits.insert(0, static_cast<std::size_t>(precision_) - digits.size(), '0');
        }
        std::string before = sign(is_below_zero(value));
        if (alternate_ && !decimal) {
            before += '0';
            before += type;
        }
        if (type == 'X')
            for (char &c : digits)
                if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
        pad(out, before, digits, true);
    }

    void real(std::string &out, const Value &given, char type) {
        double value = 0;
        if (escapes_ || !given.is_string())
            value = to_double(state_, given);
        else
            throw TypeError("must be real number, not " + std::string(given.type_name()));
        const int precision = precision_ < 0 ? 6 : precision_;
        state_.grow(static_cast<std::size_t>(precision));
        pad(out, sign(std::signbit(value) && !std::isnan(value)),
            float_digits(value, type, precision, alternate_), true);
    }

    std::string sign(bool negative) const {
        return negative ? "-" : plus_ ? "+" : space_ ? " " : "";
    }

    void pad(std::string &out, std::string_view before, std::string_view text, bool number) {
        const std::size_t size = count_characters(before) + count_characters(text);
        const auto width = static_cast<std::size_t>(width_);
        const std::size_t missing = width > size ? width - size : 0;
        state_.step();
        state_.grow(missing + text.size());
        if (!left_ && !(zero_ && number)) out.append(missing, ' ');
        out += before;
        if (!left_ && zero_ && number) out.append(missing, '0');
        out += text;
        if (left_) out.append(missing, ' ');
    }

    State &state_;
    const bool escapes_;
    std::string_view text_;
    const Value &arguments_;
    const bool is_mapping_;
    std::size_t used_ = 0;
    std::optional<Value> named_;
    bool left_ = false, plus_ = false, space_ = false, alternate_ = false, zero_ = false;
    int width_ = 0, precision_ = -1;
};

} // namespace

Value format_percent(State &state, const Value &format, const Value &arguments) {
    std::string out = Percent(state, format, arguments).run();
    return format.is_markup() ? Value::markup(out) : Value(out);
}

} // namespace csgi::jinja
