// SPDX-License-Identifier: MIT
// What accepting a stream needs of a listener.
#ifndef CSGI_ADAPTERS_LOOP_UV_LISTENER_H
#define CSGI_ADAPTERS_LOOP_UV_LISTENER_H

#include "adapters/loop/listener.h"
#include "adapters/loop/uv_loop.h"

struct csgi_listener {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    csgi_loop *loop;
    const char *scheme;
    csgi_tls_context *tls; // NULL: none
    bool is_unix;
    char *path; // of a unix socket this listener made; NULL: none
    char url[160];
    void (*ready)(void *arg, csgi_listener *listener);
    void *arg;
    csgi_task again; // looks once more at a connection that there was no memory for
};

// A connection waits to be taken, and cannot be now.
void csgi_listener_wait(csgi_listener *listener);

#endif
