// SPDX-License-Identifier: MIT
// The body of a request as it waits to be read.
#include "core/gateway/body.h"

#include "core/gateway/host.h"
#include <string.h>

static csgi_host_exchange *of(csgi_exchange *x) {
    return (csgi_host_exchange *)x;
}

// A piece below this, behind so many that wait already, is copied to the one before it: by itself
// it would keep a whole block, and cost its reader more than its bytes.
#define SMALL 1024u
#define FEW   16u

static csgi_piece *piece_at(const csgi_inbox *body, uint32_t i) {
    return &body->ring[(body->first + i) & (body->cap - 1)];
}

static bool grow(csgi_host_exchange *x) {
    csgi_inbox *body = &x->body;
    uint32_t cap = body->cap ? body->cap * 2 : 4;
    csgi_piece *ring = csgi_host_alloc(x, cap * sizeof *ring, _Alignof(csgi_piece));
    if (!ring) return false;
    for (uint32_t i = 0; i < body->count; i++) ring[i] = *piece_at(body, i);
    body->ring = ring;
    body->cap = cap;
    body->first = 0;
    return true;
}

// The application's limit may have come after bytes beyond it.
static bool is_too_much(csgi_host_exchange *x, size_t n) {
    const csgi_inbox *body = &x->body;
    uint64_t max = x->host->limits.max_body;
    if (x->app && x->app->max_body && x->app->max_body < max) max = x->app->max_body;
    if (body->total <= max && n <= max - body->total) return false;
    csgi_body_end(x, CSGI_LIMIT);
    return true;
}

// Whether this goes on where the last piece ends.
static bool goes_on(const csgi_inbox *body, const char *p, const csgi_block *block) {
    const csgi_piece *last = body->count ? piece_at(body, body->count - 1) : NULL;
    return last && last->block == block && last->p + last->n == p;
}

static bool append(csgi_host_exchange *x, const char *p, size_t n, csgi_block *block) {
    csgi_inbox *body = &x->body;
    if (goes_on(body, p, block)) {
        piece_at(body, body->count - 1)->n += n;
    } else {
        if (body->count == body->cap && !grow(x)) return false;
        *piece_at(body, body->count++) = (csgi_piece){p, n, block};
        if (block) block->refs++;
    }
    body->bytes += n;
    body->total += n;
    return true;
}

// Where at least one byte can be copied to. NULL: out of memory.
static csgi_block *room(csgi_host_exchange *x) {
    csgi_inbox *body = &x->body;
    csgi_pool *pool = &x->host->io;
    if (body->copies && body->copies->used < pool->size) return body->copies;
    csgi_block *fresh = csgi_pool_take(pool);
    if (!fresh) return NULL;
    if (body->copies) csgi_pool_drop(pool, body->copies);
    return body->copies = fresh;
}

static csgi_rc copy(csgi_host_exchange *x, const char *p, size_t n) {
    while (n) {
        csgi_block *block = room(x);
        if (!block) return CSGI_NOMEM;
        char *into = csgi_block_data(block) + block->used;
        const size_t left = x->host->io.size - block->used, take = n < left ? n : left;
        memcpy(into, p, take);
        block->used += (uint32_t)take;
        if (!append(x, into, take, block)) return CSGI_NOMEM;
        p += take;
        n -= take;
    }
    csgi_host_body_changed(x);
    return CSGI_OK;
}

csgi_rc csgi_body_add(csgi_host_exchange *x, const char *p, size_t n, csgi_block *block) {
    csgi_inbox *body = &x->body;
    if (!n || body->end != CSGI_AGAIN) return CSGI_OK;
    if (is_too_much(x, n)) return CSGI_LIMIT;
    if (n < SMALL && body->count >= FEW && !goes_on(body, p, block)) return copy(x, p, n);
    if (!append(x, p, n, block)) return CSGI_NOMEM;
    csgi_host_body_changed(x);
    return CSGI_OK;
}

csgi_rc csgi_body_copy(csgi_host_exchange *x, const char *p, size_t n) {
    if (!n || x->body.end != CSGI_AGAIN) return CSGI_OK;
    return is_too_much(x, n) ? CSGI_LIMIT : copy(x, p, n);
}

static void drop_copies(csgi_host_exchange *x) {
    if (x->body.copies) csgi_pool_drop(&x->host->io, x->body.copies);
    x->body.copies = NULL;
}

