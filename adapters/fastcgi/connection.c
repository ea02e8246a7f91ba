// SPDX-License-Identifier: MIT
// One connection of a front: records in, records out.
#include "adapters/fastcgi/connection.h"

#include "adapters/fastcgi/params.h"
#include "adapters/fastcgi/request.h"
#include "adapters/fastcgi/server.h"
#include <stddef.h>
#include <string.h>

// When more than this waits for the kernel, long answers stay with their requests, so that others
// have their turn.
#define WIRE_MOST 16384u

// What a front may still send while it reads the last records, besides the time it has.
#define LINGER_MOST (INT64_C(16) << 20)

static void rest(csgi_fcgi_connection *conn);

static csgi_host *host_of(const csgi_fcgi_connection *conn) {
    return &conn->server->host;
}

// ---- The end ------------------------------------------------------------------------------------

void csgi_fcgi_free_if_over(csgi_fcgi_connection *conn) {
    if (!conn->stream_closed || conn->nrequests) return;
    csgi_server_leave(conn->server, &conn->link);
    csgi_stream_free(conn->stream);
}

void csgi_fcgi_close(csgi_fcgi_connection *conn, bool reset) {
    csgi_host *host = host_of(conn);
    if (conn->phase == CSGI_FCGI_CLOSED) return;
    conn->phase = CSGI_FCGI_CLOSED;
    csgi_host_enter(host);
    csgi_deadline_stop(&conn->deadline);
    csgi_stream_close(conn->stream, reset);
    conn->data_n = 0;
    csgi_queue_clear(&conn->wire);
    for (unsigned i = 0; i < CSGI_FCGI_BUCKETS; i++)
        for (csgi_fcgi_request *request = conn->buckets[i], *next; request; request = next) {
            next = request->next;
            csgi_fcgi_lose(request);
        }
    csgi_host_leave(host);
}

static void on_closed(void *owner) {
    csgi_fcgi_connection *conn = owner;
    conn->stream_closed = true;
    csgi_fcgi_free_if_over(conn);
}

// To some fronts an end of input is as good as END: to nginx when it does not keep the connection,
// or does not buffer. A record of no version is an error to all that look, and to the others it
// is nothing.
static void spoil(csgi_fcgi_connection *conn) {
    static const char no_record[CSGI_RECORD_HEAD] = {0};
    if (csgi_queue_copy(&conn->wire, no_record, sizeof no_record) < 0 ||
        !csgi_stream_write(conn->stream, &conn->wire) || conn->wire.first)
        csgi_fcgi_close(conn, true);
}

// Everything is out: half-closes and drains. To close both ways in the face of a front that is
// still sending would reset what it has not read yet.
static void finish(csgi_fcgi_connection *conn) {
    if (conn->broken) spoil(conn);
    if (conn->phase == CSGI_FCGI_CLOSED) return;
    csgi_stream_shutdown(conn->stream);
    conn->phase = CSGI_FCGI_LINGER;
    conn->data_n = 0;
    conn->discarded = 0;
    csgi_stream_drop_block(conn->stream);
    csgi_stream_read(conn->stream, true);
    csgi_deadline_set(&conn->deadline, CSGI_TIMING_END);
}

// ---- Output -------------------------------------------------------------------------------------

// As far as the kernel takes it. False: the connection is broken.
static bool write_ready(csgi_fcgi_connection *conn) {
    for (;;) {
        bool pumped = false;
        while (conn->ready_first && conn->wire.bytes <= WIRE_MOST) {
            if (!csgi_fcgi_pump(conn->ready_first)) return false;
            pumped = true;
        }
        if (!csgi_stream_write(conn->stream, &conn->wire)) return false;
        if (conn->wire.first) return true;
        csgi_fcgi_credit(conn);
        if (!pumped) return true;
    }
}

