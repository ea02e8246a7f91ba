// SPDX-License-Identifier: MIT
// One worker of a host: what is posted, what is due, what has to follow, and how an application is
// entered.
#include "core/gateway/host.h"

#include "core/gateway/exchange.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Segments are carved from slabs of this many and kept until the host ends.
#define SLAB 64u

typedef struct slab {
    struct slab *next;
    csgi_segment segments[SLAB];
} slab;

csgi_host_limits csgi_host_limits_default(void) {
    return (csgi_host_limits){.high_mark = 64u << 10,
                              .low_mark = 16u << 10,
                              .hard_mark = 1u << 20,
                              .max_body = UINT64_C(1) << 30,
                              .max_spool = 16u << 20,
                              .events_per_turn = 64};
}

// ---- Entering an application without a boundary for exceptions --------------------------------

static bool plain_handle(csgi_app *app, csgi_request *req, csgi_rc *rc, char *what, size_t cap) {
    (void)what, (void)cap;
    *rc = app->handle(app, req);
    return true;
}

static bool plain_event(csgi_event_fn fn, csgi_request *req, uint32_t *events, void *arg,
                        char *what, size_t cap) {
    (void)what, (void)cap;
    *events = fn(req, *events, arg);
    return true;
}

static bool plain_done(csgi_done_fn fn, csgi_exchange *x, void *arg, csgi_rc outcome,
                       uint64_t bytes, char *what, size_t cap) {
    (void)what, (void)cap;
    fn(x, arg, outcome, bytes);
    return true;
}

static bool plain_task(csgi_worker *worker, csgi_task *task, char *what, size_t cap) {
    (void)what, (void)cap;
    task->run(worker, task);
    return true;
}

static const csgi_guard plain_guard = {plain_handle, plain_event, plain_done, plain_task};

// ---- Tasks and timers -------------------------------------------------------------------------

static csgi_host *of(csgi_worker *worker) {
    return (csgi_host *)worker;
}

// host[5] links the posted tasks; the last one is linked to itself, so that NULL means "not
// posted".
#define posted_next(task) ((task)->host[5])

static void api_post(csgi_worker *worker, csgi_task *task) {
    csgi_host *host = of(worker);
    bool first = false, twice = false;
    pthread_mutex_lock(&host->lock);
    if (posted_next(task)) {
        twice = true;
    } else if (!host->stopped) {
        first = !host->posted_first;
        posted_next(task) = task;
        if (first)
            host->posted_first = task;
        else
            posted_next(host->posted_last) = task;
        host->posted_last = task;
    }
    pthread_mutex_unlock(&host->lock);
    if (first) host->transport->wake(host);
    if (twice)
        csgi_host_log(host, NULL, CSGI_LOG_APP_MISBEHAVING, "[MEM-6] a task is posted twice");
}

static csgi_task *take_posted(csgi_host *host) {
    pthread_mutex_lock(&host->lock);
    csgi_task *all = host->posted_first;
    host->posted_first = host->posted_last = NULL;
    pthread_mutex_unlock(&host->lock);
    return all;
}

static void rearm(csgi_host *host) {
    // After stop the tasks that are still set belong to nobody: their memory may be gone.
    uint64_t next = host->stopped ? UINT64_MAX : csgi_timers_next(&host->timers);
    if (next == host->armed) return;
    host->armed = next;
    host->transport->arm(host, next);
}

static void api_timer(csgi_worker *worker, csgi_task *task, int64_t ms) {
    csgi_host *host = of(worker);
    if (ms < 0)
        csgi_timers_cancel(&host->timers, task);
    else
        csgi_timers_set(&host->timers, task, host->transport->now(host) + (uint64_t)ms);
    rearm(host);
}

static void run_task(csgi_host *host, csgi_task *task) {
    char what[160];
    if (host->stopped) return;
    if (host->guard->task(&host->worker, task, what, sizeof what)) return;
    // Whose it was would wait for ever: tasks about an exchange mostly lie in its memory.
    csgi_host_exchange *x = host->live;
    while (x && !csgi_arena_has(x, task)) x = x->live_next;
    csgi_host_log(host, x, CSGI_LOG_APP_MISBEHAVING, "[RET-4] an exception left a task: %s", what);
    if (x && x->pub.state != CSGI_ENDED) csgi_exchange_abort(x, CSGI_APP, 500);
}

