// SPDX-License-Identifier: MIT
// Hosts that misbehave: each breaks one rule, and exactly that one is named.
#include "test/middleware/lint/fake_host.hpp"

#include <csgi/ext/poll.h>
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using std::string;

namespace {

csgi_rc fine(csgi_request *req) {
    return csgi_text(req, 200, "fine");
}

uint32_t pass_on(csgi_request *, uint32_t events, void *) {
    return events;
}

uint32_t keep_back(csgi_request *, uint32_t, void *) {
    return 0;
}

csgi_rc begin(csgi_request *req) {
    csgi_head head = {sizeof head, 200, 0, nullptr, 0, 0, 0};
    return csgi_begin(req, &head);
}

} // namespace

// ---- Life ----

TEST_CASE("handle before start, after stop, for another worker or on another thread [LIFE-1]") {
    FakePair early(fine);
    early.host.lint = early.app;
    early.app = nullptr;
    early.host.handle(early.host.open());
    CHECK(early.reports.all() == "LIFE-1 host");

    FakePair late(fine);
    late.start();
    late.host.lint->drain(late.host.lint);
    late.host.lint->stop(late.host.lint);
    FakeExchange &x = late.host.open();
    late.host.handle(x);
    late.host.run_dones(x);
    CHECK(late.reports.all() == "LIFE-1 host");
    late.host.destroy();

    FakePair other(fine);
    other.start();
    FakeHost stranger;
    FakeExchange &strange = stranger.open();
    other.host.handle(strange);
    stranger.settle(strange);
    CHECK(other.end() == "LIFE-1 host");

    FakePair foreign(fine);
    foreign.start();
    FakeExchange &threaded = foreign.host.open();
    std::thread([&] {
        foreign.host.handle(threaded);
        foreign.host.settle(threaded);
    }).join();
    CHECK(foreign.end() == "LIFE-1 host");
}

TEST_CASE("an application is started twice [LIFE-2]") {
    FakePair pair(fine);
    pair.start();
    pair.host.start(pair.host.lint);
    CHECK(pair.end() == "LIFE-2 host");
}

TEST_CASE("stop without drain, destroy before stop, stop before on_done [LIFE-3]") {
    FakePair undrained(fine);
    undrained.start();
    undrained.host.lint->stop(undrained.host.lint);
    undrained.host.destroy();
    CHECK(undrained.reports.all() == "LIFE-3 host");

    FakePair unstopped(fine);
    unstopped.start();
    unstopped.host.destroy();
    CHECK(unstopped.reports.all() == "LIFE-3 host");

    FakePair hasty(fine);
    hasty.start();
    hasty.host.handle(hasty.host.open());
    CHECK(hasty.end() == "LIFE-3 host");
}

TEST_CASE("a child of the process goes on serving [LIFE-6]") {
    FakePair pair(fine);
    pair.start();
    const pid_t child = fork();
    if (child == 0) {
        FakeExchange &x = pair.host.open();
        pair.host.handle(x);
        _exit(pair.reports.all() == "LIFE-6 host" ? 0 : 1);
    }
    int status = 1;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(pair.end() == "");
}

// ---- The body of a request ----

namespace {

// Peeks and consumes as told: "p" for everything, "4" for a minimum of four, "c" for one byte.
struct Reader {
    string steps;
    std::vector<csgi_rc> said;
    csgi_rc operator()(csgi_request *req) {
        for (const char step : steps) {
            csgi_chunk spans[2];
            size_t n;
            if (step == 'c')
                said.push_back(req->source->consume(req->source, req->exchange, 1));
            else
                said.push_back(req->source->peek(
                    req->source, req->exchange, step == 'p' ? 0 : static_cast<uint64_t>(step - '0'),
                    spans, 2, &n));
        }
        return fine(req);
    }
};

string said_of_body(const string &steps, std::function<void(FakeExchange &)> change) {
    Reader reader{steps, {}};
    FakePair pair(std::ref(reader));
    pair.start();
    FakeExchange &x = pair.host.open();
    x.view.method = words("POST");
    x.view.method_id = CSGI_METHOD_POST;
    x.view.flags |= CSGI_REQ_HAS_BODY;
    x.view.content_length = -1;
    x.body = "body";
    change(x);
    pair.host.handle(x);
    pair.host.settle(x);
    return pair.end();
}

} // namespace

