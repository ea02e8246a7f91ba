// SPDX-License-Identifier: MIT
// How a host enters an application that may be in C++.
#include "core/gateway/boundary.h"

#include "core/gateway/boundary.hpp"

namespace {

bool handle(csgi_app *app, csgi_request *req, csgi_rc *rc, char *what, size_t cap) {
    return csgi::contained([&] { *rc = app->handle(app, req); }, what, cap);
}

bool event(csgi_event_fn fn, csgi_request *req, uint32_t *events, void *arg, char *what,
           size_t cap) {
    return csgi::contained([&] { *events = fn(req, *events, arg); }, what, cap);
}

bool done(csgi_done_fn fn, csgi_exchange *x, void *arg, csgi_rc outcome, uint64_t bytes, char *what,
          size_t cap) {
    return csgi::contained([&] { fn(x, arg, outcome, bytes); }, what, cap);
}

bool task(csgi_worker *worker, csgi_task *task, char *what, size_t cap) {
    return csgi::contained([&] { task->run(worker, task); }, what, cap);
}

} // namespace

const csgi_guard csgi_guard_cxx = {handle, event, done, task};
