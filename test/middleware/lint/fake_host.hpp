// SPDX-License-Identifier: MIT
// A host of a few lines that does as it is told, wrongly too: each test replaces what it breaks.
#pragma once

#include "core/http/field.h"
#include "test/middleware/lint/reports.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct FakeHost;

struct FakeExchange : csgi_exchange {
    struct Listener {
        uint32_t events;
        csgi_event_fn fn;
        void *arg;
    };
    struct Done {
        csgi_done_fn fn;
        void *arg;
    };
    explicit FakeExchange(FakeHost &owner);

    // The good request: GET /a/b?q=1 with three fields. Change it before handing it over.
    void fields(std::vector<csgi_header> lines);

    FakeHost &fake;
    csgi_request view{};
    std::vector<csgi_header> lines;
    std::vector<uint16_t> ids;
    std::deque<csgi_request> derived;
    std::map<const csgi_request *, Listener> listeners;
    std::vector<Done> dones;
    std::deque<std::string> memory;
    std::vector<std::pair<void (*)(void *), void *>> releases;
    std::string body;     // what the client has sent
    bool is_whole = true; // and no more comes
    size_t consumed = 0;
    std::string sent; // to the client
    uint32_t holds = 0;
    csgi_rc outcome = CSGI_OK;
};

struct FakeHost : csgi_worker {
    FakeHost();

    csgi_rc start(csgi_app *app) {
        lint = app;
        return app->start ? app->start(app, this, err, sizeof err) : CSGI_OK;
    }
    FakeExchange &open() {
        exchanges.push_back(std::make_unique<FakeExchange>(*this));
        return *exchanges.back();
    }
    csgi_rc handle(FakeExchange &x) { return lint->handle(lint, &x.view); }
    // start, one handle, and whatever follows it.
    FakeExchange &serve(csgi_app *app) {
        start(app);
        FakeExchange &x = open();
        rc = handle(x);
        settle(x);
        return x;
    }
    void run_releases(FakeExchange &x) {
        auto all = std::move(x.releases);
        x.releases.clear();
        for (const auto &[release, arg] : all) release(arg);
    }
    void run_posted() {
        auto all = std::move(posted);
        posted.clear();
        for (csgi_task *task : all) task->run(this, task);
    }
    void run_dones(FakeExchange &x) {
        while (!x.dones.empty()) {
            const FakeExchange::Done done = x.dones.back();
            x.dones.pop_back();
            done.fn(&x, done.arg, x.outcome, x.sent.size());
        }
    }
    // What a good host does when the stack is free.
    void settle(FakeExchange &x) {
        run_releases(x);
        run_posted();
        if (x.state == CSGI_ENDED && !x.holds) run_dones(x);
    }
    // To one view alone, or to those of the tree in order, outer first.
    uint32_t deliver_to(FakeExchange &x, csgi_request *on, uint32_t events) {
        const auto at = x.listeners.find(on);
        if (at == x.listeners.end()) return events;
        return at->second.fn(on, events, at->second.arg);
    }
    void stop_and_destroy() {
        if (lint->drain) lint->drain(lint);
        if (lint->stop) lint->stop(lint);
        destroy();
    }
    void destroy() {
        if (lint) lint->destroy(lint);
        lint = nullptr;
    }

    csgi_api api_table{};
    int32_t level = 100;
    csgi_app *lint = nullptr;
    csgi_rc rc = CSGI_OK;
    char err[200] = "";
    csgi_sink sink{};
    csgi_source source{};
    std::vector<std::unique_ptr<FakeExchange>> exchanges;
    std::vector<csgi_task *> posted;
    std::vector<csgi_task *> timers;

    // To be replaced by a test. `send` gets what a good host would do as well.
    std::function<csgi_rc(FakeExchange &, const csgi_part *)> send;
    std::function<void *(FakeExchange &, size_t n)> alloc;
    std::function<csgi_rc(FakeExchange &, uint64_t min, csgi_chunk *, size_t cap, size_t *n)> peek;
    std::function<const void *(const char *id)> ext;
    std::function<void()> in_timer;