static void flush(csgi_fcgi_connection *conn) {
    csgi_host *host = host_of(conn);
    if (conn->phase == CSGI_FCGI_CLOSED || conn->phase == CSGI_FCGI_LINGER) return;
    csgi_host_enter(host);
    if (!write_ready(conn)) csgi_fcgi_close(conn, false);
    csgi_host_leave(host);
    if (conn->phase == CSGI_FCGI_CLOSED || conn->nrequests || conn->wire.first) return;
    const bool served = conn->begun && (!conn->keep || conn->broken || conn->asked_late);
    if (conn->phase == CSGI_FCGI_FLUSH || served) finish(conn);
}

void csgi_fcgi_flush(csgi_fcgi_connection *conn) {
    if (conn->processing) return;
    flush(conn);
    rest(conn);
}

static bool put(csgi_fcgi_connection *conn, const char *p, size_t n) {
    return csgi_queue_copy(&conn->wire, p, n) == CSGI_OK;
}

void csgi_fcgi_end(csgi_fcgi_connection *conn, uint16_t id, uint32_t app_status,
                   csgi_record_status status) {
    char end[CSGI_RECORD_END_SIZE];
    csgi_record_end(end, id, app_status, status);
    if (!put(conn, end, sizeof end)) conn->broken = true;
}

// ---- Input --------------------------------------------------------------------------------------

static void take(csgi_fcgi_connection *conn, size_t n) {
    conn->data += n;
    conn->data_n -= n;
}

static void bad(csgi_fcgi_connection *conn, const char *why) {
    csgi_host_log(host_of(conn), NULL, CSGI_LOG_WARNING, "%.*s: %s: the connection is closed",
                  (int)conn->peer.n, conn->peer.text, why);
    csgi_fcgi_close(conn, false);
}

// Records about the connection (section 4).
static void manage(csgi_fcgi_connection *conn, const char *p, size_t n) {
    char out[CSGI_RECORD_HEAD + CSGI_PARAMS_ANSWER + 8] = {0};
    if (conn->reader.left) return; // its content says nothing to us
    if (conn->reader.type != CSGI_RECORD_GET_VALUES) {
        csgi_record_unknown(out, conn->reader.type);
        if (!put(conn, out, 16)) conn->broken = true;
        return;
    }
    const uint32_t most = conn->server->options.max_connections;
    const csgi_params_values values = {most, most, true};
    char questions[CSGI_RECORD_WHOLE];
    bool asked = false;
    memcpy(questions, p, n);
    const int size =
        csgi_params_answer(questions, questions + n, &values, out + CSGI_RECORD_HEAD, &asked);
    if (asked && !conn->multiplexed) csgi_fcgi_shared(conn);
    if (size < 0) {
        bad(conn, "a question whose lengths cannot be");
        return;
    }
    const unsigned padding = csgi_record_padding((size_t)size);
    csgi_record_head(out, CSGI_RECORD_VALUES, 0, (size_t)size, padding);
    if (!put(conn, out, CSGI_RECORD_HEAD + (size_t)size + padding)) conn->broken = true;
}

static void begin(csgi_fcgi_connection *conn, const char *p, size_t n) {
    const uint16_t id = conn->reader.id;
    uint16_t role;
    uint8_t flags;
    if (!csgi_record_begin(p, n, &role, &flags)) {
        bad(conn, "a request whose beginning is not 8 bytes");
        return;
    }
    if (csgi_fcgi_find(conn, id)) {
        bad(conn, "a request with the number of one that is not over");
        return;
    }
    conn->begun = true;
    if (conn->nrequests && !conn->multiplexed) csgi_fcgi_shared(conn);
    conn->keep = (flags & CSGI_RECORD_KEEP_CONN) != 0;
    if (role != CSGI_ROLE_RESPONDER)
        csgi_fcgi_end(conn, id, 0, CSGI_RECORD_UNKNOWN_ROLE);
    else if (conn->broken ||
             csgi_fcgi_of(conn->server)->nrequests >= conn->server->options.max_connections ||
             !csgi_fcgi_begin(conn, id))
        csgi_fcgi_end(conn, id, 0, CSGI_RECORD_OVERLOADED);
}

