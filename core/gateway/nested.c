// SPDX-License-Identifier: MIT
// A host inside the process, without sockets.
#include "core/gateway/nested.h"

#include "core/gateway/boundary.h"
#include "core/gateway/host.h"
#include "core/gateway/intake.h"
#include "core/gateway/tree.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// Memory that lives as long as a call; and a text that grows.
typedef struct keep {
    struct keep *next;
    max_align_t align;
} keep;

typedef struct text {
    char *p;
    size_t n, cap;
} text;

struct csgi_nested_call {
    csgi_nested_call *next;
    csgi_nested *nested;
    csgi_host_exchange *x; // NULL: closed, or never was
    csgi_queue queue;
    uint64_t window; // how much the client reads now
    keep *kept;
    text body;
    csgi_nested_answer answer;
    bool finished;
    bool no_memory;
};

struct csgi_nested {
    csgi_host host;
    csgi_tree tree;
    csgi_app *app;
    csgi_nested_options options;
    csgi_nested_call *calls;
    uint64_t now, armed;
    bool drained;
    pthread_mutex_t lock; // guards `woken`
    pthread_cond_t wake;
    bool woken;
};

static csgi_nested_call *call_of(const csgi_host_exchange *x) {
    return x->owner;
}

static void *keep_bytes(csgi_nested_call *call, size_t n) {
    keep *k = malloc(sizeof *k + n);
    if (!k) return NULL;
    k->next = call->kept;
    call->kept = k;
    return k + 1;
}

static csgi_str keep_str(csgi_nested_call *call, csgi_str s) {
    char *p = keep_bytes(call, s.n + 1);
    if (!p) {
        call->no_memory = true;
        return (csgi_str){"", 0};
    }
    if (s.n) memcpy(p, s.p, s.n);
    p[s.n] = 0;
    return (csgi_str){p, s.n};
}

static bool append(text *t, size_t n) {
    if (t->cap - t->n >= n) return true;
    size_t cap = t->cap ? t->cap : 256;
    while (cap - t->n < n) cap *= 2;
    char *p = realloc(t->p, cap);
    if (!p) return false;
    t->p = p;
    t->cap = cap;
    return true;
}

// ---- The transport ----------------------------------------------------------------------------

static csgi_header *copy_fields(csgi_nested_call *call, const csgi_header *fields, size_t n,
                                size_t room, bool without_length, size_t *count) {
    csgi_header *copy = keep_bytes(call, (n + room) * sizeof *copy + 1);
    *count = 0;
    if (!copy) return NULL;
    for (size_t i = 0; i < n; i++) {
        csgi_str name = fields[i].name;
        if (without_length && name.n == 14 && memcmp(name.p, "content-length", 14) == 0) continue;
        copy[(*count)++] = (csgi_header){keep_str(call, name), keep_str(call, fields[i].value),
                                         fields[i].id, 0, 0};
    }
    return copy;
}

static bool keep_fields(csgi_nested_call *call, const csgi_output *out) {
    csgi_nested_answer *answer = &call->answer;
    if (out->head) {
        csgi_header *copy =
            copy_fields(call, out->head->headers, out->head->nheaders, 1, true, &answer->nheaders);
        if (!copy) return false;
        answer->begun = true;
        answer->status = out->head->status;
        answer->headers = copy;
        if (out->show_length) {
            char digits[24];
            int n = snprintf(digits, sizeof digits, "%lld", (long long)out->length);
            copy[answer->nheaders++] = (csgi_header){CSGI_LIT("content-length"),
                                                     keep_str(call, (csgi_str){digits, (size_t)n}),
                                                     CSGI_FIELD_CONTENT_LENGTH, 0, 0};
        }
    }
    if (out->ntrailers) {
        answer->trailers =
            copy_fields(call, out->trailers, out->ntrailers, 0, false, &answer->ntrailers);
        if (!answer->trailers) {
            answer->ntrailers = 0;
            return false;
        }
    }
    return !call->no_memory;
}

