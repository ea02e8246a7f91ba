// SPDX-License-Identifier: MIT
// Where the log goes.
#include "adapters/cli/error_log.hpp"

#include "adapters/cli/console.hpp"
#include <cerrno>
#include <cstring>

namespace csgi {

ErrorLog::ErrorLog(const std::string &path) {
    if (!path.empty()) file_.emplace(path, "--error-log");
}

void ErrorLog::take_over() {
    if (!file_) return;
    dup2(file_->get(), STDERR_FILENO);
    taken_ = true;
}

void ErrorLog::reopen() {
    if (!file_) return;
    if (!file_->reopen())
        add(CSGI_LOG_ERROR, "the log cannot be opened again, the old file is written on: " +
                                file_->path() + ": " + std::strerror(errno));
    else if (taken_)
        take_over();
}

void ErrorLog::add(int32_t level, std::string_view message) const {
    say_log(level, message, taken_);
}

void ErrorLog::add_error(std::string_view block) const {
    say_error(block);
}

} // namespace csgi
