// SPDX-License-Identifier: MIT
// `csgi render` and `csgi templates check`: templates without an application around them.
#pragma once

#include <string>

namespace csgi {

// Prints a template, rendered. `context` is a file with one JSON object, or the object itself;
// empty: none. What it includes and extends lies in its folder. Throws Fault.
int render(const std::string &file, const std::string &context);

// Reads every template below a folder and says which cannot work here, and what they use. The
// status is exit_failed when there is one.
int check_templates(const std::string &folder);

} // namespace csgi
