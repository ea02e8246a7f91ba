// SPDX-License-Identifier: MIT
// csgi.poll/1: watching a file descriptor on the worker's own event loop, for asynchronous clients
// of databases, caches and other servers.
//
//     const csgi_poll *poll = worker->api->ext(worker, CSGI_EXT_POLL);   // NULL: not on this host
//
// Nothing here touches an answer: what a watcher learns becomes parts of an answer as ever.
#ifndef CSGI_EXT_POLL_H
#define CSGI_EXT_POLL_H

#include <csgi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CSGI_EXT_POLL "csgi.poll/1"

#define CSGI_POLL_IN  1u // reading would not block (data, end of file, or an error to be read)
#define CSGI_POLL_OUT 2u // writing would not block

// Owned by the caller, zeroed at first; left alone, and its memory kept, until it is cancelled.
typedef struct csgi_watcher {
    // Called once a turn of the loop for as long as the descriptor is ready. `ready` has
    // CSGI_POLL_* bits among those asked for. May change or cancel this and any other watcher. [w]
    void (*run)(csgi_worker *worker, struct csgi_watcher *self, uint32_t ready);
    void *host[4]; // the host's
} csgi_watcher;

typedef struct csgi_poll {
    uint32_t struct_size;
    uint32_t reserved;
    // Watches `fd` (non-blocking; a socket, pipe or the like) for `events`; on a watcher that is
    // watching, changes the events; 0 cancels, which cannot fail. The descriptor stays the
    // caller's: cancel before closing it. One watcher per descriptor. OK; INVAL (not a descriptor
    // that can be watched, or another watcher has it); NOMEM. [w]
    csgi_rc (*watch)(csgi_worker *worker, csgi_watcher *watcher, int64_t fd, uint32_t events);
} csgi_poll;

#ifdef __cplusplus
}
#endif

#endif
