// SPDX-License-Identifier: MIT
// One request and its answer: what is taken and what is refused, memory, holds, the end.
#include "test/core/gateway/fixture.hpp"

#include <map>
#include <random>

using namespace csgi;

namespace {

csgi_rc send(csgi_request *req, const csgi_head *head, std::vector<csgi_chunk> chunks,
             uint32_t flags) {
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
    "END with fewer bytes is LENGTH, and the host has broken the answer off [RES-6] [RES-20]") {
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
                           0,           0};
            CHECK(csgi_begin(req, &head) == CSGI_INVAL);
            CHECK(req->exchange->state == CSGI_NEW);
        }
        csgi_head head{sizeof head, 199, 0, nullptr, 0, 0, 0};
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
    } cases[] = {{"HEAD", 200, 0, "5"},     {"HEAD", 200, 5, "5"},     {"HEAD", 200, 700, "700"},
                 {"GET", 204, 0, "(none)"}, {"GET", 204, 5, "(none)"}, {"GET", 205, 0, "0"},
                 {"GET", 205, 5, "0"},      {"GET", 304, 0, "(none)"}, {"GET", 304, 700, "700"},
                 {"GET", 200, 0, "5"}};
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

TEST_CASE(
    "trailers have no place behind a declared length or in HTTP/1.0, and are dropped with a line "
    "[RES-12]") {
    const struct {
        unsigned version;
        int64_t declared;
        bool whole, kept;
        const char *length;
    } cases[] = {{11, 0, false, true, "(none)"},  {11, 0, true, true, "(none)"},
                 {11, 3, false, false, "3"},      {11, 3, true, false, "3"},
                 {10, 0, false, false, "(none)"}, {10, 0, true, false, "3"}};
    for (const auto &c : cases) {
        CAPTURE(c.version);
        CAPTURE(c.declared);
        CAPTURE(c.whole);
        Served f([&](csgi_request *req) {
            const csgi_head head{sizeof head, 200, 0, nullptr, 0, 0, c.declared};
            if (!c.whole) CHECK(csgi_begin(req, &head) == CSGI_OK);
            const csgi_header sum = field("x-sum", "1");
            const csgi_chunk bytes = memory("abc");
            const csgi_part end{
                sizeof end, CSGI_PART_END, c.whole ? &head : nullptr, &bytes, 1, &sum, 1};
            return csgi_send(req, &end);
        });
        const csgi_nested_answer &a = f.answer({.version = c.version});
        CHECK(a.complete);
        CHECK(text(a.body) == "abc");
        CHECK(header(a, "content-length") == c.length);
        CHECK(a.ntrailers == (c.kept ? 1 : 0));
        CHECK(f.log.has("trailers dropped") == !c.kept);
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

TEST_CASE(
    "OWNED chunks that were taken are released once, from the loop, before on_done; refused ones "
    "never [RES-17]") {
    const std::string large(5000, 'x');
    unsigned taken = 0, refused = 0, at_done = 99;
    struct Counts {
        unsigned *taken, *refused, *at_done;
    } counts{&taken, &refused, &at_done};
    Served f([&](csgi_request *req) {
        csgi_exchange *x = req->exchange;
        const auto done = [](csgi_exchange *, void *arg, csgi_rc, uint64_t) {
            auto &c = *static_cast<Counts *>(arg);
            *c.at_done = *c.taken * 10 + *c.refused;
        };
        x->api->on_done(x, done, &counts);
        csgi_head bad{sizeof bad, 99, 0, nullptr, 0, 0, 0};
        CHECK(send(req, &bad, {owned(large, &refused), owned("", &refused)}, 0) == CSGI_INVAL);
        CHECK(send(req, nullptr, {owned(large, &refused)}, 0) == CSGI_STATE);
        csgi_head head{sizeof head, 200, 0, nullptr, 0, 0, 5005};
        CHECK(send(req, &head, {owned(large, &refused), owned("six..6", &refused)}, 0) ==
              CSGI_LENGTH);
        CHECK(send(req, &head, {owned(large, &taken), owned("small", &taken)}, CSGI_PART_END) ==
              CSGI_OK);
        CHECK(send(req, nullptr, {owned(large, &refused)}, 0) == CSGI_STATE);
        CHECK(taken + refused == 0);
        return CSGI_OK;
    });
    csgi_nested_call *call = f.open({.slow = true});
    CHECK(refused == 0);
    CHECK(taken == 1); // the small one was copied
    CHECK(at_done == 99);
    csgi_nested_take(call, 4999);
    CHECK(taken == 1);
    csgi_nested_take(call, 1);
    CHECK(taken == 2);
    CHECK(at_done == 20); // two taken, none refused: all before on_done
    csgi_nested_take(call, 100);
    CHECK(taken == 2);
    f.finish();
    CHECK(refused == 0);
}

TEST_CASE(
    "END that falls short is refused: its OWNED chunks stay the sender's, the answer is broken "
    "[RES-6] [RES-17]") {
    unsigned released = 0;
    Served f([&](csgi_request *req) {
        begin(req, 5);
        CHECK(send(req, nullptr, {owned("abc", &released)}, CSGI_PART_END) == CSGI_LENGTH);
        return CSGI_PENDING;
    });
    CHECK(f.answer().broken);
    f.finish();
    CHECK(released == 0);
}

TEST_CASE(
    "OWNED chunks are released when the body is dropped, when what was taken cannot be sent, and "
    "on ABORT; not when the client had left before [RES-17]") {
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
        if (way == "lost") {
            CHECK(send(req, nullptr, {owned(large, &released)}, 0) == CSGI_GONE);
            CHECK(send(req, nullptr, {owned(large, &released)}, CSGI_PART_END) == CSGI_GONE);
        } else if (way != "HEAD") {
            csgi_abort(req);
        }
        f.turn(5);
        CHECK(csgi_nested_answer_of(call)->done);
        f.finish();
        CHECK(released == (way == "lost" ? 0 : 1));
    }
}

TEST_CASE("out of memory half-way: the part is taken, the answer broken, OWNED released once "
          "[RES-17] [RES-20]") {
    for (const uint32_t flags : {0u, CSGI_PART_END}) {
        CAPTURE(flags);
        Bare bare;
        csgi_queue queue;
        csgi_queue_init(&queue, &bare.host);
        unsigned released = 0;
        csgi_rc rc = CSGI_APP, after = CSGI_OK, outcome = CSGI_OK;
        App app([&](csgi_request *req) {
            const auto done = [](csgi_exchange *, void *arg, csgi_rc how, uint64_t) {
                *static_cast<csgi_rc *>(arg) = how;
            };
            req->exchange->api->on_done(req->exchange, done, &outcome);
            begin(req);
            bare.output_rc = CSGI_NOMEM;
            rc = send(req, nullptr, {owned("a", &released), owned("b", &released)}, flags);
            CHECK(released == 0); // not inside the call
            CHECK(req->exchange->state == CSGI_ENDED);
            after = csgi_write(req, "c", 1);
            return CSGI_PENDING;
        });
        csgi_host_exchange *x = csgi_host_open(&bare.host, &queue, nullptr);
        csgi_host_handle(x, &app);
        CHECK(rc == CSGI_OK);
        CHECK(after == CSGI_STATE);
        CHECK(released == 2);
        CHECK(outcome == CSGI_APP);
        CHECK(bare.log.has("out of memory"));
        CHECK(bare.finishes == 1);
        CHECK(bare.broken == 1);
        CHECK(bare.closes == 1);
        csgi_queue_clear(&queue);
    }
}

TEST_CASE("a host that cannot even send its own page breaks off") {
    Bare bare;
    csgi_queue queue;
    csgi_queue_init(&queue, &bare.host);
    bare.output_rc = CSGI_NOMEM;
    App app([](csgi_request *) { return CSGI_APP; });
    csgi_host_handle(csgi_host_open(&bare.host, &queue, nullptr), &app);
    CHECK(bare.broken == 1);
    CHECK(bare.closes == 1);
    csgi_queue_clear(&queue);
}

TEST_CASE(
    "a chunk that an on_done function still shows comes too late, and stays its own [RES-17]") {
    unsigned released = 0;
    struct Late {
        csgi_request *req;
        unsigned *released;
    };
    Served f([&](csgi_request *req) {
        auto *late = static_cast<Late *>(csgi_alloc(req->exchange, sizeof(Late)));
        *late = {req, &released};
        const auto done = [](csgi_exchange *x, void *arg, csgi_rc, uint64_t) {
            auto &self = *static_cast<Late *>(arg);
            CHECK(x == self.req->exchange);
            CHECK(send(self.req, nullptr, {owned("late", self.released)}, 0) == CSGI_STATE);
        };
        req->exchange->api->on_done(req->exchange, done, late);
        return csgi_text(req, 200, "x");
    });
    CHECK(f.answer().done);
    f.finish();
    CHECK(released == 0);
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
            const auto done = [](csgi_exchange *, void *arg, csgi_rc, uint64_t) {
                auto &d = *static_cast<Done *>(arg);
                d.order->push_back(d.number);
            };
            for (Done *d : {&one, &two, &three}) x->api->on_done(x, done, d);
            x->api->hold(x);
            x->api->hold(x);
            if (way == "answer") return csgi_text(req, 200, "x");
            if (way == "abort") csgi_abort(req);
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
        const auto done = [](csgi_exchange *, void *arg, csgi_rc, uint64_t) {
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
                 r->exchange, [](csgi_exchange *, void *, csgi_rc, uint64_t) {}, nullptr);
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

TEST_CASE("ABORT is answered with 500 before a head, and breaks off after it [RES-20]") {
    Served early([](csgi_request *req) {
        CHECK(csgi_abort(req) == CSGI_OK);
        CHECK(req->exchange->state == CSGI_ENDED);
        return CSGI_PENDING;
    });
    CHECK(early.answer().status == 500);
    CHECK(early.answer().complete);
    CHECK(early.answer().outcome == CSGI_APP);
    CHECK(early.log.lines.empty()); // to give up is no misbehaviour
    Served f([](csgi_request *req) {
        begin(req);
        csgi_write(req, "half", 4);
        CHECK(csgi_abort(req) == CSGI_OK);
        return CSGI_PENDING;
    });
    CHECK(f.answer().broken);
    CHECK_FALSE(f.answer().complete);
    CHECK(f.answer().outcome == CSGI_APP);
}

TEST_CASE("ABORT before a head is 400 to who was told that the body broke off [RET-5]") {
    for (const bool asked : {true, false}) {
        CAPTURE(asked);
        csgi_request *req = nullptr;
        Served f([&](csgi_request *given) {
            req = given;
            return CSGI_PENDING;
        });
        csgi_nested_call *call = f.open({.method = "POST", .stream = true});
        csgi_nested_cut(call);
        csgi_chunk span;
        size_t n;
        if (asked)
            CHECK(req->source->peek(req->source, req->exchange, 1, &span, 1, &n) == CSGI_TRUNC);
        csgi_abort(req);
        f.turn(3);
        CHECK(csgi_nested_answer_of(call)->status == (asked ? 400 : 500));
    }
}

TEST_CASE("a part with ABORT holds nothing else, or is refused and nothing is given up [RES-24]") {
    const csgi_head head{sizeof head, 200, 0, nullptr, 0, 0, 0};
    const csgi_header sum = field("x-sum", "1");
    unsigned released = 0;
    const csgi_chunk none = memory(""), bytes = owned("abc", &released);
    const uint32_t abort = CSGI_PART_ABORT;
    const csgi_part bad[] = {
        {sizeof(csgi_part), abort, &head, nullptr, 0, nullptr, 0},
        {sizeof(csgi_part), abort, nullptr, &none, 1, nullptr, 0},
        {sizeof(csgi_part), abort, nullptr, &bytes, 1, nullptr, 0},
        {sizeof(csgi_part), abort, nullptr, nullptr, 0, &sum, 1},
        {sizeof(csgi_part), abort | CSGI_PART_END, nullptr, nullptr, 0, nullptr, 0}};
    Served f([&](csgi_request *req) {
        for (const csgi_part &part : bad) CHECK(csgi_send(req, &part) == CSGI_INVAL);
        CHECK(req->exchange->state == CSGI_NEW);
        begin(req);
        for (const csgi_part &part : bad) CHECK(csgi_send(req, &part) == CSGI_INVAL);
        csgi_write(req, "whole", 5);
        return csgi_end(req);
    });
    CHECK(f.answer().complete);
    CHECK(text(f.answer().body) == "whole");
    CHECK(f.log.lines.size() == 2 * 2 * std::size(bad));
    for (const std::string &line : f.log.lines) CHECK(line.rfind("[RES-24]", 0) == 0);
    f.finish();
    CHECK(released == 0);
    // MORE says nothing about it.
    Served more([](csgi_request *req) {
        const csgi_part part{
            sizeof part, CSGI_PART_ABORT | CSGI_PART_MORE, nullptr, nullptr, 0, nullptr, 0};
        CHECK(csgi_send(req, &part) == CSGI_OK);
        return CSGI_PENDING;
    });
    CHECK(more.answer().status == 500);
}

TEST_CASE("after ABORT nothing is taken, and handle may return what it likes [RES-8] [RET-1]") {
    for (const csgi_rc rc : {CSGI_OK, CSGI_PENDING, CSGI_DECLINED, CSGI_APP, CSGI_PAUSE, 99}) {
        CAPTURE(rc);
        Served f([rc](csgi_request *req) {
            CHECK(csgi_abort(req) == CSGI_OK);
            CHECK(csgi_abort(req) == CSGI_STATE);
            return rc;
        });
        CHECK(f.answer().status == 500);
        CHECK(f.log.lines.empty());
    }
    Served f([](csgi_request *req) {
        csgi_abort(req);
        CHECK(csgi_text(req, 200, "after all") == CSGI_STATE);
        return CSGI_OK;
    });
    CHECK(f.answer().status == 500);
    CHECK(f.log.has("[RES-8]"));
}

TEST_CASE("on_done hears how it ended and how many bytes of body were taken [MEM-7]") {
    struct End {
        csgi_rc outcome = 99;
        uint64_t bytes = 99;
    };
    const auto run = [](const char *method, std::function<void(csgi_request *)> answer) {
        End end;
        Served f([&](csgi_request *req) {
            const auto done = [](csgi_exchange *, void *arg, csgi_rc outcome, uint64_t bytes) {
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
    e = run("GET", [](csgi_request *req) { csgi_abort(req); });
    CHECK(e.outcome == CSGI_APP);
    CHECK(e.bytes == 0); // the page was the host's
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
            csgi_abort(r);
            return events;
        };
        req->exchange->api->listen(req, CSGI_EVENT_ABORT, on, nullptr);
    });
    CHECK(e.outcome == CSGI_GONE);
    CHECK(e.bytes == 4);
}
