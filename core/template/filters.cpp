// SPDX-License-Identifier: MIT
// All the filters of Jinja.
#include <array>

#include "core/template/builtin.hpp"
#include "core/template/filter_tables.hpp"

namespace csgi::jinja {

std::span<const std::span<const NamedFilter>> builtin_filters() {
    static const std::array<std::span<const NamedFilter>, 8> tables{
        text_filters(),   layout_filters(), html_filters(),  link_filters(),
        number_filters(), list_filters(),   order_filters(), choice_filters()};
    return tables;
}

} // namespace csgi::jinja
