// SPDX-License-Identifier: MIT
// The tables of methods, one for each kind of value, each in the order of bytes.
#pragma once

#include <span>
#include <string_view>

#include <csgi/template/state.hpp>

namespace csgi::jinja {

struct NamedMethod {
    std::string_view name;
    Method call;
};

// Of str: what changes a text, what asks about it, what takes it apart.
std::span<const NamedMethod> text_methods();
std::span<const NamedMethod> text_question_methods();
std::span<const NamedMethod> text_part_methods();
std::span<const NamedMethod> markup_methods();
std::span<const NamedMethod> list_methods();
std::span<const NamedMethod> tuple_methods();
std::span<const NamedMethod> dict_methods();
std::span<const NamedMethod> integer_methods();
std::span<const NamedMethod> float_methods();
std::span<const NamedMethod> bytes_methods();
std::span<const NamedMethod> datetime_methods();

// The method of that name; NULL if there is none.
Method find_in(std::span<const NamedMethod> methods, std::string_view name);

// No arguments, or TypeError.
void expect_nothing(std::string_view function, const Arguments &arguments);

} // namespace csgi::jinja
