// SPDX-License-Identifier: MIT
// Where both sides keep the rules the lint is silent, and what passes through it is unchanged.
#include "test/middleware/lint/pair.hpp"

#include <csgi/file.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <string>
#include <thread>

using std::string;

static string text(csgi_str s) {
    return {s.p, s.n};
}

TEST_CASE("a whole answer passes unchanged and in silence") {
    Pair pair(app_of([](csgi_request *req) { return csgi_text(req, 200, "hello\n"); }));
    const csgi_nested_answer &answer = pair.get();
    CHECK(answer.status == 200);
    CHECK(text(answer.body) == "hello\n");
    CHECK(answer.complete);
    CHECK(answer.outcome == CSGI_OK);
    CHECK(pair.end() == 0);
    CHECK(pair.reports.text() == "");
}

TEST_CASE("the inner view has the path, fields and flags of the outer one") {
    string seen;
    Pair pair(app_of([&](csgi_request *req) {
        seen = text(req->method) + " " + text(req->path) + "?" + text(req->query) + " " +
               text(csgi_get(req, CSGI_FIELD_COOKIE)) + " " + text(req->authority);
        return csgi_text(req, 200, "");
    }));
    const csgi_header cookie = {CSGI_LIT("Cookie"), CSGI_LIT("a=b"), 0, 0, 0};
    pair.get({.target = str("/x%2Fy?z"), .headers = &cookie, .nheaders = 1});
    CHECK(seen == "GET /x%2Fy?z a=b localhost");
    pair.end();
    CHECK(pair.reports.text() == "");
}

TEST_CASE("a body is echoed through the lint, piece by piece") {
    Pair pair(app_of([](csgi_request *req) {
        return csgi_body(
            req,
            [](csgi_request *same, csgi_str body, void *) {
                return csgi_reply(same, 200, {"", 0}, body, CSGI_MEM_COPY);
            },
            nullptr);
    }));
    csgi_nested_call *call = pair.open({.method = str("POST"), .stream = true});
    csgi_nested_feed(call, str("one "));
    csgi_nested_feed(call, str("two"));
    csgi_nested_feed_end(call);
    CHECK(csgi_nested_finish(call, 0));
    CHECK(text(csgi_nested_answer_of(call)->body) == "one two");
    pair.end();
    CHECK(pair.reports.text() == "");
}

namespace {
// Writes until PAUSE, goes on at WRITABLE.
struct Stream {
    int left = 3000;
    csgi_rc go(csgi_request *req) {
        while (left) {
            left--;
            const csgi_rc rc = csgi_write(req, "0123456789012345678901234567890\n", 32);
            if (rc != CSGI_OK) return rc < 0 ? rc : CSGI_PENDING;
        }
        return csgi_end(req);
    }
    static uint32_t heard(csgi_request *req, uint32_t events, void *arg) {
        if (req->exchange->state != CSGI_ENDED && static_cast<Stream *>(arg)->go(req) < 0)
            (void)csgi_abort(req);
        return events;
    }
    csgi_rc begin(csgi_request *req) {
        csgi_head head = {sizeof head, 200, 0, nullptr, 0, 0, 0};
        csgi_rc rc =
            req->exchange->api->listen(req, CSGI_EVENT_WRITABLE | CSGI_EVENT_ABORT, heard, this);
        if (rc >= 0) rc = csgi_begin(req, &head);
        return rc < 0 ? rc : go(req);
    }
};
} // namespace

TEST_CASE("a stream that pauses for a slow reader arrives whole") {
    Stream stream;
    Pair pair(app_of([&](csgi_request *req) { return stream.begin(req); }));
    csgi_nested_call *call = pair.open({.slow_reader = true});
    for (int i = 0; i < 200 && !csgi_nested_answer_of(call)->complete; i++) {
        csgi_nested_take(call, 1000);
        pair.turn();
    }
    CHECK(csgi_nested_answer_of(call)->complete);
    CHECK(csgi_nested_answer_of(call)->body.n == 96000);
    pair.end();
    CHECK(pair.reports.text() == "");
}

