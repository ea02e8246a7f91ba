// SPDX-License-Identifier: MIT
// The target under the lint in a host without sockets, for one probe.
#include "adapters/cli/bench.hpp"

#include "adapters/cli/console.hpp"
#include "adapters/cli/hello.hpp"
#include "adapters/cli/stack.hpp"
#include <chrono>

namespace csgi {

namespace {

using Clock = std::chrono::steady_clock;

// How long nothing may happen before an answer counts as owed; foreign threads need real time.
constexpr unsigned patience_ms = 300;
// An answer without end is heard for so long, or so far.
constexpr std::chrono::milliseconds endless{1000};
constexpr size_t enough_bytes = 64 << 20;
// A handle that keeps the loop for longer says BLOCKING. Generous, for machines under load.
constexpr uint32_t handle_ms = 1000;

} // namespace

Bench::Bench(const Teller &tell, const Options &options, bool layer, uint64_t caps) : tell_(tell) {
    csgi_nested_options host = {};
    host.caps = caps;
    host.log_level = CSGI_LOG_DEBUG;
    host.log = on_log;
    host.arg = this;
    csgi_lint_options lint = {};
    lint.struct_size = sizeof lint;
    lint.report = on_report;
    lint.ctx = this;
    lint.handle_ms = handle_ms;

    tell.step("the module was loaded");
    stack_ = std::make_unique<Stack>(options.target, options.layers, caps);
    tell.step("an instance was created");
    csgi_app *inner = layer ? csgi_lint(hello_new(), &lint) : nullptr;
    csgi_app *app = stack_->create(&lint, inner);
    tell.step("the instance was started");
    host_ = csgi_nested_new(&host);
    char err[reason_bytes] = "";
    if (host_ && csgi_nested_start(host_, app, err, sizeof err) >= 0) return;
    throw Fault::of(err, options.target.file, "mend what the reason names", "does not start: ");
}

Bench::~Bench() = default; // the process ends with the probe

csgi_nested_call *Bench::open(const csgi_nested_request &request) {
    if (csgi_nested_call *call = csgi_nested_open(host_, &request)) return call;
    throw Fault("out of memory", "a probe", "free some");
}

void Bench::turn() {
    for (int i = 0; i < 100 && csgi_nested_turn(host_); i++) {
    }
}

bool Bench::settle(csgi_nested_call *call) {
    const csgi_nested_answer *answer = csgi_nested_answer_of(call);
    auto until = Clock::now() + endless;
    while (!answer->done && Clock::now() < until && answer->body.n < enough_bytes)
        if (!csgi_nested_turn(host_) && !csgi_nested_finish(call, patience_ms)) break;
    return answer->done;
}

void Bench::give_up(csgi_nested_call *call, const std::string &title) {
    csgi_nested_drain(host_);
    if (settle(call)) return tell_.note(title + ": answered only when the worker was drained");
    csgi_nested_lose(call);
    if (settle(call))
        fail("RET-3", "not answered; the exchange ended only when the client left");
    else
        fail("RET-3", "never ended: no answer, no ABORT, also not when the client had left");
}

void Bench::close() {
    tell_.step(subject_ + ", and the application was stopped");
    size_t left = csgi_nested_free(host_);
    host_ = nullptr;
    if (left) fail("LIFE-5", std::to_string(left) + " exchanges were never ended");
}

void Bench::subject(const std::string &text) {
    std::lock_guard hold(lock_);
    subject_ = text;
    tell_.step(text);
}

void Bench::fail(const std::string &rule, const std::string &text) {
    std::lock_guard hold(lock_);
    failed_ = true;
    // The host notices some breaches again that the lint has told.
    if (!told_.insert(rule).second && !rule.empty()) return;
    tell_.fail(rule, subject_.empty() ? text : subject_ + ": " + text);
}

void Bench::on_report(void *ctx, const csgi_lint_report *report) {
    const char *who = report->who == CSGI_LINT_HOST    ? " (the host's fault)"
                      : report->who == CSGI_LINT_LAYER ? " (a layer's fault)"
                                                       : "";
    static_cast<Bench *>(ctx)->fail(report->rule, std::string("'") + report->name +
                                                      "': " + report->message + who);
}

// "[RES-6] what" of the host, which knows some rules without the lint.
void Bench::on_log(void *ctx, int32_t level, csgi_str message) {
    if (level < CSGI_LOG_HOST_MISBEHAVING) return;
    auto [rule, text] = split_rule(view_of(message));
    static_cast<Bench *>(ctx)->fail(rule, text);
}

} // namespace csgi
