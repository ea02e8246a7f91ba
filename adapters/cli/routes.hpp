// SPDX-License-Identifier: MIT
// csgi routes: the rules of an application, as `flask routes` prints them.
#pragma once

#include "adapters/cli/options.hpp"

namespace csgi {

// The status to exit with; throws Fault.
int routes(const Options &options);

} // namespace csgi
