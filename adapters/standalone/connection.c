// SPDX-License-Identifier: MIT
// One client: its requests one after the other, its answers in the same order.
#include "adapters/standalone/connection.h"

#include "adapters/standalone/response_writer.h"
#include "adapters/standalone/server.h"
#include "core/http/status.h"
#include <stdio.h>
#include <string.h>

// Heads up to this size are moved into the exchange, so that a long answer does not keep a whole
// block.
#define COPIED_HEAD 2048u
// The unread rest of a body that is read and dropped to keep a connection; a longer one closes it.
#define DISCARD_MOST (INT64_C(1) << 20)
#define DISCARD_MS   10000u
#define LINGER_MS    2000u
#define HEAD_MS      10000u
#define IDLE_MS      75000u

static void process(csgi_connection *conn);

// ---- Deadlines
// ------------------------------------------------------------------------------------

static void on_deadline(csgi_worker *worker, csgi_task *task);

// Only an earlier deadline than the armed one costs a timer: the others are looked at when that
// goes off.
static void set_deadline(csgi_connection *conn, uint64_t ms) {
    csgi_host *host = &conn->server->host;
    uint64_t at = csgi_loop_now(conn->server->loop) + ms;
    conn->deadline = at;
    if (conn->armed && conn->armed <= at) return;
    conn->armed = at;
    conn->task.run = on_deadline;
    host->api.timer(&host->worker, &conn->task, (int64_t)ms);
}

// ---- The end
// --------------------------------------------------------------------------------------

static void free_if_over(csgi_connection *conn) {
    if (!conn->stream_closed || conn->x) return;
    csgi_server *server = conn->server;
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        server->connections = conn->next;
    if (conn->next) conn->next->prev = conn->prev;
    csgi_stream_free(conn->stream);
    csgi_server_left(server);
}

static void close_connection(csgi_connection *conn, bool reset) {
    csgi_host *host = &conn->server->host;
    if (conn->phase == CSGI_PHASE_CLOSED) return;
    conn->phase = CSGI_PHASE_CLOSED;
    csgi_host_enter(host);
    conn->armed = 0;
    host->api.timer(&host->worker, &conn->task, -1);
    csgi_stream_close(conn->stream, reset);
    conn->data_n = 0;
    csgi_queue_clear(&conn->queue);
    if (conn->x) csgi_host_lost(conn->x);
    csgi_host_leave(host);
}

static void on_closed(void *owner) {
    csgi_connection *conn = owner;
    conn->stream_closed = true;
    free_if_over(conn);
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
    set_deadline(conn, LINGER_MS);
}

static void on_deadline(csgi_worker *worker, csgi_task *task) {
    csgi_connection *conn =
        (csgi_connection *)(void *)((char *)task - offsetof(csgi_connection, task));
    (void)worker;
    conn->armed = 0;
    if (!conn->deadline) return;
    uint64_t now = csgi_loop_now(conn->server->loop);
    if (conn->deadline > now) {
        set_deadline(conn, conn->deadline - now);
        return;
    }
    close_connection(conn, false);
}

