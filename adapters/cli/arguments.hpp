// SPDX-License-Identifier: MIT
// What single arguments mean: names of modules, configurations, addresses.
#pragma once

#include "adapters/cli/options.hpp"
#include <sys/types.h>

namespace csgi {

// Throws a Fault for wrong usage, as all here do with what they do not understand.
[[noreturn]] void wrong(const std::string &what, const std::string &where, const std::string &todo);

// `where` is what is said of the place it was found at.
void judge_config(const std::string &config, const std::string &where);
ModuleName target_of(const std::string &text); // FILE.so[:FACTORY]
ModuleName layer_of(const std::string &text);  // FILE.so[:CONFIG]
// Whether a word in the place of a command is the TARGET of one of its own.
bool is_target(const std::string &text);
// The path of "unix:/path.sock,mode=0660", and who may connect.
struct UnixName {
    std::string path;
    mode_t mode;
};
UnixName unix_of(const std::string &address);
// What can be told without asking the system, so that a slip of the finger is wrong usage.
void judge_address(const std::string &address, const std::string &option);
// Whether an address that was judged can be reached from another machine.
bool is_public(const std::string &address);

} // namespace csgi
