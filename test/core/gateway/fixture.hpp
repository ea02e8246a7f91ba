// SPDX-License-Identifier: MIT
// An application made from a function, served by the host inside the process; and a host with a
// transport that only takes notes, for what lies below.
#pragma once

#include "core/gateway/host.h"
#include "core/gateway/nested.h"

#include <csgi/sdk.h>
#include <doctest/doctest.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace csgi {

inline std::string text(csgi_str s) {
    return {s.p, s.n};
}

inline csgi_str str(std::string_view s) {
    return {s.data() ? s.data() : "", s.size()};
}

inline csgi_header field(std::string_view name, std::string_view value, uint16_t id = 0) {
    return {str(name), str(value), id, 0, 0};
}

inline csgi_chunk memory(std::string_view bytes, uint32_t mem = CSGI_MEM_COPY) {
    return {CSGI_CHUNK_MEMORY, mem, bytes.data(), bytes.size(), -1, 0, nullptr, nullptr};
}

// An application with a std::function for each of its own.
struct App : csgi_app {
    std::function<csgi_rc(csgi_request *)> on_handle;
    std::function<csgi_rc(char *, size_t)> on_start;
    std::function<void()> on_drain, on_stop, on_destroy;
    std::vector<csgi_app *> children;

    explicit App(std::function<csgi_rc(csgi_request *)> on = {}, std::vector<csgi_app *> in = {})
        : csgi_app{}, on_handle(std::move(on)), children(std::move(in)) {
        struct_size = sizeof(csgi_app);
        inner = children.empty() ? nullptr : children.data();
        ninner = children.size();
        handle = [](csgi_app *self, csgi_request *req) { return of(self).on_handle(req); };
        start = [](csgi_app *self, csgi_worker *, char *err, size_t cap) {
            return of(self).on_start ? of(self).on_start(err, cap) : CSGI_OK;
        };
        drain = [](csgi_app *self) {
            if (of(self).on_drain) of(self).on_drain();
        };
        stop = [](csgi_app *self) {
            if (of(self).on_stop) of(self).on_stop();
        };
        destroy = [](csgi_app *self) {
            if (of(self).on_destroy) of(self).on_destroy();
        };
    }
    App(const App &) = delete;
    App &operator=(const App &) = delete;

private:
    static App &of(csgi_app *self) { return *static_cast<App *>(self); }
};

struct Log {
    std::vector<std::string> lines;
    bool has(std::string_view part) const {
        for (const std::string &line : lines)
            if (line.find(part) != std::string::npos) return true;
        return false;
    }
};

inline csgi_nested_options options_with(Log &log, uint64_t caps = CSGI_NESTED_CAPS) {
    csgi_nested_options options{};
    options.caps = caps;
    options.log_level = CSGI_LOG_WARNING;
    options.arg = &log;
    options.log = [](void *arg, int32_t, csgi_str line) {
        static_cast<Log *>(arg)->lines.push_back(text(line));
    };
    return options;
}

// What a test asks for, when it is more than GET.
struct Ask {
    const char *method = "GET";
    const char *target = "/a?b=1";
    std::string body{};
    bool stream = false, slow = false;
    std::vector<csgi_header> headers{};
    unsigned version = 11;
};

// One application in a nested host.
class Served {
public:
    Log log;
    App app;

    explicit Served(std::function<csgi_rc(csgi_request *)> handle, uint64_t caps = CSGI_NESTED_CAPS)
        : app(std::move(handle)) {
        csgi_nested_options options = options_with(log, caps);
        start(options);
    }
    Served(std::function<csgi_rc(csgi_request *)> handle,
           const std::function<void(csgi_nested_options &)> &change)
        : app(std::move(handle)) {
        csgi_nested_options options = options_with(log);
        change(options);
        start(options);
    }
    ~Served() { finish(); }
    Served(const Served &) = delete;
    Served &operator=(const Served &) = delete;

