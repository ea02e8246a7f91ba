// SPDX-License-Identifier: MIT
// How long a client may take, by what it is doing: one timer for each of them, looked at when it
// goes off.
#ifndef CSGI_ADAPTERS_SERVER_DEADLINE_H
#define CSGI_ADAPTERS_SERVER_DEADLINE_H

#include <csgi/serve.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

// What is being timed.
typedef enum csgi_timing {
    CSGI_TIMING_NONE, // the application is at work: it may take as long as it likes
    CSGI_TIMING_HEAD, // from the first byte of a head to its last
    CSGI_TIMING_BODY, // a body that is being read: enough has to come in each stretch
    CSGI_TIMING_SEND, // output that waits: some of it has to leave in each stretch
    CSGI_TIMING_KEEP, // between requests
    CSGI_TIMING_END   // the last words of a connection
} csgi_timing;

typedef struct csgi_deadline {
    csgi_task task; // armed for `armed`
    csgi_server *server;
    const uint64_t *received, *sent; // how many bytes of a body have come, of anything have left
    // A stretch of time is over: true when there is reason to wait on.
    bool (*late)(struct csgi_deadline *deadline);
    uint64_t at;    // milliseconds; looked at when the task runs, which may be earlier
    uint64_t armed; // 0: not
    uint64_t mark;  // how many bytes had come, or left, when the stretch began
    csgi_timing timing;
} csgi_deadline;

// Times this from now on; nothing changes when it is what is being timed, but for KEEP, which
// begins anew.
void csgi_deadline_set(csgi_deadline *deadline, csgi_timing timing);
void csgi_deadline_stop(csgi_deadline *deadline);

#ifdef __cplusplus
}
#endif

#endif
