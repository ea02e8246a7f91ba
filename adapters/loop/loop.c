// SPDX-License-Identifier: MIT
// The event loop of a worker.
#include "adapters/loop/loop.h"

#include "adapters/loop/uv_loop.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static void on_wake(uv_async_t *async) {
    csgi_loop *loop = async->data;
    if (loop->closing) return;
    if (atomic_exchange(&loop->stop_asked, false) && loop->on_stop) loop->on_stop(loop->stop_arg);
    csgi_host_turn(loop->host);
}

static void on_timer(uv_timer_t *timer) {
    csgi_loop *loop = timer->data;
    csgi_host_turn(loop->host);
}

static void on_room(uv_poll_t *room, int status, int events) {
    (void)room, (void)status, (void)events;
}

static void on_signal(uv_signal_t *handle, int number) {
    csgi_loop *loop = handle->data;
    loop->on_signal(loop->signal_arg, number);
}

csgi_loop *csgi_loop_new(csgi_host *host, void *borrowed) {
    csgi_loop *loop = calloc(1, sizeof *loop);
    if (!loop) return NULL;
    loop->uv = borrowed ? borrowed : &loop->own;
    if (!borrowed && uv_loop_init(loop->uv)) {
        free(loop);
        return NULL;
    }
    if (uv_async_init(loop->uv, &loop->wake, on_wake)) {
        if (!borrowed) uv_loop_close(loop->uv);
        free(loop);
        return NULL;
    }
    uv_timer_init(loop->uv, &loop->timer);
    loop->handles = 2;
    loop->host = host;
    host->loop = loop;
    loop->wake.data = loop->timer.data = loop;
    return loop;
}

csgi_loop *csgi_loop_of(const csgi_host *host) {
    return host->loop;
}

static void on_closed(uv_handle_t *handle) {
    csgi_loop *loop = handle->data;
    if (--loop->handles || loop->uv == &loop->own) return; // the own loop is waited for
    if (loop->freed) loop->freed(loop->freed_arg);
    free(loop);
}

// libuv's table reaches to the largest number that it has watched.
static bool watch_once(csgi_loop *loop, int fd) {
    if (uv_poll_init(loop->uv, &loop->room, fd)) return false;
    loop->room.data = loop;
    loop->handles++;
    bool fine = uv_poll_start(&loop->room, UV_READABLE, on_room) == 0;
    uv_close((uv_handle_t *)&loop->room, on_closed);
    return fine;
}

bool csgi_loop_reserve(csgi_loop *loop, unsigned descriptors) {
    struct rlimit most;
    if (getrlimit(RLIMIT_NOFILE, &most) == 0 && most.rlim_cur < descriptors)
        descriptors = (unsigned)most.rlim_cur;
    // libuv does not say that it could not; so as much has to be had first. Volatile, or else the
    // compiler knows that nobody needs it.
    void *volatile table = malloc((descriptors + 2) * 2 * sizeof(void *));
    if (!table) return false;
    free(table);
    int low = eventfd(0, EFD_CLOEXEC);
    if (low < 0) return false;
    int high = fcntl(low, F_DUPFD_CLOEXEC, (int)descriptors - 1);
    close(low);
    if (high < 0) return true; // something has that number already, so nothing larger will come
    bool fine = watch_once(loop, high);
    close(high);
    return fine;
}

static void close_own(csgi_loop *loop) {
    loop->closing = true;
    csgi_watches_drop(loop); // or an own loop would never be without handles
    for (unsigned i = 0; i < loop->nsignals; i++)
        uv_close((uv_handle_t *)&loop->signals[i], on_closed);
    uv_close((uv_handle_t *)&loop->timer, on_closed);
    uv_close((uv_handle_t *)&loop->wake, on_closed);
}

void csgi_loop_free(csgi_loop *loop, void (*freed)(void *arg), void *arg) {
    loop->freed = freed;
    loop->freed_arg = arg;
    close_own(loop);
    if (loop->uv != &loop->own) return; // the program turns it, and on_closed goes on
    while (uv_run(loop->uv, UV_RUN_DEFAULT)) {
    } // a stop that was asked for ends it early
    uv_loop_close(loop->uv);
    if (freed) freed(arg);
    free(loop);
}

void csgi_loop_wake(csgi_loop *loop) {
    if (!loop->closing) uv_async_send(&loop->wake);
}

void csgi_loop_arm(csgi_loop *loop, uint64_t at_ms) {
    if (loop->closing) return;
    if (at_ms == UINT64_MAX) {
        uv_timer_stop(&loop->timer);
        return;
    }
    uint64_t now = uv_now(loop->uv);
    uv_timer_start(&loop->timer, on_timer, at_ms > now ? at_ms - now : 0, 0);
}

uint64_t csgi_loop_now(const csgi_loop *loop) {
    return uv_now(loop->uv);
}

uint64_t csgi_loop_clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); // the clock of uv_hrtime, without the way there
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool csgi_loop_on_signal(csgi_loop *loop, int number, void (*fn)(void *arg, int number),
                         void *arg) {
    if (loop->nsignals == CSGI_LOOP_SIGNALS) return false;
    uv_signal_t *handle = &loop->signals[loop->nsignals];
    loop->on_signal = fn;
    loop->signal_arg = arg;
    handle->data = loop;
    if (uv_signal_init(loop->uv, handle)) return false;
    loop->nsignals++;
    loop->handles++;
    return uv_signal_start(handle, on_signal, number) == 0;
}

void csgi_loop_on_stop(csgi_loop *loop, void (*fn)(void *arg), void *arg) {
    loop->on_stop = fn;
    loop->stop_arg = arg;
}

void csgi_loop_stop(csgi_loop *loop) {
    atomic_store(&loop->stop_asked, true);
    uv_async_send(&loop->wake);
}

void csgi_loop_run(csgi_loop *loop) {
    uv_run(loop->uv, UV_RUN_DEFAULT);
}

void csgi_loop_quit(csgi_loop *loop) {
    uv_stop(loop->uv);
}