TEST_CASE("a body that is read in order is not accused") {
    CHECK(said_of_body("pcpccc9pp", [](FakeExchange &) {}) == "");
    CHECK(said_of_body("49", [](FakeExchange &x) { x.is_whole = false; }) == "");
}

TEST_CASE("a piece changes after it was shown [BODY-2]") {
    CHECK(said_of_body("pp", [](FakeExchange &x) {
              x.fake.peek = [first = true](FakeExchange &same, uint64_t min, csgi_chunk *spans,
                                           size_t cap, size_t *n) mutable {
                  if (!first) same.body[1] = '!';
                  first = false;
                  return FakeHost::show(same, min, spans, cap, n);
              };
          }) == "BODY-2 host");
}

TEST_CASE("after EOF or TRUNC peek says something else [BODY-3]") {
    for (const csgi_rc end : {CSGI_EOF, CSGI_TRUNC})
        CHECK(said_of_body("pp", [end](FakeExchange &x) {
                  x.body = "";
                  x.fake.peek = [end, calls = 0](FakeExchange &, uint64_t, csgi_chunk *, size_t,
                                                 size_t *n) mutable {
                      *n = 0;
                      return calls++ ? CSGI_AGAIN : end;
                  };
              }) == (end == CSGI_EOF ? "BODY-3 host" : "BODY-3 host, BODY-5 app"));
}

TEST_CASE("peek gives pieces with AGAIN, none with OK, or leaves n alone [BODY-4]") {
    const auto peek = [](csgi_rc rc, size_t count) {
        return said_of_body("p", [=](FakeExchange &x) {
            x.fake.peek = [=](FakeExchange &same, uint64_t, csgi_chunk *spans, size_t, size_t *n) {
                spans[0] = {CSGI_CHUNK_MEMORY, CSGI_MEM_COPY, same.body.data(), 4, -1, 0,
                            nullptr,           nullptr};
                if (count < 9) *n = count;
                return rc;
            };
        });
    };
    CHECK(peek(CSGI_AGAIN, 1) == "BODY-4 host");
    CHECK(peek(CSGI_OK, 0) == "BODY-4 host");
    CHECK(peek(CSGI_EOF, 9) == "BODY-4 host");
    CHECK(peek(CSGI_OK, 1) == "");
}

TEST_CASE("EOF before all bytes of a known length [BODY-6]") {
    CHECK(said_of_body("p", [](FakeExchange &x) {
              x.body = "";
              x.view.content_length = 4;
          }) == "BODY-6 host");
}

TEST_CASE("peek says OK with less than the minimum, and more follows [BODY-8]") {
    const auto hasty = [](FakeExchange &x) {
        x.fake.peek = [calls = size_t{0}](FakeExchange &same, uint64_t, csgi_chunk *spans, size_t,
                                          size_t *n) mutable {
            spans[0] = {CSGI_CHUNK_MEMORY, CSGI_MEM_COPY, same.body.data(), ++calls, -1, 0,
                        nullptr,           nullptr};
            *n = 1;
            return CSGI_OK;
        };
    };
    CHECK(said_of_body("4p", hasty) == "BODY-8 host");
    CHECK(said_of_body("4", [&](FakeExchange &x) {
              hasty(x);
              x.view.content_length = 4;
          }) == "BODY-8 host");
}

// ---- The answer ----

TEST_CASE("a part is taken that the state forbids [RES-8]") {
    FakePair pair([](csgi_request *req) {
        (void)fine(req);
        return csgi_write(req, "more", 4);
    });
    pair.host.send = [](FakeExchange &x, const csgi_part *part) {
        (void)FakeHost::take(x, part);
        return CSGI_OK;
    };
    pair.serve();
    CHECK(pair.end() == "RES-8 app, RES-8 host");
}

namespace {
__attribute__((no_sanitize("address"))) string late(const char *p, size_t n) {
    string seen;
    for (size_t i = 0; i < n; i++) seen += static_cast<const volatile char *>(p)[i];
    return seen;
}
__attribute__((no_sanitize("address"))) void late_write(const void *p) {
    *static_cast<volatile char *>(const_cast<void *>(p)) = '!';
}
} // namespace

