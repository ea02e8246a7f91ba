// SPDX-License-Identifier: MIT
// Output that grows: bytes are appended without a look at the heap most of the time.
#pragma once

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

namespace csgi::jinja {

class Buffer {
public:
    Buffer() = default;
    Buffer(const Buffer &) = delete;
    Buffer &operator=(const Buffer &) = delete;

    // Room for `n` bytes, to be followed by advance().
    char *room(std::size_t n) {
        if (static_cast<std::size_t>(end_ - at_) < n) grow(n);
        return at_;
    }
    void advance(char *to) { at_ = to; }
    void append(std::string_view text) {
        if (text.empty()) return;
        std::memcpy(room(text.size()), text.data(), text.size());
        at_ += text.size();
    }
    std::string_view view() const {
        return {begin_.get(), static_cast<std::size_t>(at_ - begin_.get())};
    }
    std::size_t size() const { return static_cast<std::size_t>(at_ - begin_.get()); }
    void clear() { at_ = begin_.get(); }
    // For a renderer that is put aside: what one large page took is given back.
    void shrink(std::size_t most) {
        if (static_cast<std::size_t>(end_ - begin_.get()) <= most) return;
        begin_.reset();
        at_ = end_ = nullptr;
    }

private:
    struct Free {
        void operator()(char *memory) const { std::free(memory); }
    };
    void grow(std::size_t n) {
        const std::size_t used = size();
        std::size_t wanted = used + n;
        const std::size_t twice = 2 * static_cast<std::size_t>(end_ - begin_.get());
        if (wanted < twice) wanted = twice;
        if (wanted < 1024) wanted = 1024;
        char *memory = static_cast<char *>(std::realloc(begin_.get(), wanted));
        if (!memory) throw std::bad_alloc();
        static_cast<void>(begin_.release());
        begin_.reset(memory);
        at_ = memory + used;
        end_ = memory + wanted;
    }

    std::unique_ptr<char, Free> begin_;
    char *at_ = nullptr, *end_ = nullptr;
};

// `& < > ' "` replaced; see append_escaped_text().
void escape_into(Buffer &out, std::string_view text);

} // namespace csgi::jinja
