// SPDX-License-Identifier: MIT
// Endpoints of the conformance suite: answers that end in another way than with END.
#include "examples/conform/conform.h"
#include "examples/conform/query.h"

// Where an answer breaks off: far enough in for a client to have seen some of it.
#define SOME 1024

typedef struct breaking {
    csgi_task task; // first, so that a task is its breaking
    csgi_request *req;
    conform_record *record;
    int waiting;
} breaking;

static csgi_rc begin_some(csgi_request *req, conform_record *record) {
    static const char line[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n";
    csgi_head head = {sizeof head, 200, 0, NULL, 0, 0, 0};
    csgi_rc rc;
    size_t sent;
    if (conform_query_is(req, "mode", "fixed")) head.content_length = (int64_t)SOME * 10;
    rc = conform_note(record, "send head", csgi_begin(req, &head));
    // Less will do where more may not be sent now.
    for (sent = 0; rc == CSGI_OK && sent < SOME; sent += sizeof line - 1)
        rc = conform_note(record, "send", csgi_write(req, line, sizeof line - 1));
    return rc;
}

static void break_now(csgi_worker *worker, csgi_task *task) {
    breaking *b = (breaking *)task;
    (void)worker;
    b->waiting = 0;
    conform_note(b->record, "abort", csgi_abort(b->req));
    // The end is the end: what a host says to a latecomer.
    conform_note(b->record, "send end", csgi_end(b->req));
}

static void break_done(csgi_exchange *x, void *arg, csgi_rc outcome, uint64_t body_bytes) {
    breaking *b = arg;
    (void)outcome, (void)body_bytes;
    if (b->waiting) x->api->timer(x->worker, &b->task, -1);
}

// Breaks off after 1 KB, a little later, when that has reached the client.
csgi_rc conform_suite_abort(conform *app, csgi_request *req, csgi_str rest) {
    csgi_exchange *x = req->exchange;
    conform_record *record = conform_record_open(&app->book, req, "abort");
    breaking *b = csgi_zalloc(x, sizeof *b);
    uint64_t ms = 50;
    csgi_rc rc;
    (void)rest;
    if (!b) return CSGI_NOMEM;
    if (conform_query_number(req, "ms", 60000, &ms) < 0)
        return csgi_text(req, 400, "ms= is a number of milliseconds\n");
    b->task.run = break_now;
    b->req = req;
    b->record = record;
    rc = x->api->on_done(x, break_done, b);
    if (rc >= 0) rc = begin_some(req, record);
    if (rc < 0) return rc;
    b->waiting = 1;
    x->api->timer(x->worker, &b->task, (int64_t)ms);
    return CSGI_PENDING;
}

csgi_rc conform_suite_abort_early(conform *app, csgi_request *req, csgi_str rest) {
    conform_record *record = conform_record_open(&app->book, req, "abort-early");
    (void)rest;
    conform_note(record, "abort", csgi_abort(req));
    return CSGI_PENDING; // of no account any more
}

csgi_rc conform_suite_error(conform *app, csgi_request *req, csgi_str rest) {
    (void)rest;
    return conform_note(conform_record_open(&app->book, req, "error"), "return", CSGI_APP);
}

csgi_rc conform_suite_error_late(conform *app, csgi_request *req, csgi_str rest) {
    conform_record *record = conform_record_open(&app->book, req, "error-late");
    csgi_rc rc = begin_some(req, record);
    (void)rest;
    return rc < 0 ? rc : conform_note(record, "return", CSGI_APP);
}

// OK without an answer: the host has to notice.
csgi_rc conform_suite_none(conform *app, csgi_request *req, csgi_str rest) {
    conform_record *record = conform_record_open(&app->book, req, "none");
    (void)rest;
    if (conform_query_is(req, "mode", "begun")) begin_some(req, record);
    return conform_note(record, "return", CSGI_OK);
}

typedef struct never {
    conform_record *record;
    int over; // as seen from here: a layer outside may keep the exchange open
} never;

static uint32_t never_event(csgi_request *req, uint32_t events, void *arg) {
    never *n = arg;
    if (n->over) return events;
    n->over = 1;
    if (events & CSGI_EVENT_DRAIN) {
        conform_note(n->record, "event DRAIN", CSGI_OK);
        conform_note(n->record, "send all", csgi_text(req, 503, "draining\n"));
    } else {
        conform_note(n->record, "event ABORT", CSGI_OK);
        conform_note(n->record, "send all", csgi_text(req, 200, "too late\n"));
        conform_note(n->record, "abort", csgi_abort(req));
    }
    return events;
}

// Answers when the client has left, which is too late, or when the worker wants to stop.
csgi_rc conform_suite_never(conform *app, csgi_request *req, csgi_str rest) {
    never *n = csgi_zalloc(req->exchange, sizeof *n);
    csgi_rc rc;
    (void)rest;
    if (!n) return CSGI_NOMEM;
    n->record = conform_record_open(&app->book, req, "never");
    rc = req->exchange->api->listen(req, CSGI_EVENT_ABORT | CSGI_EVENT_DRAIN, never_event, n);
    return rc < 0 ? rc : CSGI_PENDING;
}

csgi_rc conform_suite_decline(conform *app, csgi_request *req, csgi_str rest) {
    (void)app, (void)req, (void)rest;
    return CSGI_DECLINED; // no record: that would register for the end
}
