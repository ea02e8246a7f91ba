// SPDX-License-Identifier: MIT
// One connection of a front: the records that come on it, the requests that they make, all at the
// same time, and the records that go back.
#ifndef CSGI_ADAPTERS_FASTCGI_CONNECTION_H
#define CSGI_ADAPTERS_FASTCGI_CONNECTION_H

#include "adapters/fastcgi/record.h"
#include "adapters/server/deadline.h"
#include "adapters/server/server.h"

#ifdef __cplusplus
extern "C" {
#endif

struct csgi_fcgi_request;

typedef enum csgi_fcgi_phase {
    CSGI_FCGI_OPEN,
    CSGI_FCGI_FLUSH,  // nothing more is read; what is owed goes out, then it is over
    CSGI_FCGI_LINGER, // our side is shut; what still comes is dropped, so that it does not reset
                      // what the front has not read yet
    CSGI_FCGI_CLOSED
} csgi_fcgi_phase;

#define CSGI_FCGI_BUCKETS 64u // a power of two

typedef struct csgi_fcgi_connection {
    csgi_link link; // first: the server's csgi_link is this
    csgi_server *server;
    csgi_stream *stream;
    csgi_queue wire; // whole records, in order
    char *data;      // read and not dealt with, in the stream's block
    size_t data_n;
    csgi_record_reader reader;
    struct csgi_fcgi_request *buckets[CSGI_FCGI_BUCKETS]; // by id
    uint32_t nrequests;                                   // in them
    uint32_t nowed;                                       // ended, with output that waits
    uint32_t nfull; // whose bodies nobody reads: nor is the connection
    struct csgi_fcgi_request *ready_first, *ready_last; // output for the wire, taking turns
    struct csgi_fcgi_request *wired;                    // output of theirs is on the wire
    struct csgi_fcgi_request *fresh_first, *fresh_last; // to be looked at
    struct csgi_fcgi_request *loose;                    // its parameters lie where they were read
    csgi_deadline deadline;
    uint64_t received, sent; // as the deadline counts
    int64_t discarded;
    csgi_stream_name peer, local;
    csgi_fcgi_phase phase;
    bool begun;       // there was a request
    bool multiplexed; // the front asked for that, or does it
    bool keep;        // the front closes the connection, not we
    bool asked_late;  // there was a request since the server drains
    bool farewell;    // and its answer tells nginx that it is the last
    bool broken;      // an answer was given up: the connection ends when the others are done
    bool processing;  // on the stack: what follows is done when it returns
    bool stream_closed;
} csgi_fcgi_connection;

// Takes a connection that waits. Nothing happens when there is none.
void csgi_fcgi_accept(csgi_server *server, csgi_listener *listener);
void csgi_fcgi_drain(csgi_link *link);
void csgi_fcgi_drop(csgi_link *link); // at once, as if the front had left

// Sends what is ready, unless that is done anyway when the records at hand are dealt with.
void csgi_fcgi_flush(csgi_fcgi_connection *conn);
// Reads on, or not, minds the time: to be called when something has changed.
void csgi_fcgi_look(csgi_fcgi_connection *conn);
void csgi_fcgi_close(csgi_fcgi_connection *conn, bool reset);
// The last request of a connection that is closed may have gone.
void csgi_fcgi_free_if_over(csgi_fcgi_connection *conn);
// Puts a whole END on the wire.
void csgi_fcgi_end(csgi_fcgi_connection *conn, uint16_t id, uint32_t app_status,
                   csgi_record_status status);

#ifdef __cplusplus
}
#endif

#endif
