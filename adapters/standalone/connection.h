// SPDX-License-Identifier: MIT
// One client: its requests one after the other, its answers in the same order, and the end of the
// connection.
#ifndef CSGI_ADAPTERS_STANDALONE_CONNECTION_H
#define CSGI_ADAPTERS_STANDALONE_CONNECTION_H

#include "adapters/server/deadline.h"
#include "adapters/server/server.h"
#include "adapters/standalone/chunk_reader.h"
#include "adapters/standalone/request_reader.h"
#include "core/gateway/host.h"

#ifdef __cplusplus
extern "C" {
#endif

// What the connection is doing with what it reads.
typedef enum csgi_phase {
    CSGI_PHASE_HEAD,    // a head is awaited, or coming
    CSGI_PHASE_BODY,    // the body of the request that is being answered
    CSGI_PHASE_WAIT,    // the request is here whole, its answer is not out
    CSGI_PHASE_DISCARD, // the rest of a body whose request is answered
    CSGI_PHASE_FLUSH,   // only the queue has to go out, then it is over
    CSGI_PHASE_LINGER,  // our side is shut; what still comes is dropped, so that it does not reset
                        // the answer
    CSGI_PHASE_CLOSED
} csgi_phase;

typedef struct csgi_connection {
    csgi_link link; // first: the server's csgi_link is this
    csgi_server *server;
    csgi_stream *stream;
    csgi_host_exchange *x; // the one being answered; NULL: none
    uint32_t
        exchanges; // of this connection that are not closed, also those held after their answer
    csgi_queue queue;
    char *data;          // read and not dealt with, in the stream's block
    size_t data_n;       //
    csgi_head_scan scan; // of data: where the search for the head's end goes on
    int64_t body_left;   // of a body with a length; -1: chunked
    csgi_chunk_reader chunks;
    csgi_deadline deadline;
    uint64_t received, sent; // bytes of the bodies in, bytes of anything out
    csgi_stream_name peer, local;
    int64_t discarded;
    uint32_t requests; // so far
    uint32_t blanks;   // empty lines before this one
    csgi_phase phase;
    bool processing; // on the stack: what follows is done when it returns
    bool keep;       // the connection goes on after this answer
    bool expect;     // the client waits for 100 (Continue)
    bool version_10;
    bool chunked;     // the answer under way
    bool until_close; // it ends with the connection
    bool stream_closed;
    bool gone; // the server does not know it any more
} csgi_connection;

// Takes a connection that waits. Nothing happens when there is none.
void csgi_connection_accept(csgi_server *server, csgi_listener *listener);

// The server wants to stop: an idle connection closes, another after its answer.
void csgi_connection_drain(csgi_connection *conn);
void csgi_connection_drop(csgi_connection *conn); // at once, as if the client had left

// Takes n bytes off the front of what was read.
void csgi_connection_take(csgi_connection *conn, size_t n);
// Where the connection goes when the request is here whole, or the answer is out, or both.
void csgi_connection_advance(csgi_connection *conn, bool body_over);

// What the transport does, for one exchange.
csgi_rc csgi_connection_output(csgi_host_exchange *x, const csgi_output *out);
void csgi_connection_flush(csgi_host_exchange *x);
void csgi_connection_finished(csgi_host_exchange *x);
void csgi_connection_closed(csgi_host_exchange *x); // x is about to go
void csgi_connection_want(csgi_host_exchange *x);

#ifdef __cplusplus
}
#endif

#endif
