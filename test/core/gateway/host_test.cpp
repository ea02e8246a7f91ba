// SPDX-License-Identifier: MIT
// A worker: posted tasks, timers, settling, pages of its own, draining, stopping.
#include "test/core/gateway/fixture.hpp"

using namespace csgi;

namespace {

struct Job : csgi_task {
    std::function<void(Job &)> work;
    csgi_worker *seen = nullptr;
    unsigned runs = 0;

    explicit Job(std::function<void(Job &)> does = {}) : csgi_task{}, work(std::move(does)) {
        run = [](csgi_worker *worker, csgi_task *self) {
            auto &job = *static_cast<Job *>(self);
            job.runs++;
            job.seen = worker;
            if (job.work) job.work(job);
        };
    }
};

} // namespace

TEST_CASE("posted tasks run in order, from the loop, once, and one wake is enough [MEM-4]") {
    Bare bare;
    std::string order;
    Job a([&](Job &) { order += 'a'; }), b([&](Job &) { order += 'b'; }),
        c([&](Job &) { order += 'c'; });
    for (Job *job : {&a, &b, &c}) bare.host.api.post(bare.worker(), job);
    CHECK(order.empty());
    CHECK(bare.wakes == 1);
    csgi_host_turn(&bare.host);
    CHECK(order == "abc");
    CHECK(a.seen == bare.worker());
    csgi_host_turn(&bare.host);
    CHECK(order == "abc");
}

TEST_CASE("a task may be posted again from its own run, and waits for the next turn") {
    Bare bare;
    Job job;
    job.work = [&](Job &self) {
        if (self.runs < 3) bare.host.api.post(bare.worker(), &self);
    };
    bare.host.api.post(bare.worker(), &job);
    csgi_host_turn(&bare.host);
    CHECK(job.runs == 1);
    csgi_host_turn(&bare.host);
    csgi_host_turn(&bare.host);
    csgi_host_turn(&bare.host);
    CHECK(job.runs == 3);
}

TEST_CASE("a task that is posted twice is told, and runs once [MEM-6]") {
    Bare bare;
    Job job, other;
    bare.host.api.post(bare.worker(), &job);
    bare.host.api.post(bare.worker(), &job);
    bare.host.api.post(bare.worker(), &other);
    bare.host.api.post(bare.worker(), &other);
    CHECK(bare.log.lines.size() == 2);
    CHECK(bare.log.has("[MEM-6]"));
    csgi_host_turn(&bare.host);
    CHECK(job.runs == 1);
    CHECK(other.runs == 1);
    csgi_host_turn(&bare.host);
    CHECK(job.runs == 1);
}

TEST_CASE("after stop no task runs, posted before or after, nor a timer [MEM-9]") {
    Bare bare;
    Job before, after, timed;
    Job stopper([&](Job &) { csgi_host_stop(&bare.host); });
    bare.host.api.post(bare.worker(), &stopper);
    bare.host.api.post(bare.worker(), &before);
    bare.host.api.timer(bare.worker(), &timed, 0);
    csgi_host_turn(&bare.host);
    CHECK(stopper.runs == 1);
    CHECK(bare.armed == UINT64_MAX); // the loop need not come back for it
    bare.host.api.post(bare.worker(), &after);
    bare.now += 1000;
    csgi_host_turn(&bare.host);
    CHECK(before.runs + after.runs + timed.runs == 0);
    csgi_host_stop(&bare.host);
}

TEST_CASE("timers run when due, earliest first, can be moved and cancelled, and arm the loop") {
    Bare bare;
    std::string order;
    Job a([&](Job &) { order += 'a'; }), b([&](Job &) { order += 'b'; }),
        c([&](Job &) { order += 'c'; });
    bare.host.api.timer(bare.worker(), &a, 30);
    CHECK(bare.armed == 1030);
    bare.host.api.timer(bare.worker(), &b, 10);
    CHECK(bare.armed == 1010);
    bare.host.api.timer(bare.worker(), &c, 20);
    bare.host.api.timer(bare.worker(), &b, 40);
    CHECK(bare.armed == 1020);
    bare.now = 1019;
    csgi_host_turn(&bare.host);
    CHECK(order.empty());
    CHECK(bare.armed == 1020);
    bare.now = 1030;
    csgi_host_turn(&bare.host);
    CHECK(order == "ca");
    CHECK(bare.armed == 1040);
    bare.host.api.timer(bare.worker(), &b, -1);
    bare.host.api.timer(bare.worker(), &b, -1);
    CHECK(bare.armed == UINT64_MAX);
    bare.now = 9999;
    csgi_host_turn(&bare.host);
    CHECK(order == "ca");
}

