// SPDX-License-Identifier: MIT
// Methods of str that take texts apart and put them together.
#include "core/template/methods.hpp"

#include <algorithm>
#include <cstdint>

#include "core/template/entities.hpp"
#include "core/template/python.hpp"
#include "core/template/unicode.hpp"

namespace csgi::jinja {

namespace {

std::string_view separator_of(const Value &value) {
    if (!value.is_string())
        throw TypeError("must be str or None, not " + std::string(value.type_name()));
    if (value.text().empty()) throw PythonError("ValueError", "empty separator");
    return value.text();
}

// What one of many parts takes, whatever its length.
constexpr std::size_t part_bytes = 2 * sizeof(Value);

// The words between white space.
List words(State &state, const Value &self, std::int64_t most) {
    List parts;
    std::string_view rest = strip(self.text(), Edge::left);
    while (!rest.empty()) {
        if (most-- == 0) {
            parts.push_back(like(self, rest)); // with the space behind it
            break;
        }
        state.grow(part_bytes);
        std::string_view word = rest;
        while (!word.empty() && !is_white(first_character(word))) take_character(word);
        parts.push_back(like(self, rest.substr(0, rest.size() - word.size())));
        rest = strip(word, Edge::left);
    }
    return parts;
}

List words_from_right(State &state, const Value &self, std::int64_t most) {
    List parts;
    std::string_view rest = strip(self.text(), Edge::right);
    while (!rest.empty()) {
        if (most-- == 0) {
            parts.push_back(like(self, rest)); // with the space before it
            break;
        }
        state.grow(part_bytes);
        std::size_t at = rest.size();
        while (at) {
            const std::size_t before = character_offset_from_end(rest.substr(0, at), 1);
            if (is_white(first_character(rest.substr(before)))) break;
            at = before;
        }
        parts.push_back(like(self, rest.substr(at)));
        rest = strip(rest.substr(0, at), Edge::right);
    }
    std::reverse(parts.begin(), parts.end());
    return parts;
}

template <bool from_right>
Value split(State &state, const Value &self, const Arguments &arguments) {
    const Bound<2> given(from_right ? "rsplit" : "split", {"sep", "maxsplit"}, 0, arguments);
    std::int64_t most = integer_argument(state, given[1], -1);
    if (most < 0) most = INT64_MAX;
    if (!given[0] || given[0]->is_none())
        return from_right ? words_from_right(state, self, most) : words(state, self, most);
    const std::string_view separator = separator_of(*given[0]);
    std::string_view rest = self.text();
    step_search(state, rest, separator);
    List parts;
    for (; most > 0; --most) {
        state.grow(part_bytes);
        const std::size_t at = from_right ? rest.rfind(separator) : rest.find(separator);
        if (at == rest.npos) break;
        parts.push_back(
            like(self, from_right ? rest.substr(at + separator.size()) : rest.substr(0, at)));
        rest = from_right ? rest.substr(0, at) : rest.substr(at + separator.size());
    }
    parts.push_back(like(self, rest));
    if (from_right) std::reverse(parts.begin(), parts.end());
    return parts;
}

template <bool last>
Value partition(State &state, const Value &self, const Arguments &arguments) {
    const Bound<1> given("partition", {""}, 1, arguments);
    const std::string_view separator = separator_of(*given[0]);
    const std::string_view text = self.text();
    step_search(state, text, separator);
    const std::size_t at = last ? text.rfind(separator) : text.find(separator);
    if (at == text.npos) {
        const Value whole = like(self, text), nothing = like(self, "");
        return last ? Value::tuple({nothing, nothing, whole})
                    : Value::tuple({whole, nothing, nothing});
    }
    return Value::tuple({like(self, text.substr(0, at)), like(self, separator),
                         like(self, text.substr(at + separator.size()))});
}

Value splitlines(State &state, const Value &self, const Arguments &arguments) {
    const Bound<1> given("splitlines", {"keepends"}, 0, arguments);
    const bool keep = flag_argument(state, given[0], false);
    List lines;
    for (std::string_view rest = self.text(); !rest.empty();) {
        state.grow(part_bytes);
        std::string_view end;
        std::string_view line = take_line(rest, end);
        if (keep) line = {line.data(), line.size() + end.size()};
        lines.push_back(like(self, line));
    }
    return lines;
}

Value join(State &state, const Value &self, const Arguments &arguments) {
    const Bound<1> given("join", {""}, 1, arguments);
    std::string out;
    std::size_t number = 0;
    Items items(state, *given[0]);
    while (const Value *item = items.next()) {
        state.step();
        if (number) out += self.text();
        const std::size_t before = out.size();
        if (self.is_markup())
            state.append_escaped(out, *item);
        else if (item->is_string())
            out += item->text();
        else
            throw TypeError("sequence item " + std::to_string(number) +
                            ": expected str instance, " + std::string(item->type_name()) +
                            " found");
        state.grow(out.size() - before + self.text().size());
        ++number;
    }
    return like(self, out);
}

constexpr NamedMethod methods[] = {
    {"join", join},          {"partition", partition<false>}, {"rpartition", partition<true>},
    {"rsplit", split<true>}, {"split", split<false>},         {"splitlines", splitlines},
};

Value html(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("__html__", arguments);
    return self;
}

Value unescape(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("unescape", arguments);
    return unescape_html(self.text());
}

Value striptags(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("striptags", arguments);
    return strip_tags(self.text());
}

Value escape(State &state, const Value &, const Arguments &arguments) {
    const Bound<1> given("escape", {""}, 1, arguments);
    return state.escape(*given[0]);
}

constexpr NamedMethod of_markup[] = {
    {"__html__", html}, {"escape", escape}, {"striptags", striptags}, {"unescape", unescape}};

} // namespace

std::span<const NamedMethod> text_part_methods() {
    return methods;
}

std::span<const NamedMethod> markup_methods() {
    return of_markup;
}

} // namespace csgi::jinja
