// SPDX-License-Identifier: MIT
// How deep this thread is inside values that hold each other, and what that may cost.
#pragma once

#include <cstddef>

namespace csgi {

// Told what going through values costs: a list shared a million times costs a million times its
// length. Throws when it is too much.
class Meter {
public:
    virtual void spend(std::size_t steps, std::size_t bytes) = 0;

protected:
    ~Meter() = default;
};

// A container whose text is being written, inside another.
struct Written {
    const void *container;
    const Written *outer;
};

// Values nest to any depth, and comparing, hashing or writing one goes through all of it on the
// stack. == and destructors can be handed nothing, so what they share is the thread's.
struct Nesting {
    unsigned depth = 0;
    bool burying = false; // objects that have lost their last holder are being taken apart,
    void *dead = nullptr; // and these are next
    Meter *meter = nullptr;
    const Written *written = nullptr;

    static Nesting &of_this_thread() noexcept;
};

// One level with so many items, for as long as it lives. Throws RecursionError beyond 1,000 levels,
// where Python does too, and what the meter throws.
class Nested {
public:
    // `doing` ends the message.
    explicit Nested(std::size_t items, const char *doing = " in comparison");
    ~Nested();
    Nested(const Nested &) = delete;
    Nested &operator=(const Nested &) = delete;
};

// The meter of this thread, until this ends.
class Metered {
public:
    explicit Metered(Meter &meter) noexcept;
    ~Metered();
    Metered(const Metered &) = delete;
    Metered &operator=(const Metered &) = delete;

private:
    Meter *outer_;
};

// Tells the meter, if there is one.
void spend(std::size_t steps, std::size_t bytes);

} // namespace csgi
