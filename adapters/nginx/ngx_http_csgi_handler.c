// SPDX-License-Identifier: MIT
// A request's way through the host: handed to its application, waited with, and given back to nginx
// when the exchange is closed. nginx keeps the request, and with it every byte of the view, until
// then: `blocked` holds it even when nginx wants to end it.
#include "adapters/nginx/ngx_http_csgi_ctx.h"

static void listed(ngx_http_csgi_ctx_t **first, ngx_http_csgi_ctx_t **last,
                   ngx_http_csgi_ctx_t *ctx) {
    ctx->next = NULL;
    if (*last)
        (*last)->next = ctx;
    else
        *first = ctx;
    *last = ctx;
}

// The exchange that is answering r; modules' contexts are cleared by internal redirects, cleanups
// are not.
static ngx_http_csgi_ctx_t *ctx_of(ngx_http_request_t *r);

// ---- The client is gone -----------------------------------------------------------------------

static void over(ngx_http_csgi_ctx_t *ctx);

// An answer is lost, and frames still point into it: that goes with the request's memory, and the
// exchange with it. No event need come for it when the frames are gone.
static void let_go(ngx_http_csgi_ctx_t *ctx) {
    const csgi_host_exchange *x = ctx->x;
    if (x && x->finished && !x->holds && x->pins && ctx->parked && !ctx->over) over(ctx);
}

void ngx_http_csgi_lost(ngx_http_csgi_ctx_t *ctx) {
    ctx->lost = 1;
    ctx->request->connection->error = 1;
    ctx->body_lost = 0;
    if (ctx->x) csgi_host_lost(ctx->x);
    ngx_http_csgi_drop_output(ctx);
    if (ctx->out.first) let_go(ctx);
    ngx_http_csgi_look_over(ctx);
}

// nginx wants to be rid of the request, and may not free it while it is parked.
static void on_cleanup(void *data) {
    ngx_http_csgi_ctx_t *ctx = data;
    if (!ctx->parked || ctx->over) return;
    ngx_http_csgi_lost(ctx);
    ngx_http_csgi_wake_soon(ctx->worker);
}

// The very last: frames of HTTP/2 may have pointed into the queue until now.
static void on_pool_cleanup(void *data) {
    ngx_http_csgi_ctx_t *ctx = data;
    csgi_host *host = &ctx->worker->host;
    csgi_host_enter(host);
    csgi_queue_clear(&ctx->out);
    ngx_http_csgi_body_free(ctx);
    csgi_host_leave(host);
    if (ctx->x) ctx->x->owner = NULL; // held again at the very end: it does without us
}

// What is left of the exchange goes with the request's memory.
static bool clean_up_late(ngx_http_csgi_ctx_t *ctx) {
    ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(ctx->request->pool, 0);
    if (!cleanup) return false;
    cleanup->handler = on_pool_cleanup;
    cleanup->data = ctx;
    return true;
}

static void look_at_client(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_request_t *r = ctx->request;
    ngx_connection_t *c = r->connection;
    ngx_event_t *rev = c->read;
    int error = 0;
    socklen_t n = sizeof error;
    if (ctx->lost) return;
#if (NGX_HTTP_V2)
    if (r->stream) {
        if (c->error) ngx_http_csgi_lost(ctx);
        return;
    }
#endif
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n) == -1) error = ngx_errno;
    // While a body is unread its end may be the client's: reading will tell. And an answer that is
    // complete goes to a client that has no more to say.
    const bool reading = ctx->body == NGX_HTTP_CSGI_BODY_UNREAD ||
                         ctx->body == NGX_HTTP_CSGI_BODY_READING || ctx->discard;
    bool gone = error != 0;
    if (!gone && !reading && !ctx->ended) {
#if (NGX_HAVE_EPOLLRDHUP)
        if ((ngx_event_flags & NGX_USE_EPOLL_EVENT) && ngx_use_epoll_rdhup) {
            gone = rev->pending_eof;
        } else
#endif
        {
            char byte;
            const ssize_t got = recv(c->fd, &byte, 1, MSG_PEEK);
            gone = got == 0 || (got == -1 && ngx_errno != NGX_EAGAIN);
        }
    }
    if (!gone) {
        if ((ngx_event_flags & NGX_USE_LEVEL_EVENT) && rev->active && !reading)
            (void)ngx_del_event(rev, NGX_READ_EVENT, 0);
        return;
    }
    rev->eof = 1;
    if (error) rev->error = 1;
