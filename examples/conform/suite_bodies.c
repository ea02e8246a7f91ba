// SPDX-License-Identifier: MIT
// Endpoints of the conformance suite: ways to read, or not to read, a request's body.
#include "examples/conform/conform.h"
#include "examples/conform/query.h"
#include "examples/conform/sha256.h"
#include "examples/conform/text.h"

typedef struct reading {
    csgi_task task; // first, so that a task is its reading
    csgi_request *req;
    conform_record *record;
    uint64_t min, step, ms; // of peek; bytes to consume at once, 0: all; rest after each
    uint64_t length;
    conform_sha256 hash;
    int resting, over;
    int greedy; // tries to consume more than was shown
    int tell_request;
} reading;

static void add_request(conform_text *t, const csgi_request *req) {
    conform_add_member(t, "method", req->method);
    conform_add_member_number(t, "method_id", req->method_id);
    conform_add_member_number(t, "form", req->form);
    conform_add_member(t, "target", req->target);
    conform_add_member(t, "path", req->path);
    conform_add_member(t, "query", req->query);
    conform_add_member_number(t, "mount_len", req->mount_len);
    conform_add_member(t, "scheme", req->scheme);
    conform_add_member(t, "authority", req->authority);
    conform_add_member_number(t, "http_version", req->http_version);
    conform_add_member_number(t, "flags", req->flags);
    conform_add_member_number(t, "content_length", req->content_length);
    conform_add_member_number(t, "depth", req->depth);
    conform_add_member_number(t, "caps", (int64_t)req->exchange->api->caps);
    conform_add_member(t, "server", req->exchange->api->server);
    conform_add_key(t, "headers");
    conform_add_fields(t, req);
}

static csgi_rc reading_answer(reading *s) {
    conform_text t = {s->req->exchange, NULL, 0, 0, 0};
    char hex[65];
    conform_sha256_end(&s->hash, hex);
    conform_add(&t, "{");
    if (s->tell_request) add_request(&t, s->req);
    conform_add_member_number(&t, "body_length", (int64_t)s->length);
    conform_add_member(&t, "body_sha256", csgi_str_of(hex));
    if (s->record) conform_add_record(&t, s->record);
    conform_add(&t, "}\n");
    return conform_note(s->record, "send all", conform_answer_json(s->req, &t));
}

// Takes what is shown, as much as one step allows.
static void reading_take(reading *s, const csgi_chunk *spans, size_t n) {
    const csgi_source *in = s->req->source;
    uint64_t left = s->step ? s->step : UINT64_MAX, total = 0;
    size_t i;
    for (i = 0; i < n; i++) {
        uint64_t take = spans[i].n < left ? spans[i].n : left;
        conform_sha256_add(&s->hash, spans[i].p, (size_t)take);
        left -= take;
        total += take;
    }
    if (s->greedy)
        conform_note(s->record, "consume too much",
                     in->consume(in, s->req->exchange, UINT64_MAX / 2));
    conform_note(s->record, "consume", in->consume(in, s->req->exchange, total));
    s->length += total;
}

static csgi_rc reading_run(reading *s) {
    csgi_exchange *x = s->req->exchange;
    const csgi_source *in = s->req->source;
    csgi_chunk spans[4];
    csgi_rc rc;
    size_t n;
    while (!s->resting) {
        rc = conform_note(s->record, "peek", in->peek(in, x, s->min, spans, 4, &n));
        if (rc == CSGI_AGAIN) return CSGI_PENDING;
        if (rc != CSGI_OK) {
            s->over = 1;
            conform_note(s->record, "peek again", in->peek(in, x, s->min, spans, 4, &n));
            if (rc == CSGI_EOF) return reading_answer(s);
            return csgi_fail(s->req, rc == CSGI_LIMIT ? 413 : 400);
        }
        reading_take(s, spans, n);
        if (s->ms) {
            s->resting = 1;
            x->api->timer(x->worker, &s->task, (int64_t)s->ms);
        }
    }
    return CSGI_PENDING;
}

static void reading_go_on(reading *s) {
    if (s->over || reading_run(s) >= 0) return;
    s->over = 1;
    (void)csgi_abort(s->req);
}

