// SPDX-License-Identifier: MIT
// What every server on the loop is, whatever it speaks: listeners, the application's life, signals,
// limits, a graceful end. A protocol adds its connections.
#ifndef CSGI_ADAPTERS_SERVER_SERVER_H
#define CSGI_ADAPTERS_SERVER_SERVER_H

#include "adapters/loop/loop.h"
#include "adapters/loop/stream.h"
#include "core/gateway/tree.h"
#include <csgi/serve.h>
#include <stdatomic.h>

#ifdef __cplusplus
extern "C" {
#endif

// The beginning of every protocol's connection.
typedef struct csgi_link {
    struct csgi_link *prev, *next;
    const csgi_stream_name *peer;
} csgi_link;

typedef struct csgi_protocol {
    const char *scheme, *tls_scheme; // of its addresses; NULL: it has no TLS
    const char *usual;               // where it listens when nobody says
    uint64_t caps;
    // Its connections do the first five things (`closed` calls csgi_server_closed), those below it
    // the others.
    const csgi_transport *transport;
    // Makes server->own, by the options with all defaults in place. NULL: it needs nothing.
    bool (*open)(csgi_server *server);
    void (*close)(csgi_server *server); // frees server->own, which may be NULL
    // Takes a connection that waits. Nothing happens when there is none.
    void (*accept)(csgi_server *server, csgi_listener *listener);
    // The server wants to stop: an idle connection closes, another after its answers.
    void (*drain)(csgi_link *link);
    void (*drop)(csgi_link *link); // at once, as if the client had left
} csgi_protocol;

struct csgi_server {
    csgi_host host;
    csgi_loop *loop;
    const csgi_protocol *protocol;
    void *own; // the protocol's
    csgi_serve_options options;
    csgi_tree tree;
    csgi_app *app;
    csgi_listener **listeners;
    size_t nlisteners;
    csgi_tls_context *tls; // NULL: no listener has it
    atomic_bool reloading; // reload_task is posted
    csgi_task reload_task;
    csgi_link *links; // connections
    uint32_t nlinks;
    csgi_app health_app; // answers options.health, whose length is health_n
    size_t health_n;
    bool draining, late;
    bool over;        // the end was told
    bool loop_closed; // its handles are
    bool leaving;     // leave_task is posted
    csgi_task drain_task, listen_task, leave_task;
};

// csgi_server_open for a protocol.
csgi_server *csgi_server_open_for(const csgi_protocol *protocol, csgi_app *app,
                                  const csgi_serve_options *options, char *err, size_t cap);
// All of it: open, run, close.
csgi_rc csgi_server_serve(csgi_server *server);

// ---- For connections ----

// A connection has come. NULL, or why it is one too many.
const char *csgi_server_join(csgi_server *server, csgi_link *link);
// One is gone; when the server drains, it may have been the last.
void csgi_server_leave(csgi_server *server, csgi_link *link);
// The application that answers this request: the server's own, or what was asked for is
// options.health.
csgi_app *csgi_server_app(csgi_server *server, const csgi_request *req);

// ---- For a protocol's transport ----

void csgi_server_closed(csgi_host_exchange *x);
void csgi_server_wake(csgi_host *host);
void csgi_server_arm(csgi_host *host, uint64_t at_ms);
uint64_t csgi_server_now(csgi_host *host);
const void *csgi_server_ext(csgi_host *host, const char *id);
void csgi_server_log(csgi_host *host, csgi_host_exchange *x, int32_t level, csgi_str message);

#ifdef __cplusplus
}
#endif

#endif