#if (NGX_HTTP_SSL)
    if (c->ssl) c->ssl->no_send_shutdown = 1;
#endif
    ngx_log_error(NGX_LOG_INFO, c->log, error, "client prematurely closed connection");
    ngx_http_csgi_lost(ctx);
}

// ---- nginx's events for a request that is parked ----------------------------------------------

static void note_posted(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_csgi_worker_t *worker = ctx->worker;
    if (ctx->posting || !ctx->request->main->posted_requests) return;
    ctx->posting = 1;
    ctx->posting_next = worker->posting_first;
    worker->posting_first = ctx;
}

void ngx_http_csgi_rest(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_request_t *r = ctx->request;
    ngx_connection_t *c = r->connection;
    ngx_event_t *wev = c->write;
    if (!ctx->parked || ctx->over || ctx->lost) return;
    note_posted(ctx);
    if (r->buffered || r->postponed || (r == r->main && c->buffered)) {
        const ngx_http_core_loc_conf_t *clcf =
            ngx_http_get_module_loc_conf(r->main, ngx_http_core_module);
        if (!wev->delayed) ngx_add_timer(wev, clcf->send_timeout);
        if (ngx_handle_write_event(wev, clcf->send_lowat) != NGX_OK) ngx_http_csgi_lost(ctx);
    } else if (wev->timer_set && !wev->delayed) {
        ngx_del_timer(wev);
    }
}

static void on_write(ngx_http_request_t *r) {
    ngx_http_csgi_ctx_t *ctx = ctx_of(r);
    ngx_connection_t *c = r->connection;
    ngx_event_t *wev = c->write;
    if (!ctx) return;
    ngx_http_csgi_enter(ctx->worker);
    if (ctx->lost || c->error) {
        ngx_http_csgi_lost(ctx);
    } else if (wev->timedout) {
        ngx_log_error(NGX_LOG_INFO, c->log, NGX_ETIMEDOUT, "client timed out");
        c->timedout = 1;
        ngx_http_csgi_lost(ctx);
    } else if (!wev->delayed && !r->aio) {
        ngx_http_csgi_send(ctx);
    }
    ngx_http_csgi_rest(ctx);
    ngx_http_csgi_leave(ctx->worker);
}

static void on_read(ngx_http_request_t *r);

// More of a body that nginx drops. It is told that it does so for that long only: else, as soon as
// the handler has returned, it would allow no more time for it than for the last of a connection,
// and then end the request under its answer.
static void discard(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_request_t *r = ctx->request;
    r->discard_body = 1;
    ctx->discard(r);
    if (!r->discard_body) ctx->discard = NULL; // it has come to its end
    r->discard_body = 0;
    r->read_event_handler = on_read;
}

static void on_read(ngx_http_request_t *r) {
    ngx_http_csgi_ctx_t *ctx = ctx_of(r);
    if (!ctx) return;
    ngx_http_csgi_enter(ctx->worker);
    if (ctx->lost)
        ngx_http_csgi_lost(ctx);
    else if (ctx->discard)
        discard(ctx);
    else
        ngx_http_csgi_body_read(ctx);
    if (ctx->body_lost)
        ngx_http_csgi_lost(ctx);
    else
        look_at_client(ctx);
    ngx_http_csgi_leave(ctx->worker);
}

void ngx_http_csgi_take_events(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_request_t *r = ctx->request;
    if (r->discard_body) {
        ctx->discard = r->read_event_handler;
        r->discard_body = 0;
    }
    r->read_event_handler = on_read;
    r->write_event_handler = on_write;
}

