// SPDX-License-Identifier: MIT
// What a process holds: descriptors, threads and children, to be compared before and after.
#pragma once

#include <map>
#include <string>

namespace csgi {

struct Census {
    std::map<std::string, std::string> files; // number and what it stands for
    size_t threads = 0;
    bool children = false;

    static Census take();
    // What is there now that was not there before; empty: nothing.
    std::string grown_since(const Census &before) const;
};

} // namespace csgi