TEST_CASE("a client that leaves a stream is noticed, and nothing is said") {
    Stream stream;
    Pair pair(app_of([&](csgi_request *req) { return stream.begin(req); }));
    csgi_nested_call *call = pair.open({.slow_reader = true});
    csgi_nested_lose(call);
    CHECK(csgi_nested_finish(call, 0));
    CHECK(csgi_nested_answer_of(call)->outcome == CSGI_GONE);
    pair.end();
    CHECK(pair.reports.text() == "");
}

TEST_CASE("an application may decline, and another's 404 follows") {
    Pair pair(app_of([](csgi_request *req) {
        (void)csgi_alloc(req->exchange, 100);
        (void)req->exchange->api->derive(req);
        return CSGI_DECLINED;
    }));
    CHECK(pair.get().status == 404);
    pair.end();
    CHECK(pair.reports.text() == "");
}

TEST_CASE("tasks from another thread, timers, holds and on_done work as on the host") {
    struct Job : csgi_task {
        csgi_request *req;
        std::thread thread;
        string order;
    } job{};
    Pair pair(app_of([&](csgi_request *req) {
        csgi_exchange *x = req->exchange;
        job.req = req;
        const auto note = [](csgi_exchange *, void *arg, csgi_rc, uint64_t) {
            *static_cast<string *>(arg) += "d";
        };
        (void)x->api->on_done(x, note, &job.order);
        x->api->hold(x);
        job.run = [](csgi_worker *worker, csgi_task *self) {
            auto &same = *static_cast<Job *>(self);
            same.order += "p";
            same.run = [](csgi_worker *, csgi_task *again) {
                auto &timed = *static_cast<Job *>(again);
                timed.order += "t";
                (void)csgi_text(timed.req, 200, "late");
                timed.req->exchange->api->release(timed.req->exchange);
            };
            worker->api->timer(worker, self, 100);
            worker->api->timer(worker, self, 50);
        };
        csgi_worker *worker = x->worker;
        job.thread = std::thread([worker, &job] { worker->api->post(worker, &job); });
        return CSGI_PENDING;
    }));
    csgi_nested_call *call = pair.open();
    job.thread.join();
    CHECK(csgi_nested_finish(call, 1000));
    CHECK(text(csgi_nested_answer_of(call)->body) == "late");
    CHECK(job.order == "ptd");
    pair.end();
    CHECK(pair.reports.text() == "");
}

TEST_CASE("a file, OWNED memory and trailers pass the lint") {
    int freed = 0;
    Pair pair(app_of([&](csgi_request *req) {
        const int fd = open("/proc/self/exe", O_RDONLY);
        csgi_head head = {sizeof head, 200, 0, nullptr, 0, 0, 0};
        csgi_chunk chunks[] = {{CSGI_CHUNK_MEMORY, CSGI_MEM_OWNED, "own", 3, -1, 0,
                                [](void *arg) { ++*static_cast<int *>(arg); }, &freed},
                               {CSGI_CHUNK_FILE, CSGI_MEM_OWNED, nullptr, 4, fd, 0, csgi_file_close,
                                reinterpret_cast<void *>(static_cast<intptr_t>(fd))}};
        csgi_header trailer = {CSGI_LIT("x-sum"), CSGI_LIT("7"), 0, 0, 0};
        csgi_part part = {sizeof part, CSGI_PART_END, &head, chunks, 2, &trailer, 1};
        return csgi_send(req, &part);
    }));
    const csgi_nested_answer &answer = pair.get();
    CHECK(text(answer.body) == "own\x7f"
                               "ELF");
    CHECK(answer.ntrailers == 1);
    CHECK(freed == 1);
    pair.end();
    CHECK(pair.reports.text() == "");
}

