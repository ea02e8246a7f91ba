// SPDX-License-Identifier: MIT
// What somebody may have meant.
#pragma once

#include <string>
#include <string_view>

#include <csgi/app/router.hpp>

namespace csgi {

// How alike two texts are, from 0 to 1: ratio() of Python's difflib.SequenceMatcher.
double likeness(std::string_view a, std::string_view b);

// Werkzeug's message when no URL can be built, which ends in a suggestion.
std::string build_error_text(const Router &router, std::string_view endpoint, const Dict &values,
                             std::string_view method);

} // namespace csgi
