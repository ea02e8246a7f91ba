// SPDX-License-Identifier: MIT
// One process that serves: loads the module, starts it, runs the server until its end.
#pragma once

#include "adapters/cli/access_log.hpp"
#include "adapters/cli/link.hpp"
#include "adapters/cli/notify.hpp"
#include "adapters/cli/options.hpp"

namespace csgi {

// What all processes of one server share; made before they are forked.
struct Service {
    const Options &options;
    std::vector<std::string> listen, tls_listen; // as csgi/serve.h takes them
    ErrorLog &errors;
    AccessLog access;
    const Notify &notify;
};

// What an application is offered.
uint64_t caps_of(const Options &options);

// The status to exit with. Throws Fault for what is wrong before the first connection is accepted.
// `link` NULL: no supervisor, so that it tells by itself where it listens, and a manager that it is
// ready and its loop turns, and hears USR1.
int serve(Service &service, uint32_t index, const WorkerEnd *link);

// serve as a worker: a Fault is told to the supervisor.
int be_worker(Service &service, uint32_t index, WorkerEnd link);

} // namespace csgi
