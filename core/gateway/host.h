// SPDX-License-Identifier: MIT
// The host's half of the contract, written once for all servers: exchanges, their memory and
// states, events, tasks and limits. A server adds a transport: how bytes arrive, how an answer is
// encoded, how its loop is woken. One csgi_host is one worker; all of it is for the worker's
// thread, but for csgi_host_post.
//
// No application code runs inside a call of the application's: `depth` counts callbacks on the
// stack, and what has to follow (flushes, events, releases, ends) waits on a list until it is back
// at 0.
#ifndef CSGI_CORE_GATEWAY_HOST_H
#define CSGI_CORE_GATEWAY_HOST_H

#include "core/gateway/body.h"
#include "core/gateway/pool.h"
#include "core/gateway/queue.h"
#include "core/gateway/timers.h"
#include "core/http/field.h"
#include <csgi.h>
#include <pthread.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csgi_host csgi_host;
typedef struct csgi_host_exchange csgi_host_exchange;

// A view with what only the host sees of it behind it.
typedef struct csgi_host_view {
    csgi_request req;
    struct csgi_host_view *parent, *next; // next in order of derivation
    csgi_event_fn listener;
    void *arg;
    uint32_t mask;   // events listened for
    uint32_t raised; // to be delivered from here inward
    uint32_t passed; // what went inward in the delivery that is under way
    bool told_abort;
} csgi_host_view;

typedef struct csgi_host_done {
    struct csgi_host_done *next;
    csgi_done_fn fn;
    void *arg;
} csgi_host_done;

// What a part comes to after it was judged: what the transport has to encode.
typedef struct csgi_output {
    const csgi_head *head; // NULL: none in this part
    int64_t length;        // with a head: bytes of body to come, -1: not known
    bool bodiless;         // with a head: none follows and none is framed, whatever the length (RFC
                           // 9112 6.3)
    bool show_length;      // with a head: Content-Length is written when the length is known
    bool has_date;         // with a head: the application gave these fields itself
    bool has_server;
    uint32_t skip; // with a head: index of the application's Content-Length field; UINT32_MAX: none
    bool end, more;
    const csgi_chunk *chunks;
    size_t nchunks;
    uint64_t bytes; // of the chunks
    const csgi_header *trailers;
    size_t ntrailers;
} csgi_output;

// What a server provides. Called with depth 0 unless said otherwise; none of it may call `handle`.
typedef struct csgi_transport {
    // Encodes into x->out. Called inside `send` (any depth): no application code may run. OK or
    // NOMEM.
    csgi_rc (*output)(csgi_host_exchange *x, const csgi_output *output);
    // Sends what is in x->out, as far as it goes.
    void (*flush)(csgi_host_exchange *x);
    // The answer is complete, or broken (x->broken). After this the transport does not touch x.
    void (*finished)(csgi_host_exchange *x);
    // x was handed to an application, all on_done functions have run, and it is about to go.
    void (*closed)(csgi_host_exchange *x);
    // The body is being waited for: read more. Any depth.
    void (*want)(csgi_host_exchange *x);
    // Make the loop call csgi_host_turn soon. [any thread]
    void (*wake)(csgi_host *host);
    // The earliest timer is now due at `at_ms` of `now`'s clock; UINT64_MAX: there is none. Any
    // depth.
    void (*arm)(csgi_host *host, uint64_t at_ms);
    uint64_t (*now)(csgi_host *host); // milliseconds, monotonic
    const void *(*ext)(csgi_host *host, const char *id);
    // [any thread]
    void (*log)(csgi_host *host, csgi_host_exchange *x, int32_t level, csgi_str message);
    // Before a head, in the application's stead: true when the transport answers by itself, with
    // `status`, or as it pleases when that is 0 and the application declined. NULL, or false: a
    // small page is sent through `output`. Any depth.
    bool (*answer)(csgi_host_exchange *x, unsigned status);
} csgi_transport;

// How application code is entered. The C++ one (boundary.h) lets no exception through. Each returns
// false when one was caught, with its text in what[0, cap).
typedef struct csgi_guard {
    bool (*handle)(csgi_app *app, csgi_request *req, csgi_rc *rc, char *what, size_t cap);
    bool (*event)(csgi_event_fn fn, csgi_request *req, uint32_t *events, void *arg, char *what,
                  size_t cap);
    bool (*done)(csgi_done_fn fn, csgi_exchange *x, void *arg, csgi_rc outcome, uint64_t bytes,
                 char *what, size_t cap);
    bool (*task)(csgi_worker *worker, csgi_task *task, char *what, size_t cap);
} csgi_guard;

typedef struct csgi_host_limits {
    uint64_t high_mark;       // queued bytes of an exchange above which send says PAUSE
    uint64_t low_mark;        // below which WRITABLE follows
    uint64_t hard_mark;       // above which nothing more is taken: LIMIT
    uint64_t max_body;        // largest body of a request
    uint64_t max_spool;       // most of a body that is kept at once for a peek with a high minimum
    uint32_t events_per_turn; // deliveries to one exchange before others have their turn
} csgi_host_limits;

// 64 KiB, 16 KiB, 1 MiB, 1 GiB, 16 MiB, 64.
csgi_host_limits csgi_host_limits_default(void);

// Exchanges that wait for something, first come first served.
typedef struct csgi_host_list {
    csgi_host_exchange *first, *last;
} csgi_host_list;

