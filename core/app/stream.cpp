// SPDX-License-Identifier: MIT
// A coroutine as a body.
#include <csgi/app/stream.hpp>

namespace csgi {

namespace {

using Handle = std::coroutine_handle<Generator::promise_type>;

class GeneratedBody final : public BodySource {
public:
    explicit GeneratedBody(Handle handle) : handle_(handle) {}
    ~GeneratedBody() override { handle_.destroy(); }
    bool next(std::string &out) override {
        if (handle_.done()) return false;
        handle_.resume();
        if (handle_.promise().thrown)
            std::rethrow_exception(std::exchange(handle_.promise().thrown, nullptr));
        if (handle_.done()) return false;
        out += handle_.promise().piece;
        return true;
    }

private:
    Handle handle_;
};

} // namespace

void Generator::promise_type::unhandled_exception() {
    thrown = std::current_exception();
}

Generator::operator std::unique_ptr<BodySource>() && {
    return std::make_unique<GeneratedBody>(std::exchange(handle_, nullptr));
}

} // namespace csgi
