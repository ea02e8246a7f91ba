// SPDX-License-Identifier: MIT
// What an exchange is to those inside, and what is left of it afterwards.
#include "middleware/lint/exchange.hpp"

#include "middleware/lint/lint.hpp"
#include "middleware/lint/request_rules.hpp"

#include <algorithm>
#include <cstring>
#include <pthread.h>

namespace csgi::lint {

namespace {

// An extension of one exchange would be asked about an object that its server has never seen.
bool is_extension(const csgi_str &id) {
    const std::string_view name(id.p, id.n);
    return name.starts_with("csgi.") && name != attr_id;
}

bool lies_in(const csgi_str &s, const char *p, uint64_t n) {
    return p >= s.p && n <= s.n && p <= s.p + (s.n - n);
}

bool on_this_stack(const void *p) {
    pthread_attr_t attr;
    void *low = nullptr;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attr) != 0) return false;
    pthread_attr_getstack(&attr, &low, &size);
    pthread_attr_destroy(&attr);
    return p >= low && p < static_cast<char *>(low) + size;
}

} // namespace

Exchange::Exchange(Lint &owner, const csgi_request &from_host)
    : csgi_exchange{}, lint(&owner), given(&from_host), host(from_host.exchange),
      judge(owner.reporter, from_host.exchange), thread(std::this_thread::get_id()),
      digest_(view_digest(from_host)) {
    struct_size = sizeof(csgi_exchange);
    csgi_exchange::api = &owner.api;
    csgi_exchange::worker = &owner.worker;
    // All memory comes from alloc, so that each piece has guards of its own.
    arena_cur = arena_end = no_arena_;

    const csgi_str id = {attr_id.data(), attr_id.size()};
    auto *further_out = static_cast<Exchange *>(const_cast<void *>(csgi_attr_get(&from_host, id)));
    // A nested host in between has an exchange of its own.
    if (further_out && static_cast<csgi_exchange *>(further_out) == host) outer = further_out;
    if (outer) outer->inner = this;

    for (const csgi_attr *attr = from_host.attrs; attr; attr = attr->next)
        if (is_extension(attr->id) && attr->value) hidden.push_back({attr->id, nullptr, nullptr});
    mark = {id, this, from_host.attrs};
    const csgi_attr *attrs = &mark;
    for (csgi_attr &attr : hidden) {
        attr.next = attrs;
        attrs = &attr;
    }

    auto root = std::make_unique<View>();
    static_cast<csgi_request &>(*root) = from_host;
    root->struct_size = sizeof(csgi_request);
    root->exchange = this;
    root->sink = &owner.sink;
    root->body_sink = &owner.body_sink;
    root->source = &body_source;
    root->attrs = attrs;
    root->x = this;
    root->host = const_cast<csgi_request *>(&from_host);
    root_copy_ = *root;
    views.push_back(std::move(root));
    sync();
}

void Exchange::sync() noexcept {
    csgi_exchange::state = host->state;
    csgi_exchange::flags = host->flags;
}

Exchange *Exchange::entered(csgi_exchange *face, const char *call) noexcept {
    auto *x = static_cast<Exchange *>(face);
    if (x->over_) {
        x->judge.breach(Rule::MEM_2, "%s after the last on_done", call);
        return nullptr;
    }
    if (std::this_thread::get_id() != x->thread) {
        x->judge.breach(Rule::MEM_1, "%s on another thread than handle", call);
        return nullptr;
    }
    return x;
}

Exchange *Exchange::entered(const csgi_request *req, const char *call, View **view) noexcept {
    Exchange *x = entered(req->exchange, call);
    if (!x) return nullptr;
    const auto at = std::find_if(x->views.begin(), x->views.end(), [req](const auto &one) {
        return static_cast<csgi_request *>(one.get()) == req;
    });
    if (at == x->views.end())
        x->judge.breach(Rule::MW_4, "%s on a copy of a view that derive did not make", call);
    *view = at == x->views.end() ? x->views.front().get() : at->get();
    return x;
}

bool Exchange::faces_server() const noexcept {
    return !given->sink->next && !given->body_sink->next_body && !outer;
}

bool Exchange::contains(const void *p) const noexcept {
    const auto *at = static_cast<const char *>(p);
    return std::any_of(blocks.begin(), blocks.end(), [at](const Block &block) {
        return at >= block.data() && at < block.data() + std::max<size_t>(block.size(), 1);
    });
}

bool Exchange::may_be_arena(const void *p, uint64_t n) const noexcept {
    // Memory that a lint further in has handed out is the exchange's too.
    return inner ? inner->may_be_arena(p, n) : is_arena_here_or_outside(p, n);
}