TEST_CASE("a timer that sets itself for now does not keep the loop") {
    Bare bare;
    Job job;
    job.work = [&](Job &self) { bare.host.api.timer(bare.worker(), &self, 0); };
    bare.host.api.timer(bare.worker(), &job, 0);
    csgi_host_turn(&bare.host);
    CHECK(job.runs >= 1);
    CHECK(job.runs <= 1024);
    CHECK(bare.armed <= bare.now);
    bare.host.api.timer(bare.worker(), &job, -1);
}

TEST_CASE("a time far away does not wrap round") {
    Bare bare;
    Job job;
    bare.host.api.timer(bare.worker(), &job, INT64_MAX);
    csgi_host_turn(&bare.host);
    CHECK(job.runs == 0);
    bare.host.api.timer(bare.worker(), &job, -1);
}

TEST_CASE("what an application does outside of a callback wakes the loop, which settles it") {
    Bare bare;
    csgi_queue queue;
    csgi_queue_init(&queue, &bare.host);
    csgi_request *req = nullptr;
    App app([&](csgi_request *given) {
        req = given;
        return CSGI_PENDING;
    });
    csgi_host_handle(csgi_host_open(&bare.host, &queue, nullptr), &app);
    const unsigned wakes = bare.wakes;
    csgi_text(req, 200, "late");
    CHECK(bare.wakes > wakes);
    CHECK(bare.flushes == 0);
    csgi_host_turn(&bare.host);
    CHECK(bare.flushes == 1);
    CHECK(bare.finishes == 1);
    CHECK(bare.closes == 1);
    csgi_queue_clear(&queue);
}

TEST_CASE("the host answers by itself where no application is asked") {
    Bare bare;
    csgi_queue queue;
    csgi_queue_init(&queue, &bare.host);
    csgi_host_exchange *x = csgi_host_open(&bare.host, &queue, nullptr);
    csgi_host_enter(&bare.host);
    csgi_host_answer(x, 413);
    CHECK(x->pub.state == CSGI_ENDED);
    csgi_host_leave(&bare.host);
    CHECK(std::string(queue.first->p, queue.first->n) == "413 Content Too Large\n");
    CHECK(bare.finishes == 1);
    CHECK(bare.closes == 1);
    csgi_queue_clear(&queue);
}

TEST_CASE(
    "an exchange that was never handed over can be taken back, also when it has been told things") {
    Bare bare;
    csgi_queue queue;
    csgi_queue_init(&queue, &bare.host);
    csgi_host_exchange *a = csgi_host_open(&bare.host, &queue, nullptr);
    csgi_host_exchange *b = csgi_host_open(&bare.host, &queue, nullptr);
    csgi_host_exchange *c = csgi_host_open(&bare.host, &queue, nullptr);
    csgi_host_enter(&bare.host);
    csgi_host_drain(&bare.host);
    csgi_host_discard(b);
    csgi_host_discard(c);
    csgi_host_leave(&bare.host);
    csgi_host_discard(a);
    CHECK(bare.host.live == nullptr);
    CHECK(bare.host.settle.first == nullptr);
}

TEST_CASE("lines below the level are not recorded, long ones are cut") {
    Bare bare;
    bare.host.log_level = CSGI_LOG_ERROR;
    CHECK(*bare.host.api.log_level == CSGI_LOG_ERROR);
    bare.host.api.log(bare.worker(), nullptr, CSGI_LOG_WARNING, CSGI_LIT("quiet"));
    csgi_host_log(&bare.host, nullptr, CSGI_LOG_WARNING, "%s", "quiet");
    CHECK(bare.log.lines.empty());
    bare.host.api.log(bare.worker(), nullptr, CSGI_LOG_ERROR, CSGI_LIT("loud"));
    csgi_host_log(&bare.host, nullptr, CSGI_LOG_ERROR, "%s", std::string(2000, 'x').c_str());
    REQUIRE(bare.log.lines.size() == 2);
    CHECK(bare.log.lines[1].size() == 511);
}

TEST_CASE("what a layer has just said of an exchange is not said again of what it passes on") {
    Served f([](csgi_request *req) {
        csgi_exchange *x = req->exchange;
        const csgi_header bad = field("Upper", "x");
        csgi_head head{sizeof head, 200, 0, &bad, 1, 0, 0};
        const auto say = [&](csgi_str line) {
            x->api->log(x->worker, x, CSGI_LOG_APP_MISBEHAVING, line);
        };
        say(csgi_str_of("[RES-2] by a layer"));
        CHECK(csgi_begin(req, &head) == CSGI_INVAL); // named already
        CHECK(csgi_begin(req, &head) == CSGI_INVAL); // another breach
        say(csgi_str_of("[RES-3] by a layer"));
        CHECK(csgi_begin(req, &head) == CSGI_INVAL); // another rule
        say(csgi_str_of("of no rule"));
        CHECK(csgi_begin(req, &head) == CSGI_INVAL);
        return csgi_text(req, 200, "x");
    });
    f.open();
    std::string rules;
    for (const std::string &line : f.log.lines) rules += line.substr(0, 8) + "|";
    CHECK(rules == "[RES-2] |[RES-2] |[RES-3] |[RES-2] |of no ru|[RES-2] |");
}