void csgi_host_turn(csgi_host *host) {
    host->depth++;
    while (host->later.first) { // they have waited for others
        csgi_host_exchange *x = host->later.first;
        csgi_exchange_again(x);
    }
    csgi_task *task = take_posted(host);
    while (task) {
        csgi_task *after = posted_next(task) == task ? NULL : posted_next(task);
        posted_next(task) = NULL; // from here on it may be posted again
        run_task(host, task);
        task = after;
    }
    uint64_t now = host->transport->now(host);
    // A timer may set itself again for now: so many, and then others have their turn.
    for (unsigned i = 0; i < 1024 && !host->stopped && (task = csgi_timers_due(&host->timers, now));
         i++)
        run_task(host, task);
    host->armed = UINT64_MAX - 1; // whatever was armed has gone off
    rearm(host);
    csgi_host_leave(host);
}

// ---- Settling ---------------------------------------------------------------------------------

static void run_releases(csgi_host *host) {
    while (host->release_first) {
        csgi_segment *segment = host->release_first;
        host->release_first = segment->next;
        if (!host->release_first) host->release_last = NULL;
        host->depth++;
        segment->release(segment->arg);
        host->depth--;
        if (segment->pin) csgi_host_unpin(segment->pin);
        csgi_host_segment_free(host, segment);
    }
}

static void settle(csgi_host *host, csgi_host_exchange *x) {
    host->settling = true;
    host->told_of = NULL;
    host->pass++;
    if (x) csgi_host_exchange_settle(x);
    while (host->settle.first || host->release_first) {
        if (host->settle.first) csgi_host_exchange_settle(host->settle.first);
        run_releases(host);
    }
    host->settling = false;
}

void csgi_host_leave(csgi_host *host) {
    if (--host->depth || host->settling) return;
    settle(host, NULL);
}

// ---- Handing over a request -------------------------------------------------------------------

static __attribute__((cold)) void misbehaved(csgi_host_exchange *x, const char *what) {
    csgi_host_log(x->host, x, CSGI_LOG_APP_MISBEHAVING, "%s", what);
    csgi_exchange_abort(x, CSGI_APP, 500);
}

static void judge_return(csgi_host_exchange *x, csgi_rc rc) {
    if (x->pub.state == CSGI_ENDED || rc == CSGI_PENDING) return;
    if (rc < 0) {
        csgi_host_log(x->host, x, CSGI_LOG_ERROR, "handle failed with %d", (int)rc);
        csgi_exchange_abort(x, CSGI_APP, rc == CSGI_TRUNC ? 400 : rc == CSGI_LIMIT ? 413 : 500);
    } else if (rc == CSGI_DECLINED) {
        if (x->pub.state != CSGI_NEW || x->touched)
            misbehaved(x, "[RET-2] DECLINED after something was consumed, begun, listened to, "
                          "held or registered");
        else
            csgi_host_answer(x, 0);
    } else {
        misbehaved(x, x->pub.state == CSGI_NEW ? "[RET-1] handle returned OK without an answer"
                                               : "[RET-1] handle returned OK before END");
    }
}

void csgi_host_handle(csgi_host_exchange *x, csgi_app *app) {
    csgi_host *host = x->host;
    char what[160];
    csgi_rc rc = CSGI_APP;
    x->app = app;
    host->depth++;
    if (!host->guard->handle(app, &x->root.req, &rc, what, sizeof what)) {
        csgi_host_log(host, x, CSGI_LOG_APP_MISBEHAVING, "[RET-4] an exception left handle: %s",
                      what);
        rc = CSGI_APP;
    }
    judge_return(x, rc);
    x->returned = true;
    if (--host->depth == 0 && !host->settling)
        settle(host, x->todo ? x : NULL); // what had to wait for this
    else if (x->todo)
        csgi_exchange_again(x);
}

// ---- Services ---------------------------------------------------------------------------------

static const void *api_ext(csgi_worker *worker, const char *id) {
    return of(worker)->transport->ext(of(worker), id);
}

// The rule that a line begins with, as the word in its brackets; 0: none.
static uint64_t rule_of(csgi_str line) {
    uint64_t word = 0;
    const char *end = line.n && line.p[0] == '[' ? memchr(line.p, ']', line.n) : NULL;
    const size_t n = end ? (size_t)(end - line.p) - 1 : 0;
    if (n <= sizeof word) memcpy(&word, line.p + 1, n);
    return word;
}

