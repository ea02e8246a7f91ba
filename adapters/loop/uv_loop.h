// SPDX-License-Identifier: MIT
// What the files of this folder share of the loop.
#ifndef CSGI_ADAPTERS_LOOP_UV_LOOP_H
#define CSGI_ADAPTERS_LOOP_UV_LOOP_H

#include "adapters/loop/loop.h"
#include <stdatomic.h>
#include <uv.h>

#define CSGI_LOOP_SIGNALS 4u // as many as anybody here listens for

struct csgi_watch; // watcher.c

struct csgi_loop {
    uv_loop_t *uv; // `own`, or the program's
    uv_loop_t own;
    unsigned handles; // of this struct, not yet closed
    bool closing;
    void (*freed)(void *arg);
    void *freed_arg;
    uv_async_t wake;
    uv_timer_t timer;
    uv_poll_t room; // for a moment
    uv_signal_t signals[CSGI_LOOP_SIGNALS];
    unsigned nsignals;
    csgi_host *host;
    struct csgi_watch *watches; // that nobody has cancelled
    atomic_bool stop_asked;
    void (*on_signal)(void *arg, int signal);
    void *signal_arg;
    void (*on_stop)(void *arg);
    void *stop_arg;
};

// Cancels what is still watched. The watchers' own memory is not looked at: it may be gone.
void csgi_watches_drop(csgi_loop *loop);

#endif
