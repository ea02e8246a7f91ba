// SPDX-License-Identifier: MIT
// The tables that fill every environment: filters, tests, methods of Python's values.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include <csgi/template/state.hpp>

namespace csgi::jinja {

// Tables, one for each file that has some; later ones win. [any thread]
std::array<std::span<const NamedFilter>, 8> builtin_filters();
std::span<const std::span<const NamedTest>> builtin_tests();

// The method that a value of this kind has under a name: str, Markup, bytes, int, float, list,
// tuple, dict, datetime. NULL if there is none. Objects answer for themselves. [any thread]
Method find_method(const Value &self, std::string_view name);
// An attribute that is no method: datetime.year. Nothing if there is none.
std::optional<Value> find_attribute(const Value &self, std::string_view name);
// Would this method change its list or dict (for an immutable sandbox)?
bool is_mutating(const Value &self, std::string_view name);

} // namespace csgi::jinja
