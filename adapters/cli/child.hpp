// SPDX-License-Identifier: MIT
// A worker as its supervisor sees it.
#pragma once

#include "adapters/cli/link.hpp"
#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <string>

namespace csgi {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

class Child {
public:
    enum class State {
        starting,
        ready,   // waits for `go`
        serving, // accepts
        leaving, // was told to end
    };

    // Forks; the child runs `work`, with its signals as `signals` has them, and exits with what it
    // returns. `before` is run first there, to let go of what is the parent's. Empty with errno
    // when there are no processes or descriptors left.
    static std::optional<Child> start(unsigned slot, unsigned generation, const sigset_t &signals,
                                      const std::function<void()> &before,
                                      const std::function<int(WorkerEnd)> &work);

    // Takes what it has said, and notes when it does.
    void hear();
    void go();
    // Asks it to end; it is ended when it has not until then.
    void leave(Time until);
    void end(); // SIGKILL

    // "worker 0 (pid 4242)"
    std::string name() const;
    // Why it has not become ready, with where and what to do, by how it ended.
    std::string fault_of(int status, const std::string &file) const;

    pid_t pid;
    unsigned slot, generation;
    State state = State::starting;
    SupervisorEnd link;
    std::string step, fault, urls;
    bool answered = false, ended = false;
    Time served;                 // since when
    Time beat;                   // the last one
    std::optional<Time> kill_at; // it may not live longer

private:
    Child(pid_t id, unsigned in_slot, unsigned of_generation, SupervisorEnd end)
        : pid(id), slot(in_slot), generation(of_generation), link(std::move(end)) {}
};

// "was ended by signal 11 (Segmentation fault)", "ended with status 3".
std::string ending_of(int status);

} // namespace csgi
