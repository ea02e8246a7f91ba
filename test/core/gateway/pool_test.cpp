// SPDX-License-Identifier: MIT
// Recycled blocks: counted, aligned, and no more kept than asked.
#include "core/gateway/pool.h"

#include <doctest/doctest.h>

#include <cstring>
#include <set>
#include <vector>

TEST_CASE("a block comes back when its last reference is dropped, and is handed out again") {
    csgi_pool pool;
    csgi_pool_init(&pool, 100, 4);
    csgi_block *block = csgi_pool_take(&pool);
    block->refs++;
    block->used = 50;
    std::memset(csgi_block_data(block), 'x', 100);
    csgi_pool_drop(&pool, block);
    CHECK(pool.nfree == 0);
    csgi_pool_drop(&pool, block);
    CHECK(pool.nfree == 1);
    csgi_block *again = csgi_pool_take(&pool);
    CHECK(again == block);
    CHECK(again->refs == 1);
    CHECK(again->used == 0);
    CHECK(again->next == nullptr);
    csgi_pool_drop(&pool, again);
    csgi_pool_fini(&pool);
    CHECK(pool.nfree == 0);
}

TEST_CASE("blocks lie apart, aligned to 16, and a pool keeps no more than it was told") {
    csgi_pool pool;
    csgi_pool_init(&pool, 64, 3);
    std::vector<csgi_block *> taken;
    std::set<char *> seen;
    for (int i = 0; i < 10; i++) {
        csgi_block *block = csgi_pool_take(&pool);
        CHECK(reinterpret_cast<uintptr_t>(csgi_block_data(block)) % 16 == 0);
        std::memset(csgi_block_data(block), i, 64);
        CHECK(seen.insert(csgi_block_data(block)).second);
        taken.push_back(block);
    }
    for (int i = 0; i < 10; i++) CHECK(csgi_block_data(taken[static_cast<size_t>(i)])[63] == i);
    for (csgi_block *block : taken) csgi_pool_drop(&pool, block);
    CHECK(pool.nfree == 3);
    csgi_pool_fini(&pool);
}
