// SPDX-License-Identifier: MIT
// A small application for layers to be judged round.
#include "adapters/cli/hello.hpp"

#include <csgi/sdk.h>
#include <cstdio>
#include <cstring>
#include <new>

namespace csgi {

namespace {

// Past any high mark when nobody reads.
constexpr unsigned stream_parts = 40, part_bytes = 4096;

struct Stream {
    unsigned sent;
};

// Sends until it is done or told to wait. PENDING, OK or what send refused with.
csgi_rc send_parts(csgi_request *req, Stream *stream) {
    static constexpr char text[part_bytes] = {'#'};
    while (stream->sent < stream_parts) {
        bool last = ++stream->sent == stream_parts;
        csgi_chunk chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_STATIC, text, sizeof text, 0, 0,
                            nullptr,           nullptr};
        csgi_part part = {sizeof part, last ? CSGI_PART_END : 0u, nullptr, &chunk, 1, nullptr, 0};
        csgi_rc rc = csgi_send(req, &part);
        if (rc == CSGI_PAUSE) return CSGI_PENDING;
        if (rc < 0) {
            stream->sent = stream_parts;
            (void)csgi_abort(req);
            return rc;
        }
    }
    return CSGI_OK;
}

uint32_t on_event(csgi_request *req, uint32_t events, void *arg) {
    Stream *stream = static_cast<Stream *>(arg);
    if (events & CSGI_EVENT_ABORT) {
        stream->sent = stream_parts;
        (void)csgi_abort(req);
    } else if (events & CSGI_EVENT_WRITABLE) {
        send_parts(req, stream);
    }
    return events;
}

csgi_rc stream_answer(csgi_request *req) {
    Stream *stream = static_cast<Stream *>(csgi_zalloc(req->exchange, sizeof *stream));
    csgi_head head = {sizeof head, 200, 0, nullptr, 0, 0, 0};
    if (!stream) return CSGI_NOMEM;
    csgi_rc rc =
        req->exchange->api->listen(req, CSGI_EVENT_WRITABLE | CSGI_EVENT_ABORT, on_event, stream);
    if (rc >= 0) rc = csgi_begin(req, &head);
    if (rc < 0) return rc;
    return rc == CSGI_PAUSE ? CSGI_PENDING : send_parts(req, stream);
}

csgi_rc body_answer(csgi_request *req, csgi_str body, void *) {
    char text[64];
    std::snprintf(text, sizeof text, "%zu bytes\n", body.n);
    return csgi_text(req, 200, text);
}

csgi_rc handle(csgi_app *, csgi_request *req) {
    if (req->flags & CSGI_REQ_HAS_BODY) return csgi_body(req, body_answer, nullptr);
    if (req->path.n >= 7 && std::memcmp(req->path.p, "/stream", 7) == 0) return stream_answer(req);
    return csgi_text(req, 200, "Hello, world!\n");
}

} // namespace

csgi_app *hello_new() {
    csgi_app *app = new (std::nothrow) csgi_app{};
    if (!app) return nullptr;
    app->struct_size = sizeof *app;
    app->handle = handle;
    app->destroy = [](csgi_app *self) { delete self; };
    return app;
}

} // namespace csgi