static ngx_http_csgi_ctx_t *ctx_of(ngx_http_request_t *r) {
    for (ngx_http_cleanup_t *cleanup = r->main->cleanup; cleanup; cleanup = cleanup->next) {
        ngx_http_csgi_ctx_t *ctx = cleanup->data;
        if (cleanup->handler == on_cleanup && ctx->request == r && ctx->parked) return ctx;
    }
    return ngx_http_get_module_ctx(r, ngx_http_csgi_module); // a terminated request has no cleanups
}

// ---- What the engine calls --------------------------------------------------------------------

void ngx_http_csgi_flush(csgi_host_exchange *x) {
    ngx_http_csgi_ctx_t *ctx = x->owner;
    if (!ctx) return;
    if (ctx->lost) {
        ngx_http_csgi_drop_output(ctx);
        return;
    }
    ngx_http_csgi_send(ctx);
    if (ctx->parked) ngx_http_csgi_rest(ctx);
}

static void over(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_csgi_worker_t *worker = ctx->worker;
    ctx->over = 1;
    listed(&worker->over_first, &worker->over_last, ctx);
    if (!worker->host.depth && !worker->host.settling) ngx_http_csgi_wake_soon(worker);
}

// Closed, and nothing of the answer is waited for. (What a page keeps of its subrequests' answers
// may wait for the rest of the page.) Nor does nginx wait with any: it may have copied what was
// lent, and by itself it would take a client that has no more to say for one that is gone.
static bool is_over(const ngx_http_csgi_ctx_t *ctx) {
    const ngx_http_request_t *r = ctx->request;
    if (ctx->x) return false;
    if (ctx->lost || ctx->broken || r != r->main) return true;
    return !ctx->out.first && !r->buffered && !r->connection->buffered;
}

void ngx_http_csgi_look_over(ngx_http_csgi_ctx_t *ctx) {
    if (ctx->parked && !ctx->over && is_over(ctx)) over(ctx);
}

void ngx_http_csgi_finished(csgi_host_exchange *x) {
    ngx_http_csgi_ctx_t *ctx = x->owner;
    if (!ctx) return;
    ctx->broken = x->broken;
    if (!ctx->lost) return;
    ngx_http_csgi_drop_output(ctx);
    let_go(ctx);
}

void ngx_http_csgi_closed(csgi_host_exchange *x) {
    ngx_http_csgi_ctx_t *ctx = x->owner;
    if (!ctx) return;
    ctx->outcome = x->outcome;
    ctx->x = NULL;
    ngx_http_csgi_look_over(ctx);
}

// ---- The end ----------------------------------------------------------------------------------