static csgi_rc output(csgi_host_exchange *x, const csgi_output *out) {
    csgi_nested_call *call = call_of(x);
    csgi_rc rc = keep_fields(call, out) ? CSGI_OK : CSGI_NOMEM;
    for (size_t i = 0; i < out->nchunks; i++) {
        if (rc >= 0)
            rc = csgi_queue_chunk(&call->queue, &out->chunks[i], x);
        else // given back all the same
            csgi_queue_release(x, &out->chunks[i]);
    }
    return rc;
}

static void complete_if_sent(csgi_nested_call *call) {
    if (call->finished && !call->answer.broken && !call->queue.first) call->answer.complete = true;
}

// The client reads as much as its window lets it.
static void read_some(csgi_nested_call *call) {
    while (call->queue.first && call->window) {
        csgi_segment *segment = call->queue.first;
        size_t n = segment->n < 65536 ? (size_t)segment->n : 65536;
        if (n > call->window) n = (size_t)call->window;
        if (!append(&call->body, n)) break;
        if (segment->p) {
            memcpy(call->body.p + call->body.n, segment->p, n);
        } else {
            ssize_t got = pread(segment->fd, call->body.p + call->body.n, n, (off_t)segment->off);
            if (got <= 0) { // shorter than it was said to be
                call->answer.broken = true;
                csgi_queue_clear(&call->queue);
                if (call->x) csgi_host_lost(call->x);
                break;
            }
            n = (size_t)got;
        }
        call->body.n += n;
        if (call->window != UINT64_MAX) call->window -= n;
        csgi_queue_advance(&call->queue, n);
    }
    call->answer.body = (csgi_str){call->body.p ? call->body.p : "", call->body.n};
    if (call->x && !call->finished) csgi_host_drained(call->x);
    complete_if_sent(call);
}

static void flush(csgi_host_exchange *x) {
    read_some(call_of(x));
}

static void finished(csgi_host_exchange *x) {
    csgi_nested_call *call = call_of(x);
    call->finished = true;
    if (x->broken) {
        call->answer.broken = true;
        csgi_queue_clear(&call->queue);
    }
    complete_if_sent(call);
}

static void closed(csgi_host_exchange *x) {
    csgi_nested_call *call = call_of(x);
    call->answer.done = true;
    call->answer.outcome = x->outcome;
    call->x = NULL;
}

static void want(csgi_host_exchange *x) {
    (void)x; // csgi_nested_wants_body tells
}

static void wake(csgi_host *host) {
    csgi_nested *nested = host->owner;
    pthread_mutex_lock(&nested->lock);
    nested->woken = true;
    pthread_cond_signal(&nested->wake);
    pthread_mutex_unlock(&nested->lock);
}

static void arm(csgi_host *host, uint64_t at_ms) {
    ((csgi_nested *)host->owner)->armed = at_ms;
}

static uint64_t machine_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static uint64_t now(csgi_host *host) {
    csgi_nested *nested = host->owner;
    return nested->options.real_time ? machine_ms() : nested->now;
}

static const void *ext(csgi_host *host, const char *id) {
    (void)host, (void)id;
    return NULL;
}

static void log_line(csgi_host *host, csgi_host_exchange *x, int32_t level, csgi_str message) {
    csgi_nested *nested = host->owner;
    (void)x;
    if (nested->options.log)
        nested->options.log(nested->options.arg, level, message);
    else
        fprintf(stderr, "csgi: %.*s\n", (int)message.n, message.p);
}

static const csgi_transport transport = {output, flush, finished, closed, want,
                                         wake,   arm,   now,      ext,    log_line};

// ---- The host ---------------------------------------------------------------------------------

static uint64_t or_default(uint64_t value, uint64_t fallback) {
    return value ? value : fallback;
}

