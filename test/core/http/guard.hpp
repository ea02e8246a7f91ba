// SPDX-License-Identifier: MIT
// Memory whose first or last byte touches a page that cannot be read or written, so that a parser
// that looks one byte too far crashes also without a sanitizer.
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

namespace csgi {

class GuardPages {
public:
    GuardPages() : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
        void *memory = mmap(nullptr, page_ * 3, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        base_ = static_cast<char *>(memory);
        if (mprotect(base_ + page_, page_, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
    }
    ~GuardPages() { munmap(base_, page_ * 3); }
    GuardPages(const GuardPages &) = delete;
    GuardPages &operator=(const GuardPages &) = delete;

    // A copy of at most a page of text whose end touches the guard.
    char *at_end(std::string_view text) { return copy(base_ + 2 * page_ - text.size(), text); }
    // The same, whose beginning does.
    char *at_start(std::string_view text) { return copy(base_ + page_, text); }

private:
    static char *copy(char *to, std::string_view text) {
        if (!text.empty()) std::memcpy(to, text.data(), text.size());
        return to;
    }

    std::size_t page_;
    char *base_;
};

// Calls `judge(char *, size_t)` with the text against both guards; its answers must agree.
template <typename Judge>
auto guarded(std::string_view text, Judge judge) {
    GuardPages pages;
    auto at_end = judge(pages.at_end(text), text.size());
    auto at_start = judge(pages.at_start(text), text.size());
    if (!(at_end == at_start)) throw "the answer depends on where the bytes lie";
    return at_end;
}

} // namespace csgi
