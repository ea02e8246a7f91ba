// SPDX-License-Identifier: MIT
// One client: its requests one after the other, its answers in the same order.
#include "adapters/standalone/connection.h"

#include "adapters/server/access.h"
#include "adapters/standalone/request_body.h"
#include "adapters/standalone/response_writer.h"
#include "adapters/standalone/server.h"
#include "core/gateway/refusal.h"
#include <stddef.h>
#include <string.h>

// Heads up to this size are moved into the exchange, so that a long answer does not keep a whole
// block.
#define COPIED_HEAD       2048u
#define CSGI_DISCARD_MOST (INT64_C(1) << 20)
// RFC 9112 2.2 says at least one; more come from nobody who means well.
#define BLANKS_MOST 4u

// What a client may still send while it reads the last answer, besides the time it has.
#define LINGER_MOST (INT64_C(16) << 20)

static void process(csgi_connection *conn);

// ---- The end ----------------------------------------------------------------------------------

// Its memory is lent to exchanges: one that the application holds on to keeps it.
static void free_if_left(csgi_connection *conn) {
    if (conn->gone && !conn->exchanges) csgi_stream_free(conn->stream);
}

static void leave_if_over(csgi_connection *conn) {
    if (!conn->stream_closed || conn->x) return;
    csgi_server *server = conn->server;
    conn->gone = true;
    csgi_server_leave(server, &conn->link);
    free_if_left(conn);
}

static void close_connection(csgi_connection *conn, bool reset) {
    csgi_host *host = &conn->server->host;
    if (conn->phase == CSGI_PHASE_CLOSED) return;
    conn->phase = CSGI_PHASE_CLOSED;
    // An end of input would look like the end of such an answer.
    if (conn->until_close && (conn->x || conn->queue.first)) reset = true;
    csgi_host_enter(host);
    csgi_deadline_stop(&conn->deadline);
    csgi_stream_close(conn->stream, reset);
    conn->data_n = 0;
    csgi_queue_clear(&conn->queue);
    if (conn->x) csgi_host_lost(conn->x);
    csgi_host_leave(host);
}

static void on_closed(void *owner) {
    csgi_connection *conn = owner;
    conn->stream_closed = true;
    leave_if_over(conn);
}

// Everything is out: closes, but not in the face of a client that is still sending, for whom a
// reset could overtake the answer (RFC 9112 9.6).
static void finish(csgi_connection *conn) {
    csgi_stream_shutdown(conn->stream);
    conn->phase = CSGI_PHASE_LINGER;
    conn->data_n = 0;
    conn->discarded = 0;
    csgi_stream_drop_block(conn->stream);
    csgi_stream_read(conn->stream, true);
    csgi_deadline_set(&conn->deadline, CSGI_TIMING_END);
}

// ---- Output -----------------------------------------------------------------------------------

static void flush(csgi_connection *conn) {
    if (conn->phase == CSGI_PHASE_CLOSED) return;
    if (!csgi_stream_write(conn->stream, &conn->queue)) {
        close_connection(conn, false);
        return;
    }
    if (conn->x) {
        csgi_host_enter(&conn->server->host);
        csgi_host_drained(conn->x);
        csgi_host_leave(&conn->server->host);
    }
    if (conn->phase == CSGI_PHASE_FLUSH && !conn->queue.first && !conn->x) finish(conn);
}

csgi_rc csgi_connection_output(csgi_host_exchange *x, const csgi_output *out) {
    csgi_connection *conn = x->owner;
    csgi_rc rc = CSGI_OK;
    if (out->head) {
        // A body that is left unread, or that the client was never told to send, is not waited for.
        bool unread =
            conn->phase == CSGI_PHASE_BODY && out->end && conn->body_left > CSGI_DISCARD_MOST;
        conn->chunked = !out->bodiless && !out->show_length && !conn->version_10;
        conn->until_close = !out->bodiless && !out->show_length && conn->version_10;
        if (unread || conn->expect || conn->until_close || conn->server->draining)
            conn->keep = false;
        conn->expect = false; // too late for 100 (Continue)
        csgi_response_frame frame = {.chunked = conn->chunked,
                                     .say_close = !conn->keep,
                                     .say_keep = conn->keep && conn->version_10,
                                     .server = csgi_http_server_line(csgi_http_of(conn->server)),
                                     .date = csgi_http_date_line(csgi_http_of(conn->server))};
        const csgi_chunk *only = out->nchunks == 1 ? out->chunks : NULL;
        const bool near = only && only->n && only->kind == CSGI_CHUNK_MEMORY && !conn->chunked &&
                          only->n <= CSGI_RESPONSE_SHORT;
        csgi_str body = near ? (csgi_str){only->p, (size_t)only->n} : (csgi_str){"", 0};
        rc = csgi_response_head(&conn->queue, out, &frame, body);
        if (near && only->mem != CSGI_MEM_OWNED) return rc;
        if (near || rc < 0) {
            for (size_t i = 0; i < out->nchunks; i++) csgi_queue_release(x, &out->chunks[i]);
            return rc;
        }
    }
    return csgi_response_body(&conn->queue, out, x, conn->chunked);
}

