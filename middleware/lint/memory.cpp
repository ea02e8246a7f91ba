// SPDX-License-Identifier: MIT
// Guards, words and marks.
#include "middleware/lint/memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sanitizer/asan_interface.h>

namespace csgi::lint {

namespace {
constexpr size_t guard_size = 32;
constexpr char guard_byte = static_cast<char>(0xfd);
constexpr char mark_byte = static_cast<char>(0xc5);
// Enough to catch a host that sends at the end of its turn, little enough for a small machine.
constexpr size_t kept_bytes = 1u << 20;
constexpr size_t kept_blocks = 256;

bool all_are(const char *p, size_t n, char byte) noexcept {
    return std::all_of(p, p + n, [byte](char c) { return c == byte; });
}
} // namespace

Block::Block(size_t n, size_t align) noexcept : n_(n) {
    align = std::max(align, guard_size);
    if (n > SIZE_MAX / 2 || align > SIZE_MAX / 8) return;
    whole_ = n + 2 * align + guard_size;
    base_ = static_cast<char *>(std::malloc(whole_));
    if (!base_) return;
    const auto at = (reinterpret_cast<uintptr_t>(base_) + guard_size + align - 1) & ~(align - 1);
    data_ = base_ + (at - reinterpret_cast<uintptr_t>(base_));
    std::memset(base_, guard_byte, static_cast<size_t>(data_ - base_));
    // Whoever counts on zeroes finds none.
    std::memset(data_, mark_byte, n_);
    std::memset(data_ + n_, guard_byte, whole_ - static_cast<size_t>(data_ - base_) - n_);
    ASAN_POISON_MEMORY_REGION(base_, whole_);
    ASAN_UNPOISON_MEMORY_REGION(data_, n_);
}

Block::Block(Block &&from) noexcept
    : base_(from.base_), data_(from.data_), n_(from.n_), whole_(from.whole_), words_(from.words_) {
    from.base_ = nullptr;
}

Block::~Block() {
    if (!base_) return;
    ASAN_UNPOISON_MEMORY_REGION(base_, whole_);
    std::free(base_);
}

bool Block::guards_stand() const noexcept {
    const size_t before = static_cast<size_t>(data_ - base_);
    const size_t behind = whole_ - before - n_;
    ASAN_UNPOISON_MEMORY_REGION(base_, whole_);
    const bool stand =
        all_are(base_, before, guard_byte) && all_are(data_ + n_, behind, guard_byte);
    ASAN_POISON_MEMORY_REGION(base_, before);
    ASAN_POISON_MEMORY_REGION(data_ + n_, behind);
    return stand;
}

void Block::bury(std::string_view words) noexcept {
    words_ = words;
    ASAN_UNPOISON_MEMORY_REGION(data_, n_);
    for (size_t at = 0; at < n_; at += words.size())
        std::memcpy(data_ + at, words.data(), std::min(words.size(), n_ - at));
    ASAN_POISON_MEMORY_REGION(data_, n_);
}

bool Block::rests() const noexcept {
    bool same = true;
    ASAN_UNPOISON_MEMORY_REGION(data_, n_);
    for (size_t at = 0; same && at < n_; at += words_.size())
        same = std::memcmp(data_ + at, words_.data(), std::min(words_.size(), n_ - at)) == 0;
    ASAN_POISON_MEMORY_REGION(data_, n_);
    return same;
}

size_t Graveyard::take(Block block) {
    bytes_ += block.size();
    blocks_.push_back(std::move(block));
    size_t disturbed = 0;
    while (blocks_.size() > kept_blocks || (bytes_ > kept_bytes && blocks_.size() > 1))
        disturbed += drop_oldest();
    return disturbed;
}

size_t Graveyard::clear() {
    size_t disturbed = 0;
    while (!blocks_.empty()) disturbed += drop_oldest();
    return disturbed;
}

size_t Graveyard::drop_oldest() {
    const size_t disturbed = blocks_.front().rests() ? 0 : 1;
    bytes_ -= blocks_.front().size();
    blocks_.pop_front();
    return disturbed;
}

bool HostMemory::is_new(const void *p, size_t n) const {
    const auto at = reinterpret_cast<uintptr_t>(p);
    const auto after = ranges_.lower_bound(at);
    if (after != ranges_.end() && after->first < at + n) return false;
    if (after == ranges_.begin()) return true;
    const auto before = std::prev(after);
    return before->first + before->second <= at;
}

void HostMemory::add(const void *p, size_t n) {
    if (n) ranges_.emplace(reinterpret_cast<uintptr_t>(p), n);
}

void HostMemory::add_marked(void *p, size_t n) {
    add(p, n);
    std::memset(p, mark_byte, n);
    if (n) marked_.emplace(static_cast<char *>(p), n);
}

bool HostMemory::marks_stand() const {
    return std::all_of(marked_.begin(), marked_.end(), [](const auto &range) {
        return all_are(range.first, range.second, mark_byte);
    });
}

} // namespace csgi::lint