    static csgi_rc take(FakeExchange &x, const csgi_part *part);
    // To be released when the stack is free.
    static void keep_owned(FakeExchange &x, const csgi_part &part);
    static csgi_rc show(FakeExchange &x, uint64_t min, csgi_chunk *spans, size_t cap, size_t *n);
};

inline FakeExchange &fake_of(csgi_exchange *x) {
    return *static_cast<FakeExchange *>(x);
}

inline csgi_str words(const char *text) {
    return {text, std::strlen(text)};
}

inline FakeExchange::FakeExchange(FakeHost &owner) : csgi_exchange{}, fake(owner) {
    struct_size = sizeof(csgi_exchange);
    csgi_exchange::api = &owner.api_table;
    csgi_exchange::worker = &owner;
    static char nothing;
    arena_cur = arena_end = &nothing;
    view.struct_size = sizeof view;
    view.exchange = this;
    view.sink = view.body_sink = &owner.sink;
    view.source = &owner.source;
    view.flags = CSGI_REQ_TAKES_FILE;
    view.method = words("GET");
    view.method_id = CSGI_METHOD_GET;
    view.target = words("/a/b?q=1");
    view.path = words("/a/b");
    view.query = words("q=1");
    view.scheme = words("http");
    view.authority = words("example.org");
    view.peer = view.local = words("127.0.0.1");
    view.http_version = 11;
    view.form = CSGI_FORM_ORIGIN;
    view.peer_port = 4711;
    view.local_port = 80;
    fields({{CSGI_LIT("host"), CSGI_LIT("example.org"), 0, 0, 0},
            {CSGI_LIT("x-own"), CSGI_LIT("1"), 0, 0, 0},
            {CSGI_LIT("accept"), CSGI_LIT("*/*"), 0, 0, 0}});
}

inline void FakeExchange::fields(std::vector<csgi_header> given) {
    lines = std::move(given);
    ids.assign(CSGI_FID_COUNT, 0);
    for (size_t i = lines.size(); i-- > 0;) {
        csgi_header &line = lines[i];
        line.id = csgi_field_lookup(line.name.p, line.name.n);
        line.next = 0;
        for (size_t j = lines.size() - 1; j > i; j--)
            if (csgi_eq(lines[j].name, line.name)) line.next = static_cast<uint16_t>(j + 1);
        if (line.id) ids[line.id] = static_cast<uint16_t>(i + 1);
    }
    view.headers = lines.data();
    view.nheaders = static_cast<uint32_t>(lines.size());
    view.known = ids.data();
    view.nknown = static_cast<uint32_t>(ids.size());
}

inline void FakeHost::keep_owned(FakeExchange &x, const csgi_part &part) {
    for (size_t i = 0; i < part.nchunks; i++)
        if (part.chunks[i].mem == CSGI_MEM_OWNED)
            x.releases.emplace_back(part.chunks[i].release, part.chunks[i].arg);
}

inline csgi_rc FakeHost::take(FakeExchange &x, const csgi_part *part) {
    if (x.state == CSGI_ENDED) return CSGI_STATE;
    if (x.flags & CSGI_ABORTED) {
        if (part->flags & (CSGI_PART_END | CSGI_PART_ABORT)) x.state = CSGI_ENDED;
        return CSGI_GONE;
    }
    if (part->flags & CSGI_PART_ABORT) {
        if (part->head || part->nchunks || part->ntrailers) return CSGI_INVAL;
        x.state = CSGI_ENDED;
        x.outcome = CSGI_APP;
        return CSGI_OK;
    }
    if ((part->head != nullptr) != (x.state == CSGI_NEW)) return CSGI_STATE;
    for (size_t i = 0; i < part->nchunks; i++)
        if (part->chunks[i].kind == CSGI_CHUNK_MEMORY)
            x.sent.append(static_cast<const char *>(part->chunks[i].p),
                          static_cast<size_t>(part->chunks[i].n));
    keep_owned(x, *part);
    x.state = (part->flags & CSGI_PART_END) ? CSGI_ENDED : CSGI_BEGUN;
    return CSGI_OK;
}