void csgi_body_end(csgi_host_exchange *x, csgi_rc end) {
    if (x->body.end != CSGI_AGAIN) return;
    x->body.end = end;
    drop_copies(x);
    csgi_host_body_changed(x);
}

bool csgi_body_wanted(const csgi_host_exchange *x) {
    const csgi_inbox *body = &x->body;
    return body->end == CSGI_AGAIN && body->want_event && body->bytes < body->min;
}

void csgi_body_clear(csgi_host_exchange *x) {
    csgi_inbox *body = &x->body;
    for (; body->count; body->count--, body->first++) {
        csgi_block *block = piece_at(body, 0)->block;
        if (block) csgi_pool_drop(&x->host->io, block);
    }
    body->bytes = 0;
    drop_copies(x);
}

static csgi_rc peek(const csgi_source *self, csgi_exchange *px, uint64_t min, csgi_chunk *spans,
                    size_t cap, size_t *n) {
    csgi_host_exchange *x = of(px);
    csgi_inbox *body = &x->body;
    (void)self;
    *n = 0;
    if (px->state == CSGI_ENDED) return CSGI_STATE;
    if (cap == 0) return CSGI_INVAL;
    // A host that cannot do both at once reads no further once it answers.
    if (px->state == CSGI_BEGUN && body->end == CSGI_AGAIN &&
        !(x->host->api.caps & CSGI_CAP_FULL_DUPLEX))
        return CSGI_STATE;
    if (min == 0) min = 1;
    if (body->end == CSGI_LIMIT) return CSGI_LIMIT;
    if (body->broke_off) return CSGI_TRUNC;
    if (body->bytes < min && body->end == CSGI_AGAIN) {
        if (body->bytes >= x->host->limits.max_spool) return CSGI_LIMIT;
        const bool owed = body->want_event;
        const uint32_t events = x->events & CSGI_EVENT_BODY;
        body->want_event = true;
        body->min = min;
        x->host->transport->want(x);
        if (body->bytes < min && body->end == CSGI_AGAIN) return CSGI_AGAIN;
        // A host that had the bytes at hand has added them just now: an event would be news to
        // those only who were told AGAIN before.
        if (!owed) {
            body->want_event = false;
            x->events = (x->events & ~CSGI_EVENT_BODY) | events;
        }
        if (body->end == CSGI_LIMIT) return CSGI_LIMIT;
    }
    // An AGAIN that was said to a larger minimum is still owed its event.
    if (body->end != CSGI_AGAIN) body->want_event = false;
    if (body->bytes < min && body->end == CSGI_TRUNC) {
        body->broke_off = true;
        return CSGI_TRUNC;
    }
    if (body->bytes == 0) return body->end;
    uint64_t shown = 0;
    for (uint32_t i = 0; i < body->count && *n < cap; i++) {
        const csgi_piece *piece = piece_at(body, i);
        // Only for the call in which they are sent on: the host copies what the reader then
        // consumes.
        spans[(*n)++] = (csgi_chunk){.kind = CSGI_CHUNK_MEMORY,
                                     .mem = CSGI_MEM_COPY,
                                     .p = piece->p,
                                     .n = piece->n,
                                     .fd = -1};
        shown += piece->n;
    }
    if (shown > body->shown) body->shown = shown;
    return CSGI_OK;
}

static csgi_rc consume(const csgi_source *self, csgi_exchange *px, uint64_t n) {
    csgi_host_exchange *x = of(px);
    csgi_inbox *body = &x->body;
    (void)self;
    if (px->state == CSGI_ENDED) return CSGI_STATE;
    if (n > body->shown) {
        csgi_host_log(x->host, x, CSGI_LOG_APP_MISBEHAVING,
                      "[BODY-1] consume takes %llu bytes, %llu have been shown",
                      (unsigned long long)n, (unsigned long long)body->shown);
        return CSGI_INVAL;
    }
    x->touched = true;
    body->shown -= n;
    body->bytes -= n;
    while (n) {
        csgi_piece *piece = piece_at(body, 0);
        size_t take = piece->n < n ? piece->n : (size_t)n;
        piece->p += take;
        piece->n -= take;
        n -= take;
        if (piece->n) break;
        if (piece->block) csgi_pool_drop(&x->host->io, piece->block);
        body->first++;
        body->count--;
    }
    return CSGI_OK;
}

const csgi_source csgi_body_source = {sizeof(csgi_source), 0, peek, consume};
