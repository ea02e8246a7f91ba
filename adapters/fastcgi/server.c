// SPDX-License-Identifier: MIT
// The FastCGI server: FastCGI 1.0 as a protocol of csgi_server.
#include "adapters/fastcgi/server.h"

#include "adapters/fastcgi/connection.h"
#include "adapters/fastcgi/request.h"
#include <stdlib.h>

// No FULL_DUPLEX: fronts stop sending the request when the answer comes.
#define CAPS                                                                    \
    (CSGI_CAP_RAW_TARGET | CSGI_CAP_STREAM_REQUEST | CSGI_CAP_STREAM_RESPONSE | \
     CSGI_CAP_ABORT_NOTIFY | CSGI_CAP_BROKEN_END)

uint64_t csgi_serve_fastcgi_caps(void) {
    return CAPS;
}

static bool open(csgi_server *server) {
    server->own = calloc(1, sizeof(csgi_fcgi));
    return server->own != NULL;
}

static void close(csgi_server *server) {
    free(server->own);
}

static const csgi_transport transport = {.output = csgi_fcgi_output,
                                         .flush = csgi_fcgi_settled,
                                         .finished = csgi_fcgi_finished,
                                         .closed = csgi_server_closed,
                                         .want = csgi_fcgi_want,
                                         .wake = csgi_server_wake,
                                         .arm = csgi_server_arm,
                                         .now = csgi_server_now,
                                         .ext = csgi_server_ext,
                                         .log = csgi_fcgi_log};

static const csgi_protocol protocol = {.scheme = "fastcgi",
                                       // The descriptor that spawn-fcgi and mod_fcgid pass on.
                                       .usual = "fd:0",
                                       .caps = CAPS,
                                       .transport = &transport,
                                       .open = open,
                                       .close = close,
                                       .accept = csgi_fcgi_accept,
                                       .drain = csgi_fcgi_drain,
                                       .drop = csgi_fcgi_drop};

csgi_server *csgi_server_open_fastcgi(csgi_app *app, const csgi_serve_options *options, char *err,
                                      size_t cap) {
    return csgi_server_open_for(&protocol, app, options, err, cap);
}

csgi_rc csgi_serve_fastcgi(csgi_app *app, const csgi_serve_options *options, char *err,
                           size_t cap) {
    csgi_server *server = csgi_server_open_fastcgi(app, options, err, cap);
    return server ? csgi_server_serve(server) : CSGI_APP;
}
