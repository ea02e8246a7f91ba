// SPDX-License-Identifier: MIT
// Any bytes as what a front sends on a connection: however they come, and however slowly the
// records are taken that come back, those are a responder's, and nothing is left behind.
//
// The first byte of an input says in what pieces it comes the second time, and how many bytes are
// taken then at once; the rest is what the front sends.
#include "adapters/server/server.h"
#include "test/fuzz/lone_loop.h"
#include "test/fuzz/must.h"

#include <csgi/sdk.h>
#include <csgi/serve.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// ---- An application of all kinds ----------------------------------------------------------------

typedef struct reading {
    int waits, over; // for the front to go, and for nothing else
} reading;

// Reads all of the body, whatever becomes of it, then answers.
static uint32_t on_event(csgi_request *req, uint32_t events, void *arg) {
    reading *r = (reading *)arg;
    csgi_chunk piece;
    size_t n;
    csgi_rc rc = CSGI_AGAIN;
    if (r->over) return events;
    while (!r->waits &&
           (rc = req->source->peek(req->source, req->exchange, 1, &piece, 1, &n)) == CSGI_OK)
        req->source->consume(req->source, req->exchange, piece.n);
    if (rc == CSGI_AGAIN && !(events & CSGI_EVENT_ABORT)) return events;
    r->over = 1;
    if (rc != CSGI_EOF || csgi_text(req, 200, "read\n") < 0) csgi_abort(req);
    return events;
}

static csgi_rc read_all(csgi_request *req, int waits) {
    reading *r = (reading *)csgi_zalloc(req->exchange, sizeof *r);
    if (!r) return CSGI_NOMEM;
    r->waits = waits;
    csgi_rc rc = req->exchange->api->listen(req, CSGI_EVENT_BODY | CSGI_EVENT_ABORT, on_event, r);
    if (rc < 0) return rc;
    on_event(req, CSGI_EVENT_BODY, r);
    return CSGI_PENDING;
}

static csgi_rc break_off(csgi_request *req) {
    csgi_head head = {sizeof head, 200, 0, NULL, 0, 0, 100};
    csgi_rc rc = csgi_begin(req, &head);
    if (rc >= 0) rc = csgi_write(req, "some", 4);
    return rc < 0 ? rc : csgi_abort(req);
}

static csgi_rc handle(csgi_app *app, csgi_request *req) {
    static const char large[100000];
    (void)app;
    MUST(req->method.n && req->path.n && req->path.p[0] == '/');
    MUST(req->target.p && req->query.p && req->authority.p && req->peer.n && req->local.n);
    MUST(req->mount_len <= req->path.n);
    switch (req->path.n > 1 ? req->path.p[1] : 0) {
    case 'r': return read_all(req, 0);
    case 'n': return read_all(req, 1);
    case 'b': return break_off(req);
    case 'l':
        return csgi_reply(req, 200, CSGI_STR("text/plain"), (csgi_str){large, sizeof large},
                          CSGI_MEM_STATIC);
    case 's':
        req->exchange->api->log(req->exchange->worker, req->exchange, CSGI_LOG_ERROR,
                                CSGI_STR("a\nline"));
        return CSGI_APP;
    default: return csgi_text(req, 200, "whole\n");
    }
}

// ---- One connection -----------------------------------------------------------------------------

static void judge_log(void *arg, int32_t level, csgi_str message) {
    (void)arg, (void)message;
    MUST(level != CSGI_LOG_HOST_MISBEHAVING);
}

static void settle(csgi_loop *loop) {
    for (int i = 0; lone_turn(loop); i++) MUST(i < 2000000); // or it would never rest
}

// What came back, taken apart by another reader than the server's.
static void judge(const unsigned char *p, size_t n) {
    static const unsigned char no_record[8];
    unsigned char stderr_open[65536 / 8] = {0};
    while (n >= 8) {
        const unsigned type = p[1], id = p[2] * 256u + p[3];
        const size_t content = p[4] * 256u + p[5], whole = 8 + content + p[6];
        unsigned char *open = &stderr_open[id / 8], bit = (unsigned char)(1u << (id % 8));
        if (n == 8 && memcmp(p, no_record, 8) == 0) return; // how an answer ends that was given up
        MUST(p[0] == 1 && p[7] == 0);
        MUST(type == 3 || type == 6 || type == 7 || type == 10 || type == 11);
        MUST((id == 0) == (type >= 10));
        MUST((type != 3 && type != 11) || content == 8);
        if (whole > n) return; // a front that speaks no FastCGI is left in the middle
        if (type == 7 && !content) {
            MUST(*open & bit); // it ends once, and only if it began
            *open &= (unsigned char)~bit;
        } else if (type == 7) {
            *open |= bit;
        }
        if (type == 3) MUST(!(*open & bit));
        p += whole;
        n -= whole;
    }
}

// `pieces` of 0: all at once.
static void converse(const char *p, size_t n, size_t pieces, size_t budget) {
    csgi_app app = {.struct_size = sizeof app, .handle = handle};
    const csgi_serve_options options = {.struct_size = sizeof options,
                                        .log = judge_log,
                                        .max_head = 2000,
                                        .max_body = 100000,
                                        .max_connections = 20};
    char err[200];
    csgi_server *server = csgi_server_open_fastcgi(&app, &options, err, sizeof err);
    MUST(server && csgi_server_begin(server) == CSGI_OK);
    csgi_loop *loop = server->loop;
    lone_connect(server->listeners[0], budget);
    lone_send_all(loop, p, n, pieces);
    settle(loop);
    lone_leave(loop);
    settle(loop);
    lone_leave(loop); // what lingers hears the end
    settle(loop);
    size_t received;
    const char *bytes = lone_received(loop, &received);
    judge((const unsigned char *)bytes, received);
    MUST(lone_is_over(loop));
    MUST(server->host.opened == server->host.closed); // every exchange has come to its end
    MUST(server->nlinks == 0);
    csgi_server_close(server);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    const char *p = (const char *)data + 1;
    converse(p, size - 1, 0, 0);
    converse(p, size - 1, 1 + data[0] % 16u, data[0] / 16u * 40u);
    return 0;
}
