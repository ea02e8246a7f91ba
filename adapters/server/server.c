// SPDX-License-Identifier: MIT
// What every server on the loop is: it begins, hears signals, drains, ends.
#include "adapters/server/server.h"

#include "adapters/loop/watcher.h"
#include "adapters/server/access.h"
#include "adapters/server/setup.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static csgi_server *server_of(csgi_host *host) {
    return host->owner;
}

// ---- What a protocol's transport passes on -----------------------------------------------------

static void look_if_over(csgi_server *server);

static void look_again(csgi_worker *worker, csgi_task *task) {
    csgi_server *server = server_of((csgi_host *)worker);
    (void)task;
    server->leaving = false;
    look_if_over(server);
}

void csgi_server_closed(csgi_host_exchange *x) {
    csgi_server *server = server_of(x->host);
    csgi_access_exchange(x, x->status);
    if (!server->draining || server->leaving) return;
    server->leaving = true; // looked at when this one is gone
    server->leave_task.run = look_again;
    x->host->api.post(&x->host->worker, &server->leave_task);
}

void csgi_server_wake(csgi_host *host) {
    csgi_loop_wake(server_of(host)->loop);
}

void csgi_server_arm(csgi_host *host, uint64_t at_ms) {
    csgi_loop_arm(server_of(host)->loop, at_ms);
}

uint64_t csgi_server_now(csgi_host *host) {
    return csgi_loop_now(server_of(host)->loop);
}

const void *csgi_server_ext(csgi_host *host, const char *id) {
    (void)host;
    return strcmp(id, CSGI_EXT_POLL) == 0 ? &csgi_watcher_poll : NULL;
}

void csgi_server_log(csgi_host *host, csgi_host_exchange *x, int32_t level, csgi_str message) {
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

static void look_if_over(csgi_server *server) {
    if (server->draining && !server->nlisteners && !server->links &&
        server->host.opened == server->host.closed)
        all_gone(server);
    free_if_closed(server);
}

static void drain_is_late(csgi_worker *worker, csgi_task *task) {
    csgi_server *server = server_of((csgi_host *)worker);
    (void)task;
    csgi_link *link = server->links;
    server->late = server->host.opened != server->host.closed;
    csgi_host_log(&server->host, NULL, CSGI_LOG_WARNING,
                  "the time to drain is over: what is not answered is cut off");
    while (link) {
        csgi_link *next = link->next; // closing frees later, from the loop
        server->protocol->drop(link);
        link = next;
    }
    // Exchanges that the application still holds have lost their clients and are not waited for.
    if (server->host.opened != server->host.closed) all_gone(server);
}

static void close_listeners(csgi_worker *worker, csgi_task *task) {
    csgi_server *server = server_of((csgi_host *)worker);
    (void)task;
    for (size_t i = 0; i < server->nlisteners; i++) csgi_listener_close(server->listeners[i]);
    server->nlisteners = 0;
    look_if_over(server);
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
    csgi_link *link = server->links;
    while (link) {
        csgi_link *next = link->next;
        server->protocol->drain(link);
        link = next;
    }
    server->drain_task.run = drain_is_late;
    host->api.timer(&host->worker, &server->drain_task, server->options.drain_ms);
    csgi_host_leave(host);
    look_if_over(server);
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

void csgi_server_on_reload(csgi_worker *worker, csgi_task *task) {
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

void csgi_server_on_signal(void *arg, int number) {
    csgi_server *server = arg;
    if (number == SIGHUP)
        reload_tls(server);
    else if (!server->draining || !(server->options.flags & CSGI_SERVE_PATIENT))
        drain(server);
}

void csgi_server_on_stop(void *arg) {
    drain(arg);
}

// ---- The beginning ----------------------------------------------------------------------------

static void on_ready(void *arg, csgi_listener *listener) {
    csgi_server *server = arg;
    server->protocol->accept(server, listener);
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
    if (!server->loop_closed || server->nlinks) return;
    if (server->protocol->close) server->protocol->close(server);
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
    csgi_link *link = server->links;
    server->over = true; // nobody is told any more
    while (link) {
        csgi_link *next = link->next;
        server->protocol->drop(link);
        link = next;
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

csgi_rc csgi_server_serve(csgi_server *server) {
    csgi_rc rc = csgi_server_run(server);
    csgi_server_close(server);
    return rc;
}

// ---- Connections --------------------------------------------------------------------------------

// Few servers limit connections by peer, and those that do have few from each.
static uint32_t count_from(const csgi_server *server, const csgi_stream_name *peer) {
    uint32_t n = 0;
    for (const csgi_link *c = server->links; c; c = c->next)
        if (c->peer->n == peer->n && memcmp(c->peer->text, peer->text, peer->n) == 0) n++;
    return n;
}

const char *csgi_server_join(csgi_server *server, csgi_link *link) {
    const csgi_serve_options *o = &server->options;
    link->next = server->links;
    if (link->next) link->next->prev = link;
    server->links = link;
    server->nlinks++;
    if (server->nlinks > o->max_connections) return "more connections than are taken";
    if (o->max_per_peer && count_from(server, link->peer) > o->max_per_peer)
        return "more connections from one address than are taken";
    return NULL;
}

void csgi_server_leave(csgi_server *server, csgi_link *link) {
    if (link->prev)
        link->prev->next = link->next;
    else
        server->links = link->next;
    if (link->next) link->next->prev = link->prev;
    server->nlinks--;
    look_if_over(server);
}