inline csgi_rc FakeHost::show(FakeExchange &x, uint64_t min, csgi_chunk *spans, size_t cap,
                              size_t *n) {
    *n = 0;
    if (cap == 0) return CSGI_INVAL;
    const size_t left = x.body.size() - x.consumed;
    if (!x.is_whole && left < std::max<uint64_t>(min, 1)) return CSGI_AGAIN;
    if (!left) return CSGI_EOF;
    spans[0] = {CSGI_CHUNK_MEMORY, CSGI_MEM_COPY, x.body.data() + x.consumed, left, -1, 0,
                nullptr,           nullptr};
    *n = 1;
    return CSGI_OK;
}

inline FakeHost::FakeHost() : csgi_worker{} {
    struct_size = sizeof(csgi_worker);
    csgi_worker::api = &api_table;
    send = take;
    peek = show;
    alloc = [](FakeExchange &x, size_t n) -> void * {
        x.memory.emplace_back(n + 16, '\0');
        return reinterpret_cast<void *>((reinterpret_cast<uintptr_t>(x.memory.back().data()) + 15) &
                                        ~uintptr_t{15});
    };
    ext = [](const char *) -> const void * { return nullptr; };
    sink = {sizeof sink, CSGI_WANTS_BODY | CSGI_WANTS_FILE, nullptr, nullptr,
            [](const csgi_sink *, csgi_exchange *x, const csgi_part *part) {
                return fake_of(x).fake.send(fake_of(x), part);
            }};
    source = {sizeof source, 0,
              [](const csgi_source *, csgi_exchange *x, uint64_t min, csgi_chunk *spans, size_t cap,
                 size_t *n) { return fake_of(x).fake.peek(fake_of(x), min, spans, cap, n); },
              [](const csgi_source *, csgi_exchange *x, uint64_t n) {
                  fake_of(x).consumed += static_cast<size_t>(n);
                  return CSGI_OK;
              }};
    csgi_api &a = api_table;
    a.struct_size = sizeof a;
    a.server = words("fake");
    a.log_level = &level;
    a.alloc = [](csgi_exchange *x, size_t n, size_t) {
        return fake_of(x).fake.alloc(fake_of(x), n);
    };
    a.derive = [](const csgi_request *from) {
        FakeExchange &x = fake_of(from->exchange);
        x.derived.push_back(*from);
        x.derived.back().depth++;
        return &x.derived.back();
    };
    a.listen = [](csgi_request *on, uint32_t events, csgi_event_fn fn, void *arg) {
        fake_of(on->exchange).listeners[on] = {events, fn, arg};
        return CSGI_OK;
    };
    a.raise = [](csgi_request *, uint32_t) {};
    a.on_done = [](csgi_exchange *x, csgi_done_fn fn, void *arg) {
        fake_of(x).dones.push_back({fn, arg});
        return CSGI_OK;
    };
    a.hold = [](csgi_exchange *x) { fake_of(x).holds++; };
    a.release = [](csgi_exchange *x) { fake_of(x).holds--; };
    a.post = [](csgi_worker *on, csgi_task *task) {
        static_cast<FakeHost *>(on)->posted.push_back(task);
    };
    a.timer = [](csgi_worker *on, csgi_task *task, int64_t ms) {
        auto &self = *static_cast<FakeHost *>(on);
        std::erase(self.timers, task);
        if (ms >= 0) self.timers.push_back(task);
        if (self.in_timer) self.in_timer();
    };
    a.ext = [](csgi_worker *on, const char *id) { return static_cast<FakeHost *>(on)->ext(id); };
    a.log = [](csgi_worker *, csgi_exchange *, int32_t, csgi_str) {};
}

// A lint around `fn` in a fake host.
struct FakePair {
    explicit FakePair(FunctionApp::Handle fn) {
        csgi_lint_options options = reports.options();
        app = csgi_lint(app_of(std::move(fn)), &options);
    }
    ~FakePair() {
        if (host.lint)
            host.stop_and_destroy();
        else if (app)
            app->destroy(app);
    }
    FakeExchange &serve() {
        FakeExchange &x = host.serve(app);
        app = nullptr;
        return x;
    }
    void start() {
        host.start(app);
        app = nullptr;
    }
    // Ends it all, and says what was said.
    std::string end() {
        if (host.lint) host.stop_and_destroy();
        return reports.all();
    }

    Reports reports;
    FakeHost host;
    csgi_app *app; // not started yet
};
