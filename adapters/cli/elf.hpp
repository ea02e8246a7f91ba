// SPDX-License-Identifier: MIT
// What a shared library asks of others and shows to them, read from its file.
#pragma once

#include <string>
#include <vector>

namespace csgi {

struct Symbols {
    bool known = false;              // false: the file has no table of them that can be read
    std::vector<std::string> wanted; // undefined
    std::vector<std::string> exported;
    std::vector<std::string> unique; // exported, and one for the whole process
    bool global = false;             // asks to be offered to every other library
};

// Trusts nothing that the file says of itself.
Symbols read_symbols(const std::string &file);

} // namespace csgi
