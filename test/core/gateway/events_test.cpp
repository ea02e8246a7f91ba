// SPDX-License-Identifier: MIT
// Events: who hears of what, in which order, how often, and what does not go on.
#include "test/core/gateway/fixture.hpp"

using namespace csgi;

namespace {

constexpr uint32_t all =
    CSGI_EVENT_BODY | CSGI_EVENT_WRITABLE | CSGI_EVENT_ABORT | CSGI_EVENT_DRAIN;

// Views one inside the other, each with a listener that writes down what it hears.
struct Nest {
    struct View {
        Nest *nest;
        std::string name;
        csgi_request *req;
        uint32_t keeps = 0; // back
        std::function<void()> also;
    };
    Served served;
    std::vector<std::unique_ptr<View>> views;
    std::vector<std::string> heard;
    csgi_request *req = nullptr;
    csgi_nested_call *call = nullptr;

    explicit Nest(std::function<void(Nest &)> arrange)
        : served([this, arrange](csgi_request *given) {
              req = given;
              arrange(*this);
              return CSGI_PENDING;
          }) {
        call = served.open({.method = "POST", .stream = true});
    }
    ~Nest() {
        if (!csgi_nested_answer_of(call)->done) {
            for (auto &view : views) view->also = nullptr;
            csgi_abort(req);
            served.turn(5);
        }
    }
    View &listen(const std::string &name, csgi_request *on, uint32_t events) {
        views.push_back(std::make_unique<View>(View{this, name, on, 0, {}}));
        View &view = *views.back();
        const auto fn = [](csgi_request *r, uint32_t e, void *arg) {
            auto &v = *static_cast<View *>(arg);
            CHECK(r == v.req);
            v.nest->heard.push_back(v.name + ":" + std::to_string(e));
            if (v.also) v.also();
            return e & ~v.keeps;
        };
        CHECK(api().listen(on, events, fn, &view) == CSGI_OK);
        return view;
    }
    csgi_request *derive(csgi_request *from) { return api().derive(from); }
    const csgi_api &api() const { return *req->exchange->api; }
    std::string take() {
        served.turn(5);
        std::string joined;
        for (const std::string &each : heard) joined += (joined.empty() ? "" : " ") + each;
        heard.clear();
        return joined;
    }
};

} // namespace

TEST_CASE("outer views hear first, and each only what it listens for [EVT-1] [EVT-4]") {
    Nest n([](Nest &self) {
        csgi_request *middle = self.derive(self.req), *inner = self.derive(middle);
        self.listen("inner", inner, all);
        self.listen("outer", self.req, CSGI_EVENT_BODY);
        self.listen("middle", middle, CSGI_EVENT_ABORT | CSGI_EVENT_DRAIN);
        csgi_chunk span;
        size_t count;
        self.req->source->peek(self.req->source, self.req->exchange, 1, &span, 1, &count);
    });
    csgi_nested_feed(n.call, CSGI_LIT("a"));
    CHECK(n.take() == "outer:1 inner:1");
    csgi_nested_drain(n.served.host());
    CHECK(n.take() == "middle:8 inner:8");
    csgi_nested_lose(n.call);
    CHECK(n.take() == "middle:4 inner:4");
}

TEST_CASE("what a listener keeps back does not go inward, and it can add nothing [EVT-4]") {
    Nest n([](Nest &self) {
        csgi_request *inner = self.derive(self.req);
        self.listen("outer", self.req, all).keeps = CSGI_EVENT_ABORT;
        self.listen("inner", inner, all);
    });
    csgi_nested_lose(n.call);
    CHECK(n.take() == "outer:4");
    Nest m([](Nest &self) {
        csgi_request *inner = self.derive(self.req);
        const auto generous = [](csgi_request *, uint32_t, void *) { return all; };
        self.api().listen(self.req, CSGI_EVENT_DRAIN, generous, nullptr);
        self.listen("inner", inner, all);
    });
    csgi_nested_drain(m.served.host());
    CHECK(m.take() == "inner:8");
}

TEST_CASE("raise starts on the view it is given, inward, from the loop, and once [EVT-3] [MEM-4]") {
    Nest n([](Nest &self) {
        csgi_request *middle = self.derive(self.req), *inner = self.derive(middle);
        self.listen("outer", self.req, all);
        self.listen("middle", middle, all);
        self.listen("inner", inner, all);
    });
    csgi_request *middle = n.views[1]->req, *inner = n.views[2]->req;
    n.api().raise(middle, CSGI_EVENT_WRITABLE);
    n.api().raise(middle, CSGI_EVENT_WRITABLE | CSGI_EVENT_BODY);
    CHECK(n.heard.empty()); // not inside the call
    CHECK(n.take() == "middle:3 inner:3");
    n.api().raise(inner, CSGI_EVENT_DRAIN);
    CHECK(n.take() == "inner:8");
    n.api().raise(n.req, 1u << 30); // no event of this version
    CHECK(n.take() == "");
    CHECK(n.take() == "");
}

