// SPDX-License-Identifier: MIT
// The requests that `csgi check` sends to an application, under the lint, in a host without
// sockets.
#pragma once

#include "adapters/cli/isolate.hpp"
#include "adapters/cli/options.hpp"

#include <functional>
#include <string>
#include <vector>

namespace csgi {

struct Probe {
    std::string title;
    std::function<void(const Teller &, const Options &)> run;
};

// `layer`: the target needs an application inside, and gets a small one.
std::vector<Probe> probes(const Options &options, bool layer);

} // namespace csgi
