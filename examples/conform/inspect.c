// SPDX-License-Identifier: MIT
// What a request looked like to the application: /headers and /__inspect.
#include "examples/conform/conform.h"
#include "examples/conform/query.h"
#include "examples/conform/sha256.h"
#include "examples/conform/text.h"

csgi_rc conform_headers(conform *app, csgi_request *req, csgi_str rest) {
    conform_text t = {req->exchange, NULL, 0, 0, 0};
    (void)app, (void)rest;
    conform_add_fields(&t, req);
    return conform_answer_json(req, &t);
}

typedef struct inspection {
    conform_sha256 hash;
    uint64_t length;
    int over;
} inspection;

// Path and query as they were received: of an absolute target the part behind the authority.
static csgi_str raw_target(const csgi_request *req) {
    csgi_str s = req->target;
    size_t at = 0;
    if (req->form != CSGI_FORM_ABSOLUTE) return s;
    while (at + 2 < s.n && memcmp(s.p + at, "://", 3) != 0) at++;
    at += at + 2 < s.n ? 3 : s.n - at;
    while (at < s.n && s.p[at] != '/' && s.p[at] != '?') at++;
    s.p += at;
    s.n -= at;
    return s;
}

static csgi_rc inspect_answer(csgi_request *req, inspection *in) {
    conform_text t = {req->exchange, NULL, 0, 0, 0};
    const char *protocol = req->http_version == 10   ? "HTTP/1.0"
                           : req->http_version == 11 ? "HTTP/1.1"
                           : req->http_version == 20 ? "HTTP/2.0"
                                                     : "HTTP/3.0";
    csgi_str mount = {req->path.p, req->mount_len};
    csgi_str below = {req->path.p + req->mount_len, req->path.n - req->mount_len};
    char hex[65];
    if (conform_decode(req->exchange, mount, &mount) < 0 ||
        conform_decode(req->exchange, below, &below) < 0)
        return CSGI_APP; // the host has let a broken escape pass
    conform_sha256_end(&in->hash, hex);
    conform_add(&t, "{");
    conform_add_member(&t, "method", req->method);
    conform_add_member(&t, "path", below);
    if (req->target.n) {
        conform_add_member(&t, "raw_target", raw_target(req));
    } else { // this host does not have it: the nearest thing
        csgi_str parts[3] = {req->path, {"?", req->query.n != 0}, req->query}, whole;
        conform_text joined = {req->exchange, NULL, 0, 0, 0};
        size_t i;
        for (i = 0; i < 3; i++) conform_add_bytes(&joined, parts[i].p, parts[i].n);
        if (joined.failed) return CSGI_NOMEM;
        whole.p = joined.p;
        whole.n = joined.n;
        conform_add_member(&t, "raw_target", whole);
    }
    conform_add_member(&t, "query", req->query);
    conform_add_member(&t, "script_name", mount);
    conform_add_member(&t, "scheme", req->scheme);
    conform_add_member(&t, "protocol", csgi_str_of(protocol));
    conform_add_member(&t, "remote_addr", req->peer);
    conform_add_key(&t, "headers");
    conform_add_fields(&t, req);
    conform_add_member_number(&t, "body_length", (int64_t)in->length);
    conform_add_member(&t, "body_sha256", csgi_str_of(hex));
    conform_add(&t, "}\n");
    return conform_answer_json(req, &t);
}

// Reads what has come; answers at the end of the body.
static csgi_rc inspect_read(csgi_request *req, inspection *in) {
    const csgi_source *source = req->source;
    csgi_chunk spans[8];
    size_t n, i;
    for (;;) {
        uint64_t total = 0;
        csgi_rc rc = source->peek(source, req->exchange, 1, spans, 8, &n);
        if (rc == CSGI_AGAIN) return CSGI_PENDING;
        if (rc != CSGI_OK) {
            in->over = 1;
            if (rc == CSGI_EOF) return inspect_answer(req, in);
            return csgi_fail(req, rc == CSGI_LIMIT ? 413 : 400);
        }
        for (i = 0; i < n; i++) {
            conform_sha256_add(&in->hash, spans[i].p, (size_t)spans[i].n);
            total += spans[i].n;
        }
        in->length += total;
        source->consume(source, req->exchange, total);
    }
}

static uint32_t inspect_event(csgi_request *req, uint32_t events, void *arg) {
    inspection *in = arg;
    if (in->over) return events;
    if ((events & CSGI_EVENT_ABORT) || inspect_read(req, in) < 0) {
        in->over = 1;
        (void)csgi_abort(req);
    }
    return events;
}

csgi_rc conform_inspect(conform *app, csgi_request *req, csgi_str rest) {
    inspection *in = csgi_zalloc(req->exchange, sizeof *in);
    csgi_rc rc;
    (void)app, (void)rest;
    if (!in) return CSGI_NOMEM;
    conform_sha256_begin(&in->hash);
    rc = inspect_read(req, in);
    if (rc != CSGI_PENDING || in->over) return rc;
    rc = req->exchange->api->listen(req, CSGI_EVENT_BODY | CSGI_EVENT_ABORT, inspect_event, in);
    return rc < 0 ? rc : CSGI_PENDING;
}