void csgi_connection_flush(csgi_host_exchange *x) {
    csgi_connection *conn = x->owner;
    if (!conn->processing) flush(conn);
}

// An answer in the application's stead for a request that it never saw; the connection ends with
// it.
static void answer_refusal(csgi_connection *conn, unsigned status, const char *why) {
    csgi_refusal refusal;
    csgi_refusal_make(&refusal, status, why);
    csgi_host_log(&conn->server->host, NULL, CSGI_LOG_INFO, "%.*s refused with %u: %s",
                  (int)conn->peer.n, conn->peer.text, status, why);
    csgi_output out = {.head = &refusal.head,
                       .length = refusal.head.content_length,
                       .show_length = true,
                       .skip = UINT32_MAX,
                       .end = true};
    csgi_response_frame frame = {.say_close = true,
                                 .server = csgi_http_server_line(csgi_http_of(conn->server)),
                                 .date = csgi_http_date_line(csgi_http_of(conn->server))};
    conn->keep = false;
    conn->data_n = 0;
    conn->phase = CSGI_PHASE_FLUSH;
    if (csgi_response_head(&conn->queue, &out, &frame, (csgi_str){refusal.text, refusal.n}) < 0)
        close_connection(conn, false);
}

static void refuse(csgi_connection *conn, unsigned status, const char *why) {
    csgi_access_refused(conn->server, &conn->link, status);
    answer_refusal(conn, status, why);
}

// ---- Input ------------------------------------------------------------------------------------

void csgi_connection_advance(csgi_connection *conn, bool body_over) {
    if (conn->phase == CSGI_PHASE_CLOSED) return;
    if (conn->x) {
        if (body_over) conn->phase = CSGI_PHASE_WAIT;
    } else if (!conn->keep) {
        conn->phase = CSGI_PHASE_FLUSH;
    } else if (body_over) {
        conn->phase = CSGI_PHASE_HEAD;
        conn->scan = (csgi_head_scan){0, 0, 0};
    } else {
        conn->phase = conn->body_left > CSGI_DISCARD_MOST ? CSGI_PHASE_FLUSH : CSGI_PHASE_DISCARD;
        conn->discarded = 0;
    }
}

// Where the connection goes between; its memory stays until the exchange is closed.
static void set_names(const csgi_connection *conn, csgi_host_exchange *x) {
    csgi_request *req = &x->root.req;
    req->peer = (csgi_str){conn->peer.text, conn->peer.n};
    req->local = (csgi_str){conn->local.text, conn->local.n};
    req->peer_port = conn->peer.port;
    req->local_port = conn->local.port;
}