TEST_CASE("who reads COPY memory or a head after send reads the rule's name [RES-15]") {
    FakePair pair([](csgi_request *req) {
        const string body(100, 'b'), type(100, 't');
        return csgi_reply(req, 200, {type.data(), 100}, {body.data(), 100}, CSGI_MEM_COPY);
    });
    const char *body = nullptr, *type = nullptr;
    pair.host.send = [&](FakeExchange &x, const csgi_part *part) {
        body = static_cast<const char *>(part->chunks[0].p);
        type = part->head->headers[0].value.p;
        return FakeHost::take(x, part);
    };
    FakeExchange &x = pair.serve();
    CHECK(x.sent == string(100, 'b'));
    CHECK(late(body, 100).find("[RES-15] read after send returned; ") != string::npos);
    CHECK(late(type, 100).find("[RES-15] read after send returned; ") != string::npos);
    CHECK(pair.end() == "");
}

TEST_CASE("a host writes to what it was sent, after send [RES-15]") {
    FakePair pair(fine);
    const void *body = nullptr;
    pair.host.send = [&](FakeExchange &x, const csgi_part *part) {
        body = part->chunks[0].p;
        return FakeHost::take(x, part);
    };
    pair.serve();
    late_write(body);
    CHECK(pair.end() == "RES-15 host");
}

TEST_CASE("a part, its head, an array or a byte is written to where it lies [RES-16]") {
    // What a host that casts the constness away does; the rest of the part is as it was.
    const auto written = [](std::function<void(const csgi_part *)> write) {
        FakePair pair([](csgi_request *req) {
            const csgi_header field = {CSGI_LIT("x-a"), CSGI_LIT("1"), 0, 0, 0};
            const csgi_header trailer = {CSGI_LIT("x-sum"), CSGI_LIT("1"), 0, 0, 0};
            const csgi_head head = {sizeof head, 200, 0, &field, 1, 0, 0};
            const csgi_chunk chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_COPY, "body", 4, 0, 0,
                                      nullptr,           nullptr};
            const csgi_part part = {sizeof part, CSGI_PART_END, &head, &chunk, 1, &trailer, 1};
            return csgi_send(req, &part);
        });
        pair.host.send = [&](FakeExchange &x, const csgi_part *part) {
            const csgi_rc rc = FakeHost::take(x, part);
            write(part);
            return rc;
        };
        pair.serve();
        return pair.end();
    };
    const auto at = [](const auto &constant) {
        return const_cast<std::remove_cvref_t<decltype(constant)> *>(&constant);
    };
    CHECK(written([](const csgi_part *) {}) == "");
    CHECK(written([&](auto *part) { at(*part)->flags |= CSGI_PART_MORE; }) == "RES-16 host");
    CHECK(written([&](auto *part) { at(*part->head)->status = 201; }) == "RES-16 host");
    CHECK(written([&](auto *part) { at(part->head->headers[0])->value = words("2"); }) ==
          "RES-16 host");
    CHECK(written([&](auto *part) { *at(part->head->headers[0].value.p[0]) = '2'; }) ==
          "RES-16 host");
    CHECK(written([&](auto *part) { at(part->chunks[0])->n = 0; }) == "RES-16 host");
    CHECK(written([&](auto *part) {
              *at(static_cast<const char *>(part->chunks[0].p)[3]) = '!';
          }) == "RES-16 host");
    CHECK(written([&](auto *part) { at(part->trailers[0])->value = words("2"); }) == "RES-16 host");
}