bool Exchange::is_arena_here_or_outside(const void *p, uint64_t n) const noexcept {
    const auto *at = static_cast<const char *>(p);
    for (const Block &block : blocks)
        if (lies_in({block.data(), block.size()}, at, n)) return true;
    for (const auto &view : views) {
        for (const csgi_str &s : {view->method, view->target, view->path, view->query, view->scheme,
                                  view->authority, view->peer, view->local})
            if (lies_in(s, at, n)) return true;
        for (uint32_t i = 0; i < view->nheaders; i++)
            if (lies_in(view->headers[i].name, at, n) || lies_in(view->headers[i].value, at, n))
                return true;
    }
    if (outer) return outer->is_arena_here_or_outside(p, n);
    // What a layer further out left in attributes may be anywhere but in these places.
    if (!given->attrs || on_this_stack(p)) return false;
    const auto mine = [p](const auto &x) { return x->contains(p); };
    return std::none_of(lint->live.begin(), lint->live.end(), mine) &&
           std::none_of(lint->over.begin(), lint->over.end(), mine);
}

void Exchange::bury() noexcept {
    over_ = true;
    if (outer && outer->inner == this) outer->inner = nullptr;
    csgi_exchange::state = CSGI_ENDED;
    for (Block &block : blocks) block.bury(after_done);
    // A view that is read late says so, and its sink still leads to a report.
    const csgi_str words = {after_done.data(), after_done.size()};
    for (const auto &view : views) {
        for (csgi_str *s : {&view->method, &view->target, &view->path, &view->query, &view->scheme,
                            &view->authority, &view->peer, &view->local})
            *s = words;
        view->headers = nullptr;
        view->known = nullptr;
        view->attrs = nullptr;
        view->nheaders = view->nknown = view->mount_len = 0;
    }
}

bool Exchange::rests() const noexcept {
    return std::all_of(blocks.begin(), blocks.end(), [](const Block &b) { return b.rests(); });
}

void Exchange::finish(csgi_rc outcome, uint64_t body_bytes) noexcept {
    (void)outcome;
    if (holds) judge.breach(Rule::MEM_7, "the exchange is over with %u holds", holds);
    if (!dones.empty())
        judge.breach(Rule::MEM_7, "%zu on_done functions were not run, or run late", dones.size());
    judge_releases();
    for (Release *release : releases) release->x = nullptr;
    releases.clear();
    if (view_digest(*given) != digest_) {
        if (outer)
            judge.blame(Who::LAYER, Rule::MW_4, "a layer changed a view after it passed it on");
        else
            judge.breach(Rule::REQ_16, "the view changed while the exchange went on");
    }
    if (std::memcmp(static_cast<csgi_request *>(views.front().get()), &root_copy_,
                    sizeof root_copy_) != 0)
        judge.blame(Who::APP, Rule::MW_4, "the view that was handed in was changed");
    if (faces_server() && body_bytes > flow_bytes)
        judge.breach(Rule::RES_22, "on_done says %llu bytes, %llu were taken",
                     static_cast<unsigned long long>(body_bytes),
                     static_cast<unsigned long long>(flow_bytes));
    if (!host_memory.marks_stand())
        judge.breach(Rule::MEM_5, "memory that alloc gave was written to by another");
    if (std::any_of(blocks.begin(), blocks.end(), [](const Block &b) { return !b.guards_stand(); }))
        judge.breach(Rule::MEM_2, "something was written beside memory that alloc gave");
    lint->loop.leave(*this);
    cancel_grace();
    lint->retire(*this);
}

void Exchange::cancel_grace() noexcept {
    if (!grace.armed) return;
    grace.armed = false;
    const HostCall call(*lint);
    lint->host_worker->api->timer(lint->host_worker, &grace, -1);
}

void Exchange::judge_at_stop() noexcept {
    const bool owed = !answer.is_over() && state != CSGI_ENDED;
    const bool waits =
        (waits_for_body && listens(CSGI_EVENT_BODY)) || (paused && listens(CSGI_EVENT_WRITABLE));
    if (owed && waits && !(flags & CSGI_ABORTED))
        judge.breach(Rule::EVT_7, "stop came, and %s did not",
                     waits_for_body ? "BODY" : "WRITABLE");
    else if (owed)
        judge.breach(Rule::LIFE_5, "an answer is owed at stop");
    else if (holds)
        judge.breach(Rule::LIFE_5, "the exchange is held %u times at stop", holds);
    else
        judge.breach(Rule::LIFE_3, "stop was called before on_done");
}

void Exchange::judge_releases() noexcept {
    if (!releases.empty())
        judge.breach(Rule::RES_17, "%zu OWNED chunks are not released at on_done", releases.size());
}

bool Exchange::listens(uint32_t events) const noexcept {
    return std::any_of(views.begin(), views.end(),
                       [events](const auto &view) { return (view->listening & events) != 0; });
}

} // namespace csgi::lint
