// SPDX-License-Identifier: MIT
// How long things live: memory, holds, the end of an exchange; and on which thread.
#include "middleware/lint/lint.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace csgi::lint {

namespace {

void judge_done(const csgi_exchange *of, Exchange &x) {
    x.lint->enter("on_done");
    if (of != x.host) x.judge.breach(Rule::MEM_7, "on_done was called for another exchange");
}

void over(csgi_exchange *of, void *arg, csgi_rc outcome, uint64_t body_bytes) noexcept {
    auto &x = *static_cast<Exchange *>(arg);
    judge_done(of, x);
    if (x.is_over()) {
        x.judge.breach(Rule::MEM_7, "on_done functions were run twice");
        return;
    }
    x.finish(outcome, body_bytes);
}

void done_called(csgi_exchange *of, void *arg, csgi_rc outcome, uint64_t body_bytes) noexcept {
    auto &call = *static_cast<DoneCall *>(arg);
    Exchange &x = *call.x;
    judge_done(of, x);
    if (x.holds) x.judge.breach(Rule::MEM_7, "on_done with %u holds", x.holds);
    if (call.ran || x.is_over()) {
        x.judge.breach(Rule::MEM_7, "an on_done function was run twice, or too late");
        return;
    }
    x.judge_releases();
    if (x.dones.back().get() != &call)
        x.judge.breach(Rule::MEM_7, "on_done functions are not run last registered first");
    call.ran = true;
    x.lint->run("an on_done function", x.judge,
                [&] { call.fn(&x, call.arg, outcome, body_bytes); });
    // What is not on top any more is still a promise that was kept.
    std::erase_if(x.dones, [&call](const auto &one) { return one.get() == &call; });
}

void *alloc(csgi_exchange *face, size_t n, size_t align) noexcept {
    Exchange *x = Exchange::entered(face, "alloc");
    if (!x) return nullptr;
    void *from_host;
    {
        const HostCall call(*x->lint);
        from_host = x->host->api->alloc(x->host, n, align);
    }
    x->sync();
    if (!from_host) return nullptr;
    const auto room = static_cast<size_t>(x->host->arena_end - x->host->arena_cur);
    if (!x->host_memory.is_new(from_host, n) || !x->host_memory.is_new(x->host->arena_cur, room))
        x->judge.breach(Rule::MEM_5, "alloc gave memory that was handed out before");
    else if (n && static_cast<char *>(from_host) + n > x->host->arena_cur &&
             from_host < x->host->arena_end)
        x->judge.breach(Rule::MEM_5, "alloc gave memory that is free in the arena");
    else if (align && reinterpret_cast<uintptr_t>(from_host) % align != 0)
        x->judge.breach(Rule::MEM_5, "alloc gave memory that is not at a multiple of %zu", align);
    else
        x->host_memory.add_marked(from_host, n);
    // What the application gets is not the host's, so that it can be guarded and kept for longer.
    Block block(n, align ? align : 1);
    if (!block.has_memory()) return nullptr;
    void *p = block.data();
    x->blocks.push_back(std::move(block));
    x->taken += n;
    const uint64_t bound = x->lint->reporter.options().max_memory;
    if (x->taken > bound)
        x->judge.breach(Rule::MEM_10, "%llu bytes were taken for one exchange",
                        static_cast<unsigned long long>(x->taken));
    return p;
}

csgi_rc on_done(csgi_exchange *face, csgi_done_fn fn, void *arg) noexcept {
    Exchange *x = Exchange::entered(face, "on_done");
    if (!x) return CSGI_STATE;
    csgi_rc rc = x->engage();
    if (rc < 0) return rc;
    auto call = std::make_unique<DoneCall>(DoneCall{x, fn, arg, false});
    {
        const HostCall host_call(*x->lint);
        rc = x->host->api->on_done(x->host, done_called, call.get());
    }
    x->sync();
    if (rc < 0) return rc;
    x->registered = true;
    x->dones.push_back(std::move(call));
    return rc;
}

void hold(csgi_exchange *face) noexcept {
    Exchange *x = Exchange::entered(face, "hold");
    if (!x) return;
    (void)x->engage();
    x->held = true;
    x->holds++;
    const HostCall call(*x->lint);
    x->host->api->hold(x->host);
}

void release(csgi_exchange *face) noexcept {
    Exchange *x = Exchange::entered(face, "release");
    if (!x) return;
    if (x->holds == 0) {
        x->judge.breach(Rule::MEM_3, "release without a hold");
        return;
    }
    x->holds--;
    const HostCall call(*x->lint);
    x->host->api->release(x->host);
}

} // namespace

csgi_rc Exchange::engage() noexcept {
    if (engaged) return CSGI_OK;
    csgi_rc rc;
    {
        const HostCall call(*lint);
        rc = host->api->on_done(host, over, this);
    }
    engaged = rc >= 0;
    return rc;
}

void fill_exchange_api(csgi_api &api) {
    api.alloc = alloc;
    api.on_done = on_done;
    api.hold = hold;
    api.release = release;
}

} // namespace csgi::lint