TEST_CASE("an OWNED chunk is released twice, never, too late, or inside send [RES-17]") {
    int freed = 0;
    const auto owned = [&](csgi_request *req) {
        csgi_head head = {sizeof head, 200, 0, nullptr, 0, 0, 0};
        csgi_chunk chunk = {CSGI_CHUNK_MEMORY,
                            CSGI_MEM_OWNED,
                            "x",
                            1,
                            -1,
                            0,
                            [](void *arg) { ++*static_cast<int *>(arg); },
                            &freed};
        csgi_part part = {sizeof part, CSGI_PART_END, &head, &chunk, 1, nullptr, 0};
        return csgi_send(req, &part);
    };
    FakePair twice(owned);
    twice.host.send = [](FakeExchange &x, const csgi_part *part) {
        const csgi_rc rc = FakeHost::take(x, part);
        x.releases.push_back(x.releases.front());
        return rc;
    };
    twice.serve();
    CHECK(freed == 1);
    CHECK(twice.end() == "RES-17 host");

    FakePair never(owned);
    never.host.send = [](FakeExchange &x, const csgi_part *part) {
        const csgi_rc rc = FakeHost::take(x, part);
        x.releases.clear();
        return rc;
    };
    never.serve();
    CHECK(never.end() == "RES-17 host");

    FakePair inside(owned);
    inside.host.send = [](FakeExchange &x, const csgi_part *part) {
        const csgi_rc rc = FakeHost::take(x, part);
        x.fake.run_releases(x);
        return rc;
    };
    freed = 0;
    inside.serve();
    CHECK(freed == 1);
    CHECK(inside.end() == "RES-17 host");

    FakePair late([&](csgi_request *req) {
        const auto nothing = [](csgi_exchange *, void *, csgi_rc, uint64_t) {};
        (void)req->exchange->api->on_done(req->exchange, nothing, nullptr);
        return owned(req);
    });
    late.start();
    FakeExchange &x = late.host.open();
    late.host.handle(x);
    const FakeExchange::Done first = x.dones.back();
    x.dones.pop_back();
    first.fn(&x, first.arg, CSGI_OK, 1);
    late.host.settle(x);
    CHECK(late.end() == "RES-17 host");
}

TEST_CASE("release is called, and the part refused, or the other way round [RES-17]") {
    const auto refused = [](std::function<void(FakeExchange &)> in_send,
                            std::function<void(FakeExchange &)> later) {
        int freed = 0;
        FakePair pair([&](csgi_request *req) {
            csgi_head head = {sizeof head, 200, 0, nullptr, 0, 0, 0};
            csgi_chunk chunk = {CSGI_CHUNK_MEMORY,
                                CSGI_MEM_OWNED,
                                "x",
                                1,
                                0,
                                0,
                                [](void *arg) { ++*static_cast<int *>(arg); },
                                &freed};
            csgi_part part = {sizeof part, CSGI_PART_END, &head, &chunk, 1, nullptr, 0};
            CHECK(csgi_send(req, &part) == CSGI_LIMIT);
            CHECK(freed == 0); // it is the application's, whatever the host does
            csgi_release_owned(&part);
            return fine(req);
        });
        pair.host.send = [&](FakeExchange &x, const csgi_part *part) {
            if (!part->nchunks || part->chunks[0].mem != CSGI_MEM_OWNED)
                return FakeHost::take(x, part);
            FakeHost::keep_owned(x, *part);
            in_send(x);
            return CSGI_LIMIT;
        };
        pair.start();
        FakeExchange &x = pair.host.open();
        pair.host.handle(x);
        later(x);
        x.releases.clear();
        pair.host.settle(x);
        CHECK(freed == 1);
        return pair.end();
    };
    const auto nothing = [](FakeExchange &) {};
    const auto release = [](FakeExchange &x) { x.fake.run_releases(x); };
    CHECK(refused(nothing, nothing) == "");
    CHECK(refused(release, nothing) == "RES-17 host");
    CHECK(refused(nothing, release) == "RES-17 host");
    // Nothing of it is remembered when the exchange is over, but that it was refused.
    CHECK(refused(nothing, [](FakeExchange &x) {
              auto kept = x.releases;
              x.fake.run_dones(x);
              x.releases = kept;
              x.fake.run_releases(x);
          }) == "RES-17 host");
}

