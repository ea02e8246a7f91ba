// SPDX-License-Identifier: MIT
// One request and its answer: what is taken and what is refused, memory, holds, the end.
#include "test/core/gateway/fixture.hpp"

#include <map>
#include <random>

using namespace csgi;

namespace {

csgi_rc send(csgi_request *req, csgi_head *head, std::vector<csgi_chunk> chunks, uint32_t flags) {
    csgi_part part{sizeof part, flags, head, chunks.data(), chunks.size(), nullptr, 0};
    return csgi_send(req, &part);
}

// An OWNED chunk that counts.
csgi_chunk owned(std::string_view bytes, unsigned *released) {
    csgi_chunk chunk = memory(bytes, CSGI_MEM_OWNED);
    chunk.arg = released;
    chunk.release = [](void *arg) { ++*static_cast<unsigned *>(arg); };
    return chunk;
}

} // namespace

TEST_CASE(
    "more bytes than declared are LENGTH and not taken, and the answer goes on [RES-6] [RES-22]") {
    Served f([](csgi_request *req) {
        begin(req, 5);
        CHECK(csgi_write(req, "abc", 3) == CSGI_OK);
        CHECK(csgi_write(req, "def", 3) == CSGI_LENGTH);
        CHECK(csgi_write(req, "de", 2) == CSGI_OK);
        CHECK(csgi_write(req, "f", 1) == CSGI_LENGTH);
        return csgi_end(req);
    });
    const csgi_nested_answer &a = f.answer();
    CHECK(a.complete);
    CHECK(text(a.body) == "abcde");
    CHECK(f.log.has("[RES-6]"));
}

TEST_CASE(
    "END with fewer bytes is LENGTH, and the host has aborted the exchange [RES-6] [RES-20]") {
    Served f([](csgi_request *req) {
        begin(req, 5);
        csgi_write(req, "abc", 3);
        CHECK(csgi_end(req) == CSGI_LENGTH);
        CHECK(req->exchange->state == CSGI_ENDED);
        return CSGI_PENDING;
    });
    const csgi_nested_answer &a = f.answer();
    CHECK(a.broken);
    CHECK_FALSE(a.complete);
    CHECK(a.outcome == CSGI_LENGTH);
    Served g([](csgi_request *req) {
        csgi_head head{sizeof head, 200, 0, nullptr, 0, 0, 10};
        CHECK(send(req, &head, {memory("abc")}, CSGI_PART_END) == CSGI_LENGTH);
        return CSGI_OK;
    });
    CHECK(g.answer().status == 500); // nothing had been sent yet
    CHECK(g.answer().outcome == CSGI_LENGTH);
}

TEST_CASE("a refused head leaves the exchange as it was [RES-1] [RES-2] [RES-3] [RES-4] [RES-5] "
          "[RES-22]") {
    Served f([](csgi_request *req) {
        const std::vector<std::vector<csgi_header>> bad = {{field("A", "b")},
                                                           {field("a", "b\r\nc: d")},
                                                           {field("connection", "close")},
                                                           {field("etag", "1"), field("etag", "1")},
                                                           {field("content-length", "x")}};
        for (auto fields : bad) {
            csgi_head head{sizeof head, 200, 0, fields.data(), static_cast<uint32_t>(fields.size()),
                           0,           -1};
            CHECK(csgi_begin(req, &head) == CSGI_INVAL);
            CHECK(req->exchange->state == CSGI_NEW);
        }
        csgi_head head{sizeof head, 199, 0, nullptr, 0, 0, -1};
        CHECK(csgi_begin(req, &head) == CSGI_INVAL);
        return csgi_text(req, 201, "after all");
    });
    const csgi_nested_answer &a = f.answer();
    CHECK(a.status == 201);
    CHECK(text(a.body) == "after all");
    CHECK(f.log.lines.size() == 6);
}

