// SPDX-License-Identifier: MIT
// The event loop of a worker: turns a csgi_host when it was woken or a timer is due, and hears
// signals. libuv stays in this folder.
#ifndef CSGI_ADAPTERS_LOOP_LOOP_H
#define CSGI_ADAPTERS_LOOP_LOOP_H

#include "core/gateway/host.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csgi_loop csgi_loop;

// A loop for this host, whose transport passes `wake`, `arm` and `now` on to it: on a uv_loop_t of
// its own, or on `borrowed`, which the program runs. NULL: out of memory, or of descriptors.
csgi_loop *csgi_loop_new(csgi_host *host, void *borrowed);
// Makes room to watch so many descriptors, or as many as the process may have. libuv ends the
// process when there is no memory to watch one more; what there is room for, it takes. False: out
// of memory or of descriptors.
bool csgi_loop_reserve(csgi_loop *loop, unsigned descriptors);
// Closes what is its own, and calls `freed` (may be NULL) when that is done: before it returns on a
// loop of its own, which is run until everything on it is closed; else from the program's loop.
void csgi_loop_free(csgi_loop *loop, void (*freed)(void *arg), void *arg);
csgi_loop *csgi_loop_of(const csgi_host *host); // which has been given one

void csgi_loop_wake(csgi_loop *loop); // [any thread]
void csgi_loop_arm(csgi_loop *loop, uint64_t at_ms);
uint64_t csgi_loop_now(const csgi_loop *loop); // milliseconds, monotonic; of this turn
uint64_t csgi_loop_clock_ns(void);             // nanoseconds, monotonic; right now

// Calls fn on the loop whenever this signal comes; one fn for all signals.
bool csgi_loop_on_signal(csgi_loop *loop, int number, void (*fn)(void *arg, int number), void *arg);
// Calls fn on the loop after csgi_loop_stop, which any thread may call.
void csgi_loop_on_stop(csgi_loop *loop, void (*fn)(void *arg), void *arg);
void csgi_loop_stop(csgi_loop *loop);

void csgi_loop_run(csgi_loop *loop);  // until csgi_loop_quit
void csgi_loop_quit(csgi_loop *loop); // [its thread]

#ifdef __cplusplus
}
#endif

#endif