TEST_CASE("a host takes ABORT when the answer is over, or with a head in it [RES-8] [RES-24]") {
    FakePair over([](csgi_request *req) {
        (void)fine(req);
        return csgi_abort(req);
    });
    over.host.send = [](FakeExchange &x, const csgi_part *part) {
        (void)FakeHost::take(x, part);
        return CSGI_OK;
    };
    over.serve();
    CHECK(over.end() == "RES-8 host");

    FakePair mixed([](csgi_request *req) {
        csgi_head head = {sizeof head, 200, 0, nullptr, 0, 0, 0};
        csgi_part part = {sizeof part, CSGI_PART_ABORT, &head, nullptr, 0, nullptr, 0};
        return csgi_send(req, &part);
    });
    mixed.host.send = [](FakeExchange &x, const csgi_part *) {
        x.state = CSGI_ENDED;
        return CSGI_OK;
    };
    mixed.serve();
    CHECK(mixed.end() == "RES-24 app, RES-24 host");
}

TEST_CASE("a part is refused, and sent all the same [RES-22]") {
    FakePair head([](csgi_request *req) {
        CHECK(begin(req) == CSGI_LIMIT);
        return CSGI_APP;
    });
    head.host.send = [](FakeExchange &x, const csgi_part *) {
        x.state = CSGI_BEGUN;
        return CSGI_LIMIT;
    };
    FakeExchange &x = head.serve();
    x.state = CSGI_ENDED;
    head.host.settle(x);
    CHECK(head.end() == "RES-22 host");

    FakePair bytes([](csgi_request *req) {
        (void)begin(req);
        CHECK(csgi_write(req, "refused", 7) == CSGI_LIMIT);
        return csgi_end(req);
    });
    bytes.host.send = [](FakeExchange &same, const csgi_part *part) {
        (void)FakeHost::take(same, part);
        return part->nchunks ? CSGI_LIMIT : CSGI_OK;
    };
    bytes.serve();
    CHECK(bytes.end() == "RES-22 host");
}

// ---- Lifetime ----

TEST_CASE("a function of the host calls back before it returns [MEM-4]") {
    csgi_task task{};
    FakePair pair([&](csgi_request *req) {
        (void)req->exchange->api->listen(req, CSGI_EVENT_BODY, pass_on, nullptr);
        task.run = [](csgi_worker *, csgi_task *) {};
        req->exchange->worker->api->timer(req->exchange->worker, &task, 1000);
        req->exchange->worker->api->timer(req->exchange->worker, &task, -1);
        return fine(req);
    });
    pair.host.in_timer = [&] {
        FakeExchange &x = *pair.host.exchanges.front();
        pair.host.deliver_to(x, &x.view, CSGI_EVENT_BODY);
    };
    pair.serve();
    pair.host.in_timer = nullptr;
    CHECK(pair.end() == "MEM-4 host");
}

TEST_CASE("alloc gives the same memory twice, or another writes to it [MEM-5]") {
    const auto greedy = [](csgi_request *req) {
        for (int i = 0; i < 3; i++) (void)csgi_alloc(req->exchange, 64);
        return fine(req);
    };
    FakePair same(greedy);
    alignas(16) static char block[256];
    same.host.alloc = [at = 0](FakeExchange &, size_t) mutable -> void * {
        return block + 16 * at++;
    };
    same.serve();
    CHECK(same.end() == "MEM-5 host");

    FakePair shared(greedy);
    char *last = nullptr;
    shared.host.alloc = [&](FakeExchange &x, size_t n) -> void * {
        x.memory.emplace_back(n, '\0');
        last = x.memory.back().data();
        return last;
    };
    shared.host.send = [&](FakeExchange &x, const csgi_part *part) {
        last[3] = 'x';
        return FakeHost::take(x, part);
    };
    shared.serve();
    CHECK(shared.end() == "MEM-5 host");

    FakePair slanted([](csgi_request *req) {
        (void)req->exchange->api->alloc(req->exchange, 64, 64);
        return fine(req);
    });
    slanted.host.alloc = [](FakeExchange &, size_t) -> void * { return block + 8; };
    slanted.serve();
    CHECK(slanted.end() == "MEM-5 host");
}