static void deal(csgi_fcgi_connection *conn, const char *p, size_t n) {
    const csgi_record_reader *reader = &conn->reader;
    const bool first = reader->left + n == reader->size, last = reader->left == 0;
    if (reader->id == 0) {
        manage(conn, p, n);
        return;
    }
    if (reader->type == CSGI_RECORD_BEGIN) {
        begin(conn, p, n);
        return;
    }
    // Records of a request that is not there are passed over (section 3.3): it may just have ended.
    csgi_fcgi_request *request = csgi_fcgi_find(conn, reader->id);
    if (!request) return;
    switch (reader->type) {
    case CSGI_RECORD_PARAMS:
        if (reader->size)
            csgi_fcgi_params(request, p, n, first && last);
        else
            csgi_fcgi_params_end(request);
        break;
    case CSGI_RECORD_STDIN:
        if (reader->size)
            csgi_fcgi_stdin(request, p, n);
        else
            csgi_fcgi_stdin_end(request);
        break;
    case CSGI_RECORD_ABORT:
        if (last) csgi_fcgi_abort(request);
        break;
    default: break; // DATA is for filters; of others nobody knows what they mean
    }
}

// True when something was done, and there may be more to do.
static bool step(csgi_fcgi_connection *conn) {
    const char *piece;
    size_t used, n;
    if (conn->phase != CSGI_FCGI_OPEN || !conn->data_n) return false;
    csgi_record_result result =
        csgi_record_next(&conn->reader, conn->data, conn->data_n, &used, &piece, &n);
    take(conn, used);
    if (result == CSGI_RECORD_MORE) return false;
    if (result == CSGI_RECORD_BAD)
        bad(conn, "no FastCGI record");
    else
        deal(conn, piece, n);
    return true;
}

// Nothing is read while answers wait for the front to read them, nor while so much of a body waits
// that nobody asks for.
static bool want_input(const csgi_fcgi_connection *conn) {
    if (conn->phase == CSGI_FCGI_LINGER) return true;
    return conn->phase == CSGI_FCGI_OPEN && !conn->nowed && !conn->nfull &&
           conn->wire.bytes <= conn->server->host.limits.high_mark;
}

static csgi_timing what_to_time(const csgi_fcgi_connection *conn) {
    if (conn->phase == CSGI_FCGI_LINGER) return CSGI_TIMING_END;
    if (conn->wire.first) return CSGI_TIMING_SEND;
    if (conn->nrequests || conn->phase != CSGI_FCGI_OPEN) return CSGI_TIMING_NONE;
    return conn->data_n || conn->reader.inside ? CSGI_TIMING_HEAD : CSGI_TIMING_KEEP;
}

void csgi_fcgi_look(csgi_fcgi_connection *conn) {
    if (conn->phase == CSGI_FCGI_CLOSED || conn->processing) return;
    csgi_stream_read(conn->stream, want_input(conn));
    csgi_deadline_set(&conn->deadline, what_to_time(conn));
}

static bool late(csgi_deadline *deadline) {
    csgi_fcgi_connection *conn =
        (csgi_fcgi_connection *)(void *)((char *)deadline -
                                         offsetof(csgi_fcgi_connection, deadline));
    switch (deadline->timing) {
    case CSGI_TIMING_SEND:
        if (conn->sent != deadline->mark) return true;
        csgi_host_log(host_of(conn), NULL, CSGI_LOG_INFO, "%.*s: a front that does not read",
                      (int)conn->peer.n, conn->peer.text);
        csgi_fcgi_close(conn, true);
        return false;
    case CSGI_TIMING_KEEP: finish(conn); return false;
    default: csgi_fcgi_close(conn, false); return false;
    }
}

// After anything was done: reads on or not, lets go of memory, minds the time, and ends a
// connection that has served.
static void rest(csgi_fcgi_connection *conn) {
    if (conn->phase == CSGI_FCGI_CLOSED) return;
    if (conn->phase == CSGI_FCGI_OPEN) {
        csgi_block *block = csgi_stream_block(conn->stream);
        if (conn->data_n)
            csgi_stream_room(conn->stream, &conn->data, conn->data_n);
        else if (block && block->refs == 1)
            csgi_stream_drop_block(conn->stream);
        else if (block)
            csgi_stream_room(conn->stream, &conn->data, 0);
    }
    csgi_fcgi_look(conn);
}

