// SPDX-License-Identifier: MIT
// Any bytes as a whole connection of the standalone server: however they come, and however slowly
// the answers are taken, the same answers come back, each of them well framed, and nothing is left.
//
// The first byte of an input says in what pieces it comes the second time, the second byte how many
// bytes of the answers are taken then at once; the rest is what the client sends.
#include "adapters/server/server.h"
#include "test/fuzz/lone_loop.h"
#include "test/fuzz/must.h"

#include <csgi/sdk.h>
#include <csgi/serve.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// ---- An application that says what it was asked
// ---------------------------------------------------

static csgi_rc tell(csgi_request *req, csgi_str body, void *arg) {
    char text[200];
    uint32_t sum = 0;
    (void)arg;
    for (size_t i = 0; i < body.n; i++) sum = sum * 31 + (unsigned char)body.p[i];
    for (uint32_t i = 0; i < req->nheaders; i++)
        for (size_t k = 0; k < req->headers[i].value.n; k++)
            sum = sum * 31 + (unsigned char)req->headers[i].value.p[k];
    snprintf(text, sizeof text, "%.*s %.*s %u fields, %zu bytes, %08x\n",
             (int)(req->method.n < 40 ? req->method.n : 40), req->method.p,
             (int)(req->path.n < 40 ? req->path.n : 40), req->path.p, req->nheaders, body.n, sum);
    return csgi_text(req, 200, text);
}

typedef struct later {
    csgi_task task; // first
    csgi_request *req;
    int over;
} later;

static void answer_later(csgi_worker *worker, csgi_task *task) {
    later *l = (later *)task;
    csgi_exchange *x = l->req->exchange;
    (void)worker;
    if (!l->over) (void)csgi_text(l->req, 200, "later\n");
    x->api->release(x);
}

static uint32_t on_abort(csgi_request *req, uint32_t events, void *arg) {
    later *l = (later *)arg;
    if (!l->over) (void)csgi_abort(req);
    l->over = 1;
    return events;
}

static csgi_rc defer(csgi_request *req) {
    csgi_exchange *x = req->exchange;
    later *l = (later *)csgi_zalloc(x, sizeof *l);
    if (!l) return CSGI_NOMEM;
    l->task.run = answer_later;
    l->req = req;
    csgi_rc rc = x->api->listen(req, CSGI_EVENT_ABORT, on_abort, l);
    if (rc < 0) return rc;
    x->api->hold(x);
    x->api->post(x->worker, &l->task);
    return CSGI_PENDING;
}

typedef struct stream {
    int left, over;
} stream;

static csgi_rc stream_on(csgi_request *req, stream *s) {
    static const char bytes[9000] = {'x'};
    csgi_rc rc = CSGI_OK;
    while (s->left && rc == CSGI_OK) {
        rc = csgi_write(req, bytes, sizeof bytes >> (s->left & 3));
        s->left--;
    }
    if (rc < 0) return rc;
    if (rc == CSGI_PAUSE) return CSGI_PENDING;
    s->over = 1;
    return csgi_end(req);
}

static uint32_t on_room(csgi_request *req, uint32_t events, void *arg) {
    stream *s = (stream *)arg;
    if (!s->over && ((events & CSGI_EVENT_ABORT) || stream_on(req, s) < 0)) {
        s->over = 1;
        (void)csgi_abort(req);
    }
    return events;
}

static csgi_rc begin_stream(csgi_request *req) {
    csgi_head head = {sizeof head, 200, 0, NULL, 0, 0, 0};
    stream *s = (stream *)csgi_zalloc(req->exchange, sizeof *s);
    if (!s) return CSGI_NOMEM;
    s->left = 30;
    csgi_rc rc =
        req->exchange->api->listen(req, CSGI_EVENT_WRITABLE | CSGI_EVENT_ABORT, on_room, s);
    if (rc >= 0) rc = csgi_begin(req, &head);
    return rc < 0 ? rc : stream_on(req, s);
}

static csgi_rc handle(csgi_app *app, csgi_request *req) {
    (void)app;
    switch (req->path.n > 1 ? req->path.p[1] : 0) {
    case 'd': return defer(req);
    case 's': return begin_stream(req);
    case 'b': return CSGI_APP; // breaks down
    case 'u': // leaves the body unread, unless it is so long that the connection ends for it
        if (req->content_length < (1 << 20)) return csgi_text(req, 200, "unread\n");
        return csgi_body(req, tell, NULL);
    default: return csgi_body(req, tell, NULL);
    }
}

// ---- One connection
// -------------------------------------------------------------------------------

typedef struct result {
    char *p;
    size_t n;
    bool over; // the server ended it
} result;