TEST_CASE("on_done functions in the wrong order, twice, never, or under a hold [MEM-7]") {
    const auto two = [](csgi_request *req) {
        const auto nothing = [](csgi_exchange *, void *, csgi_rc, uint64_t) {};
        (void)req->exchange->api->on_done(req->exchange, nothing, nullptr);
        (void)req->exchange->api->on_done(req->exchange, nothing, nullptr);
        return fine(req);
    };
    const auto ended = [&](std::function<void(FakeExchange &)> end) {
        FakePair pair(two);
        pair.start();
        FakeExchange &x = pair.host.open();
        pair.host.handle(x);
        end(x);
        return pair.end();
    };
    // The first in the list is the lint's own.
    CHECK(ended([](FakeExchange &x) { x.fake.run_dones(x); }) == "");
    CHECK(ended([](FakeExchange &x) {
              std::swap(x.dones[1], x.dones[2]);
              x.fake.run_dones(x);
          }) == "MEM-7 host");
    CHECK(ended([](FakeExchange &x) {
              x.dones.pop_back();
              x.fake.run_dones(x);
          }) == "MEM-7 host");
    CHECK(ended([](FakeExchange &x) {
              const FakeExchange::Done own = x.dones.front();
              x.fake.run_dones(x);
              own.fn(&x, own.arg, CSGI_OK, 0);
          }) == "MEM-7 host");
    CHECK(ended([](FakeExchange &x) {
              const FakeExchange::Done last = x.dones.back();
              x.dones.pop_back();
              last.fn(&x.fake.open(), last.arg, CSGI_OK, 0);
              x.fake.run_dones(x);
          }) == "MEM-7 host");
    FakePair held([](csgi_request *req) {
        req->exchange->api->hold(req->exchange);
        return fine(req);
    });
    FakeExchange &x = held.serve();
    held.host.run_dones(x);
    CHECK(held.end() == "MEM-7 host");
}

TEST_CASE("a posted task runs after stop [MEM-9]") {
    bool ran = false;
    struct Told : csgi_task {
        bool *ran;
    } told{};
    told.ran = &ran;
    told.run = [](csgi_worker *, csgi_task *self) { *static_cast<Told *>(self)->ran = true; };
    FakePair pair([&](csgi_request *req) {
        req->exchange->worker->api->post(req->exchange->worker, &told);
        return fine(req);
    });
    pair.start();
    FakeExchange &x = pair.host.open();
    pair.host.handle(x);
    pair.host.run_dones(x);
    pair.host.lint->drain(pair.host.lint);
    pair.host.lint->stop(pair.host.lint);
    pair.host.run_posted();
    pair.host.destroy();
    CHECK_FALSE(ran);
    CHECK(pair.reports.all() == "MEM-9 host");
}

// ---- Events ----

namespace {

// An application that listens on its view, and, inside a layer, on a derived one.
struct Listening {
    uint32_t outer, inner;
    csgi_event_fn outer_fn = pass_on;
    uint32_t raised = 0;
    csgi_rc first = CSGI_OK; // what begin says
    csgi_rc operator()(csgi_request *req) {
        const csgi_api *api = req->exchange->api;
        csgi_request *view = api->derive(req);
        if (outer) (void)api->listen(req, outer, outer_fn, nullptr);
        if (inner) (void)api->listen(view, inner, pass_on, nullptr);
        if (raised) api->raise(view, raised);
        (void)begin(req);
        return CSGI_PENDING;
    }
};

string said_of_events(Listening app, std::function<void(FakeExchange &, csgi_request *inner)> act,
                      csgi_rc first = CSGI_OK) {
    FakePair pair(app);
    pair.start();
    pair.host.send = [first](FakeExchange &x, const csgi_part *part) {
        const csgi_rc rc = FakeHost::take(x, part);
        return rc < 0 ? rc : first;
    };
    FakeExchange &x = pair.host.open();
    pair.host.handle(x);
    act(x, x.derived.empty() ? nullptr : &x.derived.front());
    // The layer's sink, or a client, ends it.
    x.state = CSGI_ENDED;
    pair.host.settle(x);
    return pair.end();
}

void deliver(FakeExchange &x, csgi_request *on, uint32_t events) {
    x.fake.deliver_to(x, on, events);
}

} // namespace