static void process(csgi_fcgi_connection *conn) {
    if (conn->processing || conn->phase == CSGI_FCGI_CLOSED) return;
    conn->processing = true;
    while (step(conn)) {
    }
    while (conn->fresh_first && conn->phase == CSGI_FCGI_OPEN)
        csgi_fcgi_dealt_with(conn->fresh_first);
    if (conn->loose) (void)csgi_fcgi_params_keep(conn->loose);
    conn->processing = false;
    csgi_fcgi_flush(conn);
}

// The front has closed, or half-closed: what was not answered yet is not waited for, what was
// still goes out.
static void on_end(csgi_fcgi_connection *conn) {
    if (conn->phase != CSGI_FCGI_OPEN) {
        csgi_fcgi_close(conn, false);
        return;
    }
    conn->phase = CSGI_FCGI_FLUSH;
    conn->data_n = 0;
    csgi_host_enter(host_of(conn));
    for (unsigned i = 0; i < CSGI_FCGI_BUCKETS; i++)
        for (csgi_fcgi_request *request = conn->buckets[i], *next; request; request = next) {
            next = request->next;
            if (!request->finished) csgi_fcgi_abort(request);
        }
    csgi_host_leave(host_of(conn));
    csgi_fcgi_flush(conn);
}

static void on_read(void *owner, csgi_block *block, char *p, ptrdiff_t n) {
    csgi_fcgi_connection *conn = owner;
    (void)block;
    if (n < 0) {
        csgi_fcgi_close(conn, false);
    } else if (n == 0) {
        on_end(conn);
    } else if (conn->phase == CSGI_FCGI_LINGER) {
        csgi_stream_drop_block(conn->stream);
        conn->discarded += n;
        if (conn->discarded > LINGER_MOST) csgi_fcgi_close(conn, false);
    } else {
        if (!conn->data_n) conn->data = p;
        conn->data_n += (size_t)n;
        process(conn);
    }
}

static void on_written(void *owner) {
    csgi_fcgi_connection *conn = owner;
    conn->sent++;
    csgi_fcgi_flush(conn);
}

static const csgi_stream_events events = {on_read, on_written, on_closed, NULL};

// ---- From outside -------------------------------------------------------------------------------

void csgi_fcgi_accept(csgi_server *server, csgi_listener *listener) {
    csgi_stream *stream = csgi_stream_accept(listener, &events, sizeof(csgi_fcgi_connection));
    if (!stream) return;
    csgi_fcgi_connection *conn = csgi_stream_owner(stream);
    conn->server = server;
    conn->stream = stream;
    conn->keep = true;
    conn->deadline.server = server;
    conn->deadline.received = &conn->received;
    conn->deadline.sent = &conn->sent;
    conn->deadline.late = late;
    csgi_queue_init(&conn->wire, &server->host);
    csgi_stream_names(stream, &conn->peer, &conn->local);
    conn->link.peer = &conn->peer;
    const char *much = csgi_server_join(server, &conn->link);
    if (much) {
        csgi_host_log(&server->host, NULL, CSGI_LOG_INFO, "%.*s refused: %s", (int)conn->peer.n,
                      conn->peer.text, much);
        csgi_fcgi_close(conn, false);
        return;
    }
    csgi_fcgi_look(conn);
}

void csgi_fcgi_drain(csgi_link *link) {
    csgi_fcgi_connection *conn = (csgi_fcgi_connection *)link;
    // A request may be under way to a connection that is idle; the wait for it is short now.
    if (conn->deadline.timing == CSGI_TIMING_KEEP)
        csgi_deadline_set(&conn->deadline, CSGI_TIMING_KEEP);
}

void csgi_fcgi_drop(csgi_link *link) {
    csgi_fcgi_close((csgi_fcgi_connection *)link, false);
}
