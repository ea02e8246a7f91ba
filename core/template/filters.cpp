// SPDX-License-Identifier: MIT
// All the filters of Jinja.
#include "core/template/builtin.hpp"
#include "core/template/filter_tables.hpp"

namespace csgi::jinja {

std::array<std::span<const NamedFilter>, 8> builtin_filters() {
    return {text_filters(),   layout_filters(), html_filters(),  link_filters(),
            number_filters(), list_filters(),   order_filters(), choice_filters()};
}

} // namespace csgi::jinja
