// SPDX-License-Identifier: MIT
// How a server comes to be: its options with all defaults in place, its sockets, its application.
#include "adapters/server/setup.h"

#include "core/gateway/boundary.h"
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t or_default(uint32_t value, uint32_t fallback) {
    return value ? value : fallback;
}

static uint64_t or_default64(uint64_t value, uint64_t fallback) {
    return value ? value : fallback;
}

static csgi_rc say_health(csgi_app *self, csgi_request *req) {
    const csgi_server *server = ((csgi_host *)req->exchange->worker)->owner;
    csgi_header type = {CSGI_LIT("content-type"), CSGI_LIT("text/plain"), 0, 0, 0};
    const char *text = server->draining ? "draining\n" : "ok\n";
    csgi_head head = {.struct_size = sizeof head,
                      .status = server->draining ? 503 : 200,
                      .headers = &type,
                      .nheaders = 1};
    csgi_chunk chunk = {.mem = CSGI_MEM_STATIC, .p = text, .n = strlen(text)};
    csgi_part part = {sizeof part, CSGI_PART_END, &head, &chunk, 1, NULL, 0};
    (void)self;
    return req->sink->send(req->sink, req->exchange, &part);
}

csgi_app *csgi_server_app(csgi_server *server, const csgi_request *req) {
    const char *path = server->options.health;
    bool health =
        path && req->path.n == server->health_n && memcmp(req->path.p, path, req->path.n) == 0;
    return health ? &server->health_app : server->app;
}

static void set_limits(csgi_server *server) {
    csgi_serve_options *o = &server->options;
    csgi_host_limits *l = &server->host.limits;
    uint32_t block = (uint32_t)server->host.io.size;
    o->max_fields = or_default(o->max_fields, 100);
    o->max_head = or_default(o->max_head, 32000);
    if (o->max_head >= block) o->max_head = block - 1;
    server->health_app = (csgi_app){.struct_size = sizeof(csgi_app), .handle = say_health};
    server->health_n = o->health ? strlen(o->health) : 0;
    o->drain_ms = or_default(o->drain_ms, 10000);
    o->head_ms = or_default(o->head_ms, 10000);
    o->body_ms = or_default(o->body_ms, 30000);
    o->body_rate = or_default(o->body_rate, 500);
    o->send_ms = or_default(o->send_ms, 60000);
    o->keep_ms = or_default(o->keep_ms, 75000);
    o->max_requests = or_default(o->max_requests, 100000);
    o->max_connections = or_default(o->max_connections, 10000);
    l->max_body = or_default64(o->max_body, l->max_body);
    l->high_mark = or_default64(o->high_mark, l->high_mark);
    l->low_mark = or_default64(o->low_mark, l->low_mark);
    l->hard_mark = or_default64(o->hard_mark, l->hard_mark);
}

static bool bind_some(csgi_server *server, const char *const *addresses, size_t n,
                      csgi_tls_context *tls, char *err, size_t cap) {
    const char *scheme = tls ? server->protocol->tls_scheme : server->protocol->scheme;
    for (size_t i = 0; i < n; i++) {
        csgi_listener *listener =
            csgi_listener_bind(server->loop, scheme, addresses[i], tls, err, cap);
        if (!listener) return false;
        server->listeners[server->nlisteners++] = listener;
    }
    return true;
}

