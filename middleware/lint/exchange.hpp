// SPDX-License-Identifier: MIT
// One request/response pair as the application inside sees it, and all that is remembered of it.
#pragma once

#include "middleware/lint/body_rules.hpp"
#include "middleware/lint/memory.hpp"
#include "middleware/lint/report.hpp"
#include "middleware/lint/response_rules.hpp"

#include <memory>
#include <string_view>
#include <thread>
#include <vector>

namespace csgi::lint {

struct Lint;
struct Exchange;

// Under this name a lint leaves its exchange for one further in.
inline constexpr std::string_view attr_id = "csgi.lint/1";

// A view that was handed inward, with the host's own of the same depth.
struct View : csgi_request {
    Exchange *x;
    csgi_request *host;
    View *parent; // NULL: the root
    csgi_event_fn fn;
    void *arg;
    uint32_t listening; // events asked for
    uint32_t raised;    // by a layer inside, on this view
    uint32_t credit;    // events that those outside have let go on to here
    bool aborted;       // ABORT was delivered
    uint64_t pauses_heard;
};

// An on_done function of the application's.
struct DoneCall {
    Exchange *x;
    csgi_done_fn fn;
    void *arg;
    bool ran;
};

// An OWNED chunk's release. Outlives the exchange, so that a second call can be told.
struct Release {
    enum class State { SENDING, TAKEN, RELEASED, REFUSED };
    Lint *lint;
    Exchange *x; // NULL: it is over
    void (*release)(void *arg);
    void *arg;
    bool from_loop; // the server is next, which releases nothing before a call returns
    uint32_t calls = 0;
    State state = State::SENDING;
};

struct Exchange : csgi_exchange {
    Exchange(Lint &owner, const csgi_request &from_host);

    // The exchange behind what the application handed in, if this call may go on: it is not over,
    // and this is its thread.
    static Exchange *entered(csgi_exchange *x, const char *call) noexcept;
    // The same for a view. `*view` is the lint's own, also when the application made a copy.
    static Exchange *entered(const csgi_request *req, const char *call, View **view) noexcept;

    // Takes over what the host says of the state.
    void sync() noexcept;
    // Makes sure to hear of the end. Not done until something happens that DECLINED would forbid:
    // being registered is such a thing itself. OK, or what the host answered.
    csgi_rc engage() noexcept;
    // A refusal because something that hangs together with this exchange is used wrongly.
    bool is_over() const noexcept { return over_; }

    // Whether ARENA chunks may lie there.
    bool may_be_arena(const void *p, uint64_t n) const noexcept;
    bool is_arena_here_or_outside(const void *p, uint64_t n) const noexcept;
    bool contains(const void *p) const noexcept;
    // The server is next: no layer stands between.
    bool faces_server() const noexcept;

    // The end: judged, and everything is buried. The object itself stays for a while.
    void finish(csgi_rc outcome, uint64_t body_bytes) noexcept;
    void bury() noexcept;
    // Thrown away: false when it was written to since.
    bool rests() const noexcept;
    void judge_at_stop() noexcept;
    // on_done is near: no chunk may be left.
    void judge_releases() noexcept;
    void cancel_grace() noexcept;
    bool listens(uint32_t events) const noexcept;

    Lint *lint;
    const csgi_request *given; // the host's view
    csgi_exchange *host;
    Exchange *outer = nullptr; // of the lint further out, on the same request
    Exchange *inner = nullptr; // of the lint further in, while it lives
    Judge judge;
    std::thread::id thread;
    std::vector<std::unique_ptr<View>> views; // the root first
    csgi_attr mark{};                         // leads a lint further in to this one
    std::vector<csgi_attr> hidden;

    Answer answer;
    BodyWatch body;
    HostMemory host_memory;
    std::vector<Block> blocks;
    uint64_t taken = 0; // bytes of memory
    std::vector<std::unique_ptr<DoneCall>> dones;
    std::vector<Release *> releases; // taken, and not called yet
    uint32_t holds = 0;

    bool engaged = false;
    bool listened = false, held = false, registered = false;
    bool pending = false;        // handle has returned PENDING
    bool waits_for_body = false; // AGAIN, and no BODY since
    bool paused = false;         // PAUSE, and no WRITABLE since
    uint64_t pauses = 0;
    uint32_t deliveries = 0; // event functions on the stack
    uint64_t pending_since = 0;
    // Told by a lint further in.
    bool inner_ended = false;
    bool inner_failed = false; // before a head, with a sink of a layer's in front
    // Bytes that were taken at the outer edge of this lint, in order.
    uint64_t flow_bytes = 0;
    Digest flow;

    struct Grace : csgi_task {
        Exchange *x;
        bool armed;
    } grace{};

private:
    bool over_ = false;
    uint64_t digest_;        // of the host's view, as it came
    csgi_request root_copy_; // of the view that was handed inward
    alignas(16) char no_arena_[16]{};
};

// The functions of api that are about exchanges; the sinks and the source are in sink.cpp and
// body_rules.cpp.
void fill_exchange_api(csgi_api &api);
void fill_event_api(csgi_api &api);

} // namespace csgi::lint
