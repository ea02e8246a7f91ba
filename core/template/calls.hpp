// SPDX-License-Identifier: MIT
// Small things that all parts of the renderer need.
#pragma once

#include <cstddef>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "core/template/renderer.hpp"

namespace csgi::jinja {

// What a slot holds that was not assigned to: an undefined value with a name nobody can write.
inline Value missing() {
    return Value::undefined(std::string_view("\0", 1));
}
inline bool is_missing(const Value &value) {
    return value.is_undefined() && value.text().size() == 1 && value.text()[0] == '\0';
}

// Output goes into a buffer of its own as long as this lives.
class Capture {
public:
    explicit Capture(Renderer &renderer);
    ~Capture();
    Capture(const Capture &) = delete;
    Capture &operator=(const Capture &) = delete;
    Value value(bool markup);

private:
    Renderer &r_;
    Buffer *saved_;
};

// A list whose first items need no heap.
template <class T, std::size_t N>
class Short {
public:
    Short() = default;
    Short(const Short &) = delete;
    Short &operator=(const Short &) = delete;
    ~Short() { std::destroy_n(inside(), inside_); }
    template <class... Args>
    void add(Args &&...args) {
        if (more_.empty() && inside_ < N) {
            new (inside() + inside_++) T(std::forward<Args>(args)...);
            return;
        }
        if (more_.empty()) {
            more_.reserve(2 * N);
            for (std::size_t i = 0; i < inside_; ++i) more_.push_back(std::move(inside()[i]));
        }
        more_.push_back(T(std::forward<Args>(args)...));
    }
    std::span<const T> span() const {
        return more_.empty() ? std::span<const T>(inside(), inside_) : std::span<const T>(more_);
    }

private:
    T *inside() { return reinterpret_cast<T *>(memory_); }
    const T *inside() const { return reinterpret_cast<const T *>(memory_); }
    alignas(T) std::byte memory_[sizeof(T) * N];
    std::size_t inside_ = 0;
    std::vector<T> more_;
};

struct Renderer::CallValues {
    Short<Value, 6> positional;
    Short<Arguments::Named, 4> named;
    Arguments view() const { return {positional.span(), named.span()}; }
};

// What the `loop` of a running loop knows.
struct LoopState {
    Renderer *renderer = nullptr;
    const code::Loop *node = nullptr;
    Activation *activation = nullptr; // of the loop
    Items *items = nullptr;
    std::int64_t index0 = -1;
    std::size_t depth0 = 0;
    std::size_t taken = 0; // from `items`
    Value current, before;
    List changed;
    bool has_changed = false;
    List ahead; // taken already: one item that was looked at, or all
    std::size_t ahead_at = 0;
    bool exhausted = false; // everything is in `ahead`
    std::optional<std::size_t> known_length;
    bool finished = false;

    bool next(Value &out);
    bool pull(Value &out);
    const Value *peek();
    std::size_t length();
};

} // namespace csgi::jinja
