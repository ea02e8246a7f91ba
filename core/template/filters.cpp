// SPDX-License-Identifier: MIT
// Jinja's filters on text.
#include "core/template/builtin.hpp"

namespace csgi::jinja {

namespace {

Value do_length(State &state, const Arguments &arguments) {
    const Bound<1> given("len", {"obj"}, 1, arguments);
    return Value(static_cast<std::int64_t>(state.length(*given[0])));
}

Value do_escape(State &state, const Arguments &arguments) {
    const Bound<1> given("escape", {"s"}, 1, arguments);
    return state.escape(*given[0]);
}

Value do_safe(State &state, const Arguments &arguments) {
    const Bound<1> given("do_mark_safe", {"value"}, 1, arguments);
    return Value::markup(state.str(*given[0]));
}

Value do_list(State &state, const Arguments &arguments) {
    const Bound<1> given("do_list", {"value"}, 1, arguments);
    return Value(state.list(*given[0]));
}

Value do_upper(State &state, const Arguments &arguments) {
    const Bound<1> given("do_upper", {"s"}, 1, arguments);
    const Value text = state.soft_str(*given[0]);
    return find_method(text, "upper")(state, text, {});
}

constexpr NamedFilter text_filters[] = {
    {"length", do_length}, {"count", do_length}, {"escape", do_escape}, {"e", do_escape},
    {"safe", do_safe},     {"upper", do_upper},  {"list", do_list}};

constexpr std::span<const NamedFilter> tables[] = {text_filters};

} // namespace

std::span<const std::span<const NamedFilter>> builtin_filters() {
    return tables;
}

} // namespace csgi::jinja