csgi_nested *csgi_nested_new(const csgi_nested_options *options) {
    csgi_nested *nested = calloc(1, sizeof *nested);
    if (!nested) return NULL;
    nested->options =
        options ? *options
                : (csgi_nested_options){.caps = CSGI_NESTED_CAPS, .log_level = CSGI_LOG_WARNING};
    if (csgi_host_init(&nested->host, &transport, nested, nested->options.caps,
                       (csgi_str)CSGI_LIT("csgi-nested")) < 0) {
        free(nested);
        return NULL;
    }
    const csgi_nested_options *o = &nested->options;
    csgi_host_limits *l = &nested->host.limits;
    l->high_mark = or_default(o->high_mark, l->high_mark);
    l->low_mark = or_default(o->low_mark, l->low_mark);
    l->hard_mark = or_default(o->hard_mark, l->hard_mark);
    l->max_body = or_default(o->max_body, l->max_body);
    l->max_spool = or_default(o->max_spool, l->max_spool);
    nested->host.guard = &csgi_guard_cxx;
    nested->host.log_level = o->log_level;
    nested->armed = UINT64_MAX;
    pthread_mutex_init(&nested->lock, NULL);
    pthread_cond_init(&nested->wake, NULL);
    return nested;
}

csgi_rc csgi_nested_start(csgi_nested *nested, csgi_app *app, char *err, size_t cap) {
    csgi_rc rc = csgi_tree_init(&nested->tree, app, err, cap);
    if (rc < 0) return rc;
    nested->host.depth++;
    rc = csgi_tree_start(&nested->tree, &nested->host.worker, err, cap);
    csgi_host_leave(&nested->host);
    if (rc >= 0) nested->app = app;
    return rc;
}

void csgi_nested_drain(csgi_nested *nested) {
    if (nested->drained) return;
    nested->drained = true;
    csgi_host_enter(&nested->host);
    csgi_tree_drain(&nested->tree);
    csgi_host_drain(&nested->host);
    csgi_host_leave(&nested->host);
}

static void free_call(csgi_nested_call *call) {
    csgi_queue_clear(&call->queue);
    while (call->kept) {
        keep *k = call->kept;
        call->kept = k->next;
        free(k);
    }
    free(call->body.p);
    free(call);
}

size_t csgi_nested_free(csgi_nested *nested) {
    if (nested->app) csgi_nested_drain(nested); // comes before stop
    for (csgi_nested_call *call = nested->calls; call; call = call->next) csgi_nested_lose(call);
    for (unsigned i = 0; nested->host.live && i < 1000; i++)
        if (!csgi_nested_turn(nested)) break;
    size_t left = csgi_nested_open_count(nested);
    csgi_host_enter(&nested->host);
    csgi_tree_stop(&nested->tree);
    csgi_host_leave(&nested->host);
    csgi_host_stop(&nested->host);
    left = csgi_nested_open_count(nested) < left ? csgi_nested_open_count(nested) : left;
    csgi_tree_destroy(&nested->tree);
    if (left) return left; // somebody may still use their memory
    csgi_host_enter(&nested->host);
    while (nested->calls) {
        csgi_nested_call *call = nested->calls;
        nested->calls = call->next;
        free_call(call);
    }
    csgi_host_leave(&nested->host);
    csgi_host_fini(&nested->host);
    pthread_mutex_destroy(&nested->lock);
    pthread_cond_destroy(&nested->wake);
    free(nested);
    return 0;
}

// ---- A call -----------------------------------------------------------------------------------

static bool names(const csgi_nested_request *request, const char *name) {
    size_t n = strlen(name);
    for (size_t i = 0; i < request->nheaders; i++)
        if (csgi_is_word(request->headers[i].name.p, request->headers[i].name.n, name) &&
            request->headers[i].name.n == n)
            return true;
    return false;
}

static unsigned take_field(csgi_intake *in, csgi_nested_call *call, csgi_str name, csgi_str value) {
    csgi_str own_name = keep_str(call, name), own_value = keep_str(call, value);
    struct csgi_span trimmed = csgi_trim_ows((struct csgi_span){own_value.p, own_value.n});
    return csgi_intake_field(in, (char *)(uintptr_t)own_name.p, own_name.n, trimmed);
}

