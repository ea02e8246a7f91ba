// SPDX-License-Identifier: MIT
// csgi.poll/1 on the loop.
#ifndef CSGI_ADAPTERS_LOOP_WATCHER_H
#define CSGI_ADAPTERS_LOOP_WATCHER_H

#include "adapters/loop/loop.h"
#include <csgi/ext/poll.h>

#ifdef __cplusplus
extern "C" {
#endif

// The table for api->ext of a host that runs on a csgi_loop.
extern const csgi_poll csgi_watcher_poll;

#ifdef __cplusplus
}
#endif

#endif
