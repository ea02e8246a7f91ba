// SPDX-License-Identifier: MIT
// An answer without end from an application that waits when it is told to: what the server keeps
// of it while nobody reads is the server's.
#include <csgi/sdk.h>

static const char piece[4096] = "endless";

static csgi_rc go_on(csgi_request *req) {
    csgi_rc rc;
    do rc = csgi_write(req, piece, sizeof piece);
    while (rc == CSGI_OK);
    return rc;
}

static uint32_t on_event(csgi_request *req, uint32_t events, void *arg) {
    (void)arg;
    if (events & CSGI_EVENT_ABORT)
        (void)csgi_abort(req);
    else if (go_on(req) < 0)
        (void)csgi_abort(req);
    return events;
}

static csgi_rc handle(csgi_app *app, csgi_request *req) {
    csgi_head head = {sizeof head, 200, 0, NULL, 0, 0, 0};
    csgi_rc rc =
        req->exchange->api->listen(req, CSGI_EVENT_WRITABLE | CSGI_EVENT_ABORT, on_event, NULL);
    (void)app;
    if (rc >= 0) rc = csgi_begin(req, &head);
    if (rc == CSGI_OK) rc = go_on(req);
    return rc < 0 ? csgi_abort(req) : CSGI_PENDING;
}

CSGI_HELLO_MODULE("endless", "1.0", handle);