static void reading_rested(csgi_worker *worker, csgi_task *task) {
    reading *s = (reading *)task;
    (void)worker;
    s->resting = 0;
    reading_go_on(s);
}

static uint32_t reading_event(csgi_request *req, uint32_t events, void *arg) {
    reading *s = arg;
    (void)req;
    if (s->over) return events;
    if (events & CSGI_EVENT_BODY) conform_note(s->record, "event BODY", CSGI_OK);
    if (events & CSGI_EVENT_ABORT) {
        conform_note(s->record, "event ABORT", CSGI_OK);
        s->resting = 0; // the peek that follows tells how a body breaks off
    }
    reading_go_on(s);
    if ((events & CSGI_EVENT_ABORT) && !s->over) {
        s->over = 1;
        (void)csgi_abort(req);
    }
    return events;
}

static void reading_done(csgi_exchange *x, void *arg, csgi_rc outcome, uint64_t body_bytes) {
    reading *s = arg;
    (void)outcome, (void)body_bytes;
    if (s->ms) x->api->timer(x->worker, &s->task, -1);
}

static csgi_rc reading_begin(conform *app, csgi_request *req, const char *endpoint, uint64_t step,
                             uint64_t ms) {
    csgi_exchange *x = req->exchange;
    reading *s = csgi_zalloc(x, sizeof *s);
    csgi_rc rc;
    if (!s) return CSGI_NOMEM;
    s->task.run = reading_rested;
    s->req = req;
    s->min = 1;
    s->step = step;
    s->ms = ms;
    s->greedy = conform_query_is(req, "greedy", "1");
    s->tell_request = strcmp(endpoint, "record") == 0;
    conform_sha256_begin(&s->hash);
    if (conform_query_number(req, "min", UINT64_MAX, &s->min) < 0 ||
        conform_query_number(req, "step", UINT64_MAX, &s->step) < 0 ||
        conform_query_number(req, "ms", 60000, &s->ms) < 0)
        return csgi_text(req, 400, "min=, step= and ms= are numbers\n");
    s->record = conform_record_open(&app->book, req, endpoint);
    rc = x->api->listen(req, CSGI_EVENT_BODY | CSGI_EVENT_ABORT, reading_event, s);
    if (rc >= 0) rc = x->api->on_done(x, reading_done, s);
    return rc < 0 ? rc : reading_run(s);
}

// With of=, the record of an earlier exchange; without, one of this request and of reading its
// body.
csgi_rc conform_suite_record(conform *app, csgi_request *req, csgi_str rest) {
    conform_text t = {req->exchange, NULL, 0, 0, 0};
    const conform_record *record;
    csgi_str id;
    (void)rest;
    if (conform_query(req, "of", &id) != CSGI_OK) return reading_begin(app, req, "record", 0, 0);
    record = conform_record_find(&app->book, id);
    if (!record) return csgi_text(req, 404, "no such record\n");
    conform_add(&t, "{");
    conform_add_record(&t, record);
    conform_add(&t, "}\n");
    return conform_answer_json(req, &t);
}

csgi_rc conform_suite_slow_read(conform *app, csgi_request *req, csgi_str rest) {
    (void)rest;
    return reading_begin(app, req, "slow-read", 1, 1);
}

static csgi_rc read_all(csgi_request *req, csgi_str body, void *arg) {
    conform_text t = {req->exchange, NULL, 0, 0, 0};
    conform_sha256 hash;
    char hex[65];
    (void)arg;
    conform_sha256_begin(&hash);
    conform_sha256_add(&hash, body.p, body.n);
    conform_sha256_end(&hash, hex);
    conform_add(&t, "{");
    conform_add_member_number(&t, "body_length", (int64_t)body.n);
    conform_add_member(&t, "body_sha256", csgi_str_of(hex));
    conform_add(&t, "}\n");
    return conform_answer_json(req, &t);
}

csgi_rc conform_suite_read_all(conform *app, csgi_request *req, csgi_str rest) {
    (void)rest;
    conform_record_open(&app->book, req, "read-all");
    return csgi_body(req, read_all, NULL);
}

csgi_rc conform_suite_unread(conform *app, csgi_request *req, csgi_str rest) {
    (void)rest;
    conform_record_open(&app->book, req, "unread");
    return csgi_text(req, 200, "unread\n");
}
