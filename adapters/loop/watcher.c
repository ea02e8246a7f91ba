// SPDX-License-Identifier: MIT
// csgi.poll/1 on the loop: one uv_poll_t for each watcher, found through the watcher's own memory.
#include "adapters/loop/watcher.h"

#include "adapters/loop/uv_loop.h"
#include <stdlib.h>

typedef struct csgi_watch {
    uv_poll_t poll;
    csgi_loop *loop;
    struct csgi_watch *prev, *next; // of the loop's
    csgi_watcher *watcher;          // NULL: cancelled
    int fd;
} csgi_watch;

#define watch_of(watcher) ((watcher)->host[0])

static void on_ready(uv_poll_t *poll, int status, int events) {
    csgi_watch *w = poll->data;
    csgi_watcher *watcher = w->watcher;
    if (!watcher) return;
    uint32_t ready = 0;
    // An error is something that reading will tell.
    if (status < 0) ready = CSGI_POLL_IN | CSGI_POLL_OUT;
    if (events & (UV_READABLE | UV_DISCONNECT)) ready |= CSGI_POLL_IN;
    if (events & UV_WRITABLE) ready |= CSGI_POLL_OUT;
    csgi_host_enter(w->loop->host);
    watcher->run(&w->loop->host->worker, watcher, ready);
    csgi_host_leave(w->loop->host);
}

static void on_closed(uv_handle_t *handle) {
    free(handle->data);
}

static void put(csgi_watch *w) {
    w->next = w->loop->watches;
    if (w->next) w->next->prev = w;
    w->loop->watches = w;
}

static void cancel(csgi_watch *w) {
    if (w->prev)
        w->prev->next = w->next;
    else
        w->loop->watches = w->next;
    if (w->next) w->next->prev = w->prev;
    w->watcher = NULL;
    uv_poll_stop(&w->poll);
    uv_close((uv_handle_t *)&w->poll, on_closed);
}

void csgi_watches_drop(csgi_loop *loop) {
    while (loop->watches) cancel(loop->watches);
}

static csgi_rc start(csgi_watch *w, uint32_t events) {
    int mask =
        (events & CSGI_POLL_IN ? UV_READABLE : 0) | (events & CSGI_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(&w->poll, mask, on_ready) ? CSGI_INVAL : CSGI_OK;
}

static csgi_rc change(csgi_worker *worker, csgi_watcher *watcher, int64_t fd, uint32_t events) {
    csgi_watch *w = watch_of(watcher);
    if (events & ~(CSGI_POLL_IN | CSGI_POLL_OUT)) return CSGI_INVAL;
    if (w && (events == 0 || w->fd != fd)) {
        cancel(w);
        watch_of(watcher) = w = NULL;
    }
    if (events == 0) return CSGI_OK;
    if (w) return start(w, events);
    if (fd < 0 || fd > INT32_MAX) return CSGI_INVAL;
    w = calloc(1, sizeof *w);
    if (!w) return CSGI_NOMEM;
    w->loop = csgi_loop_of((csgi_host *)worker);
    w->watcher = watcher;
    w->fd = (int)fd;
    if (uv_poll_init(w->loop->uv, &w->poll, w->fd)) {
        free(w);
        return CSGI_INVAL;
    }
    w->poll.data = w;
    if (start(w, events) < 0) {
        uv_close((uv_handle_t *)&w->poll, on_closed);
        return CSGI_INVAL;
    }
    put(w);
    watch_of(watcher) = w;
    return CSGI_OK;
}

const csgi_poll csgi_watcher_poll = {sizeof(csgi_poll), 0, change};
