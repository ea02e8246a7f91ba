// SPDX-License-Identifier: MIT
// The head of an answer as CGI has it (RFC 3875 6). No I/O.
#ifndef CSGI_ADAPTERS_FASTCGI_RESPONSE_WRITER_H
#define CSGI_ADAPTERS_FASTCGI_RESPONSE_WRITER_H

#include "core/gateway/host.h"

#ifdef __cplusplus
extern "C" {
#endif

// At most this many bytes are needed.
size_t csgi_cgi_head_room(const csgi_output *out);
// Writes it into `at`, where there is room; the end of what was written. Date and Server are the
// front's to add.
char *csgi_cgi_head_put(char *at, const csgi_output *out);

// The same into a queue, of any size. OK or NOMEM (then the queue may hold a part of it).
csgi_rc csgi_cgi_head(csgi_queue *queue, const csgi_output *out);

#ifdef __cplusplus
}
#endif

#endif
