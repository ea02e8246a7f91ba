// SPDX-License-Identifier: MIT
// An application that breaks the first rule: exceptions leave its functions. A host's boundary has
// to turn each into what CSGI_APP would have been. Never write one like it.
#include <csgi.h>

#include <cstring>
#include <new>
#include <stdexcept>
#include <string_view>

namespace {

csgi_rc send(csgi_request *req, const csgi_head *head, std::string_view body, uint32_t flags) {
    csgi_chunk chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_COPY, body.data(), body.size(), 0, 0,
                        nullptr,           nullptr};
    csgi_part part = {sizeof part, flags, head, &chunk, 1, nullptr, 0};
    const csgi_sink *to = head ? req->sink : req->body_sink;
    return to->send(to, req->exchange, &part);
}

// An exception that is no std::exception: a boundary has to expect anything.
struct Stranger {};

struct Later {
    csgi_task task;
    csgi_request *req;
};

void throw_later(csgi_worker *, csgi_task *) {
    throw std::runtime_error("thrown by a task");
}

csgi_rc handle(csgi_app *, csgi_request *req) {
    const std::string_view path{req->path.p + req->mount_len, req->path.n - req->mount_len};
    const csgi_api *api = req->exchange->api;
    csgi_head head = {sizeof head, 200, 0, nullptr, 0, 0, 0};
    if (path == "/throw") throw std::runtime_error("thrown by handle");
    if (path == "/throw-int") throw 42;
    if (path == "/throw-stranger") throw Stranger{};
    if (path == "/throw-late") {
        (void)send(req, &head, "begun\n", 0);
        throw std::runtime_error("thrown after the head");
    }
    if (path == "/throw-ended") {
        (void)send(req, &head, "complete\n", CSGI_PART_END);
        throw std::runtime_error("thrown after the end");
    }
    if (path == "/throw-task") {
        auto *later =
            static_cast<Later *>(api->alloc(req->exchange, sizeof(Later), alignof(Later)));
        if (!later) return CSGI_NOMEM;
        std::memset(later, 0, sizeof *later);
        later->task.run = throw_later;
        later->req = req;
        api->post(req->exchange->worker, &later->task);
        return CSGI_PENDING;
    }
    return send(req, &head, "Hello, world!\n", CSGI_PART_END);
}

void destroy(csgi_app *app) {
    delete app;
}

csgi_rc create(csgi_str, csgi_app **, size_t, csgi_app **out, char *err, size_t cap) {
    auto *app = new (std::nothrow) csgi_app{};
    if (!app) {
        if (cap) err[0] = 0;
        return CSGI_NOMEM;
    }
    app->struct_size = sizeof *app;
    app->handle = handle;
    app->destroy = destroy;
    *out = app;
    return CSGI_OK;
}

} // namespace

const csgi_entry csgi_entry_v1 = {
    sizeof(csgi_entry), CSGI_ABI_MINOR, "throwing", "1.0", 0, nullptr, create, nullptr};