TEST_CASE("HEAD, 204, 205 and 304 carry no body, and the length that is right [RES-18]") {
    const struct {
        const char *method;
        uint16_t status;
        int64_t declared;
        const char *length;
    } cases[] = {{"HEAD", 200, -1, "5"},     {"HEAD", 200, 5, "5"},      {"HEAD", 200, 700, "700"},
                 {"GET", 204, -1, "(none)"}, {"GET", 204, 5, "(none)"},  {"GET", 205, -1, "0"},
                 {"GET", 205, 5, "0"},       {"GET", 304, -1, "(none)"}, {"GET", 304, 700, "700"},
                 {"GET", 200, -1, "5"}};
    for (const auto &c : cases) {
        CAPTURE(c.method);
        CAPTURE(c.status);
        CAPTURE(c.declared);
        Served f([&c](csgi_request *req) {
            csgi_head head{sizeof head, c.status, 0, nullptr, 0, 0, c.declared};
            return send(req, &head, {memory("hello")}, CSGI_PART_END);
        });
        const csgi_nested_answer &a = f.answer({.method = c.method});
        CHECK(a.complete);
        CHECK(header(a, "content-length") == c.length);
        CHECK(a.body.n == (std::string(c.method) == "GET" && c.status == 200 ? 5u : 0u));
    }
}

TEST_CASE("trailers come with END where they can be sent, and are dropped with a line where not "
          "[RES-12]") {
    for (const bool can : {true, false}) {
        Served f(
            [](csgi_request *req) {
                begin(req);
                csgi_header sum = field("x-sum", "1");
                csgi_part end{sizeof end, 0, nullptr, nullptr, 0, &sum, 1};
                CHECK(csgi_send(req, &end) == CSGI_INVAL); // without END
                end.flags = CSGI_PART_END;
                return csgi_send(req, &end);
            },
            can ? CSGI_NESTED_CAPS : CSGI_NESTED_CAPS & ~uint64_t{CSGI_CAP_TRAILERS_OUT});
        const csgi_nested_answer &a = f.answer();
        CHECK(a.complete);
        CHECK(a.ntrailers == (can ? 1 : 0));
        CHECK(f.log.has("trailers dropped") == !can);
        CHECK(f.log.has("[RES-12]"));
    }
}

TEST_CASE("PAUSE above the high mark, LIMIT above the hard one, WRITABLE at the low one [RES-10] "
          "[EVT-7]") {
    unsigned writable = 0;
    csgi_request *req = nullptr;
    Served f(
        [&](csgi_request *given) {
            req = given;
            begin(req);
            const auto on = [](csgi_request *, uint32_t e, void *arg) {
                ++*static_cast<unsigned *>(arg);
                return e;
            };
            req->exchange->api->listen(req, CSGI_EVENT_WRITABLE, on, &writable);
            CHECK(csgi_write(req, "0123456789", 10) == CSGI_OK); // at the mark is not above it
            CHECK(csgi_write(req, "0", 1) == CSGI_PAUSE);
            CHECK(csgi_write(req, std::string(20, 'x').data(), 20) == CSGI_PAUSE);
            CHECK(csgi_write(req, "y", 1) == CSGI_LIMIT);
            return CSGI_PENDING;
        },
        [](csgi_nested_options &o) { o.high_mark = 10, o.low_mark = 4, o.hard_mark = 30; });
    csgi_nested_call *call = f.open({.slow = true});
    CHECK(f.log.has("[RES-10]"));
    csgi_nested_take(call, 26);
    CHECK(writable == 0);
    csgi_nested_take(call, 1);
    CHECK(writable == 1);
    csgi_nested_take(call, 100);
    CHECK(writable == 1); // once
    CHECK(csgi_end(req) == CSGI_OK);
    f.turn();
    CHECK(csgi_nested_answer_of(call)->body.n == 31);
    CHECK(csgi_nested_answer_of(call)->complete);
}

TEST_CASE("a part with END is OK in any state of the queue, and so is one without bytes [RES-10]") {
    unsigned released = 0;
    Served f(
        [&](csgi_request *req) {
            begin(req);
            csgi_write(req, "0123456789", 10);
            CHECK(send(req, nullptr, {owned("", &released)}, 0) == CSGI_PAUSE);
            CHECK(csgi_write(req, "x", 1) == CSGI_LIMIT);
            CHECK(csgi_end(req) == CSGI_OK);
            return CSGI_OK;
        },
        [](csgi_nested_options &o) { o.high_mark = 1, o.low_mark = 1, o.hard_mark = 5; });
    csgi_nested_call *call = f.open({.slow = true});
    CHECK(released == 1);
    csgi_nested_take(call, 100);
    CHECK(csgi_nested_answer_of(call)->complete);
}