TEST_CASE("memory from alloc is aligned, and the inline arena is empty") {
    bool fine = true;
    Pair pair(app_of([&](csgi_request *req) {
        for (size_t align = 1; align <= 4096; align *= 2) {
            void *p = req->exchange->api->alloc(req->exchange, 33, align);
            fine = fine && p && reinterpret_cast<uintptr_t>(p) % align == 0;
        }
        char *text = static_cast<char *>(csgi_alloc(req->exchange, 3));
        text[0] = text[1] = text[2] = 'a';
        return csgi_reply(req, 200, {"", 0}, {text, 3}, CSGI_MEM_ARENA);
    }));
    CHECK(text(pair.get().body) == "aaa");
    CHECK(fine);
    pair.end();
    CHECK(pair.reports.text() == "");
}

namespace {
// Adds a field, and upper-cases when it wants the body.
csgi_rc add_field(csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
    if (head) {
        const csgi_rc rc = csgi_head_add(x, head, str("x-layer"), str("yes"));
        if (rc < 0) return rc;
    }
    return csgi_forward(tap, x, part);
}
csgi_rc shout(csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *) {
    string all;
    for (size_t i = 0; i < part->nchunks; i++)
        all.append(static_cast<const char *>(part->chunks[i].p),
                   static_cast<size_t>(part->chunks[i].n));
    for (char &c : all) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return csgi_forward_bytes(tap, x, part, all.data(), all.size(), nullptr);
}
csgi_app *around(csgi_app *inner, uint32_t wants,
                 csgi_rc (*fn)(csgi_tap *, csgi_exchange *, csgi_part *, csgi_head *)) {
    return layer_of(
        [wants, fn](csgi_app *in, csgi_request *req) {
            auto *tap = static_cast<csgi_tap *>(csgi_alloc(req->exchange, sizeof(csgi_tap)));
            csgi_request *view = csgi_push(req, tap, wants, fn);
            return csgi_call(in, view);
        },
        inner);
}
} // namespace

TEST_CASE("layers between lints keep every rule of theirs") {
    Reports inner;
    csgi_lint_options options = inner.options();
    csgi_app *app = csgi_lint(app_of([](csgi_request *req) {
                                  if (req->path.n > 1) return CSGI_APP;
                                  return csgi_text(req, 200, "hello\n");
                              }),
                              &options);
    app = csgi_lint(around(app, CSGI_WANTS_BODY, shout), &options);
    Pair pair(around(app, 0, add_field));
    const csgi_nested_answer &answer = pair.get();
    CHECK(text(answer.body) == "HELLO\n");
    const csgi_nested_answer &failed = pair.get({.target = str("/fail")});
    CHECK(failed.status == 500);
    CHECK(text(failed.body) == "500 ERROR\n");
    pair.end();
    CHECK(pair.reports.text() == "");
    CHECK(inner.text() == "");
}

TEST_CASE("start's refusal comes through with its reason") {
    auto *app = new FunctionApp([](csgi_request *) { return CSGI_OK; });
    app->on_start = [](char *err, size_t cap) {
        return csgi_refuse(err, cap, CSGI_APP, "no such database");
    };
    Pair pair(app);
    CHECK(pair.start_rc == CSGI_APP);
    CHECK(pair.start_error == "no such database");
    pair.end();
    CHECK(pair.reports.text() == "");
}

TEST_CASE("without a report function the host's log gets a line that names rule and application") {
    string logged;
    csgi_nested_options host = {.caps = CSGI_NESTED_CAPS, .log_level = CSGI_LOG_WARNING};
    host.log = [](void *arg, int32_t level, csgi_str message) {
        if (level == CSGI_LOG_APP_MISBEHAVING) *static_cast<string *>(arg) += text(message) + "\n";
    };
    host.arg = &logged;
    Pair pair(
        app_of([](csgi_request *) -> csgi_rc { throw std::runtime_error("no luck"); }),
        [](csgi_lint_options &options) { options.report = nullptr; }, host);
    CHECK(pair.get().status == 500);
    pair.end();
    CHECK(logged.find("[RET-4] 'tested': an exception left handle: no luck") != string::npos);
}