TEST_CASE("an exception out of a task is told, and the next one runs [RET-4]") {
    Served f([](csgi_request *req) { return csgi_text(req, 200, "x"); });
    csgi_worker *worker = nullptr;
    f.app.on_handle = [&](csgi_request *req) {
        worker = req->exchange->worker;
        return csgi_text(req, 200, "x");
    };
    f.open();
    Job bad([](Job &) { throw 7; }), good;
    worker->api->post(worker, &bad);
    worker->api->post(worker, &good);
    f.turn(2);
    CHECK(f.log.has("[RET-4]"));
    CHECK(good.runs == 1);
}

TEST_CASE("an exception out of a task in an exchange's memory ends that exchange [RET-4] [RET-5]") {
    // In its first block, in a later one, beside a block, and beyond a head.
    for (const size_t before : {size_t{0}, size_t{3000}, size_t{100'000}})
        for (const bool begun : {false, true}) {
            CAPTURE(before);
            CAPTURE(begun);
            bool throws = true;
            Served f([&](csgi_request *req) {
                if (!throws) return csgi_text(req, 200, "fine");
                struct Late {
                    csgi_task task;
                    char more[1];
                };
                if (before && !csgi_alloc(req->exchange, before / 2)) return CSGI_NOMEM;
                auto *late = static_cast<Late *>(csgi_zalloc(req->exchange, sizeof(Late) + before));
                if (!late) return CSGI_NOMEM;
                late->task.run = [](csgi_worker *, csgi_task *) { throw std::string("late"); };
                csgi_head head{};
                head.struct_size = sizeof head;
                head.status = 200;
                if (begun && csgi_begin(req, &head) < 0) return CSGI_APP;
                const csgi_api *api = req->exchange->api;
                api->post(req->exchange->worker, &late->task);
                return CSGI_PENDING;
            });
            csgi_nested_call *call = f.open();
            f.turn(3);
            const csgi_nested_answer *answer = csgi_nested_answer_of(call);
            CHECK(answer->done);
            CHECK(answer->status == (begun ? 200 : 500));
            CHECK(answer->broken == begun);
            CHECK(f.log.has("[RET-4] an exception left a task"));
            throws = false;
            CHECK(f.answer().status == 200);
        }
}

TEST_CASE("the api and the worker are as large as they say, and nothing in them is missing") {
    Bare bare;
    CHECK(bare.host.api.struct_size == sizeof(csgi_api));
    CHECK(bare.host.worker.struct_size == sizeof(csgi_worker));
    CHECK(bare.host.worker.api == &bare.host.api);
    // Of pointers alone from `alloc` to the end.
    const auto *p = reinterpret_cast<void *const *>(&bare.host.api.alloc);
    const size_t count = (sizeof(csgi_api) - offsetof(csgi_api, alloc)) / sizeof *p;
    for (size_t i = 0; i < count; i++) CHECK(p[i] != nullptr);
    CHECK(bare.host.api.ext(bare.worker(), "csgi.nothing/1") == nullptr);
}

TEST_CASE("a transport that has pages of its own answers in the application's stead [RET-5]") {
    Bare bare;
    csgi_queue queue;
    csgi_queue_init(&queue, &bare.host);
    std::vector<unsigned> asked;
    bool takes = true;
    bare.on_answer = [&](csgi_host_exchange *, unsigned status) {
        asked.push_back(status);
        return takes;
    };
    csgi_rc says = CSGI_DECLINED;
    App app([&](csgi_request *) { return says; });
    auto hand_over = [&] { csgi_host_handle(csgi_host_open(&bare.host, &queue, nullptr), &app); };
    hand_over();
    CHECK(asked == std::vector<unsigned>{0}); // it declined: whose page is to say
    says = CSGI_LIMIT;
    hand_over();
    CHECK(asked == std::vector<unsigned>{0, 413});
    CHECK(queue.bytes == 0); // nothing was sent
    CHECK(bare.finishes == 2);
    CHECK(bare.broken == 0);
    takes = false; // then it is the host's small page, and DECLINED is 404
    unsigned status = 0;
    App asks([&](csgi_request *req) {
        csgi_rc rc = req->exchange->api->on_done(
            req->exchange,
            [](csgi_exchange *x, void *arg, csgi_rc, uint64_t) {
                *static_cast<unsigned *>(arg) = reinterpret_cast<csgi_host_exchange *>(x)->status;
            },
            &status);
        return rc < 0 ? rc : CSGI_APP;
    });
    csgi_host_handle(csgi_host_open(&bare.host, &queue, nullptr), &asks);
    CHECK(status == 500);
    CHECK(bare.closes == 3);
    csgi_queue_clear(&queue);
}
