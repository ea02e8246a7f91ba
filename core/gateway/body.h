// SPDX-License-Identifier: MIT
// The body of a request as it waits to be read: pieces that lie in counted blocks, shown without a
// copy.
#ifndef CSGI_CORE_GATEWAY_BODY_H
#define CSGI_CORE_GATEWAY_BODY_H

#include "core/gateway/pool.h"
#include <csgi.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct csgi_host_exchange;

typedef struct csgi_piece {
    const char *p;
    size_t n;
    csgi_block *block; // holds a reference; NULL: the bytes outlive the exchange
} csgi_piece;

typedef struct csgi_inbox {
    csgi_piece *ring; // room for `cap` pieces, a power of two; in the exchange's arena
    uint32_t cap, first, count;
    csgi_rc end;        // AGAIN: more may come; EOF, TRUNC or LIMIT: what comes after the pieces
    bool want_event;    // AGAIN was said: BODY follows when `min` is reached
    uint64_t bytes;     // in the pieces
    uint64_t total;     // ever added
    uint64_t shown;     // how much of `bytes` a peek has shown
    uint64_t min;       // how much is worth an event
    bool broke_off;     // TRUNC was said, and stays
    csgi_block *copies; // where bytes are copied to; NULL: none yet
} csgi_inbox;

// Adds bytes, `block` (may be NULL) getting one more reference, unless they are few: then they are
// copied. OK, LIMIT (the body is over max_body, and ends so), NOMEM (a part may have been added).
csgi_rc csgi_body_add(struct csgi_host_exchange *x, const char *p, size_t n, csgi_block *block);
// The same for bytes that do not stay where they are.
csgi_rc csgi_body_copy(struct csgi_host_exchange *x, const char *p, size_t n);
// Nothing more comes: EOF, TRUNC or LIMIT.
void csgi_body_end(struct csgi_host_exchange *x, csgi_rc end);
// Whether the reader has asked for more than is here: otherwise the transport stops reading.
bool csgi_body_wanted(const struct csgi_host_exchange *x);
void csgi_body_clear(struct csgi_host_exchange *x);

// The source of every root view.
extern const csgi_source csgi_body_source;

#ifdef __cplusplus
}
#endif

#endif