TEST_CASE("ABORT comes once to a view, whoever starts it [EVT-2]") {
    Nest n([](Nest &self) {
        csgi_request *inner = self.derive(self.req);
        self.listen("outer", self.req, all);
        self.listen("inner", inner, all);
    });
    csgi_request *inner = n.views[1]->req;
    n.api().raise(inner, CSGI_EVENT_ABORT);
    CHECK(n.take() == "inner:4");
    CHECK(n.req->exchange->flags == 0); // a layer gave up; the client is there
    n.api().raise(inner, CSGI_EVENT_ABORT);
    CHECK(n.take() == "");
    csgi_nested_lose(n.call);
    CHECK(n.take() == "outer:4"); // the inner one has heard it
    csgi_nested_lose(n.call);
    CHECK(n.take() == "");
}

TEST_CASE("who begins to listen when the client has left hears ABORT once all the same [EVT-2]") {
    Nest n([](Nest &) {});
    csgi_nested_lose(n.call);
    CHECK(n.take() == "");
    csgi_request *inner = n.derive(n.req);
    n.listen("late", inner, CSGI_EVENT_ABORT);
    CHECK(n.heard.empty());
    CHECK(n.take() == "late:4");
    n.listen("again", inner, CSGI_EVENT_ABORT);
    CHECK(n.take() == "");
}

TEST_CASE("who waits is not forgotten when the client leaves: ABORT first or at once, then the "
          "rest [EVT-7]") {
    Served f(
        [](csgi_request *req) {
            begin(req);
            CHECK(csgi_write(req, "0123456789", 10) == CSGI_PAUSE);
            csgi_chunk span;
            size_t n;
            CHECK(req->source->peek(req->source, req->exchange, 5, &span, 1, &n) == CSGI_AGAIN);
            const auto on = [](csgi_request *r, uint32_t events, void *) {
                CHECK(events == (CSGI_EVENT_ABORT | CSGI_EVENT_BODY | CSGI_EVENT_WRITABLE));
                csgi_chunk s;
                size_t k;
                CHECK(r->source->peek(r->source, r->exchange, 5, &s, 1, &k) == CSGI_TRUNC);
                csgi_abort(r);
                return events;
            };
            req->exchange->api->listen(req, all, on, nullptr);
            return CSGI_PENDING;
        },
        [](csgi_nested_options &o) { o.high_mark = 5, o.low_mark = 1; });
    csgi_nested_call *call = f.open({.method = "POST", .stream = true, .slow = true});
    csgi_nested_feed(call, CSGI_LIT("abc"));
    csgi_nested_lose(call);
    f.turn(3);
    CHECK(csgi_nested_answer_of(call)->done);
}

TEST_CASE("a second listen replaces the first, no events end it, an unknown bit is INVAL [EVT-1]") {
    Nest n([](Nest &self) { self.listen("first", self.req, all); });
    n.listen("second", n.req, CSGI_EVENT_DRAIN);
    n.api().raise(n.req, CSGI_EVENT_BODY | CSGI_EVENT_DRAIN);
    CHECK(n.take() == "second:8");
    const auto fn = [](csgi_request *, uint32_t e, void *) { return e; };
    CHECK(n.api().listen(n.req, 16, fn, nullptr) == CSGI_INVAL);
    n.api().raise(n.req, CSGI_EVENT_DRAIN);
    CHECK(n.take() == "second:8"); // it is still there
    CHECK(n.api().listen(n.req, 0, nullptr, nullptr) == CSGI_OK);
    n.api().raise(n.req, all);
    CHECK(n.take() == "");
}

TEST_CASE("a view derived during a delivery takes part from the next one on [EVT-4]") {
    Nest n([](Nest &self) { self.listen("outer", self.req, CSGI_EVENT_DRAIN); });
    n.views[0]->also = [&n] {
        if (n.views.size() == 1) n.listen("new", n.derive(n.req), CSGI_EVENT_DRAIN);
    };
    n.api().raise(n.req, CSGI_EVENT_DRAIN);
    CHECK(n.take() == "outer:8");
    n.api().raise(n.req, CSGI_EVENT_DRAIN);
    CHECK(n.take() == "outer:8 new:8");
}

TEST_CASE("an exchange that has ended hears no more, also in the middle of a delivery [EVT-1]") {
    Nest n([](Nest &self) {
        csgi_request *inner = self.derive(self.req);
        self.listen("outer", self.req, all);
        self.listen("inner", inner, all);
        self.api().hold(self.req->exchange);
    });
    n.views[0]->also = [&n] { csgi_text(n.req, 200, "enough"); };
    n.api().raise(n.req, CSGI_EVENT_DRAIN);
    CHECK(n.take() == "outer:8");
    n.api().raise(n.req, CSGI_EVENT_BODY);
    csgi_nested_feed(n.call, CSGI_LIT("abc"));
    csgi_nested_lose(n.call);
    CHECK(n.take() == "");
    n.api().release(n.req->exchange);
    n.served.turn(3);
}

