// SPDX-License-Identifier: MIT
// csgi run: serves a module.
#include "adapters/cli/run.hpp"

#include "adapters/cli/console.hpp"
#include "adapters/cli/isolate.hpp"
#include "adapters/cli/sockets.hpp"
#include "adapters/cli/stack.hpp"
#include "adapters/cli/supervisor.hpp"
#include <csignal>

namespace csgi {

namespace {

// A module that crashes when it is loaded or asked takes a child with it, not the server that may
// have been about to take over from an older one. One that hangs there is ended, too.
constexpr std::chrono::seconds rehearsal_limit{60};

void rehearse(const Options &options, uint64_t caps) {
    std::string fault;
    Ending ending = isolate(
        rehearsal_limit,
        [&](const Teller &tell) {
            tell.step(step_load);
            Stack stack(options.target, options.layers, caps);
            tell.step(step_check);
            stack.check();
        },
        [&](const Finding &finding) {
            if (finding.kind == Finding::Kind::fault) fault = finding.text;
        });
    if (!fault.empty()) throw Fault::of(fault, options.target.file, "look into the module");
    if (std::string text = ending.text(); !text.empty())
        throw Fault("[LOAD-11] " + text, options.target.file,
                    "debug the module; `csgi check` tells more");
}

} // namespace

int run(const Options &options) {
    std::signal(SIGPIPE, SIG_IGN); // a client's leaving is told by write
    const Notify notify;
    Sockets sockets;
    const bool tls = options.tls_only;
    for (const std::string &address : options.listen) sockets.add(address, tls);
    for (const std::string &address : options.tls_listen) sockets.add(address, true);
    for (const std::string &address : options.fastcgi_listen) sockets.add(address, false);
    const bool none =
        options.listen.empty() && options.tls_listen.empty() && options.fastcgi_listen.empty();
    if (sockets.add_activated(none, tls) == 0) sockets.add("127.0.0.1:8000", tls);
    ErrorLog errors(options.operation.error_log);
    Service service{options,
                    sockets.names(false),
                    sockets.names(true),
                    errors,
                    AccessLog(options.operation.access_log, errors),
                    notify};
    if (options.operation.workers) return Supervisor(service, sockets).run();

    sigset_t reopen;
    sigemptyset(&reopen);
    sigaddset(&reopen, SIGUSR1);
    rehearse(options, caps_of(options));
    sigprocmask(SIG_BLOCK, &reopen, nullptr);
    return serve(service, 0, nullptr);
}

} // namespace csgi
