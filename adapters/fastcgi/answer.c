// SPDX-License-Identifier: MIT
// The answers of a connection's requests, on their way into records: whole ones at once, long ones
// a record each in turn, so that none waits for the end of another.
#include "adapters/fastcgi/request.h"

#include "adapters/fastcgi/response_writer.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

// Content of one record of a long answer: whole blocks of 8, so that it needs no padding.
#define RECORD_CONTENT 32760u

// A whole answer up to this size is copied behind its record's head.
#define WHOLE_MOST 8192u
// What the application keeps alive is not copied above this.
#define SHARED_MOST 2048u

// Text for STDERR, at most.
#define ERROR_MOST 1000u

// ---- A whole answer -----------------------------------------------------------------------------

// How much body an answer has that can go out as one record; -1: it cannot.
static ptrdiff_t whole_body(const csgi_fcgi_request *request, const csgi_output *out) {
    size_t n = 0;
    if (!out->end || request->out.first) return -1;
    if (request->conn->wire.bytes > request->x->host->limits.high_mark) return -1;
    if (out->bytes > WHOLE_MOST) return -1;
    for (size_t i = 0; i < out->nchunks; i++) {
        const csgi_chunk *chunk = &out->chunks[i];
        if (chunk->kind != CSGI_CHUNK_MEMORY) return -1;
        if (chunk->mem != CSGI_MEM_COPY && chunk->n > SHARED_MOST) return -1;
        n += (size_t)chunk->n;
    }
    return (ptrdiff_t)n;
}

static char *put_padding(char *at, unsigned n) {
    static const char zeros[8] = {0};
    memcpy(at, zeros, 8); // there is room, and fewer would take longer
    return at + n;
}

// STDOUT with all of the answer, and the end of STDOUT. False: it does not fit.
static bool put_whole(csgi_fcgi_request *request, const csgi_output *out, size_t body) {
    csgi_queue *wire = &request->conn->wire;
    const size_t room = csgi_cgi_head_room(out) + body + 2 * CSGI_RECORD_HEAD + 8;
    char *start = room <= CSGI_QUEUE_ROOM ? csgi_queue_room(wire, room) : NULL;
    if (!start) return false;
    char *at = csgi_cgi_head_put(start + CSGI_RECORD_HEAD, out);
    for (size_t i = 0; i < out->nchunks; i++) {
        const csgi_chunk *chunk = &out->chunks[i];
        if (chunk->n) memcpy(at, chunk->p, (size_t)chunk->n);
        at += chunk->n;
    }
    const size_t n = (size_t)(at - start) - CSGI_RECORD_HEAD;
    const unsigned padding = csgi_record_padding(n);
    at = put_padding(at, padding);
    csgi_record_head(start, CSGI_RECORD_STDOUT, request->id, n, padding);
    csgi_record_head(at, CSGI_RECORD_STDOUT, request->id, 0, 0);
    at += CSGI_RECORD_HEAD;
    if (csgi_queue_commit(wire, (size_t)(at - start)) < 0) return false;
    for (size_t i = 0; i < out->nchunks; i++) csgi_queue_release(request->x, &out->chunks[i]);
    request->stdout_over = true;
    return true;
}

csgi_rc csgi_fcgi_output(csgi_host_exchange *x, const csgi_output *out) {
    csgi_fcgi_request *request = x->owner;
    csgi_rc rc = CSGI_OK;
    if (out->head) {
        const ptrdiff_t body = whole_body(request, out);
        if (body >= 0 && put_whole(request, out, (size_t)body)) return CSGI_OK;
        rc = csgi_cgi_head(&request->out, out);
    }
    for (size_t i = 0; i < out->nchunks; i++)
        if (rc == CSGI_OK)
            rc = csgi_queue_chunk(&request->out, &out->chunks[i], x);
        else
            csgi_queue_release(x, &out->chunks[i]);
    csgi_fcgi_put_ready(request);
    return rc;
}

// ---- A long answer ------------------------------------------------------------------------------

static bool put_head(csgi_fcgi_request *request, size_t n, unsigned padding) {
    csgi_queue *wire = &request->conn->wire;
    char *head = csgi_queue_room(wire, CSGI_RECORD_HEAD);
    if (!head) return false;
    csgi_record_head(head, CSGI_RECORD_STDOUT, request->id, n, padding);
    return csgi_queue_commit(wire, CSGI_RECORD_HEAD) == CSGI_OK;
}

// The memory at the front, up to a record's content.
static size_t front_of(const csgi_queue *queue) {
    uint64_t n = 0;
    for (const csgi_segment *s = queue->first; s && s->p && n < RECORD_CONTENT; s = s->next)
        n += s->n;
    return n < RECORD_CONTENT ? (size_t)n : RECORD_CONTENT;
}

// A file is read: a front reads what it gets, and one that turns out shorter than it was costs its
// own answer alone. 0: it is.
static size_t put_file(csgi_fcgi_request *request) {
    csgi_queue *wire = &request->conn->wire;
    const csgi_segment *file = request->out.first;
    const size_t most = CSGI_QUEUE_ROOM - CSGI_RECORD_HEAD - 8;
    char *start = csgi_queue_room(wire, CSGI_QUEUE_ROOM);
    if (!start) return 0;
    const size_t want = file->n < most ? (size_t)file->n : most;
    ssize_t got;
    do got = pread(file->fd, start + CSGI_RECORD_HEAD, want, (off_t)file->off);
    while (got < 0 && errno == EINTR);
    if (got <= 0) return 0;
    const size_t n = (size_t)got;
    const unsigned padding = csgi_record_padding(n);
    csgi_record_head(start, CSGI_RECORD_STDOUT, request->id, n, padding);
    put_padding(start + CSGI_RECORD_HEAD + n, padding);
    if (csgi_queue_commit(wire, CSGI_RECORD_HEAD + n + padding) < 0) return 0;
    csgi_queue_advance(&request->out, n);
    return n;
}

