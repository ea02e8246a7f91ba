// SPDX-License-Identifier: MIT
// One request of a connection, from BEGIN to END: its parameters, its body, its answer.
#ifndef CSGI_ADAPTERS_FASTCGI_REQUEST_H
#define CSGI_ADAPTERS_FASTCGI_REQUEST_H

#include "adapters/fastcgi/connection.h"

#ifdef __cplusplus
extern "C" {
#endif

// Lies in the memory of its exchange, and is gone with it.
typedef struct csgi_fcgi_request {
    csgi_fcgi_connection *conn;
    csgi_host_exchange *x;
    struct csgi_fcgi_request *next;                    // in its bucket
    struct csgi_fcgi_request *ready_prev, *ready_next; // among those with output for the wire
    struct csgi_fcgi_request *wired_prev, *wired_next; // among those with on_wire
    struct csgi_fcgi_request *fresh_next;              // among those to be looked at
    csgi_queue out;   // of STDOUT, not on the wire. Its count includes what is there
    uint64_t on_wire; // and has not left
    char *params;     // so far
    size_t params_n;
    csgi_block *params_block; // they are gathered there; NULL: they lie where they were read
    csgi_deadline deadline;
    uint64_t received; // bytes of the body
    uint64_t charged;  // of the server's allowance for bodies that nobody reads
    int64_t body_left; // of a body with a length; -1: its end will tell
    uint32_t app_status;
    uint16_t id;
    bool is_ready, is_fresh, is_full;
    bool taken;    // parameters are complete: the request stands, or was refused
    bool handed;   // to the application
    bool input;    // more of the body may come
    bool finished; // the host has let go of it; it goes when its output is on the wire
    bool owed;     // finished, and counted as such
    bool aborted;  // by the front
    bool cut;      // given up by us
    bool broken;   // its answer is not whole, and has no END
    bool stdout_over, stderr_used;
} csgi_fcgi_request;

csgi_fcgi_request *csgi_fcgi_find(const csgi_fcgi_connection *conn, uint16_t id); // NULL: none
// A new one. NULL: out of memory.
csgi_fcgi_request *csgi_fcgi_begin(csgi_fcgi_connection *conn, uint16_t id);

// Content of its records; `whole`: the piece is all of one.
void csgi_fcgi_params(csgi_fcgi_request *request, const char *p, size_t n, bool whole);
void csgi_fcgi_params_end(csgi_fcgi_request *request);
// Moves them to where they stay. False: refused for want of memory, and the request may be gone.
bool csgi_fcgi_params_keep(csgi_fcgi_request *request);
void csgi_fcgi_stdin(csgi_fcgi_request *request, const char *p, size_t n);
void csgi_fcgi_stdin_end(csgi_fcgi_request *request);
// Requests share the connection from now on: a body that nobody reads no longer stops it.
void csgi_fcgi_shared(csgi_fcgi_connection *conn);
void csgi_fcgi_abort(csgi_fcgi_request *request);

// All that came is dealt with: hands it to the application, or minds the time.
void csgi_fcgi_dealt_with(csgi_fcgi_request *request);
void csgi_fcgi_lose(csgi_fcgi_request *request);  // the connection is gone
void csgi_fcgi_break(csgi_fcgi_request *request); // its answer cannot be completed

// ---- Its answer, answer.c -----------------------------------------------------------------------

void csgi_fcgi_put_ready(csgi_fcgi_request *request); // if it has output for the wire
void csgi_fcgi_take_ready(csgi_fcgi_request *request);
// Moves a record's worth of its output to the wire; when that is all, and it is finished, it is
// gone. False: out of memory, and the connection has to go.
bool csgi_fcgi_pump(csgi_fcgi_request *request);
void csgi_fcgi_put_end(csgi_fcgi_request *request);    // what comes behind all output
void csgi_fcgi_done(csgi_fcgi_request *request);       // all output is on the wire
void csgi_fcgi_take_wired(csgi_fcgi_request *request); // what it has on the wire no longer counts
void csgi_fcgi_credit(csgi_fcgi_connection *conn);     // the wire is empty

// What the transport does, for one exchange.
csgi_rc csgi_fcgi_output(csgi_host_exchange *x, const csgi_output *out);
void csgi_fcgi_settled(csgi_host_exchange *x);
void csgi_fcgi_finished(csgi_host_exchange *x);
void csgi_fcgi_want(csgi_host_exchange *x);
void csgi_fcgi_log(csgi_host *host, csgi_host_exchange *x, int32_t level, csgi_str message);

#ifdef __cplusplus
}
#endif

#endif