// The client must see that the answer is not whole, also where nothing but the connection's end
// says so.
static ngx_int_t break_off(ngx_http_csgi_ctx_t *ctx) {
    ngx_connection_t *c = ctx->request->connection;
    const struct linger reset = {1, 0};
#if (NGX_HTTP_V2)
    if (ctx->request->stream) return NGX_ERROR;
#endif
#if (NGX_HTTP_SSL)
    if (c->ssl) c->ssl->no_send_shutdown = 1;
#endif
    if (ctx->until_end) (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    return NGX_ERROR;
}

// What nginx is told when the exchange is closed.
static ngx_int_t result(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_request_t *r = ctx->request;
    if (ctx->lost) return NGX_HTTP_CLIENT_CLOSED_REQUEST;
    if (ctx->status == NGX_DECLINED) return NGX_DECLINED;
    if (ctx->broken) return break_off(ctx);
    ngx_http_csgi_body_drop(ctx);
    if (ctx->bad_body) r->keepalive = 0;
    return ctx->status ? ctx->status : NGX_OK;
}

void ngx_http_csgi_finish(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_request_t *r = ctx->request;
    ngx_connection_t *c = r->connection;
    ctx->parked = 0;
    ctx->cleanup->handler = NULL;
    r->main->blocked--;
    r->read_event_handler = ctx->discard ? ctx->discard : ngx_http_block_reading;
    r->discard_body = ctx->discard != NULL;
    r->write_event_handler = ngx_http_request_empty_handler;
    if (ctx->lost) c->error = 1;
    ngx_http_finalize_request(r, result(ctx));
    ngx_http_run_posted_requests(c);
}

// ---- The beginning ----------------------------------------------------------------------------

static ngx_http_csgi_ctx_t *ctx_new(ngx_http_request_t *r, ngx_http_csgi_worker_t *worker,
                                    ngx_http_csgi_stack_t *stack) {
    ngx_http_csgi_ctx_t *ctx = ngx_pcalloc(r->pool, sizeof *ctx);
    if (!ctx) return NULL;
    ctx->request = r;
    ctx->worker = worker;
    ctx->stack = stack;
    ctx->busy_end = &ctx->busy;
    csgi_queue_init(&ctx->out, &worker->host);
    ctx->x = csgi_host_open(&worker->host, &ctx->out, ctx);
    if (!ctx->x) return NULL;
    ngx_http_set_ctx(r, ctx, ngx_http_csgi_module);
    return ctx;
}

static void find_body(ngx_http_csgi_ctx_t *ctx) {
    const ngx_http_request_t *r = ctx->request;
    if (r != r->main || r->discard_body || !ngx_http_csgi_has_body(r)) return;
    if (!r->request_body) {
        ctx->body = NGX_HTTP_CSGI_BODY_UNREAD;
    } else if (!r->reading_body && r->request_body->bufs) {
        ctx->body = NGX_HTTP_CSGI_BODY_KEPT;
        ctx->kept = r->request_body->bufs;
    }
}

// nginx waits: it frees the request no sooner than we say.
static bool park(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_request_t *r = ctx->request;
    ngx_http_csgi_worker_t *worker = ctx->worker;
    ctx->cleanup = ngx_http_cleanup_add(r, 0);
    if (!ctx->cleanup || !clean_up_late(ctx)) return false;
    ctx->cleanup->handler = on_cleanup;
    ctx->cleanup->data = ctx;
    ctx->parked = 1;
    r->main->count++;
    r->main->blocked++;
    ngx_http_csgi_take_events(ctx);
    if (r->connection->read->pending_eof) look_at_client(ctx); // no event will tell again
    ngx_http_csgi_rest(ctx);
    if (worker->draining && !worker->keep.timer_set) ngx_add_timer(&worker->keep, 0);
    return true;
}

static void refuse(ngx_http_csgi_ctx_t *ctx, ngx_int_t status, const char *fault) {
    ngx_http_request_t *r = ctx->request;
    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0, "csgi: refused with %i: %s", status, fault);
    r->keepalive = 0;
    csgi_host_answer(ctx->x, (unsigned)status);
}

// Out of memory, with an exchange that the application still has: nginx may not free the request.
static ngx_int_t strand(ngx_http_csgi_ctx_t *ctx) {
    ngx_log_error(NGX_LOG_ALERT, ctx->request->connection->log, 0,
                  "csgi: out of memory: a request is left behind");
    ctx->request->main->count++;
    ctx->request->main->blocked++;
    ngx_http_csgi_lost(ctx);
    return NGX_DONE;
}

// Hands the request to the application. NGX_DONE: nginx is told later.
static ngx_int_t run(ngx_http_request_t *r, ngx_http_csgi_worker_t *worker,
                     const ngx_http_csgi_loc_conf_t *conf) {
    csgi_host *host = &worker->host;
    csgi_app *app = conf->stack->outermost;
    const char *fault = NULL;
    ngx_http_csgi_ctx_t *ctx = ctx_new(r, worker, conf->stack);
    if (!ctx) return NGX_HTTP_INTERNAL_SERVER_ERROR;
    find_body(ctx);
    ngx_int_t status = ngx_http_csgi_view(ctx, conf, &fault);
    if (status == NGX_DECLINED) {
        csgi_host_discard(ctx->x);
        ctx->x = NULL;
        return NGX_DECLINED;
    }
    if (!status && app->max_body && r->headers_in.content_length_n > 0 &&
        (uint64_t)r->headers_in.content_length_n > app->max_body) {
        status = NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
        fault = "the body is larger than the application takes";
    }
    if (status) {
        csgi_host_enter(host);
        refuse(ctx, status, fault);
        csgi_host_leave(host);
    } else {
        csgi_host_handle(ctx->x, app);
    }
    if (worker->over_first) ngx_http_csgi_wake_soon(worker);
    if (is_over(ctx)) {
        const ngx_int_t rc = result(ctx);
        ngx_http_csgi_body_free(ctx);
        if (ctx->lost || ctx->broken) ngx_http_csgi_drop_output(ctx);
        return !ctx->out.first || clean_up_late(ctx) ? rc : NGX_ERROR;
    }
    return park(ctx) ? NGX_DONE : strand(ctx);
}

