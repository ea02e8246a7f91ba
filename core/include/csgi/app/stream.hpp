// SPDX-License-Identifier: MIT
// Bodies that are made while they are sent: a coroutine that yields text, as Flask's generators.
#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <csgi/app/response.hpp>

namespace csgi {

// Returned by a handler that is a coroutine: `co_yield "text"`. It runs when the client has taken
// what came before. Arguments by value live as long as it does; a Context& or Request& does too,
// but what a lambda captured does only as long as the application.
class Generator {
public:
    struct promise_type {
        std::string_view piece;
        std::exception_ptr thrown;

        Generator get_return_object() {
            return Generator(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        // The text lives in the coroutine until it goes on.
        std::suspend_always yield_value(std::string_view text) noexcept {
            piece = text;
            return {};
        }
        void return_void() noexcept {}
        void unhandled_exception();
    };

    Generator(Generator &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Generator &operator=(Generator &&) = delete;
    ~Generator() {
        if (handle_) handle_.destroy();
    }

    // As a response's body.
    operator std::unique_ptr<BodySource>() &&;

private:
    explicit Generator(std::coroutine_handle<promise_type> handle) : handle_(handle) {}

    std::coroutine_handle<promise_type> handle_;
};

} // namespace csgi
