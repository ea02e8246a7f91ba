// SPDX-License-Identifier: MIT
// The line that no exception crosses: code of others is called through here.
#pragma once

#include <csgi.h>

#include <cstdio>
#include <exception>
#include <type_traits>
#include <utility>

namespace csgi {

// Calls f. False after an exception, whose words are then in what[0, cap), NUL-terminated
// (untouched otherwise, and when cap is 0). [any thread]
template <class F>
bool contained(F &&f, char *what, size_t cap) noexcept {
    try {
        std::forward<F>(f)();
        return true;
    } catch (const std::exception &error) {
        std::snprintf(what, cap, "%s", error.what());
    } catch (...) {
        std::snprintf(what, cap, "an exception that is no std::exception");
    }
    return false;
}

// The same for an f that answers by itself: what it returns, or CSGI_APP after an exception.
template <class F>
csgi_rc guarded(F &&f, char *what, size_t cap) noexcept {
    csgi_rc rc = CSGI_APP;
    contained([&] { rc = std::forward<F>(f)(); }, what, cap);
    return rc;
}

// Calls f; what it threw, null if nothing.
template <class F>
std::exception_ptr caught(F &&f) noexcept {
    try {
        std::forward<F>(f)();
    } catch (...) {
        return std::current_exception();
    }
    return nullptr;
}

} // namespace csgi
