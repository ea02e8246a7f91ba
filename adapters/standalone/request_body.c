// SPDX-License-Identifier: MIT
// The body of a request, from a connection's bytes to whom it belongs: the exchange, or nobody.
#include "adapters/standalone/request_body.h"

#include "adapters/standalone/server.h"

void csgi_connection_take(csgi_connection *conn, size_t n) {
    conn->data += n;
    conn->data_n -= n;
}

// The body ended before its end: whoever reads it hears TRUNC, and nothing behind it can be
// believed.
void csgi_request_body_bad(csgi_connection *conn) {
    conn->keep = false;
    conn->data_n = 0;
    if (conn->x) csgi_body_end(conn->x, CSGI_TRUNC);
    csgi_connection_advance(conn, true);
}

static void add(csgi_connection *conn, const char *p, size_t n) {
    conn->received += n;
    if (conn->phase == CSGI_PHASE_DISCARD) {
        conn->discarded += (int64_t)n;
        if (conn->discarded > CSGI_DISCARD_MOST) {
            conn->keep = false;
            csgi_connection_advance(conn, false);
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
void csgi_request_body_read(csgi_connection *conn) {
    csgi_host_enter(&conn->server->host);
    if (conn->body_left >= 0) {
        size_t n =
            conn->data_n < (uint64_t)conn->body_left ? conn->data_n : (size_t)conn->body_left;
        conn->body_left -= (int64_t)n;
        add(conn, conn->data, n);
        csgi_connection_take(conn, n);
        if (conn->body_left == 0) {
            if (conn->x) csgi_body_end(conn->x, CSGI_EOF);
            csgi_connection_advance(conn, true);
        }
    } else {
        csgi_chunk_result result = CSGI_CHUNK_DATA;
        // A chunk may be the one too many of a body that is dropped, and others lie behind it.
        while (conn->data_n && result == CSGI_CHUNK_DATA && conn->phase != CSGI_PHASE_FLUSH) {
            const char *p;
            size_t used, n;
            result = csgi_chunk_reader_next(&conn->chunks, conn->data, conn->data_n, &used, &p, &n);
            if (result == CSGI_CHUNK_DATA) add(conn, p, n);
            csgi_connection_take(conn, used);
        }
        if (result == CSGI_CHUNK_BAD || result == CSGI_CHUNK_MUCH) {
            csgi_host_log(&conn->server->host, conn->x, CSGI_LOG_INFO,
                          result == CSGI_CHUNK_BAD ? "a body that breaks the chunked coding"
                                                   : "a body with too much framing");
            csgi_request_body_bad(conn);
        } else if (result == CSGI_CHUNK_END) {
            if (conn->x) csgi_body_end(conn->x, CSGI_EOF);
            csgi_connection_advance(conn, true);
        }
    }
    csgi_host_leave(&conn->server->host);
}
