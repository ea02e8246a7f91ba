// SPDX-License-Identifier: MIT
// str.format() and str.format_map().
#include "core/template/format.hpp"

#include <csgi/template/environment.hpp>

#include <charconv>
#include <optional>

#include "core/template/python.hpp"

namespace csgi::jinja {

namespace {

[[noreturn]] void refuse(const char *message) {
    throw PythonError("ValueError", message);
}

class Fields {
public:
    Fields(State &state, bool escapes, const Arguments &arguments, const Value *mapping)
        : state_(state), escapes_(escapes), arguments_(arguments), mapping_(mapping) {}

    // Replacement fields may stand in a specification, once.
    std::string run(std::string_view text, int depth = 2) {
        if (depth == 0) refuse("Max string recursion exceeded");
        std::string out;
        for (;;) {
            const std::size_t at = text.find_first_of("{}");
            out += text.substr(0, at);
            if (at == text.npos) return out;
            const char brace = text[at];
            text.remove_prefix(at + 1);
            if (text.starts_with(brace)) {
                out += brace;
                text.remove_prefix(1);
                continue;
            }
            if (brace == '}') refuse("Single '}' encountered in format string");
            field(out, text, depth);
        }
    }

private:
    // Takes the field whose "{" has been read, and its "}".
    void field(std::string &out, std::string_view &text, int depth) {
        if (text.empty()) refuse("Single '{' encountered in format string");
        std::size_t end = 0, open = 1, name_end = std::string_view::npos;
        bool brackets = false;
        for (;; ++end) {
            if (end >= text.size()) refuse("expected '}' before end of string");
            const char c = text[end];
            if (name_end == std::string_view::npos) {
                if (c == '{') refuse("unexpected '{' in field name");
                if (c == '[') brackets = true;
                if (c == ']') brackets = false;
                if (brackets) continue;
                if (c == ':' || c == '!') name_end = end;
            }
            if (c == '{') ++open;
            if (c == '}' && --open == 0) break;
        }
        const std::string_view inside = text.substr(0, end);
        text.remove_prefix(end + 1);
        const std::string_view name = inside.substr(0, name_end);
        char conversion = 0;
        std::string_view spec;
        if (name_end != std::string_view::npos) {
            std::string_view rest = inside.substr(name_end);
            if (rest.front() == '!') {
                if (rest.size() < 2) refuse("unmatched '{' in format spec");
                conversion = rest[1];
                rest.remove_prefix(2);
                if (!rest.empty() && rest.front() != ':')
                    refuse("expected ':' after conversion specifier");
            }
            if (!rest.empty()) spec = rest.substr(1);
        }
        Value value = look_up(name);
        if (conversion) value = convert(value, conversion);
        const std::string filled =
            spec.find_first_of("{}") == spec.npos ? std::string(spec) : run(spec, depth - 1);
        state_.step();
        const std::size_t before = out.size();
        if (!escapes_) {
            append_formatted(state_, out, value, filled);
            return state_.grow(out.size() - before);
        }
        if (value.is_markup()) {
            if (!filled.empty()) refuse("Unsupported format specification for Markup.");
            out += value.text();
            return state_.grow(out.size() - before);
        }
        std::string plain;
        append_formatted(state_, plain, value, filled);
        append_escaped_text(out, plain);
        state_.grow(out.size() - before);
    }

    Value convert(const Value &value, char conversion) {
        switch (conversion) {
        case 's': return Value(state_.str(value));
        case 'r': return Value(state_.repr(value));
        case 'a': return Value(as_ascii(state_.repr(value)));
        default: break;
        }
        throw PythonError("ValueError",
                          std::string("Unknown conversion specifier '") + conversion + "'");
    }

    Value look_up(std::string_view name) {
        const std::size_t end = std::min(name.find_first_of(".["), name.size());
        Value value = first(name.substr(0, end));
        name.remove_prefix(end);
        while (!name.empty()) {
            if (name.front() == '.') {
                const std::size_t stop = std::min(name.find_first_of(".[", 1), name.size());
                const std::string_view attribute = name.substr(1, stop - 1);
                if (attribute.empty()) refuse("Empty attribute in format string");
                value = get_attribute(value, attribute);
                name.remove_prefix(stop);
            } else {
                if (name.front() != '[')
                    refuse("Only '.' or '[' may follow ']' in format field specifier");
                const std::size_t stop = name.find(']');
                if (stop == name.npos) refuse("Missing ']' in format string");
                const std::string_view key = name.substr(1, stop - 1);
                if (key.empty()) refuse("Empty attribute in format string");
                const std::optional<std::int64_t> number = number_of(key);
                const Value index = number ? Value(*number) : Value(key);
                value = state_.is_sandboxed() ? state_.getitem(value, index)
                                              : python_item(state_, value, index);
                name.remove_prefix(stop + 1);
            }
        }
        return value;
    }

    Value first(std::string_view name) {
        std::optional<std::int64_t> number = number_of(name);
        if (name.empty()) {
            if (numbering_ == Numbering::manual)
                refuse(
                    "cannot switch from manual field specification to automatic field numbering");
            numbering_ = Numbering::automatic;
            number = static_cast<std::int64_t>(next_++);
        } else if (number) {
            if (numbering_ == Numbering::automatic)
                refuse(
                    "cannot switch from automatic field numbering to manual field specification");
            numbering_ = Numbering::manual;
        }
        if (number) {
            // A sandbox has a formatter of its own, which is given no positional arguments.
            const bool own = mapping_ && state_.environment().sandboxed;
            if (mapping_ && !own) refuse("Format string contains positional fields");
            if (own || static_cast<std::size_t>(*number) >= arguments_.positional.size())
                throw PythonError("IndexError", "Replacement index " + std::to_string(*number) +
                                                    " out of range for positional args tuple");
            return arguments_.positional[static_cast<std::size_t>(*number)];
        }
        if (mapping_) return python_item(state_, *mapping_, Value(name));
        if (const Value *value = arguments_.find(name)) return *value;
        throw PythonError("KeyError", state_.repr(Value(name)));
    }

    Value get_attribute(const Value &value, std::string_view name) {
        if (state_.is_sandboxed()) return state_.getattr(value, name);
        if (auto found = state_.attribute(value, name)) return *std::move(found);
        if (value.is_undefined()) state_.fail_undefined(value);
        throw PythonError("AttributeError", "'" + std::string(value.type_name()) +
                                                "' object has no attribute '" + std::string(name) +
                                                "'");
    }

    static std::optional<std::int64_t> number_of(std::string_view text) {
        std::int64_t number = 0;
        if (text.empty() || text.find_first_not_of("0123456789") != text.npos) return std::nullopt;
        if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc())
            refuse("Too many decimal digits in format string");
        return number;
    }

    enum class Numbering { none, automatic, manual };
    State &state_;
    const bool escapes_;
    const Arguments &arguments_;
    const Value *mapping_;
    Numbering numbering_ = Numbering::none;
    std::size_t next_ = 0;
};

} // namespace

Value format_fields(State &state, const Value &format, const Arguments &arguments) {
    std::string out = Fields(state, format.is_markup(), arguments, nullptr).run(format.text());
    return format.is_markup() ? Value::markup(out) : Value(out);
}

Value format_map(State &state, const Value &format, const Value &mapping) {
    std::string out = Fields(state, format.is_markup(), {}, &mapping).run(format.text());
    return format.is_markup() ? Value::markup(out) : Value(out);
}

} // namespace csgi::jinja