static void start_exchange(csgi_connection *conn, size_t head_n) {
    csgi_server *server = conn->server;
    csgi_host *host = &server->host;
    csgi_host_exchange *x = csgi_host_open(host, &conn->queue, conn);
    csgi_intake in;
    if (!x || !csgi_intake_begin(&in, x, server->options.max_fields)) {
        if (x) csgi_host_discard(x);
        refuse(conn, 503, "out of memory");
        return;
    }
    char *head = head_n <= COPIED_HEAD ? csgi_host_alloc(x, head_n, 1) : NULL;
    if (head) {
        memcpy(head, conn->data, head_n);
    } else {
        head = conn->data;
        x->head_block = csgi_stream_block(conn->stream);
        x->head_block->refs++;
    }
    csgi_intake_scheme(&in, csgi_stream_is_tls(conn->stream));
    unsigned status = csgi_request_head_read(csgi_http_of(server)->reader, &in, head, head_n);
    csgi_connection_take(conn, head_n);
    conn->scan = (csgi_head_scan){0, 0, 0};
    conn->requests++;
    conn->blanks = 0;
    if (!status && in.has_length) {
        uint64_t most = host->limits.max_body;
        if (server->app->max_body && server->app->max_body < most) most = server->app->max_body;
        if ((uint64_t)in.length > most) {
            status = 413;
            in.fault = "the body is larger than is taken";
        }
    }
    if (status) {
        const char *why = in.fault ? in.fault : "";
        set_names(conn, x);
        csgi_access_exchange(x, status);
        csgi_host_discard(x);
        answer_refusal(conn, status, why);
        return;
    }
    csgi_request *req = &x->root.req;
    conn->x = x;
    conn->exchanges++;
    conn->version_10 = req->http_version == 10;
    conn->keep = !in.close && (!conn->version_10 || in.keep_alive) && !server->draining &&
                 conn->requests < server->options.max_requests;
    conn->chunked = conn->until_close = false;
    conn->body_left = in.chunked ? -1 : in.has_length ? in.length : 0;
    conn->phase = conn->body_left ? CSGI_PHASE_BODY : CSGI_PHASE_WAIT;
    conn->expect = in.expect_continue && !conn->version_10 && conn->body_left;
    conn->deadline.timing = CSGI_TIMING_NONE;
    if (in.chunked) csgi_chunk_reader_init(&conn->chunks, server->options.max_head);
    req->flags |= CSGI_REQ_TAKES_FILE;
    set_names(conn, x);
    req->start_ns = csgi_loop_clock_ns();
    x->app = server->app;
    if (conn->body_left && conn->data_n) {
        conn->expect = false; // the client did not wait
        csgi_request_body_read(conn);
    }
    csgi_host_handle(x, csgi_server_app(server, req));
}

// One step with a head: false when more has to be read first.
static bool read_head(csgi_connection *conn) {
    csgi_server *server = conn->server;
    const char *why = "";
    unsigned status = 0;
    if (!conn->data_n || conn->queue.bytes > server->host.limits.high_mark) return false;
    // What lies behind the limit is not looked at, so that an answer does not depend on how much
    // came at once.
    const size_t most = (size_t)server->options.max_head + 1;
    ptrdiff_t n = csgi_request_head_end(csgi_http_of(server)->reader, &conn->scan, conn->data,
                                        conn->data_n < most ? conn->data_n : most, &status, &why);
    if (n < 0) {
        refuse(conn, status, why);
    } else if (n > (ptrdiff_t)server->options.max_head ||
               (n == 0 && conn->data_n > server->options.max_head)) {
        if (memchr(conn->data, '\r', server->options.max_head)) // the request line fits
            refuse(conn, 431, "the head is larger than is taken");
        else
            refuse(conn, 414, "the request line is longer than is taken");
    } else if (n == 2 && ++conn->blanks > BLANKS_MOST) {
        refuse(conn, 400, "empty lines instead of a request");
    } else if (n == 2) { // RFC 9112 2.2: an empty line before a request is passed over
        csgi_connection_take(conn, 2);
        conn->scan = (csgi_head_scan){0, 0, 0};
    } else if (n > 0) {
        start_exchange(conn, (size_t)n);
    } else {
        return false;
    }
    return true;
}

static bool want_input(csgi_connection *conn) {
    switch (conn->phase) {
    case CSGI_PHASE_HEAD: return conn->queue.bytes <= conn->server->host.limits.high_mark;
    case CSGI_PHASE_BODY: return csgi_body_wanted(conn->x);
    case CSGI_PHASE_WAIT: // only to hear whether the client leaves; and what it sends next is kept
    case CSGI_PHASE_DISCARD:
    case CSGI_PHASE_LINGER: return true;
    default: return false;
    }
}

