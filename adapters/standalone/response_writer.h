// SPDX-License-Identifier: MIT
// From the parts of an answer to the bytes of HTTP/1.1 (RFC 9112), into a queue. No I/O.
#ifndef CSGI_ADAPTERS_STANDALONE_RESPONSE_WRITER_H
#define CSGI_ADAPTERS_STANDALONE_RESPONSE_WRITER_H

#include "core/gateway/host.h"

#ifdef __cplusplus
extern "C" {
#endif

// How an answer is framed and what it says of the connection.
typedef struct csgi_response_frame {
    bool chunked;    // the transfer coding
    bool say_close;  // Connection: close
    bool say_keep;   // Connection: keep-alive, for HTTP/1.0
    csgi_str server; // "server: ...", with its line end
    csgi_str date;   // "date: ...", with its line end, right behind `server` in memory
} csgi_response_frame;

// OK or NOMEM (then the queue may hold a part of it). A short `body`, at most
// CSGI_RESPONSE_SHORT, is put right behind the head: most answers are one piece so.
#define CSGI_RESPONSE_SHORT 2048u
csgi_rc csgi_response_head(csgi_queue *queue, const csgi_output *out,
                           const csgi_response_frame *frame, csgi_str body);
csgi_rc csgi_response_body(csgi_queue *queue, const csgi_output *out, csgi_host_exchange *x,
                           bool chunked);

#ifdef __cplusplus
}
#endif

#endif