static unsigned take_request(csgi_intake *in, csgi_nested_call *call,
                             const csgi_nested_request *request) {
    csgi_str method = request->method.n ? request->method : (csgi_str)CSGI_LIT("GET");
    csgi_str target = request->target.n ? request->target : (csgi_str)CSGI_LIT("/");
    method = keep_str(call, method);
    target = keep_str(call, target);
    unsigned status = csgi_intake_line(in, (struct csgi_span){method.p, method.n},
                                       (struct csgi_span){target.p, target.n},
                                       request->version ? request->version : 11);
    if (!status && !names(request, "host"))
        status = take_field(in, call, (csgi_str)CSGI_LIT("host"), (csgi_str)CSGI_LIT("localhost"));
    for (size_t i = 0; i < request->nheaders && !status; i++)
        status = take_field(in, call, request->headers[i].name, request->headers[i].value);
    if (!status && !names(request, "content-length")) {
        char digits[24];
        int n = snprintf(digits, sizeof digits, "%zu", request->body.n);
        if (request->stream)
            status = take_field(in, call, (csgi_str)CSGI_LIT("transfer-encoding"),
                                (csgi_str)CSGI_LIT("chunked"));
        else if (request->body.n)
            status = take_field(in, call, (csgi_str)CSGI_LIT("content-length"),
                                (csgi_str){digits, (size_t)n});
    }
    if (status) return status;
    return csgi_intake_end(in);
}

static void end_body(csgi_nested_call *call, csgi_rc end) {
    if (!call->x) return;
    csgi_host_enter(&call->nested->host);
    int64_t length = call->x->root.req.content_length;
    if (end == CSGI_EOF && length >= 0 && call->x->body.total < (uint64_t)length) end = CSGI_TRUNC;
    csgi_body_end(call->x, end);
    csgi_host_leave(&call->nested->host);
}

csgi_nested_call *csgi_nested_open(csgi_nested *nested, const csgi_nested_request *request) {
    csgi_nested_call *call = calloc(1, sizeof *call);
    if (!call) return NULL;
    call->nested = nested;
    call->window = request->slow_reader ? 0 : UINT64_MAX;
    call->answer.body = (csgi_str){"", 0};
    csgi_queue_init(&call->queue, &nested->host);
    csgi_host_exchange *x = csgi_host_open(&nested->host, &call->queue, call);
    csgi_intake in;
    if (!x || !csgi_intake_begin(&in, x, 1000)) {
        if (x) csgi_host_discard(x);
        free(call);
        return NULL;
    }
    call->next = nested->calls;
    nested->calls = call;
    csgi_request *req = &x->root.req;
    unsigned status = take_request(&in, call, request);
    if (!status && call->no_memory) status = 503;
    uint64_t max = nested->host.limits.max_body;
    if (nested->app->max_body && nested->app->max_body < max) max = nested->app->max_body;
    if (!status && req->content_length > 0 && (uint64_t)req->content_length > max) status = 413;
    if (status) {
        call->answer.refused = call->answer.begun = call->answer.complete = call->answer.done =
            true;
        call->answer.status = status;
        csgi_host_discard(x);
        return call;
    }
    call->x = x;
    req->peer = req->local = (csgi_str)CSGI_LIT("127.0.0.1");
    req->start_ns = now(&nested->host) * 1000000;
    if (nested->options.caps & CSGI_CAP_SENDFILE) req->flags |= CSGI_REQ_TAKES_FILE;
    if (!(nested->options.caps & CSGI_CAP_RAW_TARGET)) req->target = (csgi_str)CSGI_LIT("");
    if (request->internal) {
        req->flags |= CSGI_REQ_INTERNAL;
        req->target = (csgi_str)CSGI_LIT("");
    }
    csgi_host_enter(&nested->host);
    if (!request->stream) {
        csgi_str body = keep_str(call, request->body);
        if (req->content_length >= 0 && body.n > (uint64_t)req->content_length)
            body.n = (size_t)req->content_length;
        csgi_body_add(x, body.p, body.n, NULL);
        end_body(call, CSGI_EOF);
    }
    csgi_host_handle(x, nested->app);
    csgi_host_leave(&nested->host);
    return call;
}