static void ignore(void *arg, int32_t level, csgi_str message) {
    (void)arg, (void)level, (void)message;
}

static void settle(csgi_loop *loop) {
    for (int i = 0; lone_turn(loop); i++) MUST(i < 2000000); // or it would never rest
}

// `pieces` of 0: all at once.
static result converse(csgi_app *app, const char *p, size_t n, size_t pieces, size_t budget) {
    const csgi_serve_options options = {.struct_size = sizeof options,
                                        .log = ignore,
                                        .max_head = 2000,
                                        .max_body = 100000,
                                        .max_requests = 50};
    char err[200];
    result r;
    csgi_server *server = csgi_server_open(app, &options, err, sizeof err);
    MUST(server && csgi_server_begin(server) == CSGI_OK);
    csgi_loop *loop = server->loop;
    lone_connect(server->listeners[0], budget);
    lone_send_all(loop, p, n, pieces);
    settle(loop);
    const char *received = lone_received(loop, &r.n);
    r.p = malloc(r.n + 1);
    MUST(r.p);
    if (r.n) memcpy(r.p, received, r.n);
    r.p[r.n] = 0;
    r.over = lone_is_over(loop);
    lone_leave(loop);
    settle(loop);
    MUST(server->host.opened == server->host.closed); // every exchange has come to its end
    MUST(server->nlinks == 0 || r.over);
    csgi_server_close(server);
    return r;
}

// ---- What came back
// -------------------------------------------------------------------------------

static const char *find(const char *p, const char *end, const char *text) {
    return memmem(p, (size_t)(end - p), text, strlen(text));
}

static bool starts(const char *p, const char *end, const char *text) {
    const size_t n = strlen(text);
    return (size_t)(end - p) >= n && memcmp(p, text, n) == 0;
}

// Takes out of heads what may differ: the date, an interim answer that a body on its way makes
// superfluous, and word of an end that a broken body brings about sooner or later.
static void forget(result *r, const char *text, size_t more) {
    char *at = r->p, *end = r->p + r->n;
    while ((at = (char *)(uintptr_t)find(at, end, text))) {
        size_t n = strlen(text) + more;
        MUST(n <= (size_t)(end - at));
        memmove(at, at + n, (size_t)(end - at) - n + 1);
        end -= n;
    }
    r->n = (size_t)(end - r->p);
}

// Reads the answers as a client does; false: bytes that are none.
static bool well_framed(const char *p, size_t n) {
    const char *end = p + n;
    while (p < end) {
        const char *head_end = find(p, end, "\r\n\r\n");
        if (!head_end || !starts(p, end, "HTTP/1.1 ")) return false;
        const bool bare = starts(p + 9, end, "100") || starts(p + 9, end, "204");
        const char *body = head_end + 4, *field;
        // HEAD has the fields and no body; what follows begins with a status line or nothing.
        if (bare || body == end || starts(body, end, "HTTP/1.1 ")) {
            p = body;
        } else if ((field = find(p, head_end, "\r\ncontent-length: "))) {
            const size_t length = strtoul(field + 18, NULL, 10);
            if (length > (size_t)(end - body)) return false;
            p = body + length;
        } else if (find(p, head_end + 2, "\r\ntransfer-encoding: chunked\r\n")) {
            for (size_t chunk = 1; chunk;) {
                char *after;
                chunk = strtoul(body, &after, 16);
                if (after == body || !starts(after, end, "\r\n")) return false;
                body = after + 2 + chunk;
                if (body > end || !starts(body, end, "\r\n")) return false;
                body += 2;
            }
            p = body;
        } else {
            return true; // it ends with the connection
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 3) return 0;
    csgi_app app = {.struct_size = sizeof app, .handle = handle};
    const char *p = (const char *)data + 2;
    const size_t n = size - 2;
    result whole = converse(&app, p, n, 0, 0), split = converse(&app, p, n, 1 + data[0], data[1]);
    MUST(well_framed(whole.p, whole.n));
    result *both[] = {&whole, &split};
    for (int i = 0; i < 2; i++) {
        forget(both[i], "\r\ndate: ", 29);
        forget(both[i], "HTTP/1.1 100 Continue\r\n\r\n", 0);
        forget(both[i], "connection: close\r\n", 0);
    }
    // A client that says it waits for 100 (Continue), and gets an answer instead, ends its
    // connection with that (RFC 9110 10.1.1), unless its body was here already: then answers
    // follow.
    const bool waits = memmem(p, n, "100-", 4) != NULL;
    const size_t common = whole.n < split.n ? whole.n : split.n;
    MUST((waits || whole.n == split.n) && memcmp(whole.p, split.p, common) == 0);
    MUST(waits || whole.over == split.over);
    free(whole.p);
    free(split.p);
    return 0;
}
