// SPDX-License-Identifier: MIT
// The one thing that is kept for each thread.
#include "core/value/nesting.hpp"

#include <string>
#include <utility>

#include <csgi/value/value.hpp>

namespace csgi {

namespace {

constexpr unsigned deepest = 1000;
thread_local Nesting nesting;

} // namespace

Nesting &Nesting::of_this_thread() noexcept {
    return nesting;
}

Nested::Nested(std::size_t items, const char *doing) {
    if (nesting.depth == deepest)
        throw RecursionError(std::string("maximum recursion depth exceeded") + doing);
    spend(items + 1, 0);
    ++nesting.depth;
}

Nested::~Nested() {
    --nesting.depth;
}

Metered::Metered(Meter &meter) noexcept : outer_(std::exchange(nesting.meter, &meter)) {}

Metered::~Metered() {
    nesting.meter = outer_;
}

void spend(std::size_t steps, std::size_t bytes) {
    if (nesting.meter) nesting.meter->spend(steps, bytes);
}

} // namespace csgi
