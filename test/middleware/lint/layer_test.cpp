// SPDX-License-Identifier: MIT
// Layers that break a rule each, with a lint on either side: lint(layer(lint(app))).
#include "test/middleware/lint/pair.hpp"

#include <doctest/doctest.h>
#include <stdexcept>

using std::string;

namespace {

using Layer = std::function<csgi_rc(csgi_app *inner, csgi_request *req)>;
using Tap = csgi_rc (*)(csgi_tap *, csgi_exchange *, csgi_part *, csgi_head *);

csgi_rc hello(csgi_request *req) {
    return csgi_text(req, 200, "hello");
}

// What both lints say of one GET; the inner one's after a bar.
struct Sandwich {
    explicit Sandwich(Layer layer, FunctionApp::Handle app = hello) : outer(build(layer, app)) {}
    csgi_app *build(const Layer &layer, const FunctionApp::Handle &app) {
        csgi_lint_options options = inner.options();
        return layer_of(layer, csgi_lint(app_of(app), &options));
    }
    string said() {
        outer.turn();
        outer.end();
        return outer.reports.all() + " | " + inner.all();
    }
    Reports inner;
    Pair outer;
};

string said_of_layer(Layer layer, FunctionApp::Handle app = hello) {
    Sandwich sandwich(std::move(layer), std::move(app));
    sandwich.outer.get();
    return sandwich.said();
}

csgi_request *tapped(csgi_request *req, uint32_t wants, Tap fn) {
    auto *tap = static_cast<csgi_tap *>(csgi_alloc(req->exchange, sizeof(csgi_tap)));
    return csgi_push(req, tap, wants, fn);
}

} // namespace

TEST_CASE("a layer that passes a request on is not accused") {
    CHECK(said_of_layer([](csgi_app *inner, csgi_request *req) {
              return inner->handle(inner, req);
          }) == " | ");
    CHECK(said_of_layer([](csgi_app *inner, csgi_request *req) {
              csgi_request *view = req->exchange->api->derive(req);
              view->path = str("/other");
              return inner->handle(inner, view);
          }) == " | ");
}

TEST_CASE("an inner application is called twice for one exchange, unless INTERNAL [MW-1]") {
    const auto twice = [](uint32_t flags) {
        return said_of_layer([flags](csgi_app *inner, csgi_request *req) {
            csgi_request *view = req->exchange->api->derive(req);
            view->flags |= flags;
            // As a layer that looks at a first answer does: nothing of it leaves.
            static const csgi_sink swallow = {
                sizeof swallow, CSGI_WANTS_BODY | CSGI_WANTS_FILE, nullptr, nullptr,
                [](const csgi_sink *, csgi_exchange *, const csgi_part *) { return CSGI_OK; }};
            view->sink = view->body_sink = &swallow;
            (void)inner->handle(inner, view);
            return inner->handle(inner, req);
        });
    };
    CHECK(twice(0) == " | MW-1 layer");
    CHECK(said_of_layer(
              [](csgi_app *inner, csgi_request *req) {
                  // One that declined has not been called in this sense.
                  (void)inner->handle(inner, req);
                  return inner->handle(inner, req);
              },
              [calls = 0](csgi_request *req) mutable {
                  return calls++ ? hello(req) : CSGI_DECLINED;
              }) == " | ");
}

TEST_CASE("an inner application may be called again on an INTERNAL view [MW-1]") {
    CHECK(said_of_layer(
              [](csgi_app *inner, csgi_request *req) {
                  const csgi_rc rc = inner->handle(inner, req);
                  if (rc != CSGI_TRUNC) return rc;
                  csgi_request *view = req->exchange->api->derive(req);
                  view->flags |= CSGI_REQ_INTERNAL;
                  view->path = str("/sorry");
                  return inner->handle(inner, view);
              },
              [](csgi_request *req) { return req->path.n == 1 ? CSGI_TRUNC : hello(req); }) ==
          " | ");
}

TEST_CASE("a sink without BODY changes the bytes of the first part [MW-2]") {
    CHECK(said_of_layer([](csgi_app *inner, csgi_request *req) {
              const Tap shout = [](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *) {
                  return csgi_forward_bytes(tap, x, part, "HELLO", 5, nullptr);
              };
              return csgi_call(inner, tapped(req, 0, shout));
          }) == " | MW-2 layer");
    CHECK(said_of_layer([](csgi_app *inner, csgi_request *req) {
              const Tap shout = [](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *) {
                  return csgi_forward_bytes(tap, x, part, "HELLO", 5, nullptr);
              };
              return csgi_call(inner, tapped(req, CSGI_WANTS_BODY, shout));
          }) == " | ");
}

