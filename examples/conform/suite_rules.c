// SPDX-License-Identifier: MIT
// Endpoints of the conformance suite: calls that a host has to refuse, and events it has to
// deliver.
#include "examples/conform/conform.h"
#include "examples/conform/query.h"
#include "examples/conform/text.h"

static csgi_rc send_body(csgi_request *req, const char *text, uint32_t flags,
                         const csgi_head *head) {
    csgi_chunk chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_COPY, text, strlen(text), 0, 0, NULL, NULL};
    csgi_part part = {sizeof part, flags, head, &chunk, chunk.n ? 1u : 0u, NULL, 0};
    return csgi_send(req, &part);
}

// Five bytes declared: five sent, then three more. mode=one: eight in one part.
csgi_rc conform_suite_overrun(conform *app, csgi_request *req, csgi_str rest) {
    conform_record *r = conform_record_open(&app->book, req, "overrun");
    csgi_head head = {sizeof head, 200, 0, NULL, 0, 0, 5};
    csgi_rc rc;
    (void)rest;
    if (conform_query_is(req, "mode", "one"))
        return conform_note(r, "send all", send_body(req, "12345678", CSGI_PART_END, &head));
    rc = conform_note(r, "send head", csgi_begin(req, &head));
    if (rc < 0) return rc;
    conform_note(r, "send", csgi_write(req, "12345", 5));
    conform_note(r, "send", csgi_write(req, "678", 3));
    return conform_note(r, "send end", csgi_end(req));
}

// Ten bytes declared, five sent, then the END. mode=one: in one part.
csgi_rc conform_suite_underrun(conform *app, csgi_request *req, csgi_str rest) {
    conform_record *r = conform_record_open(&app->book, req, "underrun");
    csgi_head head = {sizeof head, 200, 0, NULL, 0, 0, 10};
    csgi_rc rc;
    (void)rest;
    if (conform_query_is(req, "mode", "one"))
        return conform_note(r, "send all", send_body(req, "12345", CSGI_PART_END, &head));
    rc = conform_note(r, "send head", csgi_begin(req, &head));
    if (rc < 0) return rc;
    conform_note(r, "send", csgi_write(req, "12345", 5));
    return conform_note(r, "send end", csgi_end(req));
}

csgi_rc conform_suite_twice(conform *app, csgi_request *req, csgi_str rest) {
    conform_record *r = conform_record_open(&app->book, req, "twice");
    csgi_head head = {sizeof head, 200, 0, NULL, 0, 0, 0};
    csgi_rc rc = conform_note(r, "send all", send_body(req, "once\n", CSGI_PART_END, &head));
    (void)rest;
    conform_note(r, "send all", send_body(req, "twice\n", CSGI_PART_END, &head));
    conform_note(r, "send end", csgi_end(req));
    return rc;
}

static uint32_t no_event(csgi_request *req, uint32_t events, void *arg) {
    (void)req, (void)arg;
    return events;
}

static void no_done(csgi_exchange *x, void *arg, csgi_rc outcome, uint64_t body_bytes) {
    (void)x, (void)arg, (void)outcome, (void)body_bytes;
}

// Every call in every state that it can bring about itself.
csgi_rc conform_suite_states(conform *app, csgi_request *req, csgi_str rest) {
    csgi_exchange *x = req->exchange;
    conform_record *r = conform_record_open(&app->book, req, "states");
    csgi_head head = {sizeof head, 200, 0, NULL, 0, 0, 0};
    csgi_chunk span;
    size_t n;
    (void)rest;
    conform_note(r, "NEW send", csgi_write(req, "early", 5));
    conform_note(r, "NEW send end", csgi_end(req));
    conform_note(r, "NEW listen nothing known", x->api->listen(req, 1u << 31, no_event, NULL));
    conform_note(r, "NEW send head", csgi_begin(req, &head));
    conform_note(r, "BEGUN send head", csgi_begin(req, &head));
    conform_note(r, "BEGUN send", csgi_write(req, "states\n", 7));
    conform_note(r, "BEGUN send end", csgi_end(req));
    conform_note(r, "ENDED send head", csgi_begin(req, &head));
    conform_note(r, "ENDED send", csgi_write(req, "late", 4));
    conform_note(r, "ENDED send end", csgi_end(req));
    conform_note(r, "ENDED peek", req->source->peek(req->source, x, 1, &span, 1, &n));
    conform_note(r, "ENDED consume", req->source->consume(req->source, x, 0));
    conform_note(r, "ENDED listen", x->api->listen(req, CSGI_EVENT_ABORT, no_event, NULL));
    conform_note(r, "ENDED on_done", x->api->on_done(x, no_done, NULL));
    // Pointers, told as codes: a view after the end would be a mistake, memory is not.
    conform_note(r, "ENDED derive", x->api->derive(req) ? CSGI_APP : CSGI_OK);
    conform_note(r, "ENDED alloc", x->api->alloc(x, 16, 16) ? CSGI_OK : CSGI_APP);
    conform_note(r, "ENDED send abort", csgi_abort(req));
    return CSGI_OK;
}

