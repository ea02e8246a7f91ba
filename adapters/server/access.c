// SPDX-License-Identifier: MIT
// Tells of requests that are over.
#include "adapters/server/access.h"

static csgi_str value_of(const csgi_request *req, unsigned id) {
    const uint16_t at = req->known && id < req->nknown ? req->known[id] : 0;
    return at ? req->headers[at - 1].value : (csgi_str){"", 0};
}

static csgi_str or_empty(csgi_str s) {
    return s.p ? s : (csgi_str){"", 0};
}

void csgi_access_exchange(csgi_host_exchange *x, unsigned status) {
    const csgi_server *server = x->host->owner;
    const csgi_request *req = &x->root.req;
    if (!server->options.access) return;
    const csgi_serve_access access = {
        .struct_size = sizeof access,
        .status = (uint16_t)status,
        .http_version = req->http_version,
        .peer = or_empty(req->peer),
        .method = or_empty(req->method),
        .target = or_empty(req->target),
        .authority = or_empty(req->authority),
        .referer = value_of(req, CSGI_FIELD_REFERER),
        .user_agent = value_of(req, CSGI_FIELD_USER_AGENT),
        .body_bytes = x->sent,
        .duration_ns = req->start_ns ? csgi_loop_clock_ns() - req->start_ns : 0,
        .outcome = x->outcome,
    };
    server->options.access(server->options.arg, &access);
}

void csgi_access_refused(const csgi_server *server, const csgi_link *link, unsigned status) {
    const csgi_str none = {"", 0};
    if (!server->options.access) return;
    const csgi_serve_access access = {
        .struct_size = sizeof access,
        .status = (uint16_t)status,
        .peer = {link->peer->text, link->peer->n},
        .method = none,
        .target = none,
        .authority = none,
        .referer = none,
        .user_agent = none,
        .outcome = CSGI_APP,
    };
    server->options.access(server->options.arg, &access);
}
