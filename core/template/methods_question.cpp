// SPDX-License-Identifier: MIT
// Methods of str that ask about a text: what it is made of, what stands where.
#include "core/template/methods.hpp"

#include <algorithm>
#include <cstdint>

#include "core/template/python.hpp"
#include "core/template/unicode.hpp"

namespace csgi::jinja {

namespace {

template <bool (*all)(char32_t), bool of_empty = false>
Value is_all(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("str", arguments);
    std::string_view rest = self.text();
    if (rest.empty()) return of_empty;
    while (!rest.empty())
        if (!all(first_character(take_character(rest)))) return false;
    return true;
}

bool is_ascii(char32_t c) {
    return c < 0x80;
}
bool is_alphanumeric(char32_t c) {
    return is_alphabetic(c) || is_numeric(c) || is_digit(c);
}

template <bool (*ask)(std::string_view)>
Value answered(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("str", arguments);
    return ask(self.text());
}

bool is_identifier(std::string_view text) {
    if (text.empty()) return false;
    const char32_t first = first_character(text);
    if (first != '_' && !is_alphabetic(first)) return false;
    while (!text.empty())
        if (!is_word(first_character(take_character(text)))) return false;
    return true;
}

// The part of a text between two places that are given as Python gives them; where it begins, in
// characters. Nothing to find in it, not even "", if the first lies beyond the second.
struct Window {
    std::string_view text;
    std::int64_t start = 0;
    bool valid = true;
};

Window window(State &state, std::string_view text, const Value *from, const Value *to) {
    Window found{text, 0, true};
    const bool has_from = from && !from->is_none(), has_to = to && !to->is_none();
    if (!has_from && !has_to) return found;
    const auto size = static_cast<std::int64_t>(count_characters(text));
    std::int64_t start = has_from ? integer_argument(state, from, 0) : 0;
    std::int64_t end = has_to ? integer_argument(state, to, size) : size;
    if (end > size) end = size;
    if (end < 0) end = std::max<std::int64_t>(end + size, 0);
    if (start < 0) start = std::max<std::int64_t>(start + size, 0);
    if (start > end) return {{}, start, false};
    const std::size_t first = character_offset(text, static_cast<std::size_t>(start));
    const std::size_t last = character_offset(text, static_cast<std::size_t>(end));
    return {text.substr(first, last - first), start, true};
}

std::string_view wanted(const Value &value, const char *function) {
    if (!value.is_string())
        throw TypeError(std::string(function) + " must be str, not " +
                        std::string(value.type_name()));
    return value.text();
}

Value count(State &state, const Value &self, const Arguments &arguments) {
    const Bound<3> given("count", {"", "", ""}, 1, arguments);
    const std::string_view part = wanted(*given[0], "count() argument 1");
    Window in = window(state, self.text(), given[1], given[2]);
    if (!in.valid) return 0;
    step_search(state, in.text, part);
    if (part.empty()) return static_cast<std::int64_t>(count_characters(in.text)) + 1;
    std::int64_t n = 0;
    for (std::size_t at; (at = in.text.find(part)) != in.text.npos; ++n)
        in.text.remove_prefix(at + part.size());
    return n;
}

template <bool last, bool must>
Value find(State &state, const Value &self, const Arguments &arguments) {
    const Bound<3> given(must ? "index" : "find", {"", "", ""}, 1, arguments);
    const std::string_view part = wanted(*given[0], "find() argument 1");
    const Window in = window(state, self.text(), given[1], given[2]);
    step_search(state, in.text, part);
    const std::size_t at = !in.valid ? in.text.npos
                           : last    ? in.text.rfind(part)
                                     : in.text.find(part);
    if (at != in.text.npos)
        return in.start + static_cast<std::int64_t>(count_characters(in.text.substr(0, at)));
    if (must) throw PythonError("ValueError", "substring not found");
    return -1;
}

template <bool at_end>
Value begins(State &state, const Value &self, const Arguments &arguments) {
    const Bound<3> given(at_end ? "endswith" : "startswith", {"", "", ""}, 1, arguments);
    const Window in = window(state, self.text(), given[1], given[2]);
    const auto matches = [&in](const Value &part) {
        if (!in.valid) return false;
        return at_end ? in.text.ends_with(part.text()) : in.text.starts_with(part.text());
    };
    if (given[0]->is_tuple()) {
        for (const Value &part : given[0]->as_list()) {
            wanted(part, "tuple for startswith");
            if (matches(part)) return true;
        }
        return false;
    }
    if (!given[0]->is_string())
        throw TypeError(std::string(at_end ? "endswith" : "startswith") +
                        " first arg must be str or a tuple of str, not " +
                        std::string(given[0]->type_name()));
    return matches(*given[0]);
}

constexpr NamedMethod methods[] = {
    {"count", count},
    {"endswith", begins<true>},
    {"find", find<false, false>},
    {"index", find<false, true>},
    {"isalnum", is_all<is_alphanumeric>},
    {"isalpha", is_all<is_alphabetic>},
    {"isascii", is_all<is_ascii, true>},
    {"isdecimal", is_all<is_decimal>},
    {"isdigit", is_all<is_digit>},
    {"isidentifier", answered<is_identifier>},
    {"islower", answered<is_lower>},
    {"isnumeric", is_all<is_numeric>},
    {"isprintable", is_all<is_printable, true>},
    {"isspace", is_all<is_white>},
    {"istitle", answered<is_title>},
    {"isupper", answered<is_upper>},
    {"rfind", find<true, false>},
    {"rindex", find<true, true>},
    {"startswith", begins<false>},
};

} // namespace

std::span<const NamedMethod> text_question_methods() {
    return methods;
}

} // namespace csgi::jinja
