// SPDX-License-Identifier: MIT
// A response on its way out, at once or as fast as the client takes it.
#pragma once

#include <csgi.h>

#include <functional>
#include <memory>

#include <csgi/app/context.hpp>

namespace csgi {

// Owns what an answer needs until it is over, when `over` is called with it gone.
class Sending {
public:
    // Sends all of it, or begins to: then `is_kept` is set, `ctx` stays until the exchange is over
    // and is ended by `end(ctx)`. Otherwise the caller ends it.
    static csgi_rc send(Context &ctx, csgi_request *raw, Response &response,
                        void (*end)(Context &) noexcept, bool &is_kept);
    // Calls, once, what a response wants to have called when it is over.
    static void close(Context &ctx, Response &response) noexcept;

private:
    Sending(Context &ctx, csgi_request *raw, Response &response,
            void (*end)(Context &) noexcept) noexcept;

    void begin(csgi_part head) noexcept;
    void go_on() noexcept;
    void wait() noexcept;
    void give_up(csgi_rc why) noexcept;
    static std::uint32_t event(csgi_request *raw, std::uint32_t events, void *arg) noexcept;
    static void done(csgi_exchange *x, void *arg, csgi_rc outcome, std::uint64_t bytes) noexcept;

    Context &ctx_;
    csgi_request *raw_;
    Response response_;
    void (*end_)(Context &) noexcept;
    bool is_over_ = false;
};

} // namespace csgi
