// SPDX-License-Identifier: MIT
// A file that lines are appended to, one write each, and that others may rename to keep it short.
#pragma once

#include "adapters/cli/descriptor.hpp"
#include <cstdint>
#include <string>
#include <string_view>

namespace csgi {

class LogFile {
public:
    // "-" is standard output. `option` is what it was asked for with. Throws Fault.
    LogFile(std::string path, const std::string &option);

    // Opens the path again. False with errno, and the file of before, when it cannot.
    bool reopen();

    // In one write; false, and counted as lost, when it did not go out whole.
    bool add(std::string_view line);

    const std::string &path() const { return path_; }
    int get() const { return fd_.get(); }
    uint64_t lost() const { return lost_; }

private:
    std::string path_;
    Descriptor fd_;
    uint64_t lost_ = 0; // lines
};

} // namespace csgi
