// SPDX-License-Identifier: MIT
// Jinja's tests.
#include "core/template/builtin.hpp"

namespace csgi::jinja {

namespace {

bool is_defined(State &, const Arguments &arguments) {
    const Bound<1> given("test_defined", {"value"}, 1, arguments);
    return !given[0]->is_undefined();
}

bool is_undefined(State &, const Arguments &arguments) {
    const Bound<1> given("test_undefined", {"value"}, 1, arguments);
    return given[0]->is_undefined();
}

constexpr NamedTest value_tests[] = {{"defined", is_defined}, {"undefined", is_undefined}};

constexpr std::span<const NamedTest> tables[] = {value_tests};

} // namespace

std::span<const std::span<const NamedTest>> builtin_tests() {
    return tables;
}

} // namespace csgi::jinja
