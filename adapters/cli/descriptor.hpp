// SPDX-License-Identifier: MIT
// A file descriptor that somebody owns.
#pragma once

#include <unistd.h>
#include <utility>

namespace csgi {

class Descriptor {
public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor &&from) noexcept : fd_(std::exchange(from.fd_, -1)) {}
    Descriptor &operator=(Descriptor &&from) noexcept {
        std::swap(fd_, from.fd_);
        return *this;
    }
    ~Descriptor() { reset(); }

    explicit operator bool() const { return fd_ >= 0; }
    int get() const { return fd_; }
    void reset() {
        if (fd_ >= 0) close(fd_);
        fd_ = -1;
    }

private:
    int fd_;
};

} // namespace csgi
