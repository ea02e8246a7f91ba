// SPDX-License-Identifier: MIT
// The host that a worker process is.
#include "adapters/nginx/ngx_http_csgi_ctx.h"

#include "core/gateway/boundary.h"
#include <sys/eventfd.h>

// How often a worker that ends looks whether it can.
#define KEEP_MS 100
// How long exchanges whose clients are gone may keep a worker that wants to end.
#define ALONE_MS 5000

static ngx_http_csgi_worker_t *of(csgi_host *host) {
    return host->owner;
}

// ---- What the engine calls --------------------------------------------------------------------

static void wake(csgi_host *host) {
    ngx_http_csgi_worker_t *worker = of(host);
    const uint64_t one = 1;
    if (pthread_equal(pthread_self(), worker->thread))
        ngx_http_csgi_wake_soon(worker);
    else
        (void)!write(worker->fd, &one, sizeof one);
}

static uint64_t now(csgi_host *host) {
    (void)host;
    return ngx_current_msec;
}

static void arm(csgi_host *host, uint64_t at_ms) {
    ngx_http_csgi_worker_t *worker = of(host);
    // nginx would leave a timer that is to move by little where it is.
    if (worker->timer.timer_set) ngx_del_timer(&worker->timer);
    if (at_ms == UINT64_MAX) return;
    const ngx_msec_t from = ngx_current_msec;
    ngx_add_timer(&worker->timer, at_ms > from ? (ngx_msec_t)at_ms - from : 0);
}

static ngx_uint_t level_of(int32_t level) {
    switch (level) {
    case CSGI_LOG_DEBUG: return NGX_LOG_DEBUG;
    case CSGI_LOG_INFO: return NGX_LOG_INFO;
    case CSGI_LOG_WARNING: return NGX_LOG_WARN;
    case CSGI_LOG_FATAL: return NGX_LOG_CRIT;
    default: return NGX_LOG_ERR;
    }
}

