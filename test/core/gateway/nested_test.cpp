// SPDX-License-Identifier: MIT
// An application is served inside the process: whole answers, streams, bodies, aborts, and broken
// ways.
#include "test/core/gateway/fixture.hpp"

#include <stdexcept>

using namespace csgi;

TEST_CASE("a one-part answer arrives whole, with its length [RES-19]") {
    Served f([](csgi_request *req) {
        CHECK(text(req->path) == "/a");
        CHECK(text(req->query) == "b=1");
        return csgi_text(req, 200, "hello");
    });
    const csgi_nested_answer &a = f.answer();
    CHECK(a.status == 200);
    CHECK(a.complete);
    CHECK(a.done);
    CHECK(a.outcome == CSGI_OK);
    CHECK(text(a.body) == "hello");
    REQUIRE(a.nheaders == 2);
    CHECK(text(a.headers[1].name) == "content-length");
    CHECK(text(a.headers[1].value) == "5");
    CHECK(f.log.lines.empty());
}

TEST_CASE("HEAD has the length of GET and no body [RES-18]") {
    Served f([](csgi_request *req) { return csgi_text(req, 200, "hello"); });
    const csgi_nested_answer &a = f.answer({.method = "HEAD"});
    CHECK(text(a.headers[1].value) == "5");
    CHECK(a.body.n == 0);
    CHECK(a.complete);
}

TEST_CASE("a body is echoed, piece by piece, as it comes") {
    Served f([](csgi_request *req) {
        csgi_head head{sizeof head, 200, 0, nullptr, 0, 0, 0};
        csgi_begin(req, &head);
        auto pump = [](csgi_request *r, uint32_t events, void *) -> uint32_t {
            for (;;) {
                csgi_chunk spans[2];
                size_t n;
                csgi_rc rc = r->source->peek(r->source, r->exchange, 1, spans, 2, &n);
                if (rc == CSGI_EOF) csgi_end(r);
                if (rc != CSGI_OK) return events;
                for (size_t i = 0; i < n; i++) {
                    csgi_write_chunks(r, &spans[i], 1);
                    r->source->consume(r->source, r->exchange, spans[i].n);
                }
            }
        };
        req->exchange->api->listen(req, CSGI_EVENT_BODY, pump, nullptr);
        pump(req, 0, nullptr);
        return CSGI_PENDING;
    });
    csgi_nested_call *call = f.open({.method = "POST", .stream = true});
    const csgi_nested_answer &a = *csgi_nested_answer_of(call);
    CHECK(csgi_nested_wants_body(call));
    csgi_nested_feed(call, CSGI_LIT("ab"));
    CHECK(text(a.body) == "ab");
    csgi_nested_feed(call, CSGI_LIT("cd"));
    csgi_nested_feed_end(call);
    CHECK(text(a.body) == "abcd");
    CHECK(a.complete);
    CHECK(a.done);
}

TEST_CASE("handle that returns OK without an answer is a 500 and a line that says so [RET-1]") {
    Served f([](csgi_request *) { return CSGI_OK; });
    CHECK(f.answer().status == 500);
    REQUIRE(f.log.lines.size() == 1);
    CHECK(f.log.lines[0].find("[RET-1]") == 0);
}

TEST_CASE("an exception is a 500 and a line with its text [RET-4] [RET-5]") {
    Served f([](csgi_request *) -> csgi_rc { throw std::runtime_error("lost the plot"); });
    CHECK(f.answer().status == 500);
    CHECK(f.log.lines[0].find("lost the plot") != std::string::npos);
}

TEST_CASE("a slow reader pauses the application until it reads [RES-10] [EVT-3]") {
    int writable = 0;
    Served f([&](csgi_request *req) {
        csgi_head head{sizeof head, 200, 0, nullptr, 0, 0, 0};
        csgi_begin(req, &head);
        std::string block(10000, 'x');
        csgi_rc rc = CSGI_OK;
        int n = 0;
        while ((rc = csgi_write(req, block.data(), block.size())) == CSGI_OK) n++;
        CHECK(rc == CSGI_PAUSE);
        CHECK(n == 6); // 64 KiB are passed by the seventh
        auto on = [](csgi_request *r, uint32_t events, void *arg) -> uint32_t {
            ++*static_cast<int *>(arg);
            csgi_end(r);
            return events;
        };
        req->exchange->api->listen(req, CSGI_EVENT_WRITABLE, on, &writable);
        return CSGI_PENDING;
    });
    csgi_nested_call *call = f.open({.slow = true});
    csgi_nested_take(call, 50000);
    CHECK(writable == 0);
    csgi_nested_take(call, 10000);
    CHECK(writable == 1);
    csgi_nested_take(call, 10000);
    CHECK(csgi_nested_answer_of(call)->complete);
    CHECK(csgi_nested_answer_of(call)->body.n == 70000);
}

TEST_CASE("a timer runs when its time has come, and the clock jumps there") {
    struct Later {
        csgi_task task;
        csgi_request *req;
    };
    Served f([](csgi_request *req) {
        auto *later = static_cast<Later *>(csgi_zalloc(req->exchange, sizeof(Later)));
        later->req = req;
        later->task.run = [](csgi_worker *, csgi_task *task) {
            csgi_text(reinterpret_cast<Later *>(task)->req, 200, "late");
        };
        req->exchange->api->timer(req->exchange->worker, &later->task, 5000);
        return CSGI_PENDING;
    });
    csgi_nested_call *call = f.open();
    CHECK_FALSE(csgi_nested_answer_of(call)->begun);
    CHECK(csgi_nested_finish(call, 0));
    CHECK(csgi_nested_now(f.host()) == 5000);
    CHECK(text(csgi_nested_answer_of(call)->body) == "late");
}

TEST_CASE("a client that leaves is an event, and the application ends it [EVT-5]") {
    int aborts = 0;
    Served f([&](csgi_request *req) {
        auto on = [](csgi_request *r, uint32_t events, void *arg) -> uint32_t {
            ++*static_cast<int *>(arg);
            CHECK(csgi_text(r, 200, "too late") == CSGI_GONE);
            return events;
        };
        req->exchange->api->listen(req, CSGI_EVENT_ABORT, on, &aborts);
        return CSGI_PENDING;
    });
    csgi_nested_call *call = f.open();
    csgi_nested_lose(call);
    CHECK(aborts == 1);
    CHECK(csgi_nested_answer_of(call)->done);
    CHECK(csgi_nested_answer_of(call)->outcome == CSGI_GONE);
}
