// SPDX-License-Identifier: MIT
// What other threads may do: post, and log. Also run under the thread sanitizer.
#include "test/core/gateway/fixture.hpp"

#include <atomic>
#include <thread>

using namespace csgi;

TEST_CASE("tasks posted from many threads each run once, on the worker's [MEM-1]") {
    constexpr size_t threads = 8, tasks = 500;
    struct Job {
        csgi_task task{};
        std::thread::id *home = nullptr;
        unsigned runs = 0; // the worker's alone
    };
    std::thread::id home = std::this_thread::get_id();
    std::vector<std::vector<Job>> jobs(threads, std::vector<Job>(tasks));
    csgi_nested_options options{};
    options.caps = CSGI_NESTED_CAPS;
    options.log_level = CSGI_LOG_FATAL;
    csgi_nested *host = csgi_nested_new(&options);
    csgi_worker *worker = nullptr;
    App app([&](csgi_request *req) {
        worker = req->exchange->worker;
        return csgi_text(req, 200, "x");
    });
    char err[100];
    REQUIRE(csgi_nested_start(host, &app, err, sizeof err) == CSGI_OK);
    csgi_nested_request request{};
    csgi_nested_open(host, &request);

    std::vector<std::thread> workers;
    for (auto &mine : jobs)
        workers.emplace_back([&mine, &home, worker] {
            for (Job &job : mine) {
                job.home = &home;
                job.task.run = [](csgi_worker *, csgi_task *task) {
                    auto &self = *reinterpret_cast<Job *>(task);
                    if (*self.home == std::this_thread::get_id()) self.runs++;
                };
                worker->api->post(worker, &job.task);
            }
        });
    for (int i = 0; i < 1000; i++) csgi_nested_turn(host);
    for (std::thread &thread : workers) thread.join();
    while (csgi_nested_turn(host)) {
    }
    for (auto &mine : jobs)
        for (Job &job : mine) REQUIRE(job.runs == 1);
    CHECK(csgi_nested_free(host) == 0);
}

TEST_CASE("a thread's result becomes an answer, the memory held until then [MEM-3]") {
    struct Work {
        csgi_task task{};
        csgi_request *req = nullptr;
        int result = 0;
    };
    std::vector<std::thread> threads;
    Served f([&](csgi_request *req) {
        csgi_exchange *x = req->exchange;
        auto *work = static_cast<Work *>(csgi_zalloc(x, sizeof(Work)));
        work->req = req;
        work->task.run = [](csgi_worker *, csgi_task *task) {
            auto &w = *reinterpret_cast<Work *>(task);
            csgi_exchange *ex = w.req->exchange;
            csgi_text(w.req, 200, std::to_string(w.result).c_str());
            ex->api->release(ex);
        };
        x->api->hold(x);
        threads.emplace_back([work, worker = x->worker] {
            work->result = 42;
            worker->api->log(worker, nullptr, CSGI_LOG_DEBUG, CSGI_LIT("computing"));
            worker->api->post(worker, &work->task);
        });
        return CSGI_PENDING;
    });
    std::vector<csgi_nested_call *> calls;
    for (int i = 0; i < 20; i++) calls.push_back(f.open());
    csgi_nested_lose(calls[3]); // its memory stays for the thread all the same
    for (csgi_nested_call *call : calls) CHECK(csgi_nested_finish(call, 5000));
    for (std::thread &thread : threads) thread.join();
    for (csgi_nested_call *call : calls) {
        const csgi_nested_answer &a = *csgi_nested_answer_of(call);
        CHECK(a.done);
        if (call != calls[3]) CHECK(text(a.body) == "42");
    }
}

TEST_CASE("a thread that posts while the worker stops loses its task, and nothing else [MEM-9]") {
    for (int round = 0; round < 50; round++) {
        Bare bare;
        struct Job {
            csgi_task task{};
            unsigned runs = 0;
        };
        std::vector<Job> jobs(50);
        std::atomic<bool> go = false;
        std::thread thread([&] {
            while (!go) {
            }
            for (Job &job : jobs) {
                job.task.run = [](csgi_worker *, csgi_task *task) {
                    reinterpret_cast<Job *>(task)->runs++;
                };
                bare.host.api.post(bare.worker(), &job.task);
            }
        });
        go = true;
        csgi_host_turn(&bare.host);
        csgi_host_stop(&bare.host);
        csgi_host_turn(&bare.host);
        thread.join();
        unsigned before = 0, after = 0;
        for (Job &job : jobs) before += job.runs;
        csgi_host_turn(&bare.host);
        for (Job &job : jobs) after += job.runs;
        CHECK(before == after);
    }
}