TEST_CASE("OWNED chunks are released once, from the loop, before on_done, taken or not [RES-17]") {
    const std::string large(5000, 'x');
    unsigned taken = 0, refused = 0, late = 0, at_done = 99;
    struct Counts {
        unsigned *taken, *refused, *late, *at_done;
    } counts{&taken, &refused, &late, &at_done};
    Served f([&](csgi_request *req) {
        csgi_exchange *x = req->exchange;
        const auto done = [](void *arg, csgi_rc, uint64_t) {
            auto &c = *static_cast<Counts *>(arg);
            *c.at_done = *c.taken * 100 + *c.refused * 10 + *c.late;
        };
        x->api->on_done(x, done, &counts);
        csgi_head bad{sizeof bad, 99, 0, nullptr, 0, 0, -1};
        CHECK(send(req, &bad, {owned(large, &refused), owned("", &refused)}, 0) == CSGI_INVAL);
        CHECK(send(req, nullptr, {owned(large, &refused)}, 0) == CSGI_STATE);
        csgi_head head{sizeof head, 200, 0, nullptr, 0, 0, -1};
        CHECK(send(req, &head, {owned(large, &taken), owned("small", &taken)}, CSGI_PART_END) ==
              CSGI_OK);
        CHECK(send(req, nullptr, {owned(large, &late)}, 0) == CSGI_STATE);
        CHECK(taken + refused + late == 0);
        return CSGI_OK;
    });
    csgi_nested_call *call = f.open({.slow = true});
    CHECK(refused == 3);
    CHECK(late == 1);
    CHECK(taken == 1); // the small one was copied
    CHECK(at_done == 99);
    csgi_nested_take(call, 4999);
    CHECK(taken == 1);
    csgi_nested_take(call, 1);
    CHECK(taken == 2);
    CHECK(at_done == 231); // two taken, three refused, one late: all before on_done
    csgi_nested_take(call, 100);
    CHECK(taken == 2);
}

TEST_CASE("OWNED chunks are released when the body is dropped, when the client left, and on abort "
          "[RES-17]") {
    const std::string large(5000, 'x');
    for (const char *how : {"HEAD", "lost", "abort", "lost while queued"}) {
        CAPTURE(how);
        const std::string way = how;
        unsigned released = 0;
        csgi_request *req = nullptr;
        Served f([&](csgi_request *given) {
            req = given;
            begin(req);
            if (way != "lost") send(req, nullptr, {owned(large, &released)}, 0);
            return CSGI_PENDING;
        });
        csgi_nested_call *call = f.open({.method = way == "HEAD" ? "HEAD" : "GET", .slow = true});
        if (way == "HEAD") csgi_end(req);
        if (way == "lost" || way == "lost while queued") csgi_nested_lose(call);
        if (way == "lost") CHECK(send(req, nullptr, {owned(large, &released)}, 0) == CSGI_GONE);
        if (way != "HEAD") req->exchange->api->abort(req->exchange, CSGI_ABORT_APP);
        f.turn(5);
        CHECK(released == 1);
        CHECK(csgi_nested_answer_of(call)->done);
    }
}

TEST_CASE("giving back OWNED chunks before a head is no misbehaviour [RES-17]") {
    unsigned released = 0;
    Served f([&](csgi_request *req) {
        csgi_part part{sizeof part, CSGI_PART_MORE, nullptr, nullptr, 1, nullptr, 0};
        const csgi_chunk chunk = owned("", &released);
        part.chunks = &chunk;
        CHECK(csgi_send(req, &part) == CSGI_STATE);
        return csgi_text(req, 200, "x");
    });
    f.answer();
    CHECK(released == 1);
    CHECK(f.log.lines.empty());
}