// What must not pass, by name; name= and value= in the query make others.
typedef struct injection {
    const char *kind;
    csgi_str name, value;
} injection;

static const injection injections[] = {
    {"cr", CSGI_LIT("x-a"), CSGI_LIT("1\rx-b: 2")},
    {"lf", CSGI_LIT("x-a"), CSGI_LIT("1\nx-b: 2")},
    {"crlf", CSGI_LIT("x-a"), CSGI_LIT("1\r\nx-b: 2")},
    {"nul", CSGI_LIT("x-a"), CSGI_LIT("1\0x")},
    {"del", CSGI_LIT("x-a"), CSGI_LIT("1\x7f")},
    {"name-empty", CSGI_LIT(""), CSGI_LIT("1")},
    {"name-space", CSGI_LIT("x a"), CSGI_LIT("1")},
    {"name-colon", CSGI_LIT("x-a:"), CSGI_LIT("1")},
    {"name-lf", CSGI_LIT("x-a\nx-b"), CSGI_LIT("1")},
    {"name-upper", CSGI_LIT("X-Upper"), CSGI_LIT("1")},
    {"status", CSGI_LIT("status"), CSGI_LIT("201 Created")},
    {"x-accel-redirect", CSGI_LIT("x-accel-redirect"), CSGI_LIT("/hello")},
    {"x-accel-buffering", CSGI_LIT("x-accel-buffering"), CSGI_LIT("no")},
    {"x-sendfile", CSGI_LIT("x-sendfile"), CSGI_LIT("/etc/hostname")},
    {"transfer-encoding", CSGI_LIT("transfer-encoding"), CSGI_LIT("chunked")},
    {"connection", CSGI_LIT("connection"), CSGI_LIT("close")},
    {"keep-alive", CSGI_LIT("keep-alive"), CSGI_LIT("timeout=5")},
    {"proxy-connection", CSGI_LIT("proxy-connection"), CSGI_LIT("close")},
    {"upgrade", CSGI_LIT("upgrade"), CSGI_LIT("h2c")},
    {"length-text", CSGI_LIT("content-length"), CSGI_LIT("3, 3")},
    {"length-other", CSGI_LIT("content-length"), CSGI_LIT("4")},
    {"status-99", CSGI_LIT(""), CSGI_LIT("")},
    {"status-101", CSGI_LIT(""), CSGI_LIT("")},
    {"status-600", CSGI_LIT(""), CSGI_LIT("")},
    {"type-twice", CSGI_LIT("content-type"), CSGI_LIT("text/html")},
};

// Tries the bad head; if it is refused, as it should be, answers with the code.
csgi_rc conform_suite_inject(conform *app, csgi_request *req, csgi_str rest) {
    conform_record *r = conform_record_open(&app->book, req, "inject");
    csgi_header fields[2] = {{CSGI_LIT("content-type"), CSGI_LIT("text/plain"), 0, 0, 0},
                             {{"", 0}, {"", 0}, 0, 0, 0}};
    csgi_head head = {sizeof head, 200, 0, fields, 2, 0, 3};
    conform_text t = {req->exchange, NULL, 0, 0, 0};
    uint64_t status = 200;
    csgi_str kind = {"", 0};
    int known = 0;
    size_t i;
    csgi_rc rc;
    (void)rest;
    (void)conform_query(req, "kind", &kind);
    for (i = 0; i < sizeof injections / sizeof *injections; i++) {
        if (!csgi_eq(kind, csgi_str_of(injections[i].kind))) continue;
        fields[1].name = injections[i].name;
        fields[1].value = injections[i].value;
        if (kind.n > 7 && memcmp(kind.p, "status-", 7) == 0) {
            csgi_str digits = {kind.p + 7, kind.n - 7};
            head.nheaders = 1;
            (void)conform_number(digits, UINT16_MAX, &status);
        }
        known = 1;
    }
    if (!known && conform_query(req, "name", &fields[1].name) == CSGI_OK)
        known = conform_query(req, "value", &fields[1].value) == CSGI_OK;
    if (!known) return csgi_text(req, 404, "no such kind\n");
    head.status = (uint16_t)status;
    rc = conform_note(r, "send all", send_body(req, "bad", CSGI_PART_END, &head));
    if (rc >= 0) return rc;
    conform_add(&t, "{");
    conform_add_member(&t, "rc", csgi_str_of(csgi_rc_name(rc)));
    conform_add(&t, "}\n");
    return conform_note(r, "send all", conform_answer_json(req, &t));
}

