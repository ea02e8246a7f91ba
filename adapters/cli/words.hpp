// SPDX-License-Identifier: MIT
// csgi TARGET WORDS...: a command of the application's own.
#pragma once

#include "adapters/cli/options.hpp"

namespace csgi {

// The status to exit with; throws Fault.
int words(const Options &options);

} // namespace csgi
