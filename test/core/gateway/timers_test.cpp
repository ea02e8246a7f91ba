// SPDX-License-Identifier: MIT
// Timers against a sorted model, and the things a caller may do to a task that is set.
#include "core/gateway/timers.h"

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <random>

namespace {

struct Timers {
    csgi_timers heap{};
    std::map<csgi_task *, uint64_t> model;

    uint64_t earliest() const {
        uint64_t at = UINT64_MAX;
        for (const auto &[task, time] : model) at = std::min(at, time);
        return at;
    }
    void set(csgi_task *task, uint64_t at) {
        csgi_timers_set(&heap, task, at);
        model[task] = at;
    }
    void cancel(csgi_task *task) {
        csgi_timers_cancel(&heap, task);
        model.erase(task);
    }
    // What is due comes out, and nothing else does.
    bool take_due(uint64_t now) {
        csgi_task *task = csgi_timers_due(&heap, now);
        if (earliest() > now) return task == nullptr;
        if (!task || !model.count(task) || model[task] != earliest()) return false;
        model.erase(task);
        return !csgi_timers_is_set(task);
    }
};

} // namespace

TEST_CASE("timers do as a sorted list does, whatever is set, moved, cancelled and taken") {
    for (unsigned seed = 0; seed < 40; seed++) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        std::array<csgi_task, 60> tasks{};
        Timers timers;
        // Few different times make many equal ones.
        const uint64_t range = seed % 2 ? 8 : 100000;
        for (unsigned step = 0; step < 2000; step++) {
            csgi_task *task = &tasks[random() % tasks.size()];
            switch (random() % 4) {
            case 0:
            case 1: timers.set(task, random() % range); break;
            case 2: timers.cancel(task); break;
            default: REQUIRE(timers.take_due(random() % range)); break;
            }
            REQUIRE(csgi_timers_is_set(task) == (timers.model.count(task) != 0));
            REQUIRE(csgi_timers_next(&timers.heap) == timers.earliest());
        }
        while (!timers.model.empty()) REQUIRE(timers.take_due(UINT64_MAX - 1));
        REQUIRE(csgi_timers_next(&timers.heap) == UINT64_MAX);
        REQUIRE(csgi_timers_due(&timers.heap, UINT64_MAX) == nullptr);
    }
}

TEST_CASE("tasks that are set in order come out in order") {
    csgi_timers heap{};
    std::array<csgi_task, 1000> tasks{};
    for (size_t i = 0; i < tasks.size(); i++) csgi_timers_set(&heap, &tasks[i], i);
    for (auto &task : tasks) REQUIRE(csgi_timers_due(&heap, 5000) == &task);
}

TEST_CASE(
    "cancelling a task that is not set does nothing, and the list of posted tasks is untouched") {
    csgi_timers heap{};
    csgi_task task{};
    task.host[5] = &task; // the worker's
    csgi_timers_cancel(&heap, &task);
    csgi_timers_set(&heap, &task, 7);
    csgi_timers_cancel(&heap, &task);
    csgi_timers_cancel(&heap, &task);
    CHECK(csgi_timers_next(&heap) == UINT64_MAX);
    CHECK(task.host[5] == &task);
    for (int i = 0; i < 5; i++) CHECK(task.host[i] == nullptr);
}
