// SPDX-License-Identifier: MIT
// A file that lines are appended to.
#include "adapters/cli/log_file.hpp"

#include "adapters/cli/console.hpp"
#include <cerrno>
#include <cstring>
#include <fcntl.h>

namespace csgi {

LogFile::LogFile(std::string path, const std::string &option) : path_(std::move(path)) {
    if (!reopen())
        throw Fault(std::string("the log cannot be opened: ") + std::strerror(errno),
                    option + " " + path_, "name a file in a folder that may be written to");
}

bool LogFile::reopen() {
    Descriptor fresh(
        path_ == "-"
            ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
            : open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644));
    if (!fresh) return false;
    fd_ = std::move(fresh);
    return true;
}

bool LogFile::add(std::string_view line) {
    ssize_t n;
    do n = write(fd_.get(), line.data(), line.size());
    while (n < 0 && errno == EINTR);
    if (n == static_cast<ssize_t>(line.size())) return true;
    if (n >= 0) errno = ENOSPC; // what a short write to a file means
    lost_++;
    return false;
}

} // namespace csgi