static void log_line(csgi_host *host, csgi_host_exchange *x, int32_t level, csgi_str message) {
    ngx_http_csgi_worker_t *worker = of(host);
    const ngx_http_csgi_ctx_t *ctx = x ? x->owner : NULL;
    ngx_log_t *log = ctx ? ctx->request->connection->log : worker->log;
    char text[1024];
    const size_t n = message.n < sizeof text ? message.n : sizeof text;
    for (size_t i = 0; i < n; i++) { // one entry is one line, and moves no cursor
        const unsigned char c = (unsigned char)message.p[i];
        text[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
    const ngx_str_t line = {n, (u_char *)text};
    if (ctx) {
        ngx_log_error(level_of(level), log, 0, "csgi %s: %V", ctx->stack->name, &line);
    } else {
        ngx_log_error(level_of(level), log, 0, "csgi: %V", &line);
    }
}

static const csgi_transport transport = {.output = ngx_http_csgi_output,
                                         .flush = ngx_http_csgi_flush,
                                         .finished = ngx_http_csgi_finished,
                                         .closed = ngx_http_csgi_closed,
                                         .want = ngx_http_csgi_body_want,
                                         .wake = wake,
                                         .arm = arm,
                                         .now = now,
                                         .ext = ngx_http_csgi_ext,
                                         .log = log_line,
                                         .answer = ngx_http_csgi_answer};

// ---- Turns ------------------------------------------------------------------------------------

static ngx_http_csgi_ctx_t *first_of(ngx_http_csgi_ctx_t **first, ngx_http_csgi_ctx_t **last) {
    ngx_http_csgi_ctx_t *ctx = *first;
    if (!ctx) return NULL;
    *first = ctx->next;
    if (!*first) *last = NULL;
    return ctx;
}

void ngx_http_csgi_leave(ngx_http_csgi_worker_t *worker) {
    ngx_http_csgi_ctx_t *ctx;
    csgi_host_leave(&worker->host);
    if (worker->host.depth || worker->host.settling) return;
    // nginx runs what was posted behind its own events only, and this may be another's, or a timer.
    while ((ctx = worker->posting_first)) {
        worker->posting_first = ctx->posting_next;
        ctx->posting = 0;
        ngx_http_run_posted_requests(ctx->request->connection);
    }
    while ((ctx = first_of(&worker->over_first, &worker->over_last))) ngx_http_csgi_finish(ctx);
}

void ngx_http_csgi_wake_soon(ngx_http_csgi_worker_t *worker) {
    // Not in this round: who posts from a task may do so for ever.
    if (!worker->wake.posted) {
        ngx_post_event(&worker->wake, &ngx_posted_next_events);
    }
}

// Clients that were found to be gone while an application asked for their body.
static void tell_lost(ngx_http_csgi_worker_t *worker) {
    if (!worker->lost_bodies) return;
    worker->lost_bodies = 0;
    for (csgi_host_exchange *x = worker->host.live; x; x = x->live_next) {
        ngx_http_csgi_ctx_t *ctx = x->owner;
        if (ctx && ctx->body_lost) ngx_http_csgi_lost(ctx);
    }
}

static void turn(ngx_http_csgi_worker_t *worker) {
    ngx_http_csgi_ctx_t *ctx;
    ngx_http_csgi_enter(worker);
    tell_lost(worker);
    csgi_host_turn(&worker->host);
    ngx_http_csgi_leave(worker);
    while ((ctx = first_of(&worker->late_first, &worker->late_last))) ngx_http_csgi_start_late(ctx);
}

static void on_turn(ngx_event_t *ev) {
    turn(ev->data);
}

// ---- The end of a worker ----------------------------------------------------------------------

static bool is_alone(const csgi_host *host) {
    for (const csgi_host_exchange *x = host->live; x; x = x->live_next)
        if (!(x->pub.flags & CSGI_ABORTED)) return false;
    return true;
}

static void cut_off(ngx_http_csgi_worker_t *worker) {
    const csgi_host *host = &worker->host;
    ngx_log_error(NGX_LOG_WARN, worker->log, 0,
                  "csgi: the worker ends, and %uL exchanges that no application gave back are cut "
                  "off",
                  host->opened - host->closed);
    for (csgi_host_exchange *x = host->live; x; x = x->live_next) {
        const ngx_http_csgi_ctx_t *ctx = x->owner;
        // nginx would take it for a leak of its own.
        if (ctx) ctx->request->connection->read->channel = 1;
    }
}

// nginx ends a worker that has no timers left, also under requests that wait.
static void on_keep(ngx_event_t *ev) {
    ngx_http_csgi_worker_t *worker = ev->data;
    csgi_host *host = &worker->host;
    if (host->opened == host->closed) return;
    if (!is_alone(host)) {
        worker->alone = 0;
    } else if (!worker->alone) {
        worker->alone = ngx_current_msec;
    } else if (ngx_current_msec - worker->alone > ALONE_MS) {
        cut_off(worker);
        return;
    }
    ngx_add_timer(ev, KEEP_MS);
}

static void drain(ngx_http_csgi_worker_t *worker) {
    ngx_http_csgi_stack_t **stacks = worker->conf->stacks.elts;
    if (worker->draining) return;
    worker->draining = 1;
    ngx_http_csgi_enter(worker);
    for (ngx_uint_t i = 0; i < worker->conf->stacks.nelts; i++)
        if (stacks[i]->state == NGX_HTTP_CSGI_SERVING) csgi_tree_drain(&stacks[i]->tree);
    csgi_host_drain(&worker->host);
    ngx_http_csgi_leave(worker);
    on_keep(&worker->keep);
}

static void on_eventfd(ngx_event_t *ev) {
    ngx_connection_t *c = ev->data;
    ngx_http_csgi_worker_t *worker = c->data;
    uint64_t count;
    if (c->close) { // nginx closes idle connections when it is told to quit: so that we hear of it
        c->close = 0;
        drain(worker);
        return;
    }
    (void)!read(worker->fd, &count, sizeof count);
    turn(worker);
}

void ngx_http_csgi_worker_end(ngx_cycle_t *cycle) {
    ngx_http_csgi_main_conf_t *conf =
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_csgi_module);
    ngx_http_csgi_worker_t *worker = conf ? conf->worker : NULL;
    if (!worker) return;
    csgi_host *host = &worker->host;
    ngx_http_csgi_stack_t **stacks = conf->stacks.elts;
    // Told to end at once: clients are lost, and applications hear it.
    if (!worker->draining && host->opened == host->closed) drain(worker);
    csgi_host_enter(host);
    for (csgi_host_exchange *x = host->live; x; x = x->live_next)
        if (x->owner) ngx_http_csgi_lost(x->owner);
    csgi_host_leave(host);
    for (ngx_uint_t i = conf->stacks.nelts; i-- > 0;) {
        if (stacks[i]->state != NGX_HTTP_CSGI_SERVING) continue;
        csgi_host_enter(host);
        csgi_tree_stop(&stacks[i]->tree);
        csgi_host_leave(host);
    }
    csgi_host_stop(host);
    if (host->opened != host->closed) return; // its memory, and the applications', may be in use
    for (ngx_uint_t i = conf->stacks.nelts; i-- > 0;)
        if (stacks[i]->state == NGX_HTTP_CSGI_SERVING) csgi_tree_destroy(&stacks[i]->tree);
    csgi_host_fini(host);
    ngx_http_csgi_crash_end(worker);
    close(worker->fd);
    conf->worker = NULL;
    ngx_free(worker);
}

// ---- Its beginning ----------------------------------------------------------------------------

static ngx_int_t watch(ngx_http_csgi_worker_t *worker) {
    worker->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ngx_connection_t *c = worker->fd < 0 ? NULL : ngx_get_connection(worker->fd, worker->log);
    if (!c) return NGX_ERROR;
    c->data = worker;
    c->read->handler = on_eventfd;
    c->read->log = c->log = worker->log;
    c->read->channel = 1; // nobody's client: not looked for at the end
    c->idle = 1;
    worker->connection = c;
    return ngx_add_event(c->read, NGX_READ_EVENT, NGX_CLEAR_EVENT);
}

// The most that any server's log takes: what is below it an application need not format.
static int32_t least_level(ngx_cycle_t *cycle) {
    const ngx_http_core_main_conf_t *cmcf =
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_core_module);
    ngx_http_core_srv_conf_t **servers = cmcf->servers.elts;
    ngx_uint_t most = cycle->log->log_level;
    for (ngx_uint_t i = 0; i < cmcf->servers.nelts; i++) {
        const ngx_http_core_loc_conf_t *clcf =
            servers[i]->ctx->loc_conf[ngx_http_core_module.ctx_index];
        if (clcf->error_log && clcf->error_log->log_level > most) most = clcf->error_log->log_level;
    }
    return most >= NGX_LOG_DEBUG  ? CSGI_LOG_DEBUG
           : most >= NGX_LOG_INFO ? CSGI_LOG_INFO
           : most >= NGX_LOG_WARN ? CSGI_LOG_WARNING
                                  : CSGI_LOG_ERROR;
}

