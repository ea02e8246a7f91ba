// SPDX-License-Identifier: MIT
// csgi run: serves a module.
#pragma once

#include "adapters/cli/options.hpp"

namespace csgi {

// The status to exit with. Throws Fault.
int run(const Options &options);

} // namespace csgi
