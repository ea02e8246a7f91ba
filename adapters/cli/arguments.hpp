// SPDX-License-Identifier: MIT
// What single arguments mean: names of modules, configurations, addresses.
#pragma once

#include "adapters/cli/options.hpp"

namespace csgi {

// Throws a Fault for wrong usage, as all here do with what they do not understand.
[[noreturn]] void wrong(const std::string &what, const std::string &where, const std::string &todo);

// `where` is what is said of the place it was found at.
void judge_config(const std::string &config, const std::string &where);
ModuleName target_of(const std::string &text); // FILE.so
ModuleName layer_of(const std::string &text);  // FILE.so[:CONFIG]
// What can be told without asking the system, so that a slip of the finger is wrong usage.
void judge_address(const std::string &address);

} // namespace csgi