static void start(ngx_http_csgi_worker_t *worker, ngx_http_csgi_stack_t *stack) {
    const ngx_http_csgi_layer_t *at = stack->app;
    char err[2048] = "";
    csgi_rc rc = ngx_http_csgi_stack_create(stack, &at, err, sizeof err);
    if (rc >= 0) {
        csgi_host_enter(&worker->host);
        rc = csgi_tree_start(&stack->tree, &worker->host.worker, err, sizeof err);
        csgi_host_leave(&worker->host);
        if (rc < 0) csgi_tree_destroy(&stack->tree);
    }
    stack->state = rc < 0 ? NGX_HTTP_CSGI_FAILED : NGX_HTTP_CSGI_SERVING;
    if (rc >= 0) return;
    for (char *p = err; *p; p++) // one entry is one line
        if (*p == '\n') *p = ';';
    ngx_log_error(NGX_LOG_EMERG, worker->log, 0, "csgi: %V is not served: %s (%s in %V)", &at->path,
                  err, at->what, &at->where);
}

ngx_int_t ngx_http_csgi_worker_begin(ngx_cycle_t *cycle) {
    ngx_http_csgi_main_conf_t *conf =
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_csgi_module);
    if (!conf || !conf->stacks.nelts) return NGX_OK;
    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE) return NGX_OK;
    ngx_http_csgi_worker_t *worker = ngx_calloc(sizeof *worker, cycle->log);
    if (!worker || csgi_host_init(&worker->host, &transport, worker, NGX_HTTP_CSGI_CAPS,
                                  (csgi_str)CSGI_LIT(NGINX_VER)) < 0)
        return NGX_ERROR;
    worker->host.guard = &ngx_http_csgi_guard;
    worker->host.limits.max_body = INT64_MAX; // client_max_body_size says
    worker->host.log_level = least_level(cycle);
    worker->host.worker.index = (uint32_t)ngx_worker;
    worker->conf = conf;
    worker->log = cycle->log;
    worker->thread = pthread_self();
    worker->wake.handler = worker->timer.handler = on_turn;
    worker->keep.handler = on_keep;
    worker->wake.data = worker->timer.data = worker->keep.data = worker;
    worker->wake.log = worker->timer.log = worker->keep.log = cycle->log;
    worker->timer.cancelable = 1; // an application's timer keeps no worker from its end
    if (watch(worker) != NGX_OK) return NGX_ERROR;
    conf->worker = worker;
    ngx_http_csgi_crash_begin(worker);
    ngx_http_csgi_stack_t **stacks = conf->stacks.elts;
    for (ngx_uint_t i = 0; i < conf->stacks.nelts; i++) start(worker, stacks[i]);
    return NGX_OK;
}
