// SPDX-License-Identifier: MIT
// Stands between an application's tasks, timers and watchers and the host's loop.
#include "middleware/lint/loop_rules.hpp"

#include "middleware/lint/lint.hpp"

#include <cstring>
#include <string>

namespace csgi::lint {

namespace {

Lint &of(csgi_worker *worker) {
    return *static_cast<Worker *>(worker)->lint;
}

template <class T>
bool is_same(const T &a, const T &b) {
    return std::memcmp(&a, &b, sizeof a) == 0;
}

bool on_thread(Lint &lint, const char *call) {
    if (std::this_thread::get_id() == lint.thread) return true;
    lint.life.breach(Rule::MEM_1, "%s on another thread than start", call);
    return false;
}

// ---- Tasks and timers ----

void run_held(csgi_worker *, csgi_task *self) noexcept {
    auto *held = static_cast<HeldTask *>(self);
    Lint &lint = *held->lint;
    lint.enter("a task");
    if (std::this_thread::get_id() != lint.thread)
        lint.life.breach(Rule::LIFE_1, "a task runs on another thread than start");
    std::unique_ptr<HeldTask> owned;
    {
        const std::lock_guard lock(lint.loop.mutex);
        if (held->task) {
            const auto at = lint.loop.tasks.find(held->task);
            owned = std::move(at->second);
            lint.loop.tasks.erase(at);
        } else {
            std::erase_if(lint.loop.stray, [&](auto &one) {
                if (one.get() != held) return false;
                owned = std::move(one);
                return true;
            });
        }
    }
    if (lint.stage == Lint::Stage::STOPPED) {
        lint.life.breach(Rule::MEM_9, "a task runs after stop");
        return;
    }
    csgi_task *task = owned->task;
    if (!task) return; // told when its memory went
    if (!is_same(*task, owned->as_given))
        lint.life.breach(Rule::MEM_6, "a task was changed while the host had it");
    const auto run = owned->as_given.run;
    owned.reset();
    lint.run("a task", lint.life, [&] { run(&lint.worker, task); });
}

// NULL: the host has it already.
HeldTask *hold_task(Lint &lint, csgi_task *task, bool is_timer) {
    const std::lock_guard lock(lint.loop.mutex);
    auto &held = lint.loop.tasks[task];
    if (held) return nullptr;
    held = std::make_unique<HeldTask>();
    held->run = run_held;
    held->lint = &lint;
    held->task = task;
    held->as_given = *task;
    held->is_timer = is_timer;
    return held.get();
}

void post(csgi_worker *worker, csgi_task *task) noexcept {
    Lint &lint = of(worker);
    if (lint.stage == Lint::Stage::STOPPED) return; // as the host would drop it
    HeldTask *held = hold_task(lint, task, false);
    if (!held) {
        lint.life.breach(Rule::MEM_6, "a task was posted while the host had it");
        return;
    }
    // From a foreign thread nothing may be written that the worker's thread reads.
    if (std::this_thread::get_id() != lint.thread) {
        lint.host_worker->api->post(lint.host_worker, held);
        return;
    }
    const HostCall call(lint);
    lint.host_worker->api->post(lint.host_worker, held);
}

void timer(csgi_worker *worker, csgi_task *task, int64_t ms) noexcept {
    Lint &lint = of(worker);
    if (!on_thread(lint, "timer")) return;
    HeldTask *held = nullptr;
    std::unique_ptr<HeldTask> cancelled;
    {
        const std::lock_guard lock(lint.loop.mutex);
        const auto at = lint.loop.tasks.find(task);
        if (at != lint.loop.tasks.end()) held = at->second.get();
        if (held && held->is_timer && ms < 0) {
            cancelled = std::move(at->second);
            lint.loop.tasks.erase(at);
        }
    }
    if (held && !held->is_timer) {
        lint.life.breach(Rule::MEM_6, "timer with a task that is posted");
        return;
    }
    if (held && !is_same(*task, held->as_given))
        lint.life.breach(Rule::MEM_6, "a task was changed while its timer ran");
    if (!held && ms < 0) return;
    if (!held) held = hold_task(lint, task, true);
    const HostCall call(lint);
    lint.host_worker->api->timer(lint.host_worker, held, ms);
}

// ---- Watched descriptors ----

void watched(csgi_worker *, csgi_watcher *self, uint32_t ready) noexcept {
    auto *held = static_cast<HeldWatcher *>(self);
    Lint &lint = *held->lint;
    lint.enter("a watcher");
    csgi_watcher *watcher = held->watcher;
    if (ready == 0 || (ready & ~held->events))
        lint.life.breach(Rule::EVT_1, "a watcher for %u was told of %u", held->events, ready);
    if (!is_same(*watcher, held->as_given))
        lint.life.breach(Rule::MEM_6, "a watcher was changed while the host had it");
    const auto run = held->as_given.run;
    lint.run("a watcher", lint.life, [&] { run(&lint.worker, watcher, ready); });
}

csgi_rc watch(csgi_worker *worker, csgi_watcher *watcher, int64_t fd, uint32_t events) noexcept {
    Lint &lint = of(worker);
    if (!on_thread(lint, "watch")) return CSGI_STATE;
    auto &watchers = lint.loop.watchers;
    const auto at = watchers.find(watcher);
    const bool is_new = at == watchers.end();
    if (is_new && events == 0) return CSGI_OK;
    auto &held = watchers[watcher];
    if (is_new) {
        held = std::make_unique<HeldWatcher>();
        held->run = watched;
        held->lint = &lint;
        held->watcher = watcher;
        held->as_given = *watcher;
    } else if (!is_same(*watcher, held->as_given)) {
        lint.life.breach(Rule::MEM_6, "a watcher was changed while the host had it");
    }
    csgi_rc rc;
    {
        const HostCall call(lint);
        rc = lint.loop.host_poll->watch(lint.host_worker, held.get(), fd, events);
    }
    if (rc >= 0) held->events = events;
    if (events == 0 || (rc < 0 && is_new)) watchers.erase(watcher);
    return rc;
}

// ---- Services ----

const void *ask(Lint &lint, const char *id) {
    const HostCall call(lint);
    return lint.host_worker->api->ext(lint.host_worker, id);
}

const void *ext(csgi_worker *worker, const char *id) noexcept {
    Lint &lint = of(worker);
    if (!on_thread(lint, "ext")) return nullptr;
    const void *table = ask(lint, id);
    if (!table) return nullptr;
    uint32_t size;
    std::memcpy(&size, table, sizeof size);
    if (size < sizeof(void *) || size % alignof(void *))
        lint.life.breach(Rule::EXT_2, "the table of %s begins with %u, which is no size", id, size);
    // Any other would be handed a worker that the host has never seen.
    if (std::strcmp(id, CSGI_EXT_POLL) != 0) return nullptr;
    lint.loop.host_poll = static_cast<const csgi_poll *>(table);
    lint.loop.poll = {sizeof(csgi_poll), 0, watch};
    return &lint.loop.poll;
}

void log_line(csgi_worker *worker, csgi_exchange *face, int32_t level, csgi_str message) noexcept {
    Lint &lint = of(worker);
    csgi_exchange *host = nullptr;
    if (face) {
        Exchange *x = Exchange::entered(face, "log about an exchange");
        if (x) host = x->host;
    }
    if (lint.host_worker) lint.host_worker->api->log(lint.host_worker, host, level, message);
}

} // namespace

void LoopWatch::leave(Exchange &x) noexcept {
    Lint &lint = *x.lint;
    std::vector<HeldTask *> timers;
    bool left_one = false;
    {
        const std::lock_guard lock(mutex);
        for (auto at = tasks.begin(); at != tasks.end();) {
            if (!x.contains(at->first)) {
                ++at;
                continue;
            }
            left_one = true;
            at->second->task = nullptr;
            if (at->second->is_timer) timers.push_back(at->second.get());
            stray.push_back(std::move(at->second));
            at = tasks.erase(at);
        }
    }
    for (HeldTask *held : timers) {
        {
            const HostCall call(lint);
            lint.host_worker->api->timer(lint.host_worker, held, -1);
        }
        const std::lock_guard lock(mutex);
        std::erase_if(stray, [held](const auto &one) { return one.get() == held; });
    }
    for (auto at = watchers.begin(); at != watchers.end();) {
        if (!x.contains(at->first)) {
            ++at;
            continue;
        }
        left_one = true;
        {
            const HostCall call(lint);
            host_poll->watch(lint.host_worker, at->second.get(), -1, 0);
        }
        at = watchers.erase(at);
    }
    if (left_one)
        x.judge.breach(Rule::MEM_6,
                       "the host has a task or watcher whose memory went with the exchange");
}

void LoopWatch::leave_all(Lint &lint) noexcept {
    const HostCall call(lint);
    for (const auto &[task, held] : tasks)
        if (held->is_timer) lint.host_worker->api->timer(lint.host_worker, held.get(), -1);
    std::erase_if(tasks, [](const auto &one) { return one.second->is_timer; });
    for (const auto &[watcher, held] : watchers)
        host_poll->watch(lint.host_worker, held.get(), -1, 0);
    watchers.clear();
}

void fill_loop_api(csgi_api &api) {
    api.post = post;
    api.timer = timer;
    api.ext = ext;
    api.log = log_line;
}

void judge_services(Lint &lint) noexcept {
    for (const char *id : {"org.example.no-such-service/1", "csgi.poll/1x", "csgi.poll/", ""})
        if (ask(lint, id)) lint.life.breach(Rule::EXT_1, "ext answers to '%s'", id);
}

} // namespace csgi::lint
