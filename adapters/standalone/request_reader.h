// SPDX-License-Identifier: MIT
// From bytes to a request: finds the end of a head, and reads it. No I/O.
#ifndef CSGI_ADAPTERS_STANDALONE_REQUEST_READER_H
#define CSGI_ADAPTERS_STANDALONE_REQUEST_READER_H

#include "core/gateway/intake.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csgi_request_reader csgi_request_reader;

// Shared by all connections of a loop; takes heads of at most so many fields. NULL: out of memory.
csgi_request_reader *csgi_request_reader_new(uint32_t max_fields);
void csgi_request_reader_free(csgi_request_reader *reader);

// How far the search for a head's end has come, for one connection. Zeroed at first.
typedef struct csgi_head_scan {
    uint32_t at;   // looked at up to here
    uint32_t line; // where the line begins that is not complete
    uint32_t n;    // complete lines so far
} csgi_head_scan;

// Looks for the empty line that ends a head in p[0, n), going on from *scan. The length of the
// head; 0: not here yet; -1: refused, with `*status` and `*fault`. Lines end in CRLF and nothing
// else (RFC 9112 2.2), and none is folded (5.2). Takes time in proportion to what was added since
// the last call.
ptrdiff_t csgi_request_head_end(csgi_request_reader *reader, csgi_head_scan *scan, const char *p,
                                size_t n, unsigned *status, const char **fault);

// Reads the head whose end was the last that head_end found with this reader, moved to p[0, n) or
// still there, into `in`, which has begun: 0, or the status to refuse it with (in->fault says why).
// Names are lower-cased in place, and the view points into p.
unsigned csgi_request_head_read(csgi_request_reader *reader, csgi_intake *in, char *p, size_t n);

#ifdef __cplusplus
}
#endif

#endif
