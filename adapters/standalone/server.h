// SPDX-License-Identifier: MIT
// What a connection needs of its server.
#ifndef CSGI_ADAPTERS_STANDALONE_SERVER_H
#define CSGI_ADAPTERS_STANDALONE_SERVER_H

#include "adapters/loop/loop.h"
#include "adapters/standalone/connection.h"
#include "adapters/standalone/request_reader.h"
#include "core/gateway/tree.h"
#include <csgi/serve.h>
#include <stdatomic.h>

#ifdef __cplusplus
extern "C" {
#endif

struct csgi_server {
    csgi_host host;
    csgi_loop *loop;
    csgi_request_reader *reader;
    csgi_serve_options options;
    csgi_tree tree;
    csgi_app *app;
    csgi_listener **listeners;
    size_t nlisteners;
    csgi_tls_context *tls; // NULL: no listener has it
    atomic_bool reloading; // reload_task is posted
    csgi_task reload_task;
    csgi_connection *connections;
    uint32_t nconnections;
    csgi_app health_app; // answers options.health, whose length is health_n
    size_t health_n;
    char lines[160]; // "server: ..." and "date: ...", each with its line end
    size_t server_n; // the first one's length
    int64_t date_s;  // the time in the second
    bool draining, late;
    bool over;        // the end was told
    bool loop_closed; // its handles are
    bool leaving;     // leave_task is posted
    csgi_task drain_task, listen_task, leave_task;
};

// The field lines that every answer has; the second, with the time of now (RFC 9110 6.6.1), lies
// right behind the first.
csgi_str csgi_server_line(const csgi_server *server);
csgi_str csgi_server_date(csgi_server *server);
// A connection is gone; when the server drains, it may have been the last.
void csgi_server_left(csgi_server *server);

#ifdef __cplusplus
}
#endif

#endif