TEST_CASE("a transport that is out of memory breaks the answer, and OWNED is released all the same "
          "[RES-17]") {
    Bare bare;
    csgi_queue queue;
    csgi_queue_init(&queue, &bare.host);
    unsigned released = 0;
    csgi_rc rc = CSGI_OK;
    App app([&](csgi_request *req) {
        begin(req);
        bare.output_rc = CSGI_NOMEM;
        rc = send(req, nullptr, {owned("a", &released), owned("b", &released)}, 0);
        return CSGI_PENDING;
    });
    csgi_host_handle(csgi_host_open(&bare.host, &queue, nullptr), &app);
    CHECK(rc == CSGI_NOMEM);
    CHECK(released == 2);
    CHECK(bare.finishes == 1);
    CHECK(bare.closes == 1);
    csgi_queue_clear(&queue);
}

TEST_CASE(
    "a chunk that an on_done function still shows is released before the memory goes [RES-17]") {
    unsigned released = 0;
    struct Late {
        csgi_request *req;
        unsigned *released;
    };
    Served f([&](csgi_request *req) {
        auto *late = static_cast<Late *>(csgi_alloc(req->exchange, sizeof(Late)));
        *late = {req, &released};
        const auto done = [](void *arg, csgi_rc, uint64_t) {
            auto &self = *static_cast<Late *>(arg);
            CHECK(send(self.req, nullptr, {owned("late", self.released)}, 0) == CSGI_STATE);
        };
        req->exchange->api->on_done(req->exchange, done, late);
        return csgi_text(req, 200, "x");
    });
    CHECK(f.answer().done);
    CHECK(released == 1);
}

TEST_CASE("on_done functions run once each, last registered first, when no hold is left [MEM-7]") {
    for (const char *how : {"answer", "abort", "fail"}) {
        CAPTURE(how);
        const std::string way = how;
        std::vector<int> order;
        struct Done {
            std::vector<int> *order;
            int number;
        } one{&order, 1}, two{&order, 2}, three{&order, 3};
        csgi_exchange *x = nullptr;
        Served f([&](csgi_request *req) {
            x = req->exchange;
            const auto done = [](void *arg, csgi_rc, uint64_t) {
                auto &d = *static_cast<Done *>(arg);
                d.order->push_back(d.number);
            };
            for (Done *d : {&one, &two, &three}) x->api->on_done(x, done, d);
            x->api->hold(x);
            x->api->hold(x);
            if (way == "answer") return csgi_text(req, 200, "x");
            if (way == "abort") x->api->abort(x, CSGI_ABORT_APP);
            return way == "fail" ? CSGI_APP : CSGI_PENDING;
        });
        csgi_nested_call *call = f.open();
        // The answer is out, the memory is not gone.
        CHECK(csgi_nested_answer_of(call)->complete);
        CHECK_FALSE(csgi_nested_answer_of(call)->done);
        CHECK(order.empty());
        x->api->release(x);
        f.turn(3);
        CHECK(order.empty());
        x->api->release(x);
        f.turn(3);
        CHECK(order == std::vector{3, 2, 1});
        CHECK(csgi_nested_answer_of(call)->done);
    }
}

TEST_CASE("a hold that an on_done function takes is waited for [MEM-7]") {
    csgi_exchange *x = nullptr;
    unsigned runs = 0;
    struct State {
        csgi_exchange **x;
        unsigned *runs;
    } state{&x, &runs};
    Served f([&](csgi_request *req) {
        x = req->exchange;
        const auto done = [](void *arg, csgi_rc, uint64_t) {
            auto &s = *static_cast<State *>(arg);
            ++*s.runs;
            (*s.x)->api->hold(*s.x);
        };
        x->api->on_done(x, done, &state);
        return csgi_text(req, 200, "x");
    });
    csgi_nested_call *call = f.open();
    CHECK(runs == 1);
    CHECK_FALSE(csgi_nested_answer_of(call)->done);
    x->api->release(x);
    f.turn(3);
    CHECK(runs == 1);
    CHECK(csgi_nested_answer_of(call)->done);
}

TEST_CASE("a release without a hold is told, and takes nothing away [MEM-3]") {
    Served f([](csgi_request *req) {
        req->exchange->api->release(req->exchange);
        return csgi_text(req, 200, "x");
    });
    CHECK(f.answer().complete);
    CHECK(f.log.has("[MEM-3]"));
}

