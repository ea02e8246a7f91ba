// SPDX-License-Identifier: MIT
// Memory that tells when it is used wrongly: guarded while it is lent, full of words when it is
// over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

namespace csgi::lint {

// What stands in memory that is over. Who reads it, or sends it to a client, shows these words; who
// writes to it is found out when it is thrown away.
inline constexpr std::string_view after_send = "[RES-15] read after send returned; ";
inline constexpr std::string_view after_done = "[MEM-2] used after the last on_done; ";

// Bytes from malloc with guards on both sides.
class Block {
public:
    // False from has_memory(): out of memory. `align` is a power of two.
    Block(size_t n, size_t align) noexcept;
    Block(Block &&from) noexcept;
    Block &operator=(Block &&) = delete;
    ~Block();

    bool has_memory() const noexcept { return base_ != nullptr; }
    char *data() const noexcept { return data_; }
    size_t size() const noexcept { return n_; }
    // Nobody has written beside the bytes.
    bool guards_stand() const noexcept;
    // The bytes are over: from now on they hold `words`, which live as long as the block.
    void bury(std::string_view words) noexcept;
    // Nobody has written to them since.
    bool rests() const noexcept;

private:
    char *base_ = nullptr;
    char *data_ = nullptr;
    size_t n_;
    size_t whole_ = 0;
    std::string_view words_;
};

// Copies of what was sent, kept for a while after they were spoilt.
class Graveyard {
public:
    // How many of the oldest were thrown away now and had been written to.
    size_t take(Block block);
    size_t clear();

private:
    size_t drop_oldest();

    std::deque<Block> blocks_;
    size_t bytes_ = 0;
};

// What the host has handed out for one exchange.
class HostMemory {
public:
    // Nothing of [p, p + n) was handed out before.
    bool is_new(const void *p, size_t n) const;
    void add(const void *p, size_t n);
    // Fills memory that only this lint may write to, to look whether it stays so.
    void add_marked(void *p, size_t n);
    // Every byte that was marked is as it was.
    bool marks_stand() const;

private:
    // By address of the first byte.
    std::map<uintptr_t, size_t> ranges_;
    std::map<char *, size_t> marked_;
};

} // namespace csgi::lint
