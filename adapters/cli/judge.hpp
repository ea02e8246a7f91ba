// SPDX-License-Identifier: MIT
// The questions that are put to a module before any request, each in a process of its own.
#pragma once

#include "adapters/cli/isolate.hpp"
#include "adapters/cli/options.hpp"

namespace csgi {

// What `check` and `run` can offer a module together.
uint64_t all_caps();

// What the module says of itself. Throws Fault when it cannot be loaded.
void judge_entry(const Teller &tell, const Options &options);
void judge_ext(const Teller &tell, const Options &options);
void judge_needs(const Teller &tell, const Options &options);
void judge_check(const Teller &tell, const Options &options);
// Tells Finding::Kind::layer when the module wants an application to wrap.
void judge_create(const Teller &tell, const Options &options);
void judge_refusals(const Teller &tell, const Options &options);

} // namespace csgi
