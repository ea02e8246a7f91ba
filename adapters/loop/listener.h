// SPDX-License-Identifier: MIT
// A socket that listens: its address in words, its binding, and what to do when it fails.
#ifndef CSGI_ADAPTERS_LOOP_LISTENER_H
#define CSGI_ADAPTERS_LOOP_LISTENER_H

#include "adapters/loop/loop.h"
#include "adapters/loop/tls_context.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csgi_listener csgi_listener;

// `scheme` (a constant) begins its URL. Binds "127.0.0.1:8000", "[::1]:8000", ":8000",
// "unix:/path.sock" or "fd:3". With `tls` (NULL: none), which outlives it, its connections are
// encrypted. NULL: what, where and what to do is in err.
csgi_listener *csgi_listener_bind(csgi_loop *loop, const char *scheme, const char *address,
                                  csgi_tls_context *tls, char *err, size_t cap);

// Where it listens, as a URL: "http://127.0.0.1:41234", "https+unix:/path.sock".
const char *csgi_listener_url(const csgi_listener *listener);

// Begins to accept; `ready` is called whenever a connection waits, to be taken by
// csgi_stream_accept.
bool csgi_listener_start(csgi_listener *listener, void (*ready)(void *arg, csgi_listener *listener),
                         void *arg, char *err, size_t cap);

// Accepts no more; removes the file of a unix socket it made; frees itself from the loop.
void csgi_listener_close(csgi_listener *listener);

#ifdef __cplusplus
}
#endif

#endif