// The lint names a rule before it passes on what breaks it, which the host then refuses: one breach
// is one line.
static bool is_told(csgi_host *host, const csgi_host_exchange *x, csgi_str line) {
    if (!x || host->told_of != x || rule_of(line) != host->told) return false;
    host->told_of = NULL;
    return true;
}

static void api_log(csgi_worker *worker, csgi_exchange *x, int32_t level, csgi_str message) {
    csgi_host *host = of(worker);
    if (x && level == CSGI_LOG_APP_MISBEHAVING) {
        host->told = rule_of(message);
        host->told_of = host->told ? (csgi_host_exchange *)x : NULL;
    }
    if (level >= host->log_level)
        host->transport->log(host, (csgi_host_exchange *)x, level, message);
}

void csgi_host_log(csgi_host *host, csgi_host_exchange *x, int32_t level, const char *format, ...) {
    char text[512];
    va_list args;
    if (level < host->log_level) return;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0) return;
    csgi_str message = {text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1};
    if (level == CSGI_LOG_APP_MISBEHAVING && is_told(host, x, message)) return;
    host->transport->log(host, x, level, message);
}

csgi_segment *csgi_host_segment(csgi_host *host) {
    if (!host->segments) {
        slab *fresh = malloc(sizeof *fresh);
        if (!fresh) return NULL;
        fresh->next = host->slabs;
        host->slabs = fresh;
        for (unsigned i = 0; i < SLAB; i++) csgi_host_segment_free(host, &fresh->segments[i]);
    }
    csgi_segment *segment = host->segments;
    host->segments = segment->next;
    return segment;
}

void csgi_host_segment_free(csgi_host *host, csgi_segment *segment) {
    segment->next = host->segments;
    host->segments = segment;
}

void csgi_host_release_later(csgi_host *host, csgi_segment *segment) {
    segment->next = NULL;
    if (host->release_last)
        host->release_last->next = segment;
    else
        host->release_first = segment;
    host->release_last = segment;
    if (host->depth == 0 && !host->settling) host->transport->wake(host);
}

// ---- Beginning and end ------------------------------------------------------------------------

csgi_rc csgi_host_init(csgi_host *host, const csgi_transport *transport, void *owner, uint64_t caps,
                       csgi_str server) {
    *host = (csgi_host){.transport = transport, .guard = &plain_guard, .owner = owner};
    if (pthread_mutex_init(&host->lock, NULL)) return CSGI_NOMEM;
    host->limits = csgi_host_limits_default();
    host->log_level = CSGI_LOG_INFO;
    host->armed = UINT64_MAX;
    host->worker = (csgi_worker){sizeof host->worker, 0, &host->api};
    host->api.struct_size = sizeof host->api;
    host->api.abi_minor = CSGI_ABI_MINOR;
    host->api.caps = caps;
    host->api.server = server;
    host->api.post = api_post;
    host->api.timer = api_timer;
    host->api.ext = api_ext;
    host->api.log = api_log;
    host->api.log_level = &host->log_level;
    csgi_exchange_api(&host->api);
    csgi_pool_init(&host->small, 4096 - sizeof(csgi_block), 256);
    csgi_pool_init(&host->io, 32768 - sizeof(csgi_block), 64);
    return CSGI_OK;
}

void csgi_host_fini(csgi_host *host) {
    host->depth++;
    csgi_host_leave(host);
    while (host->slabs) {
        slab *old = host->slabs;
        host->slabs = old->next;
        free(old);
    }
    csgi_pool_fini(&host->small);
    csgi_pool_fini(&host->io);
    pthread_mutex_destroy(&host->lock);
}

void csgi_host_drain(csgi_host *host) {
    host->depth++;
    for (csgi_host_exchange *x = host->live; x; x = x->live_next)
        csgi_exchange_events(x, CSGI_EVENT_DRAIN);
    csgi_host_leave(host);
}

void csgi_host_stop(csgi_host *host) {
    pthread_mutex_lock(&host->lock);
    host->stopped = true;
    while (host->posted_first) { // dropped unrun
        csgi_task *task = host->posted_first;
        host->posted_first = posted_next(task) == task ? NULL : posted_next(task);
        posted_next(task) = NULL;
    }
    host->posted_last = NULL;
    pthread_mutex_unlock(&host->lock);
}
