// SPDX-License-Identifier: MIT
// Jinja's tests.
#include <csgi/template/environment.hpp>

#include "core/template/builtin.hpp"
#include "core/template/python.hpp"
#include "core/template/unicode.hpp"

namespace csgi::jinja {

namespace {

const Value &only(const Arguments &arguments) {
    const Bound<1> given("test", {"value"}, 1, arguments);
    return *given[0];
}

template <bool (*ask)(const Value &)>
bool about(State &, const Arguments &arguments) {
    return ask(only(arguments));
}

bool is_defined(const Value &value) {
    return !value.is_undefined();
}
bool is_undefined(const Value &value) {
    return value.is_undefined();
}
bool is_none(const Value &value) {
    return value.is_none();
}
bool is_boolean(const Value &value) {
    return value.is(Kind::boolean);
}
bool is_true(const Value &value) {
    return value.is(Kind::boolean) && value.as_int();
}
bool is_false(const Value &value) {
    return value.is(Kind::boolean) && !value.as_int();
}
bool is_whole(const Value &value) {
    return value.is(Kind::integer) || value.is(Kind::big_integer);
}
bool is_floating(const Value &value) {
    return value.is_float();
}
bool is_string(const Value &value) {
    return value.is_string();
}
bool is_mapping(const Value &value) {
    return value.is_dict();
}

template <std::int64_t rest>
bool leaves(State &state, const Arguments &arguments) {
    return state.equal(state.binary(Operator::mod, only(arguments), Value(2)), Value(rest));
}

bool is_divisible(State &state, const Arguments &arguments) {
    const Bound<2> given("test_divisibleby", {"value", "num"}, 2, arguments);
    return state.equal(state.binary(Operator::mod, *given[0], *given[1]), Value(0));
}

template <bool (*all)(std::string_view)>
bool in_case(State &state, const Arguments &arguments) {
    std::string room;
    return all(state.text(only(arguments), room));
}

bool is_callable(State &state, const Arguments &arguments) {
    const Value &value = only(arguments);
    // An undefined value can be called: it then says that it is undefined.
    return value.is_undefined() || state.is_callable(value);
}

// Has it a length and items by number or key?
bool is_sequence(State &state, const Arguments &arguments) {
    const Value &value = only(arguments);
    switch (value.kind()) {
    case Kind::string:
    case Kind::bytes:
    case Kind::list:
    case Kind::tuple:
    case Kind::dict: return true;
    case Kind::undefined:
        try {
            state.length(value);
            return true;
        } catch (const UndefinedError &) {
            return false;
        }
    case Kind::object: return value.as_object().size().has_value() && has_items(value);
    default: return false;
    }
}

bool is_iterable(State &state, const Arguments &arguments) {
    const Value &value = only(arguments);
    try {
        const Items items(state, value);
        return true;
    } catch (const TypeError &) {
        return false;
    }
}

// Is it the very same? Numbers and texts that are equal, and of one type, pass for one.
bool is_same(State &, const Arguments &arguments) {
    const Bound<2> given("test_sameas", {"value", "other"}, 2, arguments);
    const Value &a = *given[0], &b = *given[1];
    if (a.kind() != b.kind() || a.is_markup() != b.is_markup()) return false;
    switch (a.kind()) {
    case Kind::list:
    case Kind::tuple: return &a.as_list() == &b.as_list();
    case Kind::dict: return &a.as_dict() == &b.as_dict();
    case Kind::object: return &a.as_object() == &b.as_object();
    case Kind::undefined: return false; // each use of the name makes another
    default: return a == b;
    }
}

bool is_escaped(State &state, const Arguments &arguments) {
    return has_html(state, only(arguments));
}

bool is_in(State &state, const Arguments &arguments) {
    const Bound<2> given("test_in", {"value", "seq"}, 2, arguments);
    return state.contains(*given[1], *given[0]);
}

// Of a dict's keys, which a list or dict cannot be.
bool is_filter(State &state, const Arguments &arguments) {
    const Value &value = only(arguments);
    state.expect_hashable(value);
    return value.is_string() && state.has_filter(value.text());
}

bool is_test(State &state, const Arguments &arguments) {
    const Value &value = only(arguments);
    state.expect_hashable(value);
    return value.is_string() && state.has_test(value.text());
}

bool is_equal(State &state, const Arguments &arguments) {
    const Bound<2> given("eq", {"", ""}, 2, arguments);
    return state.equal(*given[0], *given[1]);
}
bool is_unequal(State &state, const Arguments &arguments) {
    return !is_equal(state, arguments);
}

template <char sign, bool or_equal>
bool ordered(State &state, const Arguments &arguments) {
    const Bound<2> given("lt", {"", ""}, 2, arguments);
    constexpr char spelled[] = {sign, or_equal ? '=' : '\0', '\0'};
    const std::partial_ordering order = state.compare(*given[0], *given[1], spelled);
    return sign == '<' ? order < 0 || (or_equal && order == 0)
                       : order > 0 || (or_equal && order == 0);
}

constexpr NamedTest tests[] = {
    {"!=", is_unequal},
    {"<", ordered<'<', false>},
    {"<=", ordered<'<', true>},
    {"==", is_equal},
    {">", ordered<'>', false>},
    {">=", ordered<'>', true>},
    {"boolean", about<is_boolean>},
    {"callable", is_callable},
    {"defined", about<is_defined>},
    {"divisibleby", is_divisible},
    {"eq", is_equal},
    {"equalto", is_equal},
    {"escaped", is_escaped},
    {"even", leaves<0>},
    {"false", about<is_false>},
    {"filter", is_filter},
    {"float", about<is_floating>},
    {"ge", ordered<'>', true>},
    {"greaterthan", ordered<'>', false>},
    {"gt", ordered<'>', false>},
    {"in", is_in},
    {"integer", about<is_whole>},
    {"iterable", is_iterable},
    {"le", ordered<'<', true>},
    {"lessthan", ordered<'<', false>},
    {"lower", in_case<is_lower>},
    {"lt", ordered<'<', false>},
    {"mapping", about<is_mapping>},
    {"ne", is_unequal},
    {"none", about<is_none>},
    {"number", about<is_number>},
    {"odd", leaves<1>},
    {"sameas", is_same},
    {"sequence", is_sequence},
    {"string", about<is_string>},
    {"test", is_test},
    {"true", about<is_true>},
    {"undefined", about<is_undefined>},
    {"upper", in_case<is_upper>},
};
static_assert(sizeof tests / sizeof *tests == 39);

constexpr std::span<const NamedTest> tables[] = {tests};

} // namespace

std::span<const std::span<const NamedTest>> builtin_tests() {
    return tables;
}

} // namespace csgi::jinja