TEST_CASE("an event that was not listened for, or to a view whose exchange is over [EVT-1]") {
    CHECK(said_of_events({CSGI_EVENT_BODY, 0}, [](FakeExchange &x, csgi_request *) {
              deliver(x, &x.view, CSGI_EVENT_BODY | CSGI_EVENT_DRAIN);
          }) == "EVT-1 host");
    CHECK(said_of_events({CSGI_EVENT_BODY, 0}, [](FakeExchange &x, csgi_request *) {
              x.state = CSGI_ENDED;
              x.fake.settle(x);
              deliver(x, &x.view, CSGI_EVENT_BODY);
          }) == "EVT-1 host");
    CHECK(said_of_events({CSGI_EVENT_BODY, 0}, [](FakeExchange &x, csgi_request *) {
              deliver(x, &x.view, CSGI_EVENT_BODY);
          }) == "");
}

TEST_CASE("ABORT comes to a view twice [EVT-2]") {
    CHECK(said_of_events({CSGI_EVENT_ABORT, 0}, [](FakeExchange &x, csgi_request *) {
              deliver(x, &x.view, CSGI_EVENT_ABORT);
              deliver(x, &x.view, CSGI_EVENT_ABORT);
          }) == "EVT-2 host");
}

TEST_CASE("WRITABLE without a PAUSE, or twice after one [EVT-3]") {
    const auto writable = [](FakeExchange &x, csgi_request *) {
        deliver(x, &x.view, CSGI_EVENT_WRITABLE);
    };
    const auto twice = [](FakeExchange &x, csgi_request *) {
        deliver(x, &x.view, CSGI_EVENT_WRITABLE);
        deliver(x, &x.view, CSGI_EVENT_WRITABLE);
    };
    CHECK(said_of_events({CSGI_EVENT_WRITABLE, 0}, writable) == "EVT-3 host");
    CHECK(said_of_events({CSGI_EVENT_WRITABLE, 0}, writable, CSGI_PAUSE) == "");
    CHECK(said_of_events({CSGI_EVENT_WRITABLE, 0}, twice, CSGI_PAUSE) == "EVT-3 host");
    CHECK(said_of_events({0, CSGI_EVENT_WRITABLE, pass_on, CSGI_EVENT_WRITABLE},
                         [](FakeExchange &x, csgi_request *inner) {
                             deliver(x, inner, CSGI_EVENT_WRITABLE);
                         }) == "");
}

TEST_CASE("an inner view hears first, or hears what was kept back [EVT-4]") {
    const Listening both = {CSGI_EVENT_BODY, CSGI_EVENT_BODY};
    const Listening keeping = {CSGI_EVENT_BODY, CSGI_EVENT_BODY, keep_back};
    const auto in_order = [](FakeExchange &x, csgi_request *inner) {
        deliver(x, &x.view, CSGI_EVENT_BODY);
        deliver(x, inner, CSGI_EVENT_BODY);
    };
    CHECK(said_of_events(both, in_order) == "");
    CHECK(said_of_events(keeping, in_order) == "EVT-4 host");
    CHECK(said_of_events(both, [](FakeExchange &x, csgi_request *inner) {
              deliver(x, inner, CSGI_EVENT_BODY);
              deliver(x, &x.view, CSGI_EVENT_BODY);
          }) == "EVT-4 host");
    // Who begins to listen in the course of a delivery takes part from the next one on.
    CHECK(said_of_events({CSGI_EVENT_DRAIN, CSGI_EVENT_BODY,
                          [](csgi_request *req, uint32_t events, void *) {
                              (void)req->exchange->api->listen(
                                  req, CSGI_EVENT_DRAIN | CSGI_EVENT_BODY, pass_on, nullptr);
                              return events;
                          }},
                         [](FakeExchange &x, csgi_request *inner) {
                             deliver(x, &x.view, CSGI_EVENT_DRAIN);
                             deliver(x, inner, CSGI_EVENT_BODY);
                         }) == "");
    // What a layer raised inside starts there.
    CHECK(said_of_events({CSGI_EVENT_BODY, CSGI_EVENT_BODY, keep_back, CSGI_EVENT_BODY},
                         [](FakeExchange &x, csgi_request *inner) {
                             deliver(x, inner, CSGI_EVENT_BODY);
                         }) == "");
}