// ---- Output
// ---------------------------------------------------------------------------------------

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
        bool unread = conn->phase == CSGI_PHASE_BODY && out->end && conn->body_left > DISCARD_MOST;
        conn->chunked = !out->bodiless && !out->show_length && !conn->version_10;
        conn->until_close = !out->bodiless && !out->show_length && conn->version_10;
        if (unread || conn->expect || conn->until_close || conn->server->draining)
            conn->keep = false;
        conn->expect = false; // too late for 100 (Continue)
        csgi_response_frame frame = {.chunked = conn->chunked,
                                     .say_close = !conn->keep,
                                     .say_keep = conn->keep && conn->version_10,
                                     .date = csgi_server_date(conn->server),
                                     .server = x->host->api.server};
        rc = csgi_response_head(&conn->queue, out, &frame);
        if (rc < 0) {
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
static void refuse(csgi_connection *conn, unsigned status, const char *why) {
    char text[160];
    int n = snprintf(text, sizeof text, "%u %s\n%s\n", status, csgi_status_reason(status), why);
    csgi_header type = {CSGI_LIT("content-type"), CSGI_LIT("text/plain"), CSGI_FIELD_CONTENT_TYPE,
                        0, 0};
    csgi_head head = {sizeof head, (uint16_t)status, 0, &type, 1, 0, n};
    csgi_output out = {.head = &head, .length = n, .show_length = true, .end = true};
    csgi_response_frame frame = {.say_close = true,
                                 .date = csgi_server_date(conn->server),
                                 .server = conn->server->host.api.server};
    csgi_host_log(&conn->server->host, NULL, CSGI_LOG_INFO, "%s refused with %u: %s",
                  conn->peer.text, status, why);
    conn->keep = false;
    conn->data_n = 0;
    conn->phase = CSGI_PHASE_FLUSH;
    if (csgi_response_head(&conn->queue, &out, &frame) < 0 ||
        csgi_queue_copy(&conn->queue, text, (size_t)n) < 0)
        close_connection(conn, false);
}

// ---- Input
// ----------------------------------------------------------------------------------------

// Where the connection goes when the request is here whole, or the answer is out, or both.
static void advance(csgi_connection *conn, bool body_over) {
    if (conn->phase == CSGI_PHASE_CLOSED) return;
    if (conn->x) {
        if (body_over) conn->phase = CSGI_PHASE_WAIT;
    } else if (!conn->keep) {
        conn->phase = CSGI_PHASE_FLUSH;
    } else if (body_over) {
        conn->phase = CSGI_PHASE_HEAD;
        conn->scanned = 0;
    } else {
        conn->phase = conn->body_left > DISCARD_MOST ? CSGI_PHASE_FLUSH : CSGI_PHASE_DISCARD;
        conn->discarded = 0;
        set_deadline(conn, DISCARD_MS);
    }
}

static void take(csgi_connection *conn, size_t n) {
    conn->data += n;
    conn->data_n -= n;
}

// The body ended before its end: whoever reads it hears TRUNC, and nothing behind it can be
// believed.
static void body_is_bad(csgi_connection *conn) {
    conn->keep = false;
    conn->data_n = 0;
    if (conn->x) csgi_body_end(conn->x, CSGI_TRUNC);
    advance(conn, true);
}

static void add(csgi_connection *conn, const char *p, size_t n) {
    if (conn->phase == CSGI_PHASE_DISCARD) {
        conn->discarded += (int64_t)n;
        if (conn->discarded > DISCARD_MOST) {
            conn->keep = false;
            advance(conn, false);
        }
        return;
    }
    csgi_rc rc = csgi_body_add(conn->x, p, n, csgi_stream_block(conn->stream));
    if (rc < 0) { // over the limit, or no memory: the rest is not read
        csgi_body_end(conn->x, rc == CSGI_LIMIT ? CSGI_LIMIT : CSGI_TRUNC);
        conn->keep = false;
    }
}

// Deals with what was read of a body; events follow when the host is left.
static void read_body(csgi_connection *conn) {
    csgi_host_enter(&conn->server->host);
    if (conn->body_left >= 0) {
        size_t n =
            conn->data_n < (uint64_t)conn->body_left ? conn->data_n : (size_t)conn->body_left;
        conn->body_left -= (int64_t)n;
        add(conn, conn->data, n);
        take(conn, n);
        if (conn->body_left == 0) {
            if (conn->x) csgi_body_end(conn->x, CSGI_EOF);
            advance(conn, true);
        }
    } else {
        csgi_chunk_result result = CSGI_CHUNK_DATA;
        while (conn->data_n && result == CSGI_CHUNK_DATA) {
            const char *p;
            size_t used, n;
            result = csgi_chunk_reader_next(&conn->chunks, conn->data, conn->data_n, &used, &p, &n);
            if (result == CSGI_CHUNK_DATA) add(conn, p, n);
            take(conn, used);
        }
        if (result == CSGI_CHUNK_BAD || result == CSGI_CHUNK_MUCH) {
            csgi_host_log(&conn->server->host, conn->x, CSGI_LOG_INFO,
                          result == CSGI_CHUNK_BAD ? "a body that breaks the chunked coding"
                                                   : "a body with too much framing");
            body_is_bad(conn);
        } else if (result == CSGI_CHUNK_END) {
            if (conn->x) csgi_body_end(conn->x, CSGI_EOF);
            advance(conn, true);
        }
    }
    csgi_host_leave(&conn->server->host);
}

static csgi_str own_text(csgi_host_exchange *x, const char *text) {
    size_t n = strlen(text);
    char *p = csgi_host_alloc(x, n + 1, 1);
    if (!p) return (csgi_str){"", 0};
    memcpy(p, text, n + 1);
    return (csgi_str){p, n};
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
    unsigned status = csgi_request_head_read(server->reader, &in, head, head_n);
    take(conn, head_n);
    conn->scanned = 0;
    uint64_t most = host->limits.max_body;
    if (server->app->max_body && server->app->max_body < most) most = server->app->max_body;
    if (!status && in.has_length && (uint64_t)in.length > most) {
        status = 413;
        in.fault = "the body is larger than is taken";
    }
    if (status) {
        csgi_host_discard(x);
        refuse(conn, status, in.fault ? in.fault : "");
        return;
    }
    csgi_request *req = &x->root.req;
    conn->x = x;
    conn->version_10 = req->http_version == 10;
    conn->keep = !in.close && (!conn->version_10 || in.keep_alive) && !server->draining;
    conn->chunked = conn->until_close = false;
    conn->body_left = in.chunked ? -1 : in.has_length ? in.length : 0;
    conn->phase = conn->body_left ? CSGI_PHASE_BODY : CSGI_PHASE_WAIT;
    conn->expect = in.expect_continue && !conn->version_10 && conn->body_left;
    conn->deadline = 0;
    conn->head_timed = false;
    if (in.chunked) csgi_chunk_reader_init(&conn->chunks, server->options.max_head);
    req->flags |= CSGI_REQ_TAKES_FILE;
    req->peer = own_text(x, conn->peer.text);
    req->local = own_text(x, conn->local.text);
    req->peer_port = conn->peer.port;
    req->local_port = conn->local.port;
    req->start_ns = csgi_loop_clock_ns();
    x->app = server->app;
    if (conn->body_left && conn->data_n) {
        conn->expect = false; // the client did not wait
        read_body(conn);
    }
    csgi_host_handle(x, server->app);
}

// One step with a head: false when more has to be read first.
static bool read_head(csgi_connection *conn) {
    const char *why = "";
    while (conn->scanned == 0 && conn->data_n >= 2 && conn->data[0] == '\r' &&
           conn->data[1] == '\n')
        take(conn, 2); // RFC 9112 2.2: an empty line before a request is passed over
    if (!conn->data_n || conn->queue.bytes > conn->server->host.limits.high_mark) return false;
    ptrdiff_t n = csgi_request_head_end(conn->data, conn->data_n, &conn->scanned, &why);
    if (n < 0) {
        refuse(conn, 400, why);
    } else if (n > (ptrdiff_t)conn->server->options.max_head ||
               (n == 0 && conn->data_n > conn->server->options.max_head)) {
        if (conn->scanned)
            refuse(conn, 431, "the head is larger than is taken");
        else
            refuse(conn, 414, "the request line is longer than is taken");
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
    if (conn->phase != CSGI_PHASE_HEAD) return;
    if (conn->server->draining && !conn->data_n && !conn->queue.first) {
        finish(conn);
    } else if (conn->data_n && !conn->head_timed) {
        conn->head_timed = true;
        set_deadline(conn, HEAD_MS);
    } else if (!conn->data_n) {
        conn->head_timed = false;
        set_deadline(conn, IDLE_MS);
    }
}

static void process(csgi_connection *conn) {
    if (conn->processing) return;
    conn->processing = true;
    for (;;) {
        if (conn->phase == CSGI_PHASE_HEAD) {
            if (!read_head(conn)) break;
        } else if ((conn->phase == CSGI_PHASE_BODY || conn->phase == CSGI_PHASE_DISCARD) &&
                   conn->data_n) {
            read_body(conn);
        } else {
            break;
        }
    }
    conn->processing = false;
    flush(conn);
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
        if (conn->discarded > DISCARD_MOST) close_connection(conn, false);
    } else {
        if (!conn->data_n) conn->data = p;
        conn->data_n += (size_t)n;
        process(conn);
    }
}

static void on_written(void *owner) {
    csgi_connection *conn = owner;
    if (conn->x) csgi_host_drained(conn->x);
    process(conn);
}

static const csgi_stream_events events = {on_read, on_written, on_closed};

// ---- What the transport does
// ----------------------------------------------------------------------

void csgi_connection_finished(csgi_host_exchange *x) {
    csgi_connection *conn = x->owner;
    bool body_over = conn->phase != CSGI_PHASE_BODY;
    conn->x = NULL;
    x->owner = NULL;
    x->out = NULL;
    if (conn->phase == CSGI_PHASE_CLOSED) {
        free_if_over(conn);
        return;
    }
    if (x->broken) conn->keep = false;
    if (x->broken && conn->until_close) {
        close_connection(conn, true); // an end of input would look like the end of the answer
        return;
    }
    advance(conn, body_over);
    process(conn);
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

// ---- From outside
// ---------------------------------------------------------------------------------

void csgi_connection_accept(csgi_server *server, csgi_listener *listener) {
    csgi_stream *stream = csgi_stream_accept(listener, &events, sizeof(csgi_connection));
    if (!stream) return;
    csgi_connection *conn = csgi_stream_owner(stream);
    conn->server = server;
    conn->stream = stream;
    conn->next = server->connections;
    if (conn->next) conn->next->prev = conn;
    server->connections = conn;
    csgi_queue_init(&conn->queue, &server->host);
    csgi_stream_names(stream, &conn->peer, &conn->local);
    rest(conn);
}

void csgi_connection_drain(csgi_connection *conn) {
    conn->keep = false;
    if (conn->phase == CSGI_PHASE_HEAD && !conn->data_n && !conn->queue.first) finish(conn);
}

void csgi_connection_drop(csgi_connection *conn) {
    close_connection(conn, false);
}
