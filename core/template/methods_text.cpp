// SPDX-License-Identifier: MIT
// Methods of str that give the text in another form; Markup's stay Markup and escape what is put
// into them.
#include "core/template/builtin.hpp"

#include <algorithm>

#include "core/template/format.hpp"
#include "core/template/methods.hpp"
#include "core/template/python.hpp"
#include "core/template/unicode.hpp"

namespace csgi::jinja {

namespace {

template <std::string (*map)(std::string_view)>
Value mapped(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("str", arguments);
    return like(self, map(self.text()));
}

const Value &expect_text(const Value &value, const char *function) {
    if (!value.is_string())
        throw TypeError(std::string(function) + " must be str, not " +
                        std::string(value.type_name()));
    return value;
}

// The one character that fills up; of Markup, escaped before it is counted.
std::string fill_of(State &state, const Value &self, const Value *given) {
    if (!given) return " ";
    std::string fill;
    if (self.is_markup())
        state.append_escaped(fill, *given);
    else
        fill = expect_text(*given, "The fill character").text();
    if (count_characters(fill) != 1)
        throw TypeError("The fill character must be exactly one character long");
    return fill;
}

enum class Place { left, right, center };

template <Place place>
Value padded(State &state, const Value &self, const Arguments &arguments) {
    const Bound<2> given(place == Place::center  ? "center"
                         : place == Place::right ? "rjust"
                                                 : "ljust",
                         {"", ""}, 1, arguments);
    const std::int64_t width = integer_argument(state, given[0], 0);
    const std::string fill = fill_of(state, self, given[1]);
    const std::size_t size = count_characters(self.text());
    if (width <= static_cast<std::int64_t>(size)) return self;
    const std::size_t missing = static_cast<std::size_t>(width) - size;
    state.grow(missing * fill.size());
    // Of an odd number, the one more stands on the left when the width is odd too.
    const std::size_t left = place == Place::left ? 0
                             : place == Place::right
                                 ? missing
                                 : missing / 2 + (missing & static_cast<std::size_t>(width) & 1);
    std::string out;
    append_repeated(out, fill, left);
    out += self.text();
    append_repeated(out, fill, missing - left);
    return like(self, out);
}

template <Edge edge>
Value stripped(State &, const Value &self, const Arguments &arguments) {
    const Bound<1> given("strip", {""}, 0, arguments);
    if (!given[0] || given[0]->is_none()) return like(self, strip(self.text(), edge));
    if (!given[0]->is_string()) throw TypeError("strip arg must be None or str");
    return like(self, strip(self.text(), edge, given[0]->text()));
}

Value replace(State &state, const Value &self, const Arguments &arguments) {
    const Bound<3> given("replace", {"", "", "count"}, 2, arguments);
    const std::string_view old = expect_text(*given[0], "replace() argument 1").text();
    std::string with;
    if (self.is_markup())
        state.append_escaped(with, *given[1]);
    else
        with = expect_text(*given[1], "replace() argument 2").text();
    std::int64_t left = integer_argument(state, given[2], -1);
    if (left < 0) left = INT64_MAX;
    std::string out;
    std::string_view rest = self.text();
    if (old.empty()) {
        // Before each character, and at the end.
        while (left-- > 0) {
            state.grow(with.size());
            out += with;
            if (rest.empty()) break;
            out += take_character(rest);
        }
    } else {
        step_search(state, rest, old);
        for (std::size_t at; left > 0 && (at = rest.find(old)) != rest.npos; --left) {
            state.grow(with.size());
            out.append(rest.substr(0, at)).append(with);
            rest.remove_prefix(at + old.size());
        }
    }
    return like(self, out.append(rest));
}

Value zfill(State &state, const Value &self, const Arguments &arguments) {
    const Bound<1> given("zfill", {""}, 1, arguments);
    const std::int64_t width = integer_argument(state, given[0], 0);
    const std::string_view text = self.text();
    const std::size_t size = count_characters(text);
    if (width <= static_cast<std::int64_t>(size)) return self;
    const std::size_t missing = static_cast<std::size_t>(width) - size;
    state.grow(missing);
    const bool sign = text.starts_with('-') || text.starts_with('+');
    std::string out(text.substr(0, sign));
    out.append(missing, '0').append(text.substr(sign));
    return like(self, out);
}

Value expandtabs(State &state, const Value &self, const Arguments &arguments) {
    const Bound<1> given("expandtabs", {"tabsize"}, 0, arguments);
    const std::int64_t size = integer_argument(state, given[0], 8);
    std::string out;
    std::int64_t column = 0;
    for (std::string_view rest = self.text(); !rest.empty();) {
        const std::string_view character = take_character(rest);
        if (character == "\t") {
            const std::int64_t spaces = size > 0 ? size - column % size : 0;
            state.grow(static_cast<std::size_t>(spaces));
            out.append(static_cast<std::size_t>(spaces), ' ');
            column += spaces;
            continue;
        }
        out += character;
        column = character == "\n" || character == "\r" ? 0 : column + 1;
    }
    return like(self, out);
}

Value removeprefix(State &, const Value &self, const Arguments &arguments) {
    const Bound<1> given("removeprefix", {""}, 1, arguments);
    const std::string_view prefix = expect_text(*given[0], "removeprefix() argument").text();
    const std::string_view text = self.text();
    return like(self, text.starts_with(prefix) ? text.substr(prefix.size()) : text);
}

Value removesuffix(State &, const Value &self, const Arguments &arguments) {
    const Bound<1> given("removesuffix", {self.is_markup() ? "suffix" : ""}, 1, arguments);
    const std::string_view suffix = expect_text(*given[0], "removesuffix() argument").text();
    const std::string_view text = self.text();
    return like(self, text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text);
}

Value translate(State &state, const Value &self, const Arguments &arguments) {
    const Bound<1> given("translate", {""}, 1, arguments);
    std::string out;
    for (std::string_view rest = self.text(); !rest.empty();) {
        const std::string_view character = take_character(rest);
        const Value key(static_cast<std::int64_t>(first_character(character)));
        Value to;
        if (given[0]->is_dict()) {
            const Value *found = given[0]->as_dict().find(key);
            if (!found) {
                out += character;
                continue;
            }
            to = *found;
        } else {
            try {
                to = python_item(state, *given[0], key);
            } catch (const PythonError &) {
                out += character;
                continue;
            }
        }
        state.step();
        if (to.is_none()) continue;
        if (to.is_string()) state.grow(to.text().size());
        if (to.is_string())
            out += to.text();
        else if (is_integer(to))
            append_chr(out, static_cast<char32_t>(integer_argument(state, &to, 0)));
        else
            throw TypeError("character mapping must return integer, None or str");
    }
    return like(self, out);
}

Value encode(State &, const Value &self, const Arguments &arguments) {
    const Bound<2> given("encode", {"encoding", "errors"}, 0, arguments);
    if (given[0]) {
        std::string name = to_lower(expect_text(*given[0], "encode() argument 'encoding'").text());
        std::erase_if(name, [](char c) { return c == '-' || c == '_' || c == ' '; });
        if (name == "ascii" || name == "latin1" || name == "iso88591") {
            std::string out;
            const char32_t limit = name == "ascii" ? 0x80 : 0x100;
            for (std::string_view rest = self.text(); !rest.empty();) {
                const char32_t c = first_character(take_character(rest));
                if (c >= limit)
                    throw PythonError("UnicodeEncodeError", "'" + name + "' codec can't encode");
                out += static_cast<char>(c);
            }
            return Value::bytes(out);
        }
        if (name != "utf8")
            throw PythonError("LookupError", "unknown encoding: " + std::string(given[0]->text()));
    }
    return Value::bytes(self.text());
}

Value format(State &state, const Value &self, const Arguments &arguments) {
    return format_fields(state, self, arguments);
}

Value format_with_map(State &state, const Value &self, const Arguments &arguments) {
    const Bound<1> given("format_map", {""}, 1, arguments);
    return format_map(state, self, *given[0]);
}

constexpr NamedMethod methods[] = {
    {"capitalize", mapped<capitalized>},
    {"casefold", mapped<case_folded>},
    {"center", padded<Place::center>},
    {"encode", encode},
    {"expandtabs", expandtabs},
    {"format", format},
    {"format_map", format_with_map},
    {"ljust", padded<Place::left>},
    {"lower", mapped<to_lower>},
    {"lstrip", stripped<Edge::left>},
    {"removeprefix", removeprefix},
    {"removesuffix", removesuffix},
    {"replace", replace},
    {"rjust", padded<Place::right>},
    {"rstrip", stripped<Edge::right>},
    {"strip", stripped<Edge::both>},
    {"swapcase", mapped<swapped_case>},
    {"title", mapped<to_title>},
    {"translate", translate},
    {"upper", mapped<to_upper>},
    {"zfill", zfill},
};

} // namespace

std::span<const NamedMethod> text_methods() {
    return methods;
}

} // namespace csgi::jinja
