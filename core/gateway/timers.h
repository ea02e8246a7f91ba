// SPDX-License-Identifier: MIT
// Tasks of a worker ordered by their time, without memory of its own: a pairing heap in
// csgi_task.host.
#ifndef CSGI_CORE_GATEWAY_TIMERS_H
#define CSGI_CORE_GATEWAY_TIMERS_H

#include <csgi.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csgi_timers {
    csgi_task *root; // the earliest; NULL: none
} csgi_timers;

// Times are milliseconds of the owner's clock. Setting a task that is set moves it.
void csgi_timers_set(csgi_timers *timers, csgi_task *task, uint64_t at_ms);
void csgi_timers_cancel(csgi_timers *timers, csgi_task *task); // nothing if it is not set
bool csgi_timers_is_set(const csgi_task *task);

// The earliest time, UINT64_MAX when there is none.
uint64_t csgi_timers_next(const csgi_timers *timers);

// Takes out the earliest task that is due at `now_ms`; NULL: none is.
csgi_task *csgi_timers_due(csgi_timers *timers, uint64_t now_ms);

#ifdef __cplusplus
}
#endif

#endif
