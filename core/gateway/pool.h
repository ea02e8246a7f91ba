// SPDX-License-Identifier: MIT
// Blocks of memory of one size, recycled, so that serving a request takes nothing from the heap.
#ifndef CSGI_CORE_GATEWAY_POOL_H
#define CSGI_CORE_GATEWAY_POOL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The front of a block; its bytes follow at once, aligned to 16. Counted: the last drop gives it
// back.
typedef struct csgi_block {
    struct csgi_block *next; // the pool's while it is free, the owner's otherwise
    uint32_t refs;
    uint32_t used; // the owner's
} csgi_block;

typedef struct csgi_pool {
    csgi_block *free;
    uint32_t nfree;
    uint32_t keep; // how many free blocks stay; more go back to the heap
    size_t size;   // bytes of a block behind its front
} csgi_pool;

void csgi_pool_init(csgi_pool *pool, size_t size, uint32_t keep);
void csgi_pool_fini(csgi_pool *pool); // every block taken has come back

// A block with one reference and `used` 0; NULL: out of memory.
csgi_block *csgi_pool_take(csgi_pool *pool);
void csgi_pool_drop(csgi_pool *pool, csgi_block *block);

static inline char *csgi_block_data(csgi_block *block) {
    return (char *)(block + 1);
}

#ifdef __cplusplus
}
#endif

#endif
