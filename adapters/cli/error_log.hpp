// SPDX-License-Identifier: MIT
// Where the log goes: standard error, or a file in its place, which then has a time in each line.
#pragma once

#include "adapters/cli/log_file.hpp"
#include <csgi.h>

#include <optional>

namespace csgi {

class ErrorLog {
public:
    // Empty: standard error. Throws Fault.
    explicit ErrorLog(const std::string &path);

    // From now on the file is this process's standard error, for what anybody writes there.
    void take_over();
    void reopen();

    // One line, in one write. [any thread]
    void add(int32_t level, std::string_view message) const;
    // A block of several lines, as said by Fault. [any thread]
    void add_error(std::string_view block) const;

private:
    std::optional<LogFile> file_;
    bool taken_ = false;
};

} // namespace csgi
