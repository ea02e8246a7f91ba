// SPDX-License-Identifier: MIT
// From bytes to a request: finds the end of a head, and reads it. No I/O. llhttp reads the field
// lines; what it lets through and RFC 9112 does not is refused here, whatever its version.
#ifndef CSGI_ADAPTERS_STANDALONE_REQUEST_READER_H
#define CSGI_ADAPTERS_STANDALONE_REQUEST_READER_H

#include "core/gateway/intake.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csgi_request_reader csgi_request_reader;

// Shared by all connections of a loop. NULL: out of memory.
csgi_request_reader *csgi_request_reader_new(void);
void csgi_request_reader_free(csgi_request_reader *reader);

// Looks for the empty line that ends a head in p[0, n). `*scanned` is where to go on: 0 at first,
// the caller's to keep. The length of the head; 0: not here yet; -1: refused, `*fault` says why
// (always 400). Lines end in CRLF and nothing else (RFC 9112 2.2), and none is folded (5.2).
ptrdiff_t csgi_request_head_end(const char *p, size_t n, size_t *scanned, const char **fault);

// Reads the whole head p[0, n) into `in`, which has begun: 0, or the status to refuse it with
// (in->fault says why). Names are lower-cased in place, and the view points into p.
unsigned csgi_request_head_read(csgi_request_reader *reader, csgi_intake *in, char *p, size_t n);

#ifdef __cplusplus
}
#endif

#endif
