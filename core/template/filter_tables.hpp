// SPDX-License-Identifier: MIT
// The filters by the kind of thing that they are for, one table for each file.
#pragma once

#include <span>

#include <csgi/template/state.hpp>

namespace csgi::jinja {

std::span<const NamedFilter> text_filters();
std::span<const NamedFilter> layout_filters();
std::span<const NamedFilter> html_filters();
std::span<const NamedFilter> link_filters();
std::span<const NamedFilter> number_filters();
std::span<const NamedFilter> list_filters();
std::span<const NamedFilter> order_filters();
std::span<const NamedFilter> choice_filters();

// pprint.pformat(value).
std::string pretty(State &state, const Value &value);

} // namespace csgi::jinja