TEST_CASE("a layer keeps an answer back, and does not return PENDING [MW-3]") {
    struct Kept : csgi_tap {
        string body;
    };
    const auto keeping = [](csgi_rc rc) {
        return said_of_layer([rc](csgi_app *inner, csgi_request *req) {
            static const Tap swallow = [](csgi_tap *, csgi_exchange *, csgi_part *, csgi_head *) {
                return CSGI_OK;
            };
            csgi_request *view = tapped(req, CSGI_WANTS_BODY, swallow);
            const csgi_rc inside = csgi_call(inner, view);
            if (rc != CSGI_PENDING) return inside;
            // It sends its own in time.
            static csgi_task task;
            static csgi_request *later;
            later = req;
            task = {};
            task.run = [](csgi_worker *, csgi_task *) { (void)hello(later); };
            req->exchange->worker->api->timer(req->exchange->worker, &task, 10);
            return CSGI_PENDING;
        });
    };
    CHECK(keeping(CSGI_OK) == "MW-3 layer | ");
    CHECK(keeping(CSGI_PENDING) == " | ");
}

TEST_CASE("a layer changes a view after it passed it on, or the one it got [MW-4]") {
    CHECK(said_of_layer([](csgi_app *inner, csgi_request *req) {
              csgi_request *view = req->exchange->api->derive(req);
              const csgi_rc rc = inner->handle(inner, view);
              view->path = str("/late");
              return rc;
          }) == " | MW-4 layer");
    CHECK(said_of_layer([](csgi_app *inner, csgi_request *req) {
              req->flags |= CSGI_REQ_TLS;
              return inner->handle(inner, req);
          }) == "MW-4 app | ");
    CHECK(said_of_layer([](csgi_app *inner, csgi_request *req) {
              csgi_request copy = *req;
              (void)req->exchange->api->derive(&copy);
              return inner->handle(inner, req);
          }) == "MW-4 layer | ");
}

TEST_CASE("a BODY sink that does not want FILE leaves TAKES_FILE set [MW-5]") {
    const Tap forward = [](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *) {
        return csgi_forward(tap, x, part);
    };
    CHECK(said_of_layer([&](csgi_app *inner, csgi_request *req) {
              csgi_request *view = tapped(req, CSGI_WANTS_BODY, forward);
              view->flags |= CSGI_REQ_TAKES_FILE;
              return csgi_call(inner, view);
          }) == " | MW-5 layer");
}

TEST_CASE("an inner failure goes past the layer's own sink [MW-6]") {
    const Tap forward = [](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *) {
        return csgi_forward(tap, x, part);
    };
    const auto fails = [](csgi_request *) { return CSGI_APP; };
    CHECK(said_of_layer(
              [&](csgi_app *inner, csgi_request *req) {
                  return inner->handle(inner, tapped(req, 0, forward));
              },
              fails) == "MW-6 layer | ");
    CHECK(
        said_of_layer([&](csgi_app *inner,
                          csgi_request *req) { return csgi_call(inner, tapped(req, 0, forward)); },
                      fails) == " | ");
    // Without a sink of its own it has nothing to add.
    CHECK(
        said_of_layer([](csgi_app *inner, csgi_request *req) { return inner->handle(inner, req); },
                      fails) == " | ");
}

namespace {

csgi_rc with_field(csgi_request *req) {
    static const csgi_header field = {CSGI_LIT("x-a"), CSGI_LIT("1"), 0, 0, 0};
    csgi_head head = {sizeof head, 200, 0, &field, 1, 0, 0};
    csgi_part part = {sizeof part, CSGI_PART_END, &head, nullptr, 0, nullptr, 0};
    return csgi_send(req, &part);
}

// A sink that gets what is sent as it is, where a tap has copies of its own.
struct Raw {
    csgi_sink sink;
    std::function<void(const csgi_part *)> look;
};

Layer raw(std::function<void(const csgi_part *)> look) {
    return [look](csgi_app *inner, csgi_request *req) {
        csgi_request *view = req->exchange->api->derive(req);
        auto *own = new Raw{{sizeof(csgi_sink), 0, req->sink, req->body_sink,
                             [](const csgi_sink *self, csgi_exchange *x, const csgi_part *part) {
                                 const csgi_sink *next = part->head ? self->next : self->next_body;
                                 reinterpret_cast<const Raw *>(self)->look(part);
                                 return next->send(next, x, part);
                             }},
                            look};
        (void)req->exchange->api->on_done(
            req->exchange,
            [](csgi_exchange *, void *arg, csgi_rc, uint64_t) { delete static_cast<Raw *>(arg); },
            own);
        view->sink = &own->sink;
        return csgi_call(inner, view);
    };
}

} // namespace

