// SPDX-License-Identifier: MIT
// The smallest application, on the bare interface: every request is answered with one line of text.
#include <csgi.h>
#include <stdlib.h>

// One part is a whole answer: the head, the body's only chunk, and the END.
static csgi_rc hello(csgi_app *app, csgi_request *req) {
    csgi_header type = {CSGI_LIT("content-type"), CSGI_LIT("text/plain"), 0, 0, 0};
    csgi_head head = {sizeof head, 200, 0, &type, 1, 0, 14};
    csgi_chunk text = {.mem = CSGI_MEM_STATIC, .p = "Hello, world!\n", .n = 14, .fd = -1};
    csgi_part answer = {sizeof answer, CSGI_PART_END, &head, &text, 1, NULL, 0};
    return (void)app, req->sink->send(req->sink, req->exchange, &answer);
}

// Each worker gets an instance of its own.
static csgi_rc create(csgi_str c, csgi_app **in, size_t n, csgi_app **out, char *err, size_t cap) {
    csgi_app app = {sizeof app, .handle = hello, .destroy = (void (*)(csgi_app *))free};
    if ((*out = malloc(sizeof app))) **out = app;
    return (void)c, (void)in, (void)n, (void)err, (void)cap, *out ? CSGI_OK : CSGI_NOMEM;
}

const csgi_entry csgi_entry_v1 = {sizeof(csgi_entry), 0, "hello", "1.0", 0, NULL, create, NULL};
