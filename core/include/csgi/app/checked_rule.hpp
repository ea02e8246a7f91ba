// SPDX-License-Identifier: MIT
// A rule that is compared with its handler's arguments while compiling.
#pragma once

#include <array>
#include <string_view>
#include <type_traits>

#include <csgi/app/argument.hpp>
#include <csgi/app/rule_text.hpp>

namespace csgi {

namespace detail {

// ---- Refusals, whose names are what a compiler prints -----------------------------------------

void the_rule_is_malformed();
void the_rule_must_start_with_a_slash();
void the_rule_uses_a_variable_name_twice();
void the_rule_has_more_variables_than_the_handler_takes();
void the_handler_takes_more_values_than_the_rule_has_variables();
void an_int_variable_needs_an_integer_argument();
void a_float_variable_needs_a_floating_point_argument();
void a_text_variable_needs_a_string_argument();
void a_uuid_variable_needs_a_Uuid_argument();

constexpr bool is_one_of(std::string_view name, std::string_view a, std::string_view b = "",
                         std::string_view c = "", std::string_view d = "") {
    return name == a || name == b || name == c || name == d;
}

// Whether a rule's variables are what the handler takes; in a constant expression a refusal is a
// compile error that names it. `more_to_come`: the rule has defaults besides, or a prefix.
template <class Arguments>
constexpr void check_rule(std::string_view rule, bool may_take_more) {
    constexpr auto shapes = Arguments::shapes();
    std::array<std::string_view, Arguments::path_count + 1> names{};
    std::size_t count = 0;
    RuleText reader(rule);
    for (auto token = reader.next(); token.kind != RuleText::Kind::end; token = reader.next()) {
        if (token.kind == RuleText::Kind::malformed) {
            the_rule_is_malformed();
            return;
        }
        if (token.kind != RuleText::Kind::variable) continue;
        if (count == Arguments::path_count) {
            the_rule_has_more_variables_than_the_handler_takes();
            return;
        }
        for (std::size_t i = 0; i < count; ++i)
            if (names[i] == token.variable) the_rule_uses_a_variable_name_twice();
        names[count] = token.variable;
        const Shape shape = shapes[count++];
        if (shape == Shape::value || shape == Shape::own) continue;
        const std::string_view name = token.converter;
        if (name == "int" && shape != Shape::integer) an_int_variable_needs_an_integer_argument();
        if (name == "float" && shape != Shape::number)
            a_float_variable_needs_a_floating_point_argument();
        if (is_one_of(name, "", "string", "path", "any") && shape != Shape::text)
            a_text_variable_needs_a_string_argument();
        if (name == "uuid" && shape != Shape::uuid) a_uuid_variable_needs_a_Uuid_argument();
    }
    if (count < Arguments::path_count && !may_take_more)
        the_handler_takes_more_values_than_the_rule_has_variables();
}

// What is no handler at all is refused in words of its own, where it becomes one.
template <class F>
constexpr void check_rule_for(std::string_view rule, bool may_take_more) {
    if constexpr (HasOneCall<F>) {
        using Taken = typename Call<std::decay_t<F>>::Arguments;
        if constexpr (Taken::all_fit) check_rule<Taken>(rule, may_take_more);
    }
}

} // namespace detail

// A rule that is only known at run time; what does not fit is then a SetupError at start-up.
struct Runtime {
    std::string_view text;
};
constexpr Runtime runtime(std::string_view text) {
    return {text};
}

// A rule for a handler of type F, checked against it. `may_take_more`: the handler may be given
// what the rule does not have.
template <class F, bool may_take_more>
class CheckedRule {
public:
    template <std::size_t N>
    consteval CheckedRule(const char (&text)[N], const char *file = __builtin_FILE(),
                          unsigned line = __builtin_LINE())
        : text_(text), file_(file), line_(line) {
        if (N > 1 && text[0] != '/') detail::the_rule_must_start_with_a_slash();
        detail::check_rule_for<F>(text_, may_take_more);
    }
    CheckedRule(Runtime rule, const char *file = __builtin_FILE(), unsigned line = __builtin_LINE())
        : text_(rule.text), file_(file), line_(line) {}

    std::string_view text() const { return text_; }
    const char *file() const { return file_; }
    unsigned line() const { return line_; }

private:
    std::string_view text_;
    const char *file_;
    unsigned line_;
};

template <class F>
using RuleFor = CheckedRule<F, false>;
// Where defaults may give the handler what the rule does not have.
template <class F>
using RuleWithDefaultsFor = CheckedRule<F, true>;

} // namespace csgi