TEST_CASE("a layer writes into the part, the head or the fields that it was sent [RES-16]") {
    CHECK(said_of_layer(raw([](const csgi_part *) {}), with_field) == " | ");
    CHECK(said_of_layer(raw([](const csgi_part *part) {
                            const_cast<csgi_part *>(part)->flags |= CSGI_PART_MORE;
                        }),
                        with_field) == " | RES-16 layer");
    CHECK(said_of_layer(
              raw([](const csgi_part *part) { const_cast<csgi_head *>(part->head)->status = 201; }),
              with_field) == " | RES-16 layer");
    // A tap's head is its own, the array that it leads to is the sender's.
    const Tap edit = [](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
        if (head) const_cast<csgi_header *>(head->headers)->value = str("2");
        return csgi_forward(tap, x, part);
    };
    CHECK(said_of_layer([&](csgi_app *inner,
                            csgi_request *req) { return csgi_call(inner, tapped(req, 0, edit)); },
                        with_field) == " | RES-16 layer");
    const Tap replace = [](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
        if (head) {
            head->status = 201;
            (void)csgi_head_set(x, head, str("x-a"), str("2"));
        }
        return csgi_forward(tap, x, part);
    };
    CHECK(
        said_of_layer([&](csgi_app *inner,
                          csgi_request *req) { return csgi_call(inner, tapped(req, 0, replace)); },
                      with_field) == " | ");
}

namespace {

int released;

csgi_rc with_owned(csgi_request *req) {
    csgi_head head = {sizeof head, 200, 0, nullptr, 0, 0, 0};
    csgi_chunk chunk = {CSGI_CHUNK_MEMORY,          CSGI_MEM_OWNED, "x", 1, 0, 0,
                        [](void *) { released++; }, nullptr};
    csgi_part part = {sizeof part, CSGI_PART_END, &head, &chunk, 1, nullptr, 0};
    const csgi_rc rc = csgi_send_owned(req, &part);
    return rc < 0 ? csgi_fail(req, 500) : CSGI_OK;
}

Layer with_tap(Tap fn) {
    return [fn](csgi_app *inner, csgi_request *req) {
        return csgi_call(inner, tapped(req, CSGI_WANTS_BODY, fn));
    };
}

} // namespace

TEST_CASE("a layer may release what it took before send returns, once [RES-17]") {
    released = 0;
    CHECK(said_of_layer(with_tap([](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *) {
                            return csgi_forward_bytes(tap, x, part, "y", 1, nullptr);
                        }),
                        with_owned) == " | ");
    CHECK(released == 1);
    CHECK(said_of_layer(with_tap([](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *) {
                            csgi_release_owned(part);
                            return csgi_forward_bytes(tap, x, part, "y", 1, nullptr);
                        }),
                        with_owned) == " | RES-17 host");
    CHECK(released == 2);
    CHECK(said_of_layer(with_tap([](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *) {
                            csgi_part other = *part; // forgets what it took
                            other.nchunks = 0;
                            return csgi_forward(tap, x, &other);
                        }),
                        with_owned) == " | RES-17 host");
    CHECK(released == 2);
}

TEST_CASE("a layer releases what it refuses: the sender does that [RES-17]") {
    released = 0;
    const Tap refuse = [](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
        if (head && head->status == 500) return csgi_forward(tap, x, part);
        return CSGI_LIMIT;
    };
    CHECK(said_of_layer(with_tap(refuse), with_owned) == " | ");
    CHECK(released == 1);
    const Tap release_too = [](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
        if (head && head->status == 500) return csgi_forward(tap, x, part);
        csgi_release_owned(part);
        return CSGI_LIMIT;
    };
    CHECK(said_of_layer(with_tap(release_too), with_owned) == " | RES-17 host");
    CHECK(released == 2);
}

