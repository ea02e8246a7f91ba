// SPDX-License-Identifier: MIT
// What every template finds: range, dict, cycler, joiner, namespace, lipsum.
#pragma once

#include <csgi/template/environment.hpp>
#include <csgi/value/value.hpp>

namespace csgi::jinja {

void add_globals(Dict &globals);
// gettext and kin that translate to themselves.
void add_translations(Dict &globals, bool newstyle);

bool is_namespace(const Value &value);
// Start, stop and step of a range; false for anything else.
struct RangeParts {
    std::int64_t start = 0, stop = 0, step = 1;
    std::size_t size = 0;
};
bool range_parts(const Value &value, RangeParts &out);

} // namespace csgi::jinja
