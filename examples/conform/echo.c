// SPDX-License-Identifier: MIT
// /echo: the request's body as the answer's, piece by piece, in no memory of its own.
#include "examples/conform/conform.h"

typedef struct echo {
    uint64_t min; // how much is worth waking for
    int begun, paused, over;
} echo;

// Sends the pieces (none: the end), with the head when it has not gone out yet.
static csgi_rc echo_send(csgi_request *req, echo *e, const csgi_chunk *pieces, size_t n,
                         uint32_t flags) {
    csgi_header type = {CSGI_LIT("content-type"), CSGI_LIT("application/octet-stream"), 0, 0, 0};
    csgi_head head = {sizeof head, 200, 0, &type, 1, 0, 0};
    csgi_part part = {sizeof part, flags, e->begun ? NULL : &head, pieces, n, NULL, 0};
    csgi_rc rc;
    if (req->content_length > 0) head.content_length = req->content_length;
    rc = csgi_send(req, &part);
    if (rc >= 0) e->begun = 1;
    return rc;
}

static csgi_rc echo_run(csgi_request *req, echo *e) {
    const csgi_source *in = req->source;
    csgi_chunk pieces[8];
    csgi_rc rc;
    size_t n, i;
    for (;;) {
        uint64_t total = 0;
        // What is not consumed is not asked of the client: the host's brake becomes the client's.
        if (e->paused) return CSGI_PENDING;
        // Before the head: a client that waits for 100 (Continue) gets none once an answer begins.
        rc = in->peek(in, req->exchange, e->min, pieces, 8, &n);
        if (rc == CSGI_AGAIN) return CSGI_PENDING;
        if (rc != CSGI_OK) break;
        for (i = 0; i < n; i++) total += pieces[i].n;
        rc = echo_send(req, e, pieces, n, 0);
        if (rc < 0) break;
        in->consume(in, req->exchange, total);
        e->paused = rc == CSGI_PAUSE;
    }
    e->over = 1;
    if (rc == CSGI_EOF) return echo_send(req, e, NULL, 0, CSGI_PART_END);
    return csgi_fail(req, rc == CSGI_LIMIT ? 413 : rc == CSGI_TRUNC ? 400 : 500);
}

static uint32_t echo_event(csgi_request *req, uint32_t events, void *arg) {
    echo *e = arg;
    if (e->over) return events;
    if (events & CSGI_EVENT_WRITABLE) e->paused = 0;
    if ((events & CSGI_EVENT_ABORT) || echo_run(req, e) < 0) {
        e->over = 1;
        (void)csgi_abort(req);
    }
    return events;
}

csgi_rc conform_echo(conform *app, csgi_request *req, csgi_str rest) {
    csgi_exchange *x = req->exchange;
    echo *e = csgi_zalloc(x, sizeof *e);
    csgi_rc rc;
    (void)app, (void)rest;
    if (!e) return CSGI_NOMEM;
    // Where the two directions cannot overlap, the answer begins when the whole body is there; one
    // that the host does not keep is 413.
    e->min = x->api->caps & CSGI_CAP_FULL_DUPLEX ? 1 : UINT64_MAX;
    rc = x->api->listen(req, CSGI_EVENT_BODY | CSGI_EVENT_WRITABLE | CSGI_EVENT_ABORT, echo_event,
                        e);
    return rc < 0 ? rc : echo_run(req, e);
}