TEST_CASE("a layer that has answered swallows an inner ABORT, in silence") {
    struct Early : csgi_tap {
        csgi_request *req;
        bool answered;
    };
    int aborts = 0;
    static int *heard;
    heard = &aborts;
    // Answers itself as soon as it sees the inner head, and lets nothing of it through.
    const auto layer = [](csgi_app *inner, csgi_request *req) {
        auto *tap = static_cast<Early *>(csgi_zalloc(req->exchange, sizeof(Early)));
        tap->req = req;
        csgi_request *view =
            csgi_push(req, tap, CSGI_WANTS_BODY,
                      [](csgi_tap *self, csgi_exchange *x, csgi_part *part, csgi_head *) {
                          auto &early = *static_cast<Early *>(self);
                          if (!early.answered) {
                              early.answered = true;
                              return csgi_text(early.req, 503, "no");
                          }
                          if (!(part->flags & CSGI_PART_ABORT)) return csgi_forward(self, x, part);
                          ++*heard;
                          return CSGI_OK;
                      });
        return csgi_call(inner, view);
    };
    Sandwich sandwich(layer, [](csgi_request *req) {
        csgi_head head = {sizeof head, 200, 0, nullptr, 0, 0, 0};
        CHECK(csgi_begin(req, &head) == CSGI_OK);
        return csgi_abort(req);
    });
    const csgi_nested_answer &answer = sandwich.outer.get();
    CHECK(answer.status == 503);
    CHECK(answer.complete);
    CHECK(aborts == 1);
    CHECK(sandwich.said() == " | ");
}

TEST_CASE("an inner ABORT before a head passes the layers and becomes a 500, in silence") {
    const Tap forward = [](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *) {
        return csgi_forward(tap, x, part);
    };
    for (const uint32_t wants : {0u, CSGI_WANTS_BODY}) {
        Sandwich sandwich(
            [&](csgi_app *inner, csgi_request *req) {
                return csgi_call(inner, tapped(req, wants, forward));
            },
            [](csgi_request *req) { return csgi_abort(req); });
        CHECK(sandwich.outer.get().status == 500);
        CHECK(sandwich.said() == " | ");
    }
}

TEST_CASE("an exception out of an event function reaches the layers as ABORT") {
    static int aborts;
    aborts = 0;
    const Tap count = [](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *) {
        if (part->flags & CSGI_PART_ABORT) aborts++;
        return csgi_forward(tap, x, part);
    };
    CHECK(said_of_layer(with_tap(count), [](csgi_request *req) {
              (void)req->exchange->api->listen(
                  req, CSGI_EVENT_BODY,
                  [](csgi_request *, uint32_t, void *) -> uint32_t {
                      throw std::runtime_error("no");
                  },
                  nullptr);
              req->exchange->api->raise(req, CSGI_EVENT_BODY);
              return CSGI_PENDING;
          }) == " | RET-4 app");
    CHECK(aborts == 1);
}

TEST_CASE("an exception out of a layer's sink [RET-4]") {
    CHECK(said_of_layer([](csgi_app *inner, csgi_request *req) {
              const Tap thrower = [](csgi_tap *, csgi_exchange *, csgi_part *,
                                     csgi_head *) -> csgi_rc { throw std::runtime_error("no"); };
              csgi_request *view = tapped(req, 0, thrower);
              (void)inner->handle(inner, view);
              return hello(req);
          }) == " | RET-4 layer");
}

TEST_CASE("a layer passes on a part that it refuses [RES-22]") {
    CHECK(said_of_layer([](csgi_app *inner, csgi_request *req) {
              const Tap two_tongues = [](csgi_tap *tap, csgi_exchange *x, csgi_part *part,
                                         csgi_head *) {
                  (void)csgi_forward(tap, x, part);
                  return CSGI_NOMEM;
              };
              return csgi_call(inner, tapped(req, 0, two_tongues));
          }) == " | RES-22 host");
}

TEST_CASE("an attribute that is an extension is hidden, others pass") {
    string seen;
    Sandwich sandwich(
        [](csgi_app *inner, csgi_request *req) {
            static int table, user;
            csgi_request *view = req->exchange->api->derive(req);
            static csgi_attr attrs[2];
            attrs[0] = {CSGI_LIT("csgi.app-status/1"), &table, &attrs[1]};
            attrs[1] = {CSGI_LIT("org.example.user"), &user, req->attrs};
            view->attrs = attrs;
            return inner->handle(inner, view);
        },
        [&](csgi_request *req) {
            seen += csgi_attr_get(req, str("csgi.app-status/1")) ? "table " : "none ";
            seen += csgi_attr_get(req, str("org.example.user")) ? "user" : "none";
            return hello(req);
        });
    sandwich.outer.get();
    CHECK(seen == "none user");
    CHECK(sandwich.said() == " | ");
}
