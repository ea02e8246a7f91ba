// SPDX-License-Identifier: MIT
// The body of a request, waited for before its handler is called.
#pragma once

#include <csgi.h>

#include <optional>

#include <csgi/app/context.hpp>

namespace csgi {

// A form with files is read by parts as it arrives, and large files go to the disk; any other body
// is kept in one piece, up to the host's limit and the application's.
class Receiving {
public:
    // `go_on(ctx, status)` is called once the body is there, now or later; a status that is not 0
    // says what is wrong with it. Returns what `handle` may return.
    using GoOn = csgi_rc (*)(Context &ctx, int status) noexcept;
    // `end(ctx)` is called instead when somebody else ended the exchange meanwhile.
    using End = void (*)(Context &ctx) noexcept;
    static csgi_rc start(Context &ctx, GoOn go_on, End end) noexcept;

private:
    Receiving(Context &ctx, GoOn go_on, End end, std::int64_t most) noexcept
        : ctx_(ctx), go_on_(go_on), end_(end), most_(most) {}

    csgi_rc proceed(bool is_first) noexcept;
    csgi_rc wait() noexcept;
    void open_form();
    int take_whole(csgi_rc &rc);
    int take_parts(csgi_rc &rc);
    static std::uint32_t event(csgi_request *raw, std::uint32_t events, void *arg) noexcept;
    static void done(csgi_exchange *x, void *arg, csgi_rc outcome, std::uint64_t bytes) noexcept;

    Context &ctx_;
    GoOn go_on_;
    End end_;
    std::int64_t most_; // bytes; below 0: any
    std::optional<FormReader> parts_;
    std::uint64_t read_ = 0;
    bool is_over_ = false;
};

} // namespace csgi
