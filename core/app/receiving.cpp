// SPDX-License-Identifier: MIT
// Peeking until all is there.
#include "core/app/receiving.hpp"

#include <csgi/sdk.h>

#include <cstring>
#include <new>

#include <csgi/app/app.hpp>
#include <csgi/http/field_value.hpp>

#include "core/app/thrown.hpp"

namespace csgi {

namespace {

constexpr std::size_t spans_most = 16;

int status_of(csgi_rc rc) {
    return rc == CSGI_LIMIT ? 413 : rc == CSGI_TRUNC ? 400 : 500;
}

} // namespace

csgi_rc Receiving::start(Context &ctx, GoOn go_on, End end) noexcept {
    const Route *route = ctx.route_;
    if (route) ctx.request_.limits_ = route->form_limits;
    const std::int64_t most = route ? route->max_content_length : ctx.app.max_content_length_;
    if (most >= 0 && ctx.raw_->content_length > most) return go_on(ctx, 413);
    void *memory = csgi_alloc(ctx.raw_->exchange, sizeof(Receiving));
    if (!memory) return go_on(ctx, 500);
    return (new (memory) Receiving(ctx, go_on, end, most))->proceed(true);
}

void Receiving::open_form() {
    if (ctx_.request_.mimetype() != "multipart/form-data") return;
    const OptionsHeader type = parse_options_header(ctx_.request_.content_type());
    try {
        parts_.emplace(type.get("boundary", ""), ctx_.request_.limits_);
    } catch (const MalformedBody &) {
        // Kept whole, and no form.
    }
}

// 0: wait or, with `rc` OK, done; else what is wrong.
int Receiving::take_whole(csgi_rc &rc) {
    const csgi_source *in = ctx_.raw_->source;
    csgi_exchange *x = ctx_.raw_->exchange;
    csgi_chunk few[spans_most], *spans = few;
    std::size_t n = 0, room = spans_most;
    // No more than it takes to see that it is too much.
    const std::uint64_t wanted = most_ >= 0 ? static_cast<std::uint64_t>(most_) + 1 : UINT64_MAX;
    rc = in->peek(in, x, wanted, spans, room, &n);
    if (rc == CSGI_AGAIN) return 0;
    if (rc < 0) return status_of(rc);
    if (rc == CSGI_EOF) {
        rc = CSGI_OK;
        return 0;
    }
    while (n == room) { // until all pieces fit
        room *= 4;
        spans = static_cast<csgi_chunk *>(csgi_alloc(x, room * sizeof *spans));
        if (!spans) return 500;
        rc = in->peek(in, x, wanted, spans, room, &n);
        if (rc != CSGI_OK) return 500;
    }
    std::size_t size = 0;
    for (std::size_t i = 0; i < n; ++i) size += static_cast<std::size_t>(spans[i].n);
    if (most_ >= 0 && size > static_cast<std::uint64_t>(most_)) return 413;
    if (n == 1) {
        ctx_.request_.body_ = {static_cast<const char *>(spans[0].p), size};
        return 0;
    }
    char *all = static_cast<char *>(csgi_alloc(x, size));
    if (!all) return 500;
    ctx_.request_.body_ = {all, size};
    for (std::size_t i = 0; i < n; ++i) {
        std::memcpy(all, spans[i].p, static_cast<std::size_t>(spans[i].n));
        all += spans[i].n;
    }
    return 0;
}

int Receiving::take_parts(csgi_rc &rc) {
    const csgi_source *in = ctx_.raw_->source;
    csgi_exchange *x = ctx_.raw_->exchange;
    while (true) {
        csgi_chunk spans[spans_most];
        std::size_t n = 0;
        rc = in->peek(in, x, 1, spans, spans_most, &n);
        if (rc == CSGI_AGAIN) return 0;
        if (rc < 0) return status_of(rc);
        if (rc == CSGI_EOF) break;
        std::uint64_t taken = 0;
        for (std::size_t i = 0; i < n; ++i) {
            parts_->feed(
                {static_cast<const char *>(spans[i].p), static_cast<std::size_t>(spans[i].n)});
            taken += spans[i].n;
        }
        (void)in->consume(in, x, taken);
        read_ += taken;
        if (most_ >= 0 && read_ > static_cast<std::uint64_t>(most_)) return 413;
    }
    ctx_.request_.set_form(parts_->finish());
    rc = CSGI_OK;
    return 0;
}

csgi_rc Receiving::wait() noexcept {
    const csgi_api *api = ctx_.raw_->exchange->api;
    const csgi_rc rc = api->listen(ctx_.raw_, CSGI_EVENT_BODY | CSGI_EVENT_ABORT, event, this);
    return rc < 0 ? rc : api->on_done(ctx_.raw_->exchange, done, this);
}

csgi_rc Receiving::proceed(bool is_first) noexcept {
    csgi_rc rc = CSGI_OK;
    int status = 0;
    const std::exception_ptr error = caught([&] {
        try {
            if (is_first) open_form();
            status = parts_ ? take_parts(rc) : take_whole(rc);
        } catch (const TooLarge &) {
            status = 413;
        } catch (const MalformedBody &) {
            // Werkzeug makes an empty form of it.
            rc = CSGI_OK;
        }
    });
    if (error) {
        status = 500;
        log_error(ctx_, {"the body of ", ctx_.request_.path(), " could not be kept: "}, error);
    }
    if (status == 0 && rc == CSGI_AGAIN) {
        if (!is_first || wait() >= 0) return CSGI_PENDING;
        status = 500;
    }
    is_over_ = true;
    parts_.reset(); // the rest is the exchange's, and events may still come by
    return go_on_(ctx_, status);
}

std::uint32_t Receiving::event(csgi_request *raw, std::uint32_t events, void *arg) noexcept {
    auto *self = static_cast<Receiving *>(arg);
    if (self->is_over_) return events;
    const csgi_rc rc = self->proceed(false);
    if (rc < 0) (void)csgi_fail(raw, 500);
    return events;
}

// A layer that answered in its stead, or the host: nothing is told to who waits for an event.
void Receiving::done(csgi_exchange *, void *arg, csgi_rc, std::uint64_t) noexcept {
    auto *self = static_cast<Receiving *>(arg);
    if (self->is_over_) return;
    self->is_over_ = true;
    self->parts_.reset();
    self->end_(self->ctx_);
}

} // namespace csgi
