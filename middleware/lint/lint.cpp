// SPDX-License-Identifier: MIT
// The life of the lint and of what is inside it, and the way of one request through it.
#include "middleware/lint/lint.hpp"

#include "middleware/lint/request_rules.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <unistd.h>

namespace csgi::lint {

namespace {

// Exchanges that are over are kept until as many more are, to catch who comes late.
constexpr size_t kept_exchanges = 64;
// Released chunks are kept to catch a second release.
constexpr size_t kept_releases = 1024;

uint64_t now_ms() {
    using namespace std::chrono;
    return static_cast<uint64_t>(
        duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count());
}

Lint &of(csgi_app *app) {
    return *static_cast<Lint *>(app);
}

} // namespace

Lint::Lint(csgi_app &app, const csgi_lint_options *options)
    : csgi_app{}, reporter(options), life(reporter, nullptr), inside(&app), pid(getpid()),
      thread(std::this_thread::get_id()) {
    struct_size = sizeof(csgi_app);
    // What is inside may run on many threads at once; what is remembered of it may not.
    flags = app.flags & ~CSGI_APP_CONCURRENT;
    max_body = app.max_body;
    handle = [](csgi_app *self, csgi_request *req) { return of(self).handle_request(req); };
    start = [](csgi_app *self, csgi_worker *host, char *err, size_t cap) {
        return of(self).start_inside(host, err, cap);
    };
    drain = [](csgi_app *self) { of(self).drain_inside(); };
    stop = [](csgi_app *self) { of(self).stop_inside(); };
    destroy = [](csgi_app *self) { of(self).destroy_inside(); };

    worker.struct_size = sizeof(csgi_worker);
    worker.api = &api;
    worker.lint = this;
    api.struct_size = sizeof api;
    fill_exchange_api(api);
    fill_event_api(api);
    fill_loop_api(api);
    // Two sinks, so that a part that goes to the wrong one can be told. The server's have no next.
    sink = {sizeof sink, CSGI_WANTS_BODY | CSGI_WANTS_FILE, nullptr, nullptr, send_with_head};
    body_sink = {sizeof sink, CSGI_WANTS_BODY | CSGI_WANTS_FILE, nullptr, nullptr, send_rest};
}

void Lint::enter(const char *what) noexcept {
    if (in_host)
        life.breach(Rule::MEM_4, "%s was called before a function of the host returned", what);
    for (const auto &x : live) x->sync();
}

Exchange *Lint::find(const csgi_exchange *host_exchange) noexcept {
    for (const auto &x : live)
        if (x->host == host_exchange) return x.get();
    return nullptr;
}

void Lint::throw_away_oldest() noexcept {
    const std::unique_ptr<Exchange> oldest = std::move(over.front());
    over.pop_front();
    if (!oldest->rests())
        life.breach(Rule::MEM_2, "memory of an exchange was written to after its last on_done");
}

void Lint::retire(Exchange &x) noexcept {
    const auto at =
        std::find_if(live.begin(), live.end(), [&x](const auto &one) { return one.get() == &x; });
    if (at == live.end()) return;
    x.bury();
    over.push_back(std::move(*at));
    *at = std::move(live.back());
    live.pop_back();
    while (over.size() > kept_exchanges) throw_away_oldest();
}

void Lint::release_called(Release &release) noexcept {
    Judge &judge = release.x ? release.x->judge : life;
    if (in_host && release.from_loop)
        judge.breach(Rule::RES_17, "release was called before a function of the host returned");
    for (const auto &x : live) x->sync();
    if (++release.calls > 1)
        judge.breach(Rule::RES_17, "release of an OWNED chunk was called %u times", release.calls);
    else if (release.state == Release::State::REFUSED)
        judge.breach(Rule::RES_17, "release was called after the part was refused");
    else if (release.state == Release::State::TAKEN)
        release_now(release);
    // While it is being sent nobody knows yet whose it is: see release_heard.
}

void Lint::release_heard(Release &release, csgi_rc rc) noexcept {
    if (rc < 0) {
        if (release.calls)
            (release.x ? release.x->judge : life)
                .breach(Rule::RES_17, "release was called, and the part refused with %s",
                        csgi_rc_name(rc));
        release.state = Release::State::REFUSED;
        release.x = nullptr;
    } else if (release.calls) {
        release_now(release);
    } else {
        release.state = Release::State::TAKEN;
        if (release.x) release.x->releases.push_back(&release);
    }
}

void Lint::release_now(Release &release) noexcept {
    release.state = Release::State::RELEASED;
    if (release.x) std::erase(release.x->releases, &release);
    release.x = nullptr;
    run("release", life, [&] { release.release(release.arg); });
}

// ---- A request ----

csgi_rc Lint::handle_request(csgi_request *given) noexcept {
    enter("handle");
    if (stage != Stage::STARTED && stage != Stage::DRAINED)
        life.breach(Rule::LIFE_1, "handle was called %s",
                    stage == Stage::CREATED ? "before start" : "after stop");
    if (getpid() != pid) life.breach(Rule::LIFE_6, "handle was called in a child of the process");
    if (!(flags & CSGI_APP_BLOCKING) && std::this_thread::get_id() != thread)
        life.breach(Rule::LIFE_1, "handle was called on another thread than start");

    Exchange *x = nullptr;
    char words[200];
    const csgi_rc made = guarded(
        [&] {
            Judge first(reporter, given->exchange);
            const bool again = !(given->flags & CSGI_REQ_INTERNAL) && find(given->exchange);
            if (!judge_request(*given, first)) return CSGI_INVAL;
            while (released.size() > kept_releases) {
                const Release::State state = released.front()->state;
                if (state == Release::State::SENDING || state == Release::State::TAKEN) break;
                released.pop_front();
            }
            live.push_back(std::make_unique<Exchange>(*this, *given));
            x = live.back().get();
            if (again) x->judge.breach(Rule::MW_1, "handle was called again for the same exchange");
            return CSGI_OK;
        },
        words, sizeof words);
    if (made < 0) return made;
    if (host_worker && x->host->worker != host_worker)
        x->judge.breach(Rule::LIFE_1, "handle was called for another worker than start");

    csgi_rc rc = CSGI_APP;
    const uint64_t from = now_ms();
    run("handle", x->judge, [&] { rc = inside->handle(inside, x->views.front().get()); });
    const uint64_t took = now_ms() - from;
    const uint32_t bearable = reporter.options().handle_ms;
    if (bearable && took > bearable && !(flags & CSGI_APP_BLOCKING))
        x->judge.breach(Rule::LIFE_7, "handle took %llu ms", static_cast<unsigned long long>(took));
    if (x->is_over()) return rc; // the host ended it meanwhile, and was told off
    return judge_return(*x, rc);
}

csgi_rc Lint::judge_return(Exchange &x, csgi_rc rc) noexcept {
    const bool answered = x.answer.is_over() || x.state == CSGI_ENDED;
    if (rc == CSGI_DECLINED && !answered) {
        const char *why = x.answer.has_begun()  ? "the answer was begun"
                          : x.body.is_touched() ? "the body was consumed"
                          : x.listened          ? "it listens"
                          : x.held              ? "it held the exchange"
                          : x.registered        ? "it registered an on_done function"
                                                : nullptr;
        if (why) x.judge.breach(Rule::RET_2, "DECLINED, but %s", why);
        // Another application may get the exchange, and this one has no more to do with it.
        if (!x.engaged) retire(x);
        return rc;
    }
    if (!answered && rc != CSGI_PENDING && rc >= 0) {
        if (x.inner_ended)
            x.judge.breach(Rule::MW_3, "a layer keeps an answer back and returns %s, not PENDING",
                           csgi_rc_name(rc));
        else
            x.judge.breach(Rule::RET_1, "handle returned %s %s", csgi_rc_name(rc),
                           x.answer.has_begun() ? "before END" : "without an answer");
    }
    if (rc < 0 && !answered && !x.answer.has_begun()) {
        const bool lost = (x.flags & CSGI_ABORTED) || rc == CSGI_GONE || rc == CSGI_NOMEM;
        if (x.inner_failed && !lost)
            x.judge.breach(Rule::MW_6, "a layer passes on the failure %s past its own sink",
                           csgi_rc_name(rc));
        if (x.outer && x.given->sink != &x.outer->lint->sink) x.outer->inner_failed = true;
    }
    const csgi_rc heard = x.engage();
    if (heard < 0) { // nothing was begun or registered, and the end will not be heard of
        retire(x);
        return rc == CSGI_PENDING ? heard : rc;
    }
    if (rc == CSGI_PENDING && !answered) {
        x.pending = true;
        x.pending_since = now_ms();
        const uint32_t ms = reporter.options().pending_ms;
        if (ms && host_worker) {
            x.grace.x = &x;
            x.grace.armed = true;
            x.grace.run = [](csgi_worker *, csgi_task *self) {
                Exchange &late = *static_cast<Exchange::Grace *>(self)->x;
                late.lint->enter("a timer");
                const uint32_t again = late.lint->reporter.options().pending_ms;
                // A client that does not send or read is not the application's fault.
                if (!late.waits_for_body && !late.paused && !late.answer.is_over()) {
                    late.grace.armed = false;
                    late.judge.breach(Rule::RET_3, "no answer for %u ms after PENDING", again);
                    return;
                }
                const HostCall call(*late.lint);
                late.lint->host_worker->api->timer(late.lint->host_worker, self, again);
            };
            const HostCall call(*this);
            host_worker->api->timer(host_worker, &x.grace, ms);
        }
    }
    return rc;
}

// ---- Life ----

csgi_rc Lint::start_inside(csgi_worker *from_host, char *err, size_t cap) noexcept {
    host_worker = from_host;
    reporter.speak_through(from_host);
    enter("start");
    thread = std::this_thread::get_id();
    if (stage != Stage::CREATED) {
        life.breach(Rule::LIFE_2, "start was called twice");
        return CSGI_OK;
    }
    const csgi_api &of_host = *from_host->api;
    worker.index = from_host->index;
    api.abi_minor = std::min<uint32_t>(of_host.abi_minor, CSGI_ABI_MINOR);
    api.caps = of_host.caps;
    api.server = of_host.server;
    api.log_level = of_host.log_level;
    if (!refusal.empty()) {
        std::snprintf(err, cap, "%s", refusal.c_str());
        return CSGI_INVAL;
    }
    judge_services(*this);
    for (; tree.started < tree.n; tree.started++) {
        csgi_app *app = tree.apps[tree.started];
        if (!app->start) continue;
        csgi_rc rc = CSGI_APP;
        if (cap) err[0] = 0;
        if (!run("start", life, [&] { rc = app->start(app, &worker, err, cap); }) && cap)
            std::snprintf(err, cap, "an exception left start");
        if (rc >= 0) continue;
        if (cap && !err[0]) {
            life.breach(Rule::LOAD_8, "start failed with %s and gave no reason", csgi_rc_name(rc));
            std::snprintf(err, cap, "start failed with %s and gave no reason", csgi_rc_name(rc));
        }
        while (tree.started > 0) {
            csgi_app *started = tree.apps[--tree.started];
            if (started->stop) run("stop", life, [&] { started->stop(started); });
        }
        return rc;
    }
    stage = Stage::STARTED;
    return CSGI_OK;
}

void Lint::drain_inside() noexcept {
    enter("drain");
    if (stage != Stage::STARTED) {
        life.breach(Rule::LIFE_3, "drain was called %s",
                    stage == Stage::CREATED ? "before start" : "twice or after stop");
        return;
    }
    stage = Stage::DRAINED;
    for (size_t i = tree.started; i-- > 0;)
        if (tree.apps[i]->drain) run("drain", life, [&] { tree.apps[i]->drain(tree.apps[i]); });
}

void Lint::stop_inside() noexcept {
    enter("stop");
    if (stage != Stage::DRAINED) {
        life.breach(Rule::LIFE_3, "stop was called %s",
                    stage == Stage::STARTED   ? "without drain"
                    : stage == Stage::CREATED ? "before start"
                                              : "twice");
        if (stage != Stage::STARTED) return;
    }
    for (const auto &x : live) x->judge_at_stop();
    stage = Stage::STOPPED;
    while (tree.started > 0) {
        csgi_app *app = tree.apps[--tree.started];
        if (app->stop) run("stop", life, [&] { app->stop(app); });
    }
    loop.leave_all(*this);
    for (const auto &x : live) x->cancel_grace();
}

void Lint::destroy_inside() noexcept {
    enter("destroy");
    if (stage == Stage::STARTED || stage == Stage::DRAINED)
        life.breach(Rule::LIFE_3, "destroy was called before stop");
    while (!over.empty()) throw_away_oldest();
    if (sent.clear())
        life.breach(Rule::RES_15, "the host wrote to what it was sent, after send returned");
    while (tree.n > 0) {
        csgi_app *app = tree.apps[--tree.n];
        if (app->destroy) run("destroy", life, [&] { app->destroy(app); });
    }
    csgi_tree_destroy(&tree);
    delete this;
}

} // namespace csgi::lint

csgi_app *csgi_lint(csgi_app *inner, const csgi_lint_options *options) {
    using csgi::lint::Lint;
    char words[200];
    Lint *lint = nullptr;
    csgi::contained(
        [&] {
            auto made = std::make_unique<Lint>(*inner, options);
            const csgi_rc rc = csgi_tree_init(&made->tree, inner, words, sizeof words);
            if (rc == CSGI_NOMEM) return;
            // A tree that no host would take is refused by start, which can say why.
            if (rc < 0) made->refusal = words;
            lint = made.release();
        },
        words, sizeof words);
    return lint;
}
