// SPDX-License-Identifier: MIT
// The memory of an exchange: blocks of the worker's pool, and from the heap what is larger.
#include "core/gateway/exchange.h"

#include <stdlib.h>

// A block too large for the pool, kept with the exchange.
typedef struct big {
    struct big *next;
    size_t size;
    max_align_t align; // so that what follows is aligned
} big;

void *csgi_host_alloc_more(csgi_host_exchange *x, size_t n, size_t align) {
    if (n > SIZE_MAX / 2) return NULL;
    if (n + align > x->host->small.size) {
        size_t extra = align > _Alignof(max_align_t) ? align : 0;
        big *b = malloc(sizeof *b + n + extra);
        if (!b) return NULL;
        b->next = x->big;
        b->size = n + extra;
        x->big = b;
        uintptr_t at = (uintptr_t)(b + 1);
        return (void *)((at + (align - 1)) & ~(uintptr_t)(align - 1));
    }
    csgi_block *block = csgi_pool_take(&x->host->small);
    if (!block) return NULL;
    block->next = x->blocks;
    x->blocks = block;
    x->pub.arena_cur = csgi_block_data(block);
    x->pub.arena_end = x->pub.arena_cur + x->host->small.size;
    return csgi_host_alloc(x, n, align);
}

void csgi_arena_clear(csgi_host_exchange *x) {
    while (x->blocks) {
        csgi_block *block = x->blocks;
        x->blocks = block->next;
        csgi_pool_drop(&x->host->small, block);
    }
    while (x->big) {
        big *b = x->big;
        x->big = b->next;
        free(b);
    }
}

bool csgi_arena_has(const csgi_host_exchange *x, const void *p) {
    const uintptr_t at = (uintptr_t)p, size = x->host->small.size;
    if (at - (uintptr_t)x < size) return true; // it lies at the front of its first block
    for (const csgi_block *block = x->blocks; block; block = block->next)
        if (at - (uintptr_t)(block + 1) < size) return true;
    for (const big *b = x->big; b; b = b->next)
        if (at - (uintptr_t)(b + 1) < b->size) return true;
    return false;
}
