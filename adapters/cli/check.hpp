// SPDX-License-Identifier: MIT
// csgi check: judges a module by the rules.
#pragma once

#include "adapters/cli/options.hpp"

namespace csgi {

// The status to exit with. Throws Fault when the file cannot be loaded at all.
int check(const Options &options);

} // namespace csgi