TEST_CASE("PAUSE or AGAIN, and at stop no event has come [EVT-7]") {
    FakePair paused(Listening{CSGI_EVENT_WRITABLE, 0});
    paused.host.send = [](FakeExchange &x, const csgi_part *part) {
        (void)FakeHost::take(x, part);
        return CSGI_PAUSE;
    };
    paused.serve();
    CHECK(paused.end() == "EVT-7 host");

    FakePair waiting([](csgi_request *req) {
        return csgi_body(
            req, [](csgi_request *same, csgi_str, void *) { return fine(same); }, nullptr);
    });
    waiting.start();
    FakeExchange &x = waiting.host.open();
    x.view.flags |= CSGI_REQ_HAS_BODY;
    x.view.content_length = -1;
    x.is_whole = false;
    waiting.host.handle(x);
    CHECK(waiting.end() == "EVT-7 host");
}

// ---- Extensions ----

TEST_CASE("ext answers to an id that it cannot know [EXT-1]") {
    static const csgi_poll poll = {sizeof poll, 0, nullptr};
    FakePair any(fine);
    any.host.ext = [](const char *) -> const void * { return &poll; };
    any.start();
    CHECK(any.end() == "EXT-1 host");
    FakePair prefix(fine);
    prefix.host.ext = [](const char *id) -> const void * {
        return string(id).starts_with(CSGI_EXT_POLL) ? &poll : nullptr;
    };
    prefix.start();
    CHECK(prefix.end() == "EXT-1 host");
}

TEST_CASE("the table of an extension does not begin with its size [EXT-2]") {
    static const struct { uint32_t odd = 3; } table;
    FakePair pair([](csgi_request *req) {
        (void)req->exchange->worker->api->ext(req->exchange->worker, CSGI_EXT_POLL);
        return fine(req);
    });
    pair.host.ext = [](const char *id) -> const void * {
        return string(id) == CSGI_EXT_POLL ? &table : nullptr;
    };
    pair.serve();
    CHECK(pair.end() == "EXT-2 host");
}

TEST_CASE("a watcher is changed, or its memory goes, while the host watches [MEM-6]") {
    static csgi_watcher *given;
    static const csgi_poll poll = {
        sizeof poll, 0,
        [](csgi_worker *, csgi_watcher *watcher, int64_t, uint32_t events) -> csgi_rc {
            given = events ? watcher : nullptr;
            return CSGI_OK;
        }};
    const auto answer = [](const char *id) -> const void * {
        return string(id) == CSGI_EXT_POLL ? &poll : nullptr;
    };
    csgi_watcher watcher{};
    watcher.run = [](csgi_worker *, csgi_watcher *, uint32_t) {};
    const auto watch = [](csgi_request *req, csgi_watcher *at, uint32_t events) {
        csgi_worker *worker = req->exchange->worker;
        const auto *table = static_cast<const csgi_poll *>(worker->api->ext(worker, CSGI_EXT_POLL));
        return table->watch(worker, at, 0, events);
    };
    given = nullptr;
    FakePair good([&](csgi_request *req) {
        CHECK(watch(req, &watcher, CSGI_POLL_IN) == CSGI_OK);
        return fine(req);
    });
    good.host.ext = answer;
    good.serve();
    REQUIRE(given);
    given->run(&good.host, given, CSGI_POLL_IN);
    CHECK(good.reports.text() == "");
    given->run(&good.host, given, CSGI_POLL_OUT);
    CHECK(good.reports.all() == "EVT-1 host");
    watcher.host[1] = &watcher;
    given->run(&good.host, given, CSGI_POLL_IN);
    CHECK(good.end() == "EVT-1 host, MEM-6 app");
    CHECK(given == nullptr);

    FakePair lost([&](csgi_request *req) {
        auto *in_arena = static_cast<csgi_watcher *>(csgi_zalloc(req->exchange, sizeof watcher));
        in_arena->run = watcher.run;
        (void)watch(req, in_arena, CSGI_POLL_IN);
        return fine(req);
    });
    lost.host.ext = answer;
    lost.serve();
    CHECK(given == nullptr);
    CHECK(lost.end() == "MEM-6 app");
}
