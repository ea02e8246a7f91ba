// SPDX-License-Identifier: MIT
// What a worker's loop does for an application: tasks, timers, watched descriptors, services.
#pragma once

#include "middleware/lint/report.hpp"

#include <csgi/ext/poll.h>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace csgi::lint {

struct Lint;
struct Exchange;

// In the host's hands in place of the application's task, which was promised this lint's worker.
struct HeldTask : csgi_task {
    Lint *lint;
    csgi_task *task; // NULL: its memory is gone
    csgi_task as_given;
    bool is_timer;
};

struct HeldWatcher : csgi_watcher {
    Lint *lint;
    csgi_watcher *watcher;
    csgi_watcher as_given;
    uint32_t events;
};

// By the application's object. `mutex` guards the tasks, which come from any thread.
struct LoopWatch {
    std::mutex mutex;
    std::unordered_map<const csgi_task *, std::unique_ptr<HeldTask>> tasks;
    // Held by the host though their memory is over.
    std::vector<std::unique_ptr<HeldTask>> stray;
    std::unordered_map<const csgi_watcher *, std::unique_ptr<HeldWatcher>> watchers;
    const csgi_poll *host_poll = nullptr;
    csgi_poll poll{};

    // The memory of an exchange is going: what lies in it may no longer be with the host.
    void leave(Exchange &x) noexcept;
    // The end: the host keeps no timer or watcher. What was posted it drops by itself.
    void leave_all(Lint &lint) noexcept;
};

void fill_loop_api(csgi_api &api);
// Asks for services that do not exist.
void judge_services(Lint &lint) noexcept;

} // namespace csgi::lint
