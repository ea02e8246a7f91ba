// SPDX-License-Identifier: MIT
// Every call in every state: the cases are spec/states.def, each cell is tried on a real exchange.
#include "test/core/gateway/fixture.hpp"

#include <map>

using namespace csgi;

namespace {

enum Cell { WORKS, STATE, GONE, NOTHING };

struct Row {
    const char *call;
    Cell on[4]; // NEW, BEGUN, ABORTED, ENDED
};

const Row rows[] = {
#define CSGI_CALL(call, words, on_new, on_begun, on_aborted, on_ended) \
    {#call, {on_new, on_begun, on_aborted, on_ended}},
#include "spec/states.def"
#undef CSGI_CALL
};

enum Situation { IS_NEW, IS_BEGUN, IS_NEW_LOST, IS_BEGUN_LOST, IS_ENDED };
const char *const situation_names[] = {"NEW", "BEGUN", "ABORTED (new)", "ABORTED (begun)", "ENDED"};
const int columns[] = {0, 1, 2, 2, 3};

Cell code(csgi_rc rc) {
    return rc == CSGI_STATE ? STATE : rc == CSGI_GONE ? GONE : WORKS;
}

// An exchange in one of the situations, held, with a view inside that hears WRITABLE.
struct Scene {
    Served served;
    csgi_request *req = nullptr, *inner = nullptr;
    csgi_nested_call *call;
    unsigned heard = 0, ended = 0;
    csgi_rc outcome = CSGI_OK;

    explicit Scene(Situation situation)
        : served([this](csgi_request *given) {
              req = given;
              const csgi_api &api = *req->exchange->api;
              api.hold(req->exchange);
              inner = api.derive(req);
              const auto hear = [](csgi_request *, uint32_t e, void *arg) {
                  static_cast<Scene *>(arg)->heard++;
                  return e;
              };
              const auto done = [](csgi_exchange *, void *arg, csgi_rc how, uint64_t) {
                  auto &self = *static_cast<Scene *>(arg);
                  self.ended++;
                  self.outcome = how;
              };
              CHECK(api.listen(inner, CSGI_EVENT_WRITABLE, hear, this) == CSGI_OK);
              CHECK(api.on_done(req->exchange, done, this) == CSGI_OK);
              return CSGI_PENDING;
          }) {
        call = served.open({.method = "POST", .body = "abc"});
        if (situation == IS_BEGUN || situation == IS_BEGUN_LOST) begin(req);
        if (situation == IS_NEW_LOST || situation == IS_BEGUN_LOST) csgi_nested_lose(call);
        if (situation == IS_ENDED) csgi_text(req, 200, "over");
        served.turn(3);
        CHECK(ended == 0);
    }
    ~Scene() {
        if (x().state != CSGI_ENDED) csgi_abort(req);
        api().release(&x());
        served.turn(3);
        CHECK(ended == 1);
    }
    Scene(const Scene &) = delete;
    Scene &operator=(const Scene &) = delete;

    csgi_exchange &x() const { return *req->exchange; }
    const csgi_api &api() const { return *req->exchange->api; }
    const csgi_nested_answer &answer() const { return *csgi_nested_answer_of(call); }
};

Cell try_send_abort(Scene &s) {
    const uint16_t before = s.x().state;
    const unsigned status = s.answer().status;
    const csgi_rc rc = csgi_abort(s.req);
    s.served.turn(3);
    CHECK(s.x().state == CSGI_ENDED);
    CHECK(s.served.log.lines.empty()); // also when it comes too late, it breaks no rule
    if (before == CSGI_ENDED) {
        CHECK(s.answer().status == status);
        CHECK(s.answer().complete);
    }
    return code(rc);
}

Cell try_raise(Scene &s) {
    s.heard = 0;
    s.api().raise(s.inner, CSGI_EVENT_WRITABLE);
    CHECK(s.heard == 0); // never inside the call
    s.served.turn(3);
    return s.heard == 1 ? WORKS : NOTHING;
}

Cell try_hold(Scene &s) {
    s.api().hold(&s.x());
    s.api().hold(&s.x());
    s.api().release(&s.x());
    s.api().release(&s.x());
    s.served.turn(3);
    return s.ended == 0 && s.served.log.lines.empty() ? WORKS : NOTHING;
}

Cell try_listen(Scene &s) {
    const auto fn = [](csgi_request *, uint32_t e, void *) { return e; };
    return code(s.api().listen(s.req, CSGI_EVENT_BODY, fn, nullptr));
}

Cell try_on_done(Scene &s) {
    return code(s.api().on_done(
        &s.x(), [](csgi_exchange *, void *, csgi_rc, uint64_t) {}, nullptr));
}

Cell try_log(Scene &s) {
    s.api().log(s.x().worker, &s.x(), CSGI_LOG_ERROR, CSGI_LIT("a line"));
    return s.served.log.has("a line") ? WORKS : NOTHING;
}

Cell try_send_head(Scene &s) {
    csgi_head head{sizeof head, 200, 0, nullptr, 0, 0, 0};
    return code(csgi_begin(s.req, &head));
}

Cell try_peek(Scene &s) {
    csgi_chunk span;
    size_t n;
    return code(s.req->source->peek(s.req->source, &s.x(), 1, &span, 1, &n));
}

const std::map<std::string, Cell (*)(Scene &)> calls = {
    {"send_head", try_send_head},
    {"send_rest", [](Scene &s) { return code(csgi_write(s.req, "x", 1)); }},
    {"peek", try_peek},
    {"consume", [](Scene &s) { return code(s.req->source->consume(s.req->source, &s.x(), 0)); }},
    {"alloc", [](Scene &s) { return s.api().alloc(&s.x(), 100, 8) ? WORKS : NOTHING; }},
    {"derive", [](Scene &s) { return s.api().derive(s.req) ? WORKS : NOTHING; }},
    {"listen", try_listen},
    {"raise", try_raise},
    {"on_done", try_on_done},
    {"send_abort", try_send_abort},
    {"hold", try_hold},
    {"release", try_hold},
    {"log", try_log},
};

Cell decline(Situation situation) {
    Served served([situation](csgi_request *req) {
        if (situation == IS_BEGUN) begin(req);
        if (situation == IS_ENDED) csgi_text(req, 200, "over");
        if (situation == IS_NEW_LOST)
            csgi_host_lost(reinterpret_cast<csgi_host_exchange *>(req->exchange));
        return CSGI_DECLINED;
    });
    const csgi_nested_answer &a = served.answer();
    CHECK(a.done);
    if (served.log.has("[RET-2]")) return STATE;
    CHECK(served.log.lines.empty());
    if (situation == IS_ENDED) return a.status == 200 && a.complete ? NOTHING : WORKS;
    if (situation == IS_NEW_LOST) return a.outcome == CSGI_GONE ? WORKS : NOTHING;
    return a.status == 404 ? WORKS : NOTHING;
}

} // namespace

TEST_CASE("each call does in each state what the table says [RES-8]") {
    for (const Row &row : rows) {
        if (std::string(row.call) == "declined") continue;
        CAPTURE(row.call);
        const auto call = calls.find(row.call);
        REQUIRE(call != calls.end()); // a row nobody tries is no promise
        for (int situation = IS_NEW; situation <= IS_ENDED; situation++) {
            CAPTURE(situation_names[situation]);
            Scene scene(static_cast<Situation>(situation));
            CHECK(call->second(scene) == row.on[columns[situation]]);
        }
    }
}

TEST_CASE("DECLINED is taken, ignored or a failure, as the table says [RET-2]") {
    for (const Row &row : rows) {
        if (std::string(row.call) != "declined") continue;
        for (Situation situation : {IS_NEW, IS_BEGUN, IS_NEW_LOST, IS_ENDED}) {
            CAPTURE(situation_names[situation]);
            CHECK(decline(situation) == row.on[columns[situation]]);
        }
        return;
    }
    FAIL("there is no row");
}

TEST_CASE(
    "what is refused for its state is told with the rule, and leaves no trace [RES-8] [RES-22]") {
    for (const auto &[situation, words] : {std::pair{IS_NEW, "before the head"},
                                           std::pair{IS_ENDED, "after the answer has ended"}}) {
        Scene scene(situation);
        CHECK(csgi_write(scene.req, "stray", 5) == CSGI_STATE);
        CHECK(scene.served.log.has("[RES-8]"));
        CHECK(scene.served.log.has(words));
        CHECK(text(scene.answer().body).find("stray") == std::string::npos);
    }
    Scene scene(IS_BEGUN);
    CHECK(csgi_text(scene.req, 404, "second") == CSGI_STATE);
    CHECK(scene.served.log.has("a second head"));
    CHECK(scene.answer().status == 200);
}

TEST_CASE(
    "END after the client left says GONE and ends the exchange; a part without END does not") {
    Scene lost(IS_BEGUN_LOST);
    CHECK(csgi_write(lost.req, "x", 1) == CSGI_GONE);
    CHECK(lost.x().state == CSGI_BEGUN);
    CHECK(csgi_end(lost.req) == CSGI_GONE);
    CHECK(lost.x().state == CSGI_ENDED);
    CHECK(csgi_end(lost.req) == CSGI_STATE);
}

TEST_CASE("ABORT after the client left says GONE and ends the exchange") {
    for (const Situation situation : {IS_NEW_LOST, IS_BEGUN_LOST}) {
        Scene lost(situation);
        CHECK(csgi_abort(lost.req) == CSGI_GONE);
        CHECK(lost.x().state == CSGI_ENDED);
        CHECK(csgi_abort(lost.req) == CSGI_STATE);
        lost.served.turn(3);
        CHECK_FALSE(lost.answer().complete);
    }
}
