// SPDX-License-Identifier: MIT
// The standalone server: listeners, the application's life, signals, a graceful end.
#include "adapters/standalone/server.h"

#include "adapters/loop/watcher.h"
#include "adapters/standalone/access.h"
#include "core/gateway/boundary.h"
#include "core/http/date.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static csgi_server *server_of(csgi_host *host) {
    return host->owner;
}

// ---- The transport ----------------------------------------------------------------------------

static void look_again(csgi_worker *worker, csgi_task *task) {
    csgi_server *server = server_of((csgi_host *)worker);
    (void)task;
    server->leaving = false;
    csgi_server_left(server);
}

static void closed(csgi_host_exchange *x) {
    csgi_server *server = server_of(x->host);
    csgi_access_exchange(x, x->status);
    if (!server->draining || server->leaving) return;
    server->leaving = true; // looked at when this one is gone
    server->leave_task.run = look_again;
    x->host->api.post(&x->host->worker, &server->leave_task);
}

static void wake(csgi_host *host) {
    csgi_loop_wake(server_of(host)->loop);
}

static void arm(csgi_host *host, uint64_t at_ms) {
    csgi_loop_arm(server_of(host)->loop, at_ms);
}

static uint64_t now(csgi_host *host) {
    return csgi_loop_now(server_of(host)->loop);
}

static const void *ext(csgi_host *host, const char *id) {
    (void)host;
    return strcmp(id, CSGI_EXT_POLL) == 0 ? &csgi_watcher_poll : NULL;
}

static void log_line(csgi_host *host, csgi_host_exchange *x, int32_t level, csgi_str message) {
    csgi_server *server = server_of(host);
    char text[1024];
    int n;
    if (x)
        n = snprintf(text, sizeof text, "%.*s (%s: %.*s %.*s)", (int)message.n, message.p,
                     server->options.name ? server->options.name : "application",
                     (int)x->root.req.method.n, x->root.req.method.p, (int)x->root.req.path.n,
                     x->root.req.path.p);
    else
        n = snprintf(text, sizeof text, "%.*s", (int)message.n, message.p);
    if (n < 0) return;
    size_t size = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    for (size_t i = 0; i < size; i++) // one entry is one line, and moves no cursor
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) text[i] = '?';
    csgi_str line = {text, size};
    if (server->options.log)
        server->options.log(server->options.arg, level, line);
    else
        fprintf(stderr, "csgi: %.*s\n", (int)line.n, line.p);
}

static const csgi_transport transport = {.output = csgi_connection_output,
                                         .flush = csgi_connection_flush,
                                         .finished = csgi_connection_finished,
                                         .closed = closed,
                                         .want = csgi_connection_want,
                                         .wake = wake,
                                         .arm = arm,
                                         .now = now,
                                         .ext = ext,
                                         .log = log_line};

uint64_t csgi_serve_http_caps(void) {
    return CSGI_CAP_RAW_TARGET | CSGI_CAP_RAW_HEADERS | CSGI_CAP_STREAM_REQUEST |
           CSGI_CAP_STREAM_RESPONSE | CSGI_CAP_FULL_DUPLEX | CSGI_CAP_TRAILERS_OUT |
           CSGI_CAP_SENDFILE | CSGI_CAP_ABORT_NOTIFY | CSGI_CAP_BROKEN_END;
}

#define DATE_LINE "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

csgi_str csgi_server_line(const csgi_server *server) {
    return (csgi_str){server->lines, server->server_n};
}

csgi_str csgi_server_date(csgi_server *server) {
    int64_t seconds = time(NULL);
    char *line = server->lines + server->server_n;
    if (seconds != server->date_s) {
        server->date_s = seconds;
        csgi_date_format(seconds, line + strlen("date: "));
    }
    return (csgi_str){line, sizeof DATE_LINE - 1};
}

static void set_lines(csgi_server *server) {
    csgi_str name = server->host.api.server;
    int n = snprintf(server->lines, sizeof server->lines - sizeof DATE_LINE, "server: %.*s\r\n",
                     (int)name.n, name.p);
    server->server_n = (size_t)n;
    memcpy(server->lines + n, DATE_LINE, sizeof DATE_LINE);
}

// ---- The end ----------------------------------------------------------------------------------

static void free_if_closed(csgi_server *server);

static void all_gone(csgi_server *server) {
    if (server->over) return;
    server->over = true;
    if (!server->options.uv_loop)
        csgi_loop_quit(server->loop);
    else if (server->options.stopped)
        server->options.stopped(server->options.arg, server->late ? CSGI_GONE : CSGI_OK);
}

void csgi_server_left(csgi_server *server) {
    if (server->draining && !server->nlisteners && !server->connections &&
        server->host.opened == server->host.closed)
        all_gone(server);
    free_if_closed(server);
}