struct csgi_host {
    csgi_worker worker; // first: the application's csgi_worker is the host
    csgi_api api;
    csgi_host_limits limits;
    const csgi_transport *transport;
    const csgi_guard *guard;
    void *owner; // the server's
    void *loop;  // what turns it, if the server keeps that apart
    int32_t log_level;
    uint32_t depth;
    bool settling, stopped;
    uint32_t pass; // number of the settling pass
    csgi_host_exchange *live;
    csgi_host_list settle; // what has to follow when the stack is free
    csgi_host_list later;  // what had its share of this turn
    csgi_segment *release_first, *release_last, *segments;
    void *slabs;
    csgi_timers timers;
    uint64_t armed;
    csgi_pool small;         // exchanges and arenas
    csgi_pool io;            // bytes in and out
    uint64_t opened, closed; // exchanges
    pthread_mutex_t lock;    // guards the posted tasks
    csgi_task *posted_first, *posted_last;
    // What an application, or a layer that watches it, has just said that it broke: see host.c.
    const csgi_host_exchange *told_of;
    uint64_t told;
};

struct csgi_host_exchange {
    csgi_exchange pub; // first: the application's csgi_exchange is this
    csgi_host *host;
    csgi_queue *out; // the transport's; set before handle
    void *owner;     // the transport's
    csgi_host_exchange *live_prev, *live_next, *settle_prev, *settle_next;
    uint32_t todo;   // see exchange.c
    uint32_t events; // waiting at the root view
    uint32_t holds, pins;
    uint32_t pass, deliveries; // how many in which settling pass
    csgi_host_list *list;      // the one it is on; NULL: none
    bool paused, bodiless, broken, finished, touched, returned;
    csgi_rc outcome;
    unsigned status;  // of the head that was taken; 0: none was
    int64_t declared; // bytes of body the head announced, -1: none
    uint64_t sent;    // bytes of body taken
    csgi_host_done *done;
    csgi_host_view *last_view;
    csgi_block *blocks;     // arena blocks behind the first
    void *big;              // allocations that fit no block
    csgi_block *head_block; // where the request's strings lie; NULL: elsewhere
    csgi_app *app;          // whom it was handed to, for messages
    csgi_inbox body;
    csgi_host_view root;
    uint16_t known[CSGI_FID_COUNT]; // the request's, by field id
};

// ---- The worker ----

// `caps` and `server` (which lives as long as the host) are for api. OK or NOMEM.
csgi_rc csgi_host_init(csgi_host *host, const csgi_transport *transport, void *owner, uint64_t caps,
                       csgi_str server);
void csgi_host_fini(csgi_host *host); // every exchange is closed

// Runs what was posted and what is due, then settles. To be called after `wake`, and when an armed
// time has come.
void csgi_host_turn(csgi_host *host);

// A transport that calls anything below from its loop does so between these: what it brings about
// is settled by the last leave.
static inline void csgi_host_enter(csgi_host *host) {
    host->depth++;
}
void csgi_host_leave(csgi_host *host);

void csgi_host_drain(csgi_host *host); // raises DRAIN on every exchange
void csgi_host_stop(csgi_host *host);  // from now on no task runs

// ---- An exchange ----

// A new one, its root view zeroed but for what the host sets. NULL: out of memory.
csgi_host_exchange *csgi_host_open(csgi_host *host, csgi_queue *out, void *owner);
// Undoes open for one that was never handed to an application.
void csgi_host_discard(csgi_host_exchange *x);

void csgi_host_handle(csgi_host_exchange *x, csgi_app *app);

// Answers in the application's stead: a small page with this status (0: 404, since it declined), or
// a break if a head has gone out.
void csgi_host_answer(csgi_host_exchange *x, unsigned status);

void csgi_host_lost(csgi_host_exchange *x);    // the client is gone
void csgi_host_drained(csgi_host_exchange *x); // x->out got shorter; may be called at any depth
void csgi_host_body_changed(csgi_host_exchange *x); // x->body got bytes, or its end

// ---- For the rooms next door ----

csgi_segment *csgi_host_segment(csgi_host *host); // NULL: out of memory
void csgi_host_segment_free(csgi_host *host, csgi_segment *segment);
void csgi_host_release_later(csgi_host *host, csgi_segment *segment);
void csgi_host_pin(csgi_host_exchange *x);
void csgi_host_unpin(csgi_host_exchange *x);
// From the exchange's arena; `align` is a power of two up to 4096. NULL: out of memory.
static inline void *csgi_host_alloc(csgi_host_exchange *x, size_t n, size_t align);
void *csgi_host_alloc_more(csgi_host_exchange *x, size_t n, size_t align); // past the block's end
void csgi_host_log(csgi_host *host, csgi_host_exchange *x, int32_t level, const char *format, ...)
    __attribute__((cold, format(printf, 4, 5)));
void csgi_host_exchange_settle(csgi_host_exchange *x); // one exchange, from csgi_host_settle

// Several times in every request, mostly with sizes known where it stands; left to itself gcc makes
// calls of it.
__attribute__((always_inline)) static inline void *csgi_host_alloc(csgi_host_exchange *x, size_t n,
                                                                   size_t align) {
    const uintptr_t at = ((uintptr_t)x->pub.arena_cur + (align - 1)) & ~(uintptr_t)(align - 1);
    const uintptr_t end = (uintptr_t)x->pub.arena_end;
    if (at > end || n > end - at) return csgi_host_alloc_more(x, n, align);
    x->pub.arena_cur = (char *)at + n;
    return (char *)at;
}

#ifdef __cplusplus
}
#endif

#endif
