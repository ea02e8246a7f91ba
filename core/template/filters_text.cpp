// SPDX-License-Identifier: MIT
// Filters that give a text in another form.
#include "core/template/builtin.hpp"
#include "core/template/filter_tables.hpp"
#include "core/template/format.hpp"
#include "core/template/python.hpp"
#include "core/template/unicode.hpp"

namespace csgi::jinja {

namespace {

template <std::string (*map)(std::string_view)>
Value mapped(State &state, const Arguments &arguments) {
    const Bound<1> given("do_upper", {"s"}, 1, arguments);
    const Value text = state.soft_str(*given[0]);
    return like(text, map(text.text()));
}

// A word begins after white space and after what opens a bracket, a tag or a compound.
bool is_before_word(char32_t c) {
    return c == '-' || c == '(' || c == '{' || c == '[' || c == '<' || is_white(c);
}

Value title(State &state, const Arguments &arguments) {
    const Bound<1> given("do_title", {"s"}, 1, arguments);
    std::string room, out;
    std::string_view rest = state.text(*given[0], room);
    while (!rest.empty()) {
        std::string_view after = rest;
        while (!after.empty() && is_before_word(first_character(after))) take_character(after);
        out += rest.substr(0, rest.size() - after.size());
        rest = after;
        while (!after.empty() && !is_before_word(first_character(after))) take_character(after);
        std::string_view word = rest.substr(0, rest.size() - after.size());
        if (!word.empty()) {
            out += to_upper(take_character(word));
            out += to_lower(word);
        }
        rest = after;
    }
    return out;
}

Value string(State &state, const Arguments &arguments) {
    const Bound<1> given("soft_str", {"s"}, 1, arguments);
    return state.soft_str(*given[0]);
}

Value trim(State &state, const Arguments &arguments) {
    const Bound<2> given("do_trim", {"value", "chars"}, 1, arguments);
    const Value text = state.soft_str(*given[0]);
    if (!given[1] || given[1]->is_none()) return like(text, strip(text.text(), Edge::both));
    if (!given[1]->is_string()) throw TypeError("strip arg must be None or str");
    return like(text, strip(text.text(), Edge::both, given[1]->text()));
}

Value method(State &state, const Value &text, std::string_view name,
             std::span<const Value> arguments) {
    return find_method(text, name)(state, text, Arguments{arguments, {}});
}

Value center(State &state, const Arguments &arguments) {
    const Bound<2> given("do_center", {"value", "width"}, 1, arguments);
    const Value width = given[1] ? *given[1] : Value(80);
    return method(state, state.soft_str(*given[0]), "center", {&width, 1});
}

Value replace(State &state, const Arguments &arguments) {
    const Bound<4> given("do_replace", {"s", "old", "new", "count"}, 3, arguments);
    const Value count = given[3] && !given[3]->is_none() ? *given[3] : Value(-1);
    if (!state.autoescape()) {
        const Value changes[] = {Value(state.str(*given[1])), Value(state.str(*given[2])), count};
        return method(state, Value(state.str(*given[0])), "replace", changes);
    }
    const bool escapes =
        has_html(state, *given[1]) || (has_html(state, *given[2]) && !has_html(state, *given[0]));
    const Value text = escapes ? state.escape(*given[0]) : state.soft_str(*given[0]);
    const Value changes[] = {state.soft_str(*given[1]), state.soft_str(*given[2]), count};
    return method(state, text, "replace", changes);
}

Value format(State &state, const Arguments &arguments) {
    if (arguments.positional.empty())
        throw TypeError("do_format() missing 1 required positional argument: 'value'");
    const Value text = state.soft_str(arguments.positional[0]);
    const auto more = arguments.positional.subspan(1);
    if (!more.empty() && !arguments.named.empty())
        throw FilterArgumentError("can't handle positional and keyword arguments at the same time");
    if (arguments.named.empty())
        return format_percent(state, text, Value::tuple(List(more.begin(), more.end())));
    Dict names;
    for (const Arguments::Named &named : arguments.named) names[named.name] = named.value;
    return format_percent(state, text, Value(std::move(names)));
}

Value wordcount(State &state, const Arguments &arguments) {
    const Bound<1> given("do_wordcount", {"s"}, 1, arguments);
    std::string room;
    std::int64_t words = 0;
    bool inside = false;
    for (std::string_view rest = state.text(*given[0], room); !rest.empty();) {
        const bool word = is_word(first_character(take_character(rest)));
        words += word && !inside;
        inside = word;
    }
    return words;
}

Value otherwise(State &state, const Arguments &arguments) {
    const Bound<3> given("do_default", {"value", "default_value", "boolean"}, 1, arguments);
    const bool replaces = given[0]->is_undefined() ||
                          (flag_argument(state, given[2], false) && !state.truthy(*given[0]));
    if (!replaces) return *given[0];
    return given[1] ? *given[1] : Value("");
}

Value attribute(State &state, const Arguments &arguments) {
    const Bound<2> given("do_attr", {"obj", "name"}, 2, arguments);
    const Value &object = *given[0], &name = *given[1];
    if (!name.is_string())
        throw TypeError("attribute name must be string, not '" + std::string(name.type_name()) +
                        "'");
    if (object.is_undefined()) return state.getattr(object, name.text());
    // What a sandbox hides is there, but must not be had.
    if (state.is_sandboxed() && name.text().starts_with("__"))
        return state.getattr(object, name.text());
    auto found = state.attribute(object, name.text());
    if (!found) return state.undefined_member(object, name);
    return state.is_sandboxed() ? state.getattr(object, name.text()) : *std::move(found);
}

Value pprint(State &state, const Arguments &arguments) {
    const Bound<1> given("do_pprint", {"value"}, 1, arguments);
    return pretty(state, *given[0]);
}

constexpr NamedFilter filters[] = {
    {"attr", attribute},
    {"capitalize", mapped<capitalized>},
    {"center", center},
    {"d", otherwise},
    {"default", otherwise},
    {"format", format},
    {"lower", mapped<to_lower>},
    {"pprint", pprint},
    {"replace", replace},
    {"string", string},
    {"title", title},
    {"trim", trim},
    {"upper", mapped<to_upper>},
    {"wordcount", wordcount},
};

} // namespace

std::span<const NamedFilter> text_filters() {
    return filters;
}

} // namespace csgi::jinja