static void drain_is_late(csgi_worker *worker, csgi_task *task) {
    csgi_server *server = server_of((csgi_host *)worker);
    (void)task;
    csgi_connection *conn = server->connections;
    server->late = server->host.opened != server->host.closed;
    csgi_host_log(&server->host, NULL, CSGI_LOG_WARNING,
                  "the time to drain is over: what is not answered is cut off");
    while (conn) {
        csgi_connection *next = conn->next; // closing frees later, from the loop
        csgi_connection_drop(conn);
        conn = next;
    }
    // Exchanges that the application still holds have lost their clients and are not waited for.
    if (server->host.opened != server->host.closed) all_gone(server);
}

static void close_listeners(csgi_worker *worker, csgi_task *task) {
    csgi_server *server = server_of((csgi_host *)worker);
    (void)task;
    for (size_t i = 0; i < server->nlisteners; i++) csgi_listener_close(server->listeners[i]);
    server->nlisteners = 0;
    csgi_server_left(server);
}

static void drain(csgi_server *server) {
    csgi_host *host = &server->host;
    if (server->draining) { // a second signal means now
        drain_is_late(&host->worker, &server->drain_task);
        return;
    }
    server->draining = true;
    csgi_host_enter(host);
    // Once the loop has turned: who has connected already is accepted and answered.
    server->listen_task.run = close_listeners;
    host->api.timer(&host->worker, &server->listen_task, 1);
    csgi_tree_drain(&server->tree);
    csgi_host_drain(host);
    csgi_connection *conn = server->connections;
    while (conn) {
        csgi_connection *next = conn->next;
        csgi_connection_drain(conn);
        conn = next;
    }
    server->drain_task.run = drain_is_late;
    host->api.timer(&host->worker, &server->drain_task, server->options.drain_ms);
    csgi_host_leave(host);
    csgi_server_left(server);
}

static void reload_tls(csgi_server *server) {
    char err[600];
    if (!server->tls || server->draining) return;
    if (csgi_tls_context_reload(server->tls, err, sizeof err)) {
        csgi_host_log(&server->host, NULL, CSGI_LOG_INFO, "%s: read again",
                      server->options.tls_cert);
        return;
    }
    for (char *p = err; *p; p++) // one entry is one line
        if (*p == '\n') *p = ';';
    csgi_host_log(&server->host, NULL, CSGI_LOG_ERROR, "the old certificate stays: %s", err);
}

static void on_reload(csgi_worker *worker, csgi_task *task) {
    csgi_server *server = server_of((csgi_host *)worker);
    (void)task;
    atomic_store(&server->reloading, false); // before the files are read
    reload_tls(server);
}

void csgi_server_reload_tls(csgi_server *server) {
    csgi_host *host = &server->host;
    if (!atomic_exchange(&server->reloading, true))
        host->api.post(&host->worker, &server->reload_task);
}

static void on_signal(void *arg, int number) {
    csgi_server *server = arg;
    if (number == SIGHUP)
        reload_tls(server);
    else if (!server->draining || !(server->options.flags & CSGI_SERVE_PATIENT))
        drain(server);
}

static void on_stop(void *arg) {
    drain(arg);
}

// ---- The beginning ----------------------------------------------------------------------------

static void on_ready(void *arg, csgi_listener *listener) {
    csgi_connection_accept(arg, listener);
}

static uint32_t or_default(uint32_t value, uint32_t fallback) {
    return value ? value : fallback;
}

static uint64_t or_default64(uint64_t value, uint64_t fallback) {
    return value ? value : fallback;
}

static csgi_rc say_health(csgi_app *self, csgi_request *req) {
    const csgi_server *server = server_of((csgi_host *)req->exchange->worker);
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
    for (size_t i = 0; i < n; i++) {
        csgi_listener *listener = csgi_listener_bind(server->loop, addresses[i], tls, err, cap);
        if (!listener) return false;
        server->listeners[server->nlisteners++] = listener;
    }
    return true;
}

static bool bind_all(csgi_server *server, char *err, size_t cap) {
    static const char *const usual[] = {"127.0.0.1:8000"};
    const csgi_serve_options *o = &server->options;
    bool none = !o->nlisten && !o->ntls_listen;
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
    return bind_some(server, none ? usual : o->listen, none ? 1 : o->nlisten, NULL, err, cap) &&
           bind_some(server, o->tls_listen, o->ntls_listen, server->tls, err, cap);
}

