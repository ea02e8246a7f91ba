// SPDX-License-Identifier: MIT
// Options of a server's daily life.
#include "adapters/cli/operation.hpp"

#include "adapters/cli/arguments.hpp"
#include "adapters/cli/ranges.hpp"

namespace csgi {

namespace {

// Past what anybody waits for, and within 32 bits of milliseconds.
constexpr double longest = 4e6, shortest = 0.001;

void add_seconds(CLI::App *run, const char *name, uint32_t &to_ms, const char *text) {
    run->add_option_function<double>(
           name, [&to_ms](double seconds) { to_ms = static_cast<uint32_t>(seconds * 1000 + 0.5); },
           text)
        ->type_name("SECONDS")
        ->check(between(shortest, longest))
        ->group("Limits");
}

void add_count(CLI::App *run, const char *name, uint32_t &to, const char *text) {
    run->add_option(name, to, text)->type_name("N")->check(between(1, 4e9))->group("Limits");
}

} // namespace

void add_operation(CLI::App *run, Operation &operation, csgi_serve_options &serve) {
    run->add_option("--workers", operation.workers,
                    "processes that serve, watched over by one that does not (1); 0: serve in this "
                    "process, which is then not replaced when it dies")
        ->type_name("N")
        ->check(between(0, 1024));
    run->add_option("--hang", operation.hang,
                    "a worker whose loop stands still for so long is replaced (30); 0: never")
        ->type_name("SECONDS")
        ->check(between(0, longest));
    run->add_option("--access-log", operation.access_log,
                    "one line for each request: a file, - (standard output), json, json:FILE or "
                    "off (default)")
        ->type_name("LOG");
    run->add_option("--error-log", operation.error_log, "the log's file (standard error)")
        ->type_name("FILE");
    run->add_option("--healthz", operation.health,
                    "a path that the server answers itself: 200, or 503 while it drains")
        ->type_name("PATH");
    add_seconds(run, "--head-timeout", serve.head_ms, "for a request's head (10): 408");
    add_seconds(run, "--body-timeout", serve.body_ms, "a body's rate is judged this often (30)");
    add_count(run, "--body-rate", serve.body_rate, "fewer bytes of a body a second end it (500)");
    add_seconds(run, "--send-timeout", serve.send_ms, "for a client that takes nothing (60)");
    add_seconds(run, "--keep-alive-timeout", serve.keep_ms, "between requests (75)");
    add_count(run, "--max-requests", serve.max_requests, "on one connection (100000)");
    add_count(run, "--max-connections", serve.max_connections,
              "at once, of each worker (10000): 503");
    add_count(run, "--max-connections-per-peer", serve.max_per_peer,
              "of these from one address (no limit): 503");
}

void judge_operation(const Operation &operation) {
    const std::string &log = operation.access_log;
    if (log.empty() || log == "json:")
        wrong("no file is named for the access log", "--access-log " + log,
              "write a file, -, json, json:FILE or off");
    if (!operation.health.empty() && operation.health[0] != '/')
        wrong("a path begins with /", "--healthz " + operation.health, "put one in front");
}

} // namespace csgi