static ngx_http_csgi_worker_t *worker_of(ngx_http_request_t *r) {
    const ngx_http_csgi_main_conf_t *main = ngx_http_get_module_main_conf(r, ngx_http_csgi_module);
    return main->worker;
}

// After the handler has returned: with what `run` said the request goes on.
static void go_on(ngx_http_request_t *r, ngx_int_t rc) {
    if (rc != NGX_DECLINED) {
        ngx_http_finalize_request(r, rc);
        return;
    }
    const ngx_http_core_main_conf_t *cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    if (!cmcf->phase_engine.handlers[r->phase_handler + 1].checker) {
        ngx_http_finalize_request(r, NGX_HTTP_NOT_FOUND);
        return;
    }
    r->phase_handler++; // behind this one
    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}

static void on_whole_body(ngx_http_request_t *r) {
    go_on(r, run(r, worker_of(r), ngx_http_get_module_loc_conf(r, ngx_http_csgi_module)));
}

void ngx_http_csgi_start_late(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_request_t *r = ctx->request;
    ngx_connection_t *c = r->connection;
    r->main->blocked--;
    ctx->cleanup->handler = NULL;
    if (ctx->lost) {
        c->error = 1;
        ngx_http_finalize_request(r, NGX_HTTP_CLIENT_CLOSED_REQUEST);
    } else {
        go_on(r, ngx_http_csgi_handler(r));
    }
    ngx_http_run_posted_requests(c);
}

static void on_late_cleanup(void *data) {
    ((ngx_http_csgi_ctx_t *)data)->lost = 1;
}

// A filter of nginx's sent another request here while the host was settling, or while application
// code was on the stack: it waits until that is over.
static ngx_int_t postpone(ngx_http_request_t *r, ngx_http_csgi_worker_t *worker) {
    ngx_http_csgi_ctx_t *ctx = ngx_pcalloc(r->pool, sizeof *ctx);
    if (!ctx || !(ctx->cleanup = ngx_http_cleanup_add(r, 0))) return NGX_ERROR;
    ctx->request = r;
    ctx->worker = worker;
    ctx->cleanup->handler = on_late_cleanup;
    ctx->cleanup->data = ctx;
    r->main->count++;
    r->main->blocked++;
    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_request_empty_handler;
    listed(&worker->late_first, &worker->late_last, ctx);
    ngx_http_csgi_wake_soon(worker);
    return NGX_DONE;
}

ngx_int_t ngx_http_csgi_handler(ngx_http_request_t *r) {
    const ngx_http_csgi_loc_conf_t *conf = ngx_http_get_module_loc_conf(r, ngx_http_csgi_module);
    if (!conf->stack) return NGX_DECLINED;
    ngx_http_csgi_worker_t *worker = worker_of(r);
    if (!worker || conf->stack->state != NGX_HTTP_CSGI_SERVING) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "csgi: %V does not serve: it could not be started", &conf->stack->app->path);
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    if (worker->host.depth || worker->host.settling) return postpone(r, worker);
    const bool whole =
        conf->request_buffering || (conf->stack->outermost->flags & CSGI_APP_START_WHOLE_BODY);
    if (whole && r == r->main && !r->request_body && !r->discard_body &&
        ngx_http_csgi_has_body(r)) {
        const ngx_int_t rc = ngx_http_read_client_request_body(r, on_whole_body);
        return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
    }
    return run(r, worker, conf);
}
