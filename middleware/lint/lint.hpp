// SPDX-License-Identifier: MIT
// The lint as an object: an application towards the server, a nested host towards what is inside.
//
// Everything but post, log and reports happens on one thread at a time, the worker's.
#pragma once

#include "core/gateway/boundary.hpp"
#include "core/gateway/tree.h"
#include "middleware/lint/exchange.hpp"
#include "middleware/lint/loop_rules.hpp"

#include <atomic>
#include <csgi/ext/poll.h>
#include <csgi/sdk.h>
#include <deque>
#include <memory>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace csgi::lint {

// The worker as those inside see it.
struct Worker : csgi_worker {
    Lint *lint;
};

struct Lint : csgi_app {
    Lint(csgi_app &inside, const csgi_lint_options *options);

    // The beginning of every callback from the host.
    void enter(const char *what) noexcept;
    // Calls code of the application. False after an exception, which is reported.
    template <class F>
    bool run(const char *what, Judge &who, F &&f) noexcept {
        char words[200];
        if (contained(std::forward<F>(f), words, sizeof words)) return true;
        who.breach(Rule::RET_4, "an exception left %s: %s", what, words);
        return false;
    }

    Exchange *find(const csgi_exchange *host_exchange) noexcept;
    // The exchange is over: it is buried, and thrown away when enough others are.
    void retire(Exchange &x) noexcept;
    void throw_away_oldest() noexcept;
    // What the release of a chunk leads to, and what the answer to its part does.
    void release_called(Release &release) noexcept;
    void release_heard(Release &release, csgi_rc rc) noexcept;
    void release_now(Release &release) noexcept;

    csgi_rc handle_request(csgi_request *given) noexcept;
    csgi_rc judge_return(Exchange &x, csgi_rc rc) noexcept;
    csgi_rc start_inside(csgi_worker *host_worker, char *err, size_t cap) noexcept;
    void drain_inside() noexcept;
    void stop_inside() noexcept;
    void destroy_inside() noexcept;

    Reporter reporter;
    Judge life;
    csgi_tree tree{};
    csgi_app *inside;
    csgi_worker *host_worker = nullptr;
    Worker worker{};
    csgi_api api{};
    csgi_sink sink{}, body_sink{};
    pid_t pid;
    std::thread::id thread;
    enum class Stage { CREATED, STARTED, DRAINED, STOPPED };
    std::atomic<Stage> stage = Stage::CREATED; // also looked at by who posts
    uint32_t in_host = 0;                      // calls into the host on the stack
    std::vector<std::unique_ptr<Exchange>> live;
    std::deque<std::unique_ptr<Exchange>> over;
    Graveyard sent;
    std::deque<std::unique_ptr<Release>> released;
    LoopWatch loop;
    std::string refusal; // why the tree inside cannot be started; empty: it can
};

// Round a call into the host: nothing may come back before it is over.
class HostCall {
public:
    explicit HostCall(Lint &lint) noexcept : lint_(lint) { lint_.in_host++; }
    ~HostCall() { lint_.in_host--; }
    HostCall(const HostCall &) = delete;
    HostCall &operator=(const HostCall &) = delete;

private:
    Lint &lint_;
};

// What the two sinks do; see sink.cpp.
csgi_rc send_with_head(const csgi_sink *self, csgi_exchange *x, const csgi_part *part) noexcept;
csgi_rc send_rest(const csgi_sink *self, csgi_exchange *x, const csgi_part *part) noexcept;

} // namespace csgi::lint