TEST_CASE("an event comes back to who raises it again, after others, no more than 64 times a turn "
          "[EVT-6]") {
    Nest n([](Nest &self) { self.listen("greedy", self.req, CSGI_EVENT_BODY); });
    // It sends as well, which lists the exchange a second time.
    begin(n.req);
    n.views[0]->also = [&n] {
        csgi_write(n.req, "x", 1);
        n.api().raise(n.req, CSGI_EVENT_BODY);
    };
    unsigned others = 0;
    struct Other {
        csgi_task task{};
        unsigned *ran = nullptr;
    } other;
    other.ran = &others;
    other.task.run = [](csgi_worker *, csgi_task *task) {
        ++*reinterpret_cast<Other *>(task)->ran;
    };
    n.api().raise(n.req, CSGI_EVENT_BODY);
    CHECK(csgi_nested_turn(n.served.host()));
    CHECK(n.heard.size() == 64);
    n.api().post(n.req->exchange->worker, &other.task);
    CHECK(csgi_nested_turn(n.served.host()));
    CHECK(n.heard.size() == 128);
    CHECK(others == 1);
    // Its answer has left in between.
    CHECK(csgi_nested_answer_of(n.call)->body.n == 128);
    n.views[0]->also = nullptr;
    CHECK(csgi_nested_turn(n.served.host()));
    CHECK(n.heard.size() == 129);
    csgi_end(n.req);
    n.served.turn(3);
    CHECK(csgi_nested_answer_of(n.call)->done);
}

TEST_CASE("what happens before handle has returned is delivered when it has") {
    std::vector<uint32_t> heard;
    bool inside = false;
    struct State {
        std::vector<uint32_t> *heard;
        bool *inside;
    } state{&heard, &inside};
    Served f([&](csgi_request *req) {
        inside = true;
        const auto on = [](csgi_request *r, uint32_t events, void *arg) {
            auto &s = *static_cast<State *>(arg);
            CHECK_FALSE(*s.inside);
            s.heard->push_back(events);
            csgi_abort(r);
            return events;
        };
        req->exchange->api->listen(req, all, on, &state);
        csgi_host_lost(reinterpret_cast<csgi_host_exchange *>(req->exchange));
        CHECK(heard.empty());
        inside = false;
        return CSGI_PENDING;
    });
    f.open();
    CHECK(heard == std::vector<uint32_t>{CSGI_EVENT_ABORT});
}

TEST_CASE("a worker that drains before an application was asked tells it afterwards [EVT-1]") {
    Bare bare;
    csgi_queue queue;
    csgi_queue_init(&queue, &bare.host);
    csgi_host_exchange *x = csgi_host_open(&bare.host, &queue, nullptr);
    csgi_host_drain(&bare.host);
    uint32_t heard = 0;
    App app([&](csgi_request *req) {
        const auto on = [](csgi_request *r, uint32_t events, void *arg) {
            *static_cast<uint32_t *>(arg) = events;
            csgi_text(r, 503, "closing");
            return events;
        };
        req->exchange->api->listen(req, CSGI_EVENT_DRAIN, on, &heard);
        return CSGI_PENDING;
    });
    csgi_host_handle(x, &app);
    CHECK(heard == CSGI_EVENT_DRAIN);
    CHECK(bare.closes == 1);
    csgi_queue_clear(&queue);
}

TEST_CASE(
    "an exception out of an event or an on_done is told, and ends this exchange alone [RET-4]") {
    csgi_request *bad = nullptr;
    Served f([&](csgi_request *req) {
        if (bad) return csgi_text(req, 200, "fine");
        bad = req;
        const auto on = [](csgi_request *, uint32_t, void *) -> uint32_t { throw 1; };
        req->exchange->api->listen(req, CSGI_EVENT_DRAIN, on, nullptr);
        const auto done = [](csgi_exchange *, void *, csgi_rc, uint64_t) {
            throw std::string("again");
        };
        req->exchange->api->on_done(req->exchange, done, nullptr);
        return CSGI_PENDING;
    });
    csgi_nested_call *call = f.open();
    bad->exchange->api->raise(bad, CSGI_EVENT_DRAIN);
    f.turn(3);
    CHECK(csgi_nested_answer_of(call)->status == 500);
    CHECK(csgi_nested_answer_of(call)->done);
    CHECK(f.log.has("an event function"));
    CHECK(f.log.has("an on_done function"));
    CHECK(f.answer().status == 200);
}