static csgi_timing what_to_time(const csgi_connection *conn) {
    switch (conn->phase) {
    case CSGI_PHASE_HEAD:
        if (conn->queue.first) return CSGI_TIMING_SEND;
        if (conn->data_n) return CSGI_TIMING_HEAD;
        if (csgi_stream_is_open(conn->stream) || conn->server->draining) return CSGI_TIMING_KEEP;
        return CSGI_TIMING_HEAD;
    case CSGI_PHASE_BODY:
        if (csgi_body_wanted(conn->x)) return CSGI_TIMING_BODY;
        return conn->queue.first ? CSGI_TIMING_SEND : CSGI_TIMING_NONE;
    case CSGI_PHASE_DISCARD: return CSGI_TIMING_BODY;
    case CSGI_PHASE_WAIT: return conn->queue.first ? CSGI_TIMING_SEND : CSGI_TIMING_NONE;
    case CSGI_PHASE_FLUSH: return CSGI_TIMING_SEND;
    case CSGI_PHASE_LINGER: return CSGI_TIMING_END;
    default: return CSGI_TIMING_NONE;
    }
}

static bool late(csgi_deadline *deadline) {
    csgi_connection *conn =
        (csgi_connection *)(void *)((char *)deadline - offsetof(csgi_connection, deadline));
    const csgi_serve_options *o = &conn->server->options;
    const uint64_t least = (uint64_t)o->body_rate * o->body_ms / 1000;
    switch (conn->deadline.timing) {
    case CSGI_TIMING_HEAD:
        if (!csgi_stream_is_open(conn->stream)) {
            close_connection(conn, false);
            return false;
        }
        refuse(conn, 408, "the head did not come in time");
        process(conn);
        return false;
    case CSGI_TIMING_BODY:
        if (conn->received - conn->deadline.mark >= least) return true;
        csgi_host_log(&conn->server->host, conn->x, CSGI_LOG_INFO, "a body that comes too slowly");
        csgi_host_enter(&conn->server->host);
        csgi_request_body_bad(conn);
        csgi_host_leave(&conn->server->host);
        process(conn);
        return false;
    case CSGI_TIMING_SEND:
        if (conn->sent != conn->deadline.mark) return true;
        csgi_host_log(&conn->server->host, conn->x, CSGI_LOG_INFO, "a client that does not read");
        close_connection(conn, true);
        return false;
    case CSGI_TIMING_KEEP: finish(conn); return false;
    default: close_connection(conn, false); return false;
    }
}

// After anything was done: reads on or not, lets go of memory, minds the time.
static void rest(csgi_connection *conn) {
    if (conn->phase == CSGI_PHASE_CLOSED) return;
    csgi_block *block = csgi_stream_block(conn->stream);
    bool room = true;
    if (conn->data_n)
        room = csgi_stream_room(conn->stream, &conn->data, conn->data_n);
    else if (block && (block->refs == 1 || conn->phase == CSGI_PHASE_HEAD))
        csgi_stream_drop_block(conn->stream);
    else if (block)
        csgi_stream_room(conn->stream, &conn->data, 0);
    csgi_stream_read(conn->stream, room && want_input(conn));
    csgi_deadline_set(&conn->deadline, what_to_time(conn));
}

// True when something was done, and there may be more to do.
static bool step(csgi_connection *conn) {
    if (conn->phase == CSGI_PHASE_HEAD) return read_head(conn);
    if ((conn->phase != CSGI_PHASE_BODY && conn->phase != CSGI_PHASE_DISCARD) || !conn->data_n)
        return false;
    csgi_request_body_read(conn);
    return true;
}

static void process(csgi_connection *conn) {
    const uint64_t most = conn->server->host.limits.high_mark;
    bool held; // a request waits for answers before it
    if (conn->processing) return;
    do {
        conn->processing = true;
        while (step(conn)) {
        }
        conn->processing = false;
        held = conn->phase == CSGI_PHASE_HEAD && conn->data_n && conn->queue.bytes > most;
        flush(conn);
    } while (held && conn->phase == CSGI_PHASE_HEAD && conn->queue.bytes <= most);
    rest(conn);
}

static void on_end(csgi_connection *conn) {
    switch (conn->phase) {
    case CSGI_PHASE_HEAD:
    case CSGI_PHASE_DISCARD:
        conn->data_n = 0;
        conn->keep = false;
        conn->phase = CSGI_PHASE_FLUSH;
        flush(conn);
        if (conn->phase == CSGI_PHASE_LINGER) close_connection(conn, false);
        break;
    case CSGI_PHASE_FLUSH: break; // what is owed still goes out
    default: close_connection(conn, false);
    }
}

