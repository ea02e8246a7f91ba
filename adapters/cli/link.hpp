// SPDX-License-Identifier: MIT
// What a worker and its supervisor say to each other, through one socket.
#pragma once

#include "adapters/cli/descriptor.hpp"
#include <functional>
#include <string>
#include <string_view>

namespace csgi {

// Worker to supervisor: what happened, with a text that holds no NUL.
enum class News : char {
    step = 's',     // what is about to be tried
    fault = 'x',    // why it cannot serve: a Fault's text
    ready = 'r',    // where it will listen, one URL a line; it waits for `go`
    beat = 'b',     // its loop has turned
    answered = 'a', // it has answered somebody
};

// Steps that are not allowed to take long: nothing of the application has been started.
constexpr const char *step_load = "it was loaded", *step_check = "its check was called";

// Supervisor to worker. The end of the stream, before `go`: do not serve.
enum class Order : char {
    go = 'g',     // begin to accept
    reopen = 'l', // the logs
    hurry = 'n',  // cut off what is still in flight
};

class WorkerEnd {
public:
    explicit WorkerEnd(Descriptor fd) : fd_(std::move(fd)) {}

    // A beat is lost rather than waited for.
    void tell(News news, std::string_view text = {}) const;
    // Blocks; false when there will be none.
    bool wait_for_go() const;
    // The next order, if one is there; false also at the end.
    bool next(Order &order) const;
    int get() const { return fd_.get(); }

private:
    Descriptor fd_;
};

class SupervisorEnd {
public:
    explicit SupervisorEnd(Descriptor fd) : fd_(std::move(fd)) {}

    void tell(Order order) const;
    // What has come so far.
    void hear(const std::function<void(News, const std::string &text)> &heard);
    bool open() const { return static_cast<bool>(fd_); }
    void close() { fd_.reset(); }
    int get() const { return fd_.get(); }

private:
    Descriptor fd_;
    std::string pending_;
};

// Both ends; empty ones, with errno, when there are no descriptors left.
std::pair<SupervisorEnd, WorkerEnd> make_link();

} // namespace csgi
