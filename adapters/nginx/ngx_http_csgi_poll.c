// SPDX-License-Identifier: MIT
// csgi.poll/1 by nginx's own events: a watcher takes one of the worker's connections.
#include "adapters/nginx/ngx_http_csgi_worker.h"

#include <csgi/ext/poll.h>
#include <string.h>
#include <sys/stat.h>

#define connection_of(watcher) ((watcher)->host[0])

static ngx_http_csgi_worker_t *worker_of(const ngx_connection_t *c) {
    return c->pool ? NULL : (ngx_http_csgi_worker_t *)(void *)c->buffer;
}

static void on_ready(ngx_event_t *ev) {
    ngx_connection_t *c = ev->data;
    csgi_watcher *watcher = c->data;
    ngx_http_csgi_worker_t *worker = worker_of(c);
    // An error shows in both, and is something that reading will tell.
    const uint32_t ready = ev->write ? CSGI_POLL_OUT : CSGI_POLL_IN;
    if (c->close || !watcher) return;
    ngx_http_csgi_enter(worker);
    watcher->run(&worker->host.worker, watcher, ready);
    ngx_http_csgi_leave(worker);
}

static ngx_int_t set(ngx_event_t *ev, ngx_int_t event, bool wanted) {
    if (wanted == ev->active) return NGX_OK;
    // By level: the watcher is called for as long as there is something.
    return wanted ? ngx_add_event(ev, event, NGX_LEVEL_EVENT) : ngx_del_event(ev, event, 0);
}

static void unpost(ngx_event_t *ev) {
    if (ev->posted) {
        ngx_delete_posted_event(ev); // a macro of several statements
    }
}

static void cancel(csgi_watcher *watcher) {
    ngx_connection_t *c = connection_of(watcher);
    connection_of(watcher) = NULL;
    if (!c) return;
    (void)set(c->read, NGX_READ_EVENT, false);
    (void)set(c->write, NGX_WRITE_EVENT, false);
    unpost(c->read);
    unpost(c->write);
    c->data = NULL;
    c->buffer = NULL;
    ngx_free_connection(c);
    c->fd = (ngx_socket_t)-1; // the descriptor is the application's
}

static csgi_rc apply(ngx_connection_t *c, uint32_t events) {
    if (set(c->read, NGX_READ_EVENT, (events & CSGI_POLL_IN) != 0) != NGX_OK ||
        set(c->write, NGX_WRITE_EVENT, (events & CSGI_POLL_OUT) != 0) != NGX_OK)
        return CSGI_INVAL;
    return CSGI_OK;
}

static csgi_rc watch(csgi_worker *w, csgi_watcher *watcher, int64_t fd, uint32_t events) {
    ngx_http_csgi_worker_t *worker = ((csgi_host *)w)->owner;
    ngx_connection_t *c = connection_of(watcher);
    struct stat st;
    if (events & ~(CSGI_POLL_IN | CSGI_POLL_OUT)) return CSGI_INVAL;
    if (c && (events == 0 || c->fd != fd)) {
        cancel(watcher);
        c = NULL;
    }
    if (events == 0) return CSGI_OK;
    if (c) return apply(c, events);
    // What the kernel would refuse nginx would complain about in its log.
    if (fd < 0 || fd > INT32_MAX || fstat((int)fd, &st) || S_ISREG(st.st_mode) ||
        S_ISDIR(st.st_mode))
        return CSGI_INVAL;
    c = ngx_get_connection((ngx_socket_t)fd, worker->log);
    if (!c) return CSGI_NOMEM;
    c->data = watcher;
    c->buffer = (ngx_buf_t *)(void *)worker; // no bytes are read here: the field is free
    c->read->handler = c->write->handler = on_ready;
    c->read->log = c->write->log = c->log = worker->log;
    c->read->channel = 1; // nobody's client: not looked for at the end
    if (apply(c, events) < 0) {
        connection_of(watcher) = c;
        cancel(watcher);
        return CSGI_INVAL;
    }
    connection_of(watcher) = c;
    return CSGI_OK;
}

static const csgi_poll poll_table = {sizeof(csgi_poll), 0, watch};

const void *ngx_http_csgi_ext(csgi_host *host, const char *id) {
    (void)host;
    return strcmp(id, CSGI_EXT_POLL) == 0 ? &poll_table : NULL;
}