TEST_CASE(
    "memory is aligned, apart, and of any size; the arena's front is the same memory [MEM-5]") {
    Served f([](csgi_request *req) {
        csgi_exchange *x = req->exchange;
        std::mt19937 random(1);
        std::map<uintptr_t, size_t> given;
        for (int i = 0; i < 2000; i++) {
            const size_t n = random() % (random() % 50 ? 200 : 20000);
            const size_t align = size_t{1} << random() % 13;
            char *p;
            if (random() % 3 == 0) {
                p = static_cast<char *>(csgi_alloc(x, n));
                REQUIRE(reinterpret_cast<uintptr_t>(p) % 16 == 0);
            } else {
                p = static_cast<char *>(x->api->alloc(x, n, align));
                REQUIRE(reinterpret_cast<uintptr_t>(p) % align == 0);
            }
            REQUIRE(p);
            std::memset(p, i, n);
            const auto at = reinterpret_cast<uintptr_t>(p);
            const auto after = given.lower_bound(at);
            if (n && after != given.end()) REQUIRE(at + n <= after->first);
            if (n && after != given.begin())
                REQUIRE(std::prev(after)->first + std::prev(after)->second <= at);
            if (n) given[at] = n;
        }
        CHECK(x->api->alloc(x, SIZE_MAX, 1) == nullptr);
        CHECK(x->api->alloc(x, SIZE_MAX - 100, 4096) == nullptr);
        CHECK(x->api->alloc(x, 8, 0) == nullptr);
        CHECK(x->api->alloc(x, 8, 3) == nullptr);
        return csgi_text(req, 200, "x");
    });
    CHECK(f.answer().complete);
}

TEST_CASE("handle may not return as if it had answered [RET-1]") {
    const struct {
        csgi_rc returned;
        bool begun;
        unsigned status;
        const char *rule;
    } cases[] = {{CSGI_OK, false, 500, "[RET-1]"},   {CSGI_PAUSE, false, 500, "[RET-1]"},
                 {CSGI_EOF, false, 500, "[RET-1]"},  {77, false, 500, "[RET-1]"},
                 {CSGI_OK, true, 200, "[RET-1]"},    {CSGI_PAUSE, true, 200, "[RET-1]"},
                 {CSGI_APP, false, 500, "failed"},   {CSGI_NOMEM, false, 500, "failed"},
                 {CSGI_TRUNC, false, 400, "failed"}, {CSGI_LIMIT, false, 413, "failed"},
                 {CSGI_APP, true, 200, "failed"}};
    for (const auto &c : cases) {
        CAPTURE(c.returned);
        CAPTURE(c.begun);
        Served f([&c](csgi_request *req) {
            if (c.begun) begin(req);
            return c.returned;
        });
        const csgi_nested_answer &a = f.answer();
        CHECK(a.status == c.status);
        CHECK(a.complete == !c.begun);
        CHECK(a.broken == c.begun);
        CHECK(a.done);
        CHECK(a.outcome == CSGI_APP);
        REQUIRE(f.log.lines.size() == 1);
        CHECK(f.log.has(c.rule));
    }
}

TEST_CASE("after the end the value of handle does not matter [RET-1]") {
    for (const csgi_rc rc : {CSGI_OK, CSGI_PENDING, CSGI_DECLINED, CSGI_APP, CSGI_PAUSE, 99}) {
        Served f([rc](csgi_request *req) {
            csgi_text(req, 200, "x");
            return rc;
        });
        CHECK(f.answer().complete);
        CHECK(f.log.lines.empty());
    }
}

