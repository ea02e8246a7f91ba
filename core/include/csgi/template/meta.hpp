// SPDX-License-Identifier: MIT
// What a template asks of its surroundings, without rendering it: Jinja's meta.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <csgi/template/environment.hpp>

namespace csgi::jinja {

// Names that the template looks up in its context when it is rendered; no globals among them.
std::set<std::string> find_undeclared_variables(const Template &page);

// What it extends, includes and imports, in order; nothing stands for a name that is made when it
// is rendered.
std::vector<std::optional<std::string>> find_referenced_templates(const Template &page);

// Filters, tests, and methods that it calls; those that do not exist, too, where a condition
// guards them.
struct Uses {
    std::set<std::string> filters, tests, methods;
};
Uses find_uses(const Template &page);

} // namespace csgi::jinja
