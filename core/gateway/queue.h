// SPDX-License-Identifier: MIT
// Bytes and file ranges on their way out, in order, each kept alive as its memory class asks.
#ifndef CSGI_CORE_GATEWAY_QUEUE_H
#define CSGI_CORE_GATEWAY_QUEUE_H

#include "core/gateway/pool.h"
#include <csgi.h>

#ifdef __cplusplus
extern "C" {
#endif

struct csgi_host;
struct csgi_host_exchange;

// A run of bytes, or of a file.
typedef struct csgi_segment {
    struct csgi_segment *next;
    const char *p; // NULL: a file
    uint64_t n;
    uint64_t off;
    int fd;
    csgi_block *block; // holds a reference; NULL: none
    void (*release)(void *arg);
    void *arg;
    struct csgi_host_exchange
        *pin; // its arena holds the bytes, or what `arg` points to; NULL: none
} csgi_segment;

typedef struct csgi_queue {
    struct csgi_host *host;
    csgi_segment *first, *last;
    csgi_block *tail; // the block that copies go to; the last segment that refers to it may grow
    uint64_t bytes;
} csgi_queue;

void csgi_queue_init(csgi_queue *queue, struct csgi_host *host);
void csgi_queue_clear(csgi_queue *queue); // drops all: releases are queued, pins undone
// The same for one whose front was moved to `to` and may still be there: what the first segment
// releases is released when `to` has come that far.
void csgi_queue_abandon(csgi_queue *queue, csgi_queue *to);

// Room for n more bytes in one piece, at most CSGI_QUEUE_ROOM; to be followed by csgi_queue_commit
// of what was written. NULL: out of memory.
#define CSGI_QUEUE_ROOM 16384u
char *csgi_queue_room(csgi_queue *queue, size_t n);
csgi_rc csgi_queue_commit(csgi_queue *queue, size_t n);

// OK or NOMEM; after NOMEM the queue may hold a part of it.
csgi_rc csgi_queue_copy(csgi_queue *queue, const char *p, size_t n);
csgi_rc csgi_queue_chunk(csgi_queue *queue, const csgi_chunk *chunk, struct csgi_host_exchange *x);

// Queues the release of an OWNED chunk whose bytes are not wanted; nothing for another.
void csgi_queue_release(struct csgi_host_exchange *x, const csgi_chunk *chunk);

// The first n bytes go to the end of another queue of the same host, without a copy. OK or NOMEM;
// after NOMEM a part of them has gone.
csgi_rc csgi_queue_move(csgi_queue *to, csgi_queue *from, uint64_t n);

// n bytes (of the first segments) have left.
void csgi_queue_advance(csgi_queue *queue, uint64_t n);

#ifdef __cplusplus
}
#endif

#endif