static void on_read(void *owner, csgi_block *block, char *p, ptrdiff_t n) {
    csgi_connection *conn = owner;
    (void)block;
    if (n < 0) {
        close_connection(conn, false);
    } else if (n == 0) {
        on_end(conn);
    } else if (conn->phase == CSGI_PHASE_LINGER) {
        csgi_stream_drop_block(conn->stream);
        conn->discarded += n;
        if (conn->discarded > LINGER_MOST) close_connection(conn, false);
    } else {
        if (!conn->data_n) conn->data = p;
        conn->data_n += (size_t)n;
        process(conn);
    }
}

static void on_written(void *owner) {
    csgi_connection *conn = owner;
    conn->sent++;
    if (conn->x) csgi_host_drained(conn->x);
    process(conn);
}

static void on_opened(void *owner) {
    process(owner);
}

static const csgi_stream_events events = {on_read, on_written, on_closed, on_opened};

// ---- What the transport does ------------------------------------------------------------------

void csgi_connection_finished(csgi_host_exchange *x) {
    csgi_connection *conn = x->owner;
    bool body_over = conn->phase != CSGI_PHASE_BODY;
    conn->x = NULL;
    x->out = NULL;
    if (conn->phase == CSGI_PHASE_CLOSED) {
        leave_if_over(conn);
        return;
    }
    if (x->broken) {
        conn->keep = false;
        csgi_stream_cut(conn->stream);
    }
    if (x->broken && conn->until_close) {
        close_connection(conn, true); // see there
        return;
    }
    csgi_connection_advance(conn, body_over);
    if (!conn->processing) process(conn);
}

void csgi_connection_closed(csgi_host_exchange *x) {
    csgi_connection *conn = x->owner;
    csgi_server_closed(x);
    conn->exchanges--;
    free_if_left(conn);
}

void csgi_connection_want(csgi_host_exchange *x) {
    csgi_connection *conn = x->owner;
    if (conn->phase == CSGI_PHASE_CLOSED) return;
    if (conn->expect) {
        static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
        conn->expect = false;
        if (csgi_queue_copy(&conn->queue, go_on, sizeof go_on - 1) < 0 ||
            !csgi_stream_write(conn->stream, &conn->queue)) {
            close_connection(conn, false);
            return;
        }
    }
    if (!conn->processing && want_input(conn)) csgi_stream_read(conn->stream, true);
}

// ---- From outside -----------------------------------------------------------------------------

void csgi_connection_accept(csgi_server *server, csgi_listener *listener) {
    csgi_stream *stream = csgi_stream_accept(listener, &events, sizeof(csgi_connection));
    if (!stream) return;
    csgi_connection *conn = csgi_stream_owner(stream);
    conn->server = server;
    conn->stream = stream;
    conn->deadline.server = server;
    conn->deadline.received = &conn->received;
    conn->deadline.sent = &conn->sent;
    conn->deadline.late = late;
    csgi_queue_init(&conn->queue, &server->host);
    csgi_stream_names(stream, &conn->peer, &conn->local);
    conn->link.peer = &conn->peer;
    const char *much = csgi_server_join(server, &conn->link);
    if (much && csgi_stream_is_tls(stream)) {
        // To agree on a cipher only to say so would be the larger part of the work.
        csgi_host_log(&server->host, NULL, CSGI_LOG_INFO, "%.*s refused: %s", (int)conn->peer.n,
                      conn->peer.text, much);
        close_connection(conn, false);
        return;
    }
    if (much) refuse(conn, 503, much);
    process(conn);
}

void csgi_connection_drain(csgi_connection *conn) {
    // The next answer says that it is the last. One that has begun has not, so its client may be
    // sending another request, and that one is answered. If none comes, the wait is short now.
    bool awaited = conn->phase == CSGI_PHASE_HEAD && !csgi_stream_is_open(conn->stream);
    if (conn->deadline.timing == CSGI_TIMING_KEEP || awaited)
        csgi_deadline_set(&conn->deadline, CSGI_TIMING_KEEP);
}

void csgi_connection_drop(csgi_connection *conn) {
    close_connection(conn, false);
}