TEST_CASE("DECLINED is 404, and only of one who has touched nothing [RET-2]") {
    using Touch = void (*)(csgi_request *);
    const std::pair<Touch, bool> touches[] = {
        {[](csgi_request *) {}, true},
        {[](csgi_request *r) { (void)r->exchange->api->derive(r); }, true},
        {[](csgi_request *r) { (void)csgi_alloc(r->exchange, 100000); }, true},
        {[](csgi_request *r) {
             csgi_chunk span;
             size_t n;
             r->source->peek(r->source, r->exchange, 1, &span, 1, &n);
         },
         true},
        {[](csgi_request *r) {
             csgi_chunk span;
             size_t n;
             r->source->peek(r->source, r->exchange, 1, &span, 1, &n);
             r->source->consume(r->source, r->exchange, 1);
         },
         false},
        {[](csgi_request *r) {
             r->exchange->api->listen(
                 r, CSGI_EVENT_BODY, [](csgi_request *, uint32_t e, void *) { return e; }, nullptr);
         },
         false},
        {[](csgi_request *r) {
             r->exchange->api->on_done(
                 r->exchange, [](void *, csgi_rc, uint64_t) {}, nullptr);
         },
         false},
        {[](csgi_request *r) {
             r->exchange->api->hold(r->exchange);
             r->exchange->api->release(r->exchange);
         },
         false},
        {[](csgi_request *r) { begin(r); }, false}};
    for (const auto &[touch, allowed] : touches) {
        Served f([touch = touch](csgi_request *req) {
            touch(req);
            return CSGI_DECLINED;
        });
        const csgi_nested_answer &a = f.answer({.method = "POST", .body = "abc"});
        CHECK(f.log.has("[RET-2]") == !allowed);
        CHECK((a.status == 404) == allowed);
        CHECK(a.done);
    }
}

TEST_CASE("abort answers before a head, and breaks off after it [RES-20]") {
    for (const auto &[why, status] :
         {std::pair{CSGI_ABORT_APP, 500u}, {CSGI_ABORT_TIMEOUT, 504u}, {CSGI_ABORT_BODY, 400u}}) {
        Served f([why = why](csgi_request *req) {
            req->exchange->api->abort(req->exchange, why);
            CHECK(req->exchange->state == CSGI_ENDED);
            return CSGI_PENDING;
        });
        CHECK(f.answer().status == status);
        CHECK(f.answer().complete);
        CHECK(f.answer().outcome == CSGI_APP);
    }
    Served f([](csgi_request *req) {
        begin(req);
        csgi_write(req, "half", 4);
        req->exchange->api->abort(req->exchange, CSGI_ABORT_APP);
        return CSGI_PENDING;
    });
    CHECK(f.answer().broken);
    CHECK_FALSE(f.answer().complete);
    CHECK(f.answer().outcome == CSGI_APP);
}

TEST_CASE("on_done hears how it ended and how many bytes of body were taken [MEM-7]") {
    struct End {
        csgi_rc outcome = 99;
        uint64_t bytes = 99;
    };
    const auto run = [](const char *method, std::function<void(csgi_request *)> answer) {
        End end;
        Served f([&](csgi_request *req) {
            const auto done = [](void *arg, csgi_rc outcome, uint64_t bytes) {
                *static_cast<End *>(arg) = {outcome, bytes};
            };
            req->exchange->api->on_done(req->exchange, done, &end);
            answer(req);
            return CSGI_PENDING;
        });
        csgi_nested_call *call = f.open({.method = method});
        if (!csgi_nested_answer_of(call)->done) csgi_nested_lose(call);
        f.turn(3);
        f.finish();
        return end;
    };
    End e = run("GET", [](csgi_request *req) { csgi_text(req, 200, "hello"); });
    CHECK(e.outcome == CSGI_OK);
    CHECK(e.bytes == 5);
    e = run("HEAD", [](csgi_request *req) { csgi_text(req, 200, "hello"); });
    CHECK(e.outcome == CSGI_OK);
    CHECK(e.bytes == 0);
    e = run("GET", [](csgi_request *req) {
        begin(req, 9);
        csgi_write(req, "abc", 3);
        csgi_end(req);
    });
    CHECK(e.outcome == CSGI_LENGTH);
    CHECK(e.bytes == 3);
    e = run("GET", [](csgi_request *req) {
        begin(req);
        csgi_write(req, "abcd", 4);
        const auto on = [](csgi_request *r, uint32_t events, void *) {
            r->exchange->api->abort(r->exchange, CSGI_ABORT_APP);
            return events;
        };
        req->exchange->api->listen(req, CSGI_EVENT_ABORT, on, nullptr);
    });
    CHECK(e.outcome == CSGI_GONE);
    CHECK(e.bytes == 4);
}