    // Ends the host; every exchange has to be over.
    void finish() {
        if (host_) CHECK(csgi_nested_free(host_) == 0);
        host_ = nullptr;
    }
    csgi_nested *host() const { return host_; }
    csgi_nested_call *open(const Ask &ask = {}) const {
        csgi_nested_request request{};
        request.method = csgi_str_of(ask.method);
        request.target = csgi_str_of(ask.target);
        request.headers = ask.headers.data();
        request.nheaders = ask.headers.size();
        request.body = str(ask.body);
        request.stream = ask.stream;
        request.slow_reader = ask.slow;
        request.version = ask.version;
        return csgi_nested_open(host_, &request);
    }
    const csgi_nested_answer &answer(const Ask &ask = {}) const {
        return *csgi_nested_answer_of(open(ask));
    }
    void turn(unsigned times = 1) const {
        while (times-- && csgi_nested_turn(host_)) {
        }
    }

private:
    void start(const csgi_nested_options &options) {
        char err[200];
        host_ = csgi_nested_new(&options);
        REQUIRE(host_);
        REQUIRE(csgi_nested_start(host_, &app, err, sizeof err) == CSGI_OK);
    }
    csgi_nested *host_ = nullptr;
};

inline std::string header(const csgi_nested_answer &answer, std::string_view name) {
    for (size_t i = 0; i < answer.nheaders; i++)
        if (text(answer.headers[i].name) == name) return text(answer.headers[i].value);
    return "(none)";
}

inline csgi_exchange *begin(csgi_request *req, int64_t length = 0, uint16_t status = 200) {
    csgi_head head{sizeof head, status, 0, nullptr, 0, 0, length};
    CHECK(csgi_begin(req, &head) >= 0);
    return req->exchange;
}

// A host whose transport queues what is sent and sends it when told; time is a number.
class Bare {
public:
    csgi_host host{};
    uint64_t now = 1000, armed = UINT64_MAX;
    std::atomic<unsigned> wakes = 0;
    unsigned flushes = 0, finishes = 0, broken = 0, closes = 0, wants = 0;
    csgi_rc output_rc = CSGI_OK;
    std::function<void(csgi_host_exchange *)> on_want;
    std::function<bool(csgi_host_exchange *, unsigned)> on_answer;
    Log log;

    explicit Bare(uint64_t caps = CSGI_NESTED_CAPS) {
        static const csgi_transport transport = {
            [](csgi_host_exchange *x, const csgi_output *out) {
                Bare &self = of(x->host);
                csgi_rc rc = self.output_rc;
                for (size_t i = 0; i < out->nchunks; i++)
                    if (rc >= 0)
                        rc = csgi_queue_chunk(x->out, &out->chunks[i], x);
                    else
                        csgi_queue_release(x, &out->chunks[i]);
                return rc;
            },
            [](csgi_host_exchange *x) { of(x->host).flushes++; },
            [](csgi_host_exchange *x) {
                of(x->host).finishes++;
                of(x->host).broken += x->broken;
            },
            [](csgi_host_exchange *x) { of(x->host).closes++; },
            [](csgi_host_exchange *x) {
                of(x->host).wants++;
                if (of(x->host).on_want) of(x->host).on_want(x);
            },
            [](csgi_host *h) { of(h).wakes++; },
            [](csgi_host *h, uint64_t at) { of(h).armed = at; },
            [](csgi_host *h) { return of(h).now; },
            [](csgi_host *, const char *) -> const void * { return nullptr; },
            [](csgi_host *h, csgi_host_exchange *, int32_t, csgi_str line) {
                of(h).log.lines.push_back(text(line));
            },
            [](csgi_host_exchange *x, unsigned status) {
                Bare &self = of(x->host);
                return self.on_answer && self.on_answer(x, status);
            }};
        REQUIRE(csgi_host_init(&host, &transport, this, caps, CSGI_LIT("bare")) == CSGI_OK);
    }
    ~Bare() {
        CHECK(host.opened == host.closed);
        csgi_host_fini(&host);
    }
    Bare(const Bare &) = delete;
    Bare &operator=(const Bare &) = delete;

    csgi_worker *worker() { return &host.worker; }

private:
    static Bare &of(csgi_host *h) { return *static_cast<Bare *>(h->owner); }
};

} // namespace csgi