const csgi_nested_answer *csgi_nested_answer_of(const csgi_nested_call *call) {
    return &call->answer;
}

void csgi_nested_feed(csgi_nested_call *call, csgi_str bytes) {
    if (!call->x || !bytes.n) return;
    int64_t length = call->x->root.req.content_length;
    if (length >= 0) { // what comes behind it would be another request
        uint64_t room = (uint64_t)length - call->x->body.total;
        if (bytes.n > room) bytes.n = (size_t)room;
    }
    csgi_host_enter(&call->nested->host);
    // The piece may outlive nothing but the exchange, so the exchange keeps it.
    char *own = csgi_host_alloc(call->x, bytes.n, 1);
    if (own) memcpy(own, bytes.p, bytes.n);
    if (!own || csgi_body_add(call->x, own, bytes.n, NULL) == CSGI_NOMEM)
        csgi_body_end(call->x, CSGI_TRUNC);
    if (length >= 0 && call->x->body.total == (uint64_t)length) csgi_body_end(call->x, CSGI_EOF);
    csgi_host_leave(&call->nested->host);
}

void csgi_nested_feed_end(csgi_nested_call *call) {
    end_body(call, CSGI_EOF);
}

void csgi_nested_cut(csgi_nested_call *call) {
    end_body(call, CSGI_TRUNC);
}

void csgi_nested_lose(csgi_nested_call *call) {
    csgi_host_enter(&call->nested->host);
    csgi_queue_clear(&call->queue);
    if (!call->answer.complete) call->answer.broken = true;
    if (call->x && !call->finished) csgi_host_lost(call->x);
    csgi_host_leave(&call->nested->host);
}

void csgi_nested_take(csgi_nested_call *call, uint64_t bytes) {
    csgi_host_enter(&call->nested->host);
    if (call->window != UINT64_MAX) call->window += bytes;
    read_some(call);
    csgi_host_leave(&call->nested->host);
}

bool csgi_nested_wants_body(const csgi_nested_call *call) {
    return call->x && csgi_body_wanted(call->x);
}

// ---- The loop ---------------------------------------------------------------------------------

static bool take_wake(csgi_nested *nested, unsigned wait_ms) {
    pthread_mutex_lock(&nested->lock);
    if (!nested->woken && wait_ms) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += wait_ms / 1000;
        until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        while (!nested->woken && !pthread_cond_timedwait(&nested->wake, &nested->lock, &until)) {
        }
    }
    bool woken = nested->woken;
    nested->woken = false;
    pthread_mutex_unlock(&nested->lock);
    return woken;
}

bool csgi_nested_turn(csgi_nested *nested) {
    bool woken = take_wake(nested, 0);
    uint64_t due = nested->armed;
    if (!woken && due == UINT64_MAX) return false;
    if (!woken && nested->options.real_time) {
        uint64_t here = machine_ms();
        if (due > here) take_wake(nested, (unsigned)(due - here));
    } else if (!woken && due > nested->now) {
        nested->now = due;
    }
    csgi_host_turn(&nested->host);
    return true;
}

bool csgi_nested_finish(csgi_nested_call *call, unsigned ms) {
    while (!call->answer.done) {
        if (csgi_nested_turn(call->nested)) continue;
        if (!ms || !take_wake(call->nested, ms)) break;
        csgi_host_turn(&call->nested->host);
    }
    return call->answer.done;
}

size_t csgi_nested_open_count(const csgi_nested *nested) {
    return nested->host.opened - nested->host.closed;
}

uint64_t csgi_nested_now(const csgi_nested *nested) {
    return nested->options.real_time ? machine_ms() : nested->now;
}
