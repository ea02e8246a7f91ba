// SPDX-License-Identifier: MIT
// The body of a request, from a connection's bytes to whom it belongs: the exchange, or nobody.
#ifndef CSGI_ADAPTERS_STANDALONE_REQUEST_BODY_H
#define CSGI_ADAPTERS_STANDALONE_REQUEST_BODY_H

#include "adapters/standalone/connection.h"

#ifdef __cplusplus
extern "C" {
#endif

// The unread rest of a body that is read and dropped to keep a connection; a longer one closes it.
#define CSGI_DISCARD_MOST (INT64_C(1) << 20)

// Deals with what was read of a body; what follows happens when the host is left.
void csgi_request_body_read(csgi_connection *conn);

// The body ended before its end: whoever reads it hears TRUNC, and nothing behind it can be
// believed.
void csgi_request_body_bad(csgi_connection *conn);

#ifdef __cplusplus
}
#endif

#endif
