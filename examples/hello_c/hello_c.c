// SPDX-License-Identifier: MIT
// The smallest application, on the bare interface: every request is answered with one line of text.
#include <csgi.h>

// A whole answer is one part: the head, the chunks of its body (here one), and the END.
static csgi_rc hello(csgi_app *app, csgi_request *req) {
    csgi_header type = {.name = CSGI_LIT("content-type"), .value = CSGI_LIT("text/plain")};
    csgi_head head = {sizeof head, .status = 200, .headers = &type, .nheaders = 1};
    csgi_chunk body = {.mem = CSGI_MEM_STATIC, .p = "Hello, world!\n", .n = 14};
    csgi_part p = {sizeof p, .flags = CSGI_PART_END, .head = &head, .chunks = &body, .nchunks = 1};
    return req->sink->send(req->sink, req->exchange, &p);
}

// It keeps no state: the same constant serves every worker.
static csgi_rc create(csgi_str c, csgi_app **in, size_t n, csgi_app **out, char *err, size_t cap) {
    static csgi_app app = {sizeof app, .handle = hello};
    *out = &app;
    return CSGI_OK;
}

const csgi_entry csgi_entry_v1 = {sizeof(csgi_entry), .name = "hello", .version = "1.0",
                                  .create = create};