static bool hear_signals(csgi_server *server) {
    if (server->options.flags & CSGI_SERVE_NO_SIGNALS) return true;
    return csgi_loop_on_signal(server->loop, SIGTERM, on_signal, server) &&
           csgi_loop_on_signal(server->loop, SIGINT, on_signal, server) &&
           (!server->options.ntls_listen ||
            csgi_loop_on_signal(server->loop, SIGHUP, on_signal, server));
}

static bool begin(csgi_server *server, csgi_app *app, char *err, size_t cap) {
    if (csgi_tree_init(&server->tree, app, err, cap) < 0) {
        if (app->destroy) app->destroy(app);
        return false;
    }
    server->app = app;
    set_limits(server);
    set_lines(server);
    server->reader = csgi_request_reader_new(server->options.max_fields);
    server->loop = csgi_loop_new(&server->host, server->options.uv_loop);
    if (!server->reader || !server->loop) {
        snprintf(err, cap, "out of memory or descriptors");
        return false;
    }
    if (!hear_signals(server)) {
        snprintf(err, cap, "cannot listen for signals");
        return false;
    }
    csgi_loop_on_stop(server->loop, on_stop, server);
    // The ports first: an application that starts for a minute should not learn only then that it
    // has none.
    if (!bind_all(server, err, cap)) return false;
    csgi_host_enter(&server->host);
    csgi_rc rc = csgi_tree_start(&server->tree, &server->host.worker, err, cap);
    csgi_host_leave(&server->host);
    return rc >= 0;
}

csgi_server *csgi_server_open(csgi_app *app, const csgi_serve_options *options, char *err,
                              size_t cap) {
    csgi_server *server = calloc(1, sizeof *server);
    if (!server || csgi_host_init(&server->host, &transport, server, csgi_serve_http_caps(),
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
    server->host.guard = &csgi_guard_cxx;
    server->reload_task.run = on_reload;
    server->host.log_level = server->options.log_level;
    server->host.worker.index = server->options.worker_index;
    if (begin(server, app, err, cap)) return server;
    csgi_server_close(server);
    return NULL;
}

csgi_rc csgi_server_begin(csgi_server *server) {
    char err[256];
    if (server->options.listening)
        for (size_t i = 0; i < server->nlisteners; i++)
            server->options.listening(server->options.arg, csgi_listener_url(server->listeners[i]));
    for (size_t i = 0; i < server->nlisteners; i++)
        if (!csgi_listener_start(server->listeners[i], on_ready, server, err, sizeof err)) {
            csgi_host_log(&server->host, NULL, CSGI_LOG_ERROR, "%s", err);
            return CSGI_APP;
        }
    return CSGI_OK;
}

csgi_rc csgi_server_run(csgi_server *server) {
    csgi_rc rc = csgi_server_begin(server);
    if (rc < 0) return rc;
    csgi_loop_run(server->loop);
    return server->late ? CSGI_GONE : CSGI_OK;
}

csgi_worker *csgi_server_worker(csgi_server *server) {
    return &server->host.worker;
}

uint64_t csgi_server_answered(const csgi_server *server) {
    return server->host.closed;
}

void csgi_server_stop(csgi_server *server) {
    csgi_loop_stop(server->loop);
}

// The last of the loop's handles and of the connections to close takes the server with it.
static void free_if_closed(csgi_server *server) {
    if (!server->loop_closed || server->nconnections) return;
    csgi_request_reader_free(server->reader);
    csgi_tls_context_free(server->tls);
    free(server->listeners);
    // An exchange that the application never gave back: its memory, and the host's, may be in use.
    if (server->host.opened != server->host.closed) return;
    csgi_host_fini(&server->host);
    free(server);
}

static void on_freed(void *arg) {
    csgi_server *server = arg;
    server->loop_closed = true;
    free_if_closed(server);
}

void csgi_server_close(csgi_server *server) {
    csgi_host *host = &server->host;
    csgi_connection *conn = server->connections;
    server->over = true; // nobody is told any more
    while (conn) {
        csgi_connection *next = conn->next;
        csgi_connection_drop(conn);
        conn = next;
    }
    for (size_t i = 0; i < server->nlisteners; i++) csgi_listener_close(server->listeners[i]);
    server->nlisteners = 0;
    csgi_host_enter(host);
    csgi_tree_stop(&server->tree);
    csgi_host_leave(host);
    csgi_host_stop(host);
    csgi_tree_destroy(&server->tree);
    if (server->loop)
        csgi_loop_free(server->loop, on_freed, server);
    else
        on_freed(server);
}

csgi_rc csgi_serve_http(csgi_app *app, const csgi_serve_options *options, char *err, size_t cap) {
    csgi_server *server = csgi_server_open(app, options, err, cap);
    if (!server) return CSGI_APP;
    csgi_rc rc = csgi_server_run(server);
    csgi_server_close(server);
    return rc;
}