// A stream with a trailer field, or with the one that name= and value= make.
csgi_rc conform_suite_trailers(conform *app, csgi_request *req, csgi_str rest) {
    conform_record *r = conform_record_open(&app->book, req, "trailers");
    csgi_head head = {sizeof head, 200, 0, NULL, 0, 0, 0};
    csgi_chunk text = {CSGI_CHUNK_MEMORY, CSGI_MEM_STATIC, "trailers\n", 9, 0, 0, NULL, NULL};
    csgi_part begin = {sizeof begin, 0, &head, &text, 1, NULL, 0};
    csgi_header field = {CSGI_LIT("x-checksum"), CSGI_LIT("abc"), 0, 0, 0};
    csgi_part end = {sizeof end, CSGI_PART_END, NULL, NULL, 0, &field, 1};
    csgi_rc rc;
    (void)rest;
    if (conform_query(req, "name", &field.name) < 0 ||
        conform_query(req, "value", &field.value) < 0)
        return csgi_text(req, 400, "a broken escape\n");
    // Head and body at once: nothing that a PAUSE could come before is left but the end.
    rc = conform_note(r, "send head", csgi_send(req, &begin));
    if (rc < 0) return rc;
    rc = conform_note(r, "send end", csgi_send(req, &end));
    return rc < 0 ? conform_note(r, "send end", csgi_end(req)) : rc;
}

typedef struct raising {
    conform_record *record;
    int inside; // a call to the host is going on
    int over;
} raising;

static uint32_t raise_event(csgi_request *req, uint32_t events, void *arg) {
    raising *s = arg;
    if (s->inside) conform_note(s->record, "event inside a call", CSGI_STATE);
    if (events & CSGI_EVENT_BODY) conform_note(s->record, "event BODY", CSGI_OK);
    if (events & CSGI_EVENT_WRITABLE) conform_note(s->record, "event WRITABLE", CSGI_OK);
    if (events & CSGI_EVENT_DRAIN) conform_note(s->record, "event DRAIN", CSGI_OK);
    if (events & CSGI_EVENT_ABORT) conform_note(s->record, "event ABORT", CSGI_OK);
    if (s->over) return events;
    s->over = 1;
    if (events & CSGI_EVENT_ABORT)
        conform_note(s->record, "abort", csgi_abort(req));
    else
        conform_note(s->record, "send all", csgi_text(req, 200, "raised\n"));
    return events;
}

// As a layer does: listens inside on the view it gave, raises an event there. event=abort: the one
// that gives up.
csgi_rc conform_suite_raise(conform *app, csgi_request *req, csgi_str rest) {
    csgi_exchange *x = req->exchange;
    raising *s = csgi_zalloc(x, sizeof *s);
    csgi_request *view = x->api->derive(req);
    uint32_t event = conform_query_is(req, "event", "abort")   ? CSGI_EVENT_ABORT
                     : conform_query_is(req, "event", "body")  ? CSGI_EVENT_BODY
                     : conform_query_is(req, "event", "drain") ? CSGI_EVENT_DRAIN
                                                               : CSGI_EVENT_WRITABLE;
    csgi_rc rc;
    (void)rest;
    if (!s || !view) return CSGI_NOMEM;
    s->record = conform_record_open(&app->book, req, "raise");
    rc = conform_note(s->record, "listen",
                      x->api->listen(view, event | CSGI_EVENT_ABORT, raise_event, s));
    if (rc < 0) return rc;
    s->inside = 1;
    x->api->raise(view, event);
    s->inside = 0;
    return CSGI_PENDING;
}