static bool bind_all(csgi_server *server, char *err, size_t cap) {
    const csgi_serve_options *o = &server->options;
    bool none = !o->nlisten && !o->ntls_listen;
    if (o->ntls_listen && !server->protocol->tls_scheme) {
        snprintf(
            err, cap,
            "cannot serve TLS: %s has none\n  where: %s\n  what to do: leave it to the server in "
            "front",
            server->protocol->scheme, o->tls_listen[0]);
        return false;
    }
    if (o->ntls_listen && (!o->tls_cert || !o->tls_key)) {
        snprintf(err, cap,
                 "cannot serve TLS: no certificate or no key is given\n  where: %s\n"
                 "  what to do: name their files in tls_cert and tls_key",
                 o->tls_listen[0]);
        return false;
    }
    server->listeners = calloc(o->nlisten + o->ntls_listen + 1, sizeof(csgi_listener *));
    if (!server->listeners) {
        snprintf(err, cap, "out of memory");
        return false;
    }
    if (o->ntls_listen) {
        server->tls = csgi_tls_context_new(o->tls_cert, o->tls_key, err, cap);
        if (!server->tls) return false;
    }
    return bind_some(server, none ? &server->protocol->usual : o->listen, none ? 1 : o->nlisten,
                     NULL, err, cap) &&
           bind_some(server, o->tls_listen, o->ntls_listen, server->tls, err, cap);
}

// Neither libuv's writes nor sendfile can be told not to raise it. It stays so when the server is
// closed: there may be others in the program.
static void ignore_sigpipe(void) {
    struct sigaction now;
    if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL) signal(SIGPIPE, SIG_IGN);
}

static bool hear_signals(csgi_server *server) {
    if (server->options.flags & CSGI_SERVE_NO_SIGNALS) return true;
    ignore_sigpipe();
    return csgi_loop_on_signal(server->loop, SIGTERM, csgi_server_on_signal, server) &&
           csgi_loop_on_signal(server->loop, SIGINT, csgi_server_on_signal, server) &&
           (!server->options.ntls_listen ||
            csgi_loop_on_signal(server->loop, SIGHUP, csgi_server_on_signal, server));
}

// How many descriptors are watched at once: one for each client, and others.
static unsigned descriptors(const csgi_serve_options *options) {
    const unsigned others = 64;
    return options->max_connections < INT_MAX - others ? options->max_connections + others
                                                       : INT_MAX;
}

static bool begin(csgi_server *server, csgi_app *app, char *err, size_t cap) {
    if (csgi_tree_init(&server->tree, app, err, cap) < 0) {
        if (app->destroy) app->destroy(app);
        return false;
    }
    server->app = app;
    set_limits(server);
    server->loop = csgi_loop_new(&server->host, server->options.uv_loop);
    if (!server->loop || !csgi_loop_reserve(server->loop, descriptors(&server->options)) ||
        (server->protocol->open && !server->protocol->open(server))) {
        snprintf(err, cap, "out of memory or descriptors");
        return false;
    }
    if (!hear_signals(server)) {
        snprintf(err, cap, "cannot listen for signals");
        return false;
    }
    csgi_loop_on_stop(server->loop, csgi_server_on_stop, server);
    // The ports first: an application that starts for a minute should not learn only then that it
    // has none.
    if (!bind_all(server, err, cap)) return false;
    csgi_host_enter(&server->host);
    csgi_rc rc = csgi_tree_start(&server->tree, &server->host.worker, err, cap);
    csgi_host_leave(&server->host);
    return rc >= 0;
}

csgi_server *csgi_server_open_for(const csgi_protocol *protocol, csgi_app *app,
                                  const csgi_serve_options *options, char *err, size_t cap) {
    csgi_server *server = calloc(1, sizeof *server);
    if (!server || csgi_host_init(&server->host, protocol->transport, server, protocol->caps,
                                  (csgi_str)CSGI_LIT("csgi")) < 0) {
        free(server);
        snprintf(err, cap, "out of memory");
        if (app->destroy) app->destroy(app);
        return NULL;
    }
    server->options =
        (csgi_serve_options){.struct_size = sizeof server->options, .log_level = CSGI_LOG_INFO};
    if (options) {
        size_t n = options->struct_size < sizeof *options ? options->struct_size : sizeof *options;
        memcpy(&server->options, options, n);
    }
    server->protocol = protocol;
    server->host.guard = &csgi_guard_cxx;
    server->reload_task.run = csgi_server_on_reload;
    server->host.log_level = server->options.log_level;
    server->host.worker.index = server->options.worker_index;
    if (begin(server, app, err, cap)) return server;
    csgi_server_close(server);
    return NULL;
}
