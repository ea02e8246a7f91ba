// SPDX-License-Identifier: MIT
// csgi run: serves a module.
#include "adapters/cli/run.hpp"

#include "adapters/cli/console.hpp"
#include "adapters/cli/isolate.hpp"
#include "adapters/cli/stack.hpp"
#include <csignal>
#include <cstdio>
#include <memory>

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
            tell.step("it was loaded");
            Stack stack(options.target, options.layers, caps);
            tell.step("its check was called");
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

void listening(void *, const char *address) {
    std::printf("csgi: listening on %s\n", address);
    std::fflush(stdout);
}

void log_line(void *, int32_t level, csgi_str message) {
    say_log(level, view_of(message));
}

} // namespace

int run(const Options &options) {
    const uint64_t caps = csgi_serve_http_caps();
    std::signal(SIGPIPE, SIG_IGN); // a client's leaving is told by write
    rehearse(options, caps);

    std::vector<const char *> listen;
    for (const std::string &address : options.listen) listen.push_back(address.c_str());
    csgi_serve_options serve = options.serve;
    serve.struct_size = sizeof serve;
    serve.listen = listen.data();
    serve.nlisten = listen.size();
    serve.listening = listening;
    serve.log = log_line;

    csgi_lint_options lint = {};
    lint.struct_size = sizeof lint;
    Stack stack(options.target, options.layers, caps);
    serve.name = stack.entry()->name; // a module is never unloaded
    csgi_app *app = stack.create(options.lint ? &lint : nullptr);
    char err[reason_bytes] = "";
    std::unique_ptr<csgi_server, void (*)(csgi_server *)> server(
        csgi_server_open(app, &serve, err, sizeof err), csgi_server_close);
    if (!server)
        throw Fault::of(err, options.target.file, "mend what the reason names",
                        std::string("'") + stack.entry()->name + "' cannot be served: ");
    csgi_rc rc = csgi_server_run(server.get());
    if (rc == CSGI_OK) return exit_fine;
    if (rc == CSGI_GONE)
        say_error("answers that were not done when --drain ended were cut off");
    else
        say_error("the server failed with " + std::to_string(rc));
    return exit_failed;
}

} // namespace csgi
