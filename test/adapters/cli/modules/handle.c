// SPDX-License-Identifier: MIT
// A module whose handle does what its macro says.
#include "test/adapters/cli/modules/answer.h"

static csgi_rc respond(csgi_app *app, csgi_request *req) {
#if defined SHORT_BODY
    csgi_head head = {sizeof head, 200, 0, NULL, 0, 0, 20};
    csgi_chunk chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_STATIC, "fourteen bytes", 14, 0, 0, NULL, NULL};
    csgi_part part = {sizeof part, CSGI_PART_END, &head, &chunk, 1, NULL, 0};
    (void)app;
    return csgi_send(req, &part);
#elif defined BAD_FIELD
    csgi_header field = {CSGI_LIT("x-note"), CSGI_LIT("line\nbreak \x1b[31m"), 0, 0, 0};
    csgi_head head = {sizeof head, 200, 0, &field, 1, 0, 0};
    csgi_part part = {sizeof part, CSGI_PART_END, &head, NULL, 0, NULL, 0};
    (void)app;
    return csgi_send(req, &part);
#elif defined LIES
    (void)app, (void)req;
    return CSGI_OK;
#elif defined NEVER_ANSWERS
    (void)app, (void)req;
    return CSGI_PENDING;
#elif defined HANGS
    volatile int on = 1;
    while (on) {
    }
    return answer(app, req);
#elif defined CRASHES
    (void)app, (void)req;
    abort();
#elif defined EXITS
    (void)app, (void)req;
    _Exit(3);
#elif defined LOGS
    csgi_str line = CSGI_LIT("red \x1b[31m alert\nforged: line \xff");
    req->exchange->api->log(req->exchange->worker, req->exchange, CSGI_LOG_WARNING, line);
    return answer(app, req);
#endif
}

CSGI_HELLO_MODULE("subject", "1.0", respond);