static bool put_memory(csgi_fcgi_request *request, size_t n) {
    csgi_queue *wire = &request->conn->wire;
    const unsigned padding = csgi_record_padding(n);
    if (!put_head(request, n, padding) || csgi_queue_move(wire, &request->out, n) < 0) return false;
    return !padding || csgi_queue_copy(wire, "\0\0\0\0\0\0\0", padding) == CSGI_OK;
}

static void put_wired(csgi_fcgi_request *request, size_t n) {
    csgi_fcgi_connection *conn = request->conn;
    if (!request->on_wire) {
        request->wired_prev = NULL;
        request->wired_next = conn->wired;
        if (conn->wired) conn->wired->wired_prev = request;
        conn->wired = request;
    }
    request->on_wire += n;
}

void csgi_fcgi_take_wired(csgi_fcgi_request *request) {
    if (!request->on_wire) return;
    request->on_wire = 0;
    if (request->wired_prev)
        request->wired_prev->wired_next = request->wired_next;
    else
        request->conn->wired = request->wired_next;
    if (request->wired_next) request->wired_next->wired_prev = request->wired_prev;
}

bool csgi_fcgi_pump(csgi_fcgi_request *request) {
    csgi_fcgi_connection *conn = request->conn;
    csgi_host *host = &conn->server->host;
    // They are behind all others' now.
    csgi_fcgi_take_ready(request);
    size_t n = front_of(&request->out);
    if (n) {
        if (!put_memory(request, n)) return false;
    } else {
        n = put_file(request);
        if (!n) {
            csgi_host_log(
                host, request->x, CSGI_LOG_ERROR,
                "a file cannot be read, or is shorter than was sent: the answer is broken off");
            csgi_fcgi_break(request);
            return true;
        }
    }
    put_wired(request, n);
    request->out.bytes += n; // until it has left
    csgi_fcgi_put_ready(request);
    if (!request->is_ready && request->finished) csgi_fcgi_done(request);
    return true;
}

void csgi_fcgi_credit(csgi_fcgi_connection *conn) {
    while (conn->wired) {
        csgi_fcgi_request *request = conn->wired;
        request->out.bytes -= request->on_wire;
        csgi_fcgi_take_wired(request);
        if (!request->finished) csgi_host_drained(request->x);
    }
}

// ---- What else goes on the wire -----------------------------------------------------------------

void csgi_fcgi_put_end(csgi_fcgi_request *request) {
    csgi_queue *wire = &request->conn->wire;
    char *start = csgi_queue_room(wire, 3 * CSGI_RECORD_HEAD + CSGI_RECORD_END_SIZE), *at = start;
    if (!start) { // then it has to look broken
        request->conn->broken = true;
        return;
    }
    if (request->stderr_used) {
        csgi_record_head(at, CSGI_RECORD_STDERR, request->id, 0, 0);
        at += CSGI_RECORD_HEAD;
    }
    if (!request->stdout_over) {
        csgi_record_head(at, CSGI_RECORD_STDOUT, request->id, 0, 0);
        at += CSGI_RECORD_HEAD;
    }
    csgi_record_end(at, request->id, request->app_status, CSGI_RECORD_COMPLETE);
    at += CSGI_RECORD_END_SIZE;
    if (request->conn->farewell) {
        // An answer to a question that was not asked. nginx keeps no connection on which something
        // follows the end of a request, so that nothing of it crosses with the end of ours.
        csgi_record_head(at, CSGI_RECORD_VALUES, 0, 0, 0);
        at += CSGI_RECORD_HEAD;
    }
    if (csgi_queue_commit(wire, (size_t)(at - start)) < 0) request->conn->broken = true;
}

void csgi_fcgi_log(csgi_host *host, csgi_host_exchange *x, int32_t level, csgi_str message) {
    csgi_server_log(host, x, level, message);
    csgi_fcgi_request *request = x ? x->owner : NULL;
    if (!request || level < CSGI_LOG_WARNING || request->conn->phase == CSGI_FCGI_CLOSED ||
        request->conn->wire.bytes > host->limits.high_mark)
        return;
    // The front's log gets it too: where it started this program, there may be no other.
    csgi_queue *wire = &request->conn->wire;
    size_t n = message.n < ERROR_MOST ? message.n : ERROR_MOST;
    char *start = csgi_queue_room(wire, CSGI_RECORD_HEAD + n + 1 + 8);
    if (!start) return;
    char *text = start + CSGI_RECORD_HEAD;
    for (size_t i = 0; i < n; i++) // one entry is one line
        text[i] = (unsigned char)message.p[i] < 0x20 || message.p[i] == 0x7f ? '?' : message.p[i];
    text[n++] = '\n';
    const unsigned padding = csgi_record_padding(n);
    csgi_record_head(start, CSGI_RECORD_STDERR, request->id, n, padding);
    put_padding(text + n, padding);
    if (csgi_queue_commit(wire, CSGI_RECORD_HEAD + n + padding) == CSGI_OK)
        request->stderr_used = true;
}

void csgi_fcgi_settled(csgi_host_exchange *x) {
    csgi_fcgi_request *request = x->owner;
    if (request) csgi_fcgi_flush(request->conn);
}
