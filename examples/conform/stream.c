// SPDX-License-Identifier: MIT
// /stream: an answer of unknown length, made while it is sent, with rests by the worker's timer.
#include "examples/conform/conform.h"
#include "examples/conform/query.h"

typedef struct stream {
    csgi_task task; // first, so that a task is its stream
    csgi_request *req;
    uint64_t i, count, size, delay;
    int resting, paused, over;
    char *line;
} stream;

// Writes line i; its length.
static size_t stream_line(stream *s) {
    char digits[20];
    size_t n = 6, d = sizeof digits;
    uint64_t left = s->i;
    memcpy(s->line, "chunk ", 6);
    do {
        digits[--d] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    memcpy(s->line + n, digits + d, sizeof digits - d);
    n += sizeof digits - d;
    while (n + 1 < s->size) s->line[n++] = '.';
    s->line[n++] = '\n';
    return n;
}

// Goes on until there is a reason to wait: a full queue, a rest, or both.
static csgi_rc stream_run(stream *s) {
    csgi_exchange *x = s->req->exchange;
    while (!s->paused && !s->resting) {
        csgi_rc rc;
        if (s->i == s->count) {
            s->over = 1;
            return csgi_end(s->req);
        }
        rc = csgi_write(s->req, s->line, stream_line(s));
        if (rc < 0) return rc;
        s->i++;
        s->paused = rc == CSGI_PAUSE;
        if (s->delay) {
            s->resting = 1;
            x->api->timer(x->worker, &s->task, (int64_t)s->delay);
        }
    }
    return CSGI_PENDING;
}

static void stream_stop(stream *s) {
    s->over = 1;
    (void)csgi_abort(s->req);
}

// However it ended, and whoever ended it: the timer must not run into memory that is gone.
static void stream_done(csgi_exchange *x, void *arg, csgi_rc outcome, uint64_t body_bytes) {
    stream *s = arg;
    (void)outcome, (void)body_bytes;
    if (s->resting) x->api->timer(x->worker, &s->task, -1);
}

static void stream_rested(csgi_worker *worker, csgi_task *task) {
    stream *s = (stream *)task;
    (void)worker;
    s->resting = 0;
    if (!s->over && stream_run(s) < 0) stream_stop(s);
}

static uint32_t stream_event(csgi_request *req, uint32_t events, void *arg) {
    stream *s = arg;
    (void)req;
    if (s->over) return events;
    if (events & CSGI_EVENT_WRITABLE) s->paused = 0;
    if ((events & CSGI_EVENT_ABORT) || stream_run(s) < 0) stream_stop(s);
    return events;
}

csgi_rc conform_stream(conform *app, csgi_request *req, csgi_str rest) {
    csgi_exchange *x = req->exchange;
    csgi_header type = {CSGI_LIT("content-type"), CSGI_LIT("text/plain"), 0, 0, 0};
    csgi_head head = {sizeof head, 200, 0, &type, 1, 0, 0};
    stream *s = csgi_zalloc(x, sizeof *s);
    csgi_rc rc;
    (void)app, (void)rest;
    if (!s) return CSGI_NOMEM;
    s->task.run = stream_rested;
    s->req = req;
    s->count = 1;
    // The line is the one buffer, so its size has a bound; the number of lines has none to speak
    // of.
    if (conform_query_number(req, "n", INT64_MAX, &s->count) < 0 ||
        conform_query_number(req, "size", 1u << 20, &s->size) < 0 ||
        conform_query_number(req, "delay", 3600000, &s->delay) < 0)
        return csgi_text(req, 400, "n=, size= (at most 1048576) and delay= are numbers\n");
    s->line = csgi_alloc(x, s->size + 32);
    if (!s->line) return CSGI_NOMEM;
    rc = x->api->listen(req, CSGI_EVENT_WRITABLE | CSGI_EVENT_ABORT, stream_event, s);
    if (rc >= 0) rc = x->api->on_done(x, stream_done, s);
    if (rc >= 0) rc = csgi_begin(req, &head);
    if (rc < 0) return rc;
    s->paused = rc == CSGI_PAUSE;
    return stream_run(s);
}
