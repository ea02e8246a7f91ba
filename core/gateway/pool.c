// SPDX-License-Identifier: MIT
// Blocks of memory of one size, recycled.
#include "core/gateway/pool.h"

#include <stdlib.h>

// A recycled block would hide a use after free from the address sanitizer, so it is told.
#if defined(__SANITIZE_ADDRESS__)
#define CSGI_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CSGI_ASAN 1
#endif
#endif
#ifdef CSGI_ASAN
#include <sanitizer/asan_interface.h>
#define poison(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define unpoison(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define poison(p, n)   ((void)(p), (void)(n))
#define unpoison(p, n) ((void)(p), (void)(n))
#endif

void csgi_pool_init(csgi_pool *pool, size_t size, uint32_t keep) {
    *pool = (csgi_pool){.keep = keep, .size = size};
}

void csgi_pool_fini(csgi_pool *pool) {
    while (pool->free) {
        csgi_block *block = pool->free;
        pool->free = block->next;
        unpoison(csgi_block_data(block), pool->size);
        free(block);
    }
    pool->nfree = 0;
}

csgi_block *csgi_pool_take(csgi_pool *pool) {
    csgi_block *block = pool->free;
    if (block) {
        pool->free = block->next;
        pool->nfree--;
        unpoison(csgi_block_data(block), pool->size);
    } else {
        block = malloc(sizeof *block + pool->size);
        if (!block) return NULL;
    }
    block->next = NULL;
    block->refs = 1;
    block->used = 0;
    return block;
}

void csgi_pool_drop(csgi_pool *pool, csgi_block *block) {
    if (--block->refs) return;
    if (pool->nfree >= pool->keep) {
        free(block);
        return;
    }
    block->next = pool->free;
    pool->free = block;
    pool->nfree++;
    poison(csgi_block_data(block), pool->size);
}
