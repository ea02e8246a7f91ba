// SPDX-License-Identifier: MIT
// Any bytes as a request: the reader finds the same head whole and split, what it lets through
// keeps the promises of a view, and a chunked body decodes to the same bytes at any split.
#include "adapters/standalone/chunk_reader.h"
#include "adapters/standalone/request_reader.h"
#include "core/http/field.h"
#include "test/fuzz/must.h"

#ifdef HAVE_LLHTTP
#include <llhttp.h>
#endif
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static csgi_rc output(csgi_host_exchange *x, const csgi_output *out) {
    (void)x, (void)out;
    return CSGI_OK;
}

static void nothing(csgi_host_exchange *x) {
    (void)x;
}

static void wake(csgi_host *host) {
    (void)host;
}

static void log_line(csgi_host *host, csgi_host_exchange *x, int32_t level, csgi_str message) {
    (void)host, (void)x, (void)level, (void)message;
}

static const csgi_transport transport = {.output = output,
                                         .flush = nothing,
                                         .finished = nothing,
                                         .closed = nothing,
                                         .want = nothing,
                                         .wake = wake,
                                         .log = log_line};

static bool plain(csgi_str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f) return false;
    return true;
}

static void check_fields(const csgi_request *req) {
    for (uint32_t i = 0; i < req->nheaders; i++) {
        const csgi_header *field = &req->headers[i];
        MUST(field->name.n > 0);
        for (size_t k = 0; k < field->name.n; k++) {
            char c = field->name.p[k];
            MUST((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
        }
        MUST(field->id == csgi_field_lookup(field->name.p, field->name.n));
        for (size_t k = 0; k < field->value.n; k++)
            MUST(field->value.p[k] != '\r' && field->value.p[k] != '\n' && field->value.p[k] != 0);
        uint32_t next = 0; // the model of `next`: the next line of that very name
        for (uint32_t j = i + 1; j < req->nheaders && !next; j++)
            if (req->headers[j].name.n == field->name.n &&
                memcmp(req->headers[j].name.p, field->name.p, field->name.n) == 0)
                next = j + 1;
        MUST(field->next == next);
    }
    for (uint32_t id = 1; id < req->nknown; id++) {
        uint32_t first = 0;
        for (uint32_t j = 0; j < req->nheaders && !first; j++)
            if (req->headers[j].id == id) first = j + 1;
        MUST(req->known[id] == first);
    }
}

#ifdef HAVE_LLHTTP
static int stop_there(llhttp_t *parser) {
    *(bool *)parser->data = true;
    return 1; // no body
}

// What ours lets through, llhttp does as well. Its request lines are another matter: it knows a
// list of methods and versions.
static void check_with_llhttp(const char *fields, size_t n, unsigned version) {
    static const char line_10[] = "POST / HTTP/1.0\r\n", line_11[] = "POST / HTTP/1.1\r\n";
    llhttp_settings_t settings;
    llhttp_t parser;
    bool complete = false;
    llhttp_settings_init(&settings);
    settings.on_headers_complete = stop_there;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    parser.data = &complete;
    MUST(llhttp_execute(&parser, version == 10 ? line_10 : line_11, sizeof line_11 - 1) == HPE_OK);
    llhttp_errno_t rc = llhttp_execute(&parser, fields, n);
    MUST(complete && (rc == HPE_OK || rc == HPE_PAUSED_UPGRADE));
}
#endif

static void check_head(csgi_request_reader *reader, const char *head, size_t n) {
    csgi_host host;
    csgi_queue queue;
    csgi_intake in;
    MUST(csgi_host_init(&host, &transport, NULL, 0, (csgi_str)CSGI_LIT("fuzz")) == CSGI_OK);
    csgi_queue_init(&queue, &host);
    csgi_host_exchange *x = csgi_host_open(&host, &queue, NULL);
    char *own = malloc(n);
    MUST(x && own && csgi_intake_begin(&in, x, 100));
    memcpy(own, head, n);
    unsigned status = csgi_request_head_read(reader, &in, own, n);
    MUST(status == 0 || status == 400 || status == 405 || status == 431 || status == 501 ||
         status == 505);
    if (status) {
        MUST(in.fault && *in.fault);
    } else {
        const csgi_request *req = &x->root.req;
        MUST(req->path.n > 0 && req->path.p[0] == '/' && plain(req->path) && plain(req->query));
        MUST(plain(req->method) && req->method.n > 0 && plain(req->authority));
        MUST(!(in.chunked && in.has_length));
        MUST(req->http_version == 10 || in.has_host);
        check_fields(req);
#ifdef HAVE_LLHTTP
        const char *line_end = memchr(head, '\n', n);
        check_with_llhttp(line_end + 1, (size_t)(head + n - line_end - 1), req->http_version);
#endif
    }
    csgi_host_discard(x);
    csgi_host_fini(&host);
    free(own);
}

// Decodes in pieces of `step` bytes; the bytes taken, and a sum over the body.
static csgi_chunk_result decode(const char *p, size_t n, size_t step, size_t *taken,
                                uint64_t *sum) {
    csgi_chunk_reader reader;
    csgi_chunk_reader_init(&reader, 256);
    *taken = 0;
    *sum = 0;
    while (*taken < n) {
        size_t piece = n - *taken < step ? n - *taken : step, used, data_n;
        const char *data;
        csgi_chunk_result r =
            csgi_chunk_reader_next(&reader, p + *taken, piece, &used, &data, &data_n);
        MUST(used <= piece);
        if (r == CSGI_CHUNK_DATA) {
            MUST(data_n > 0 && data >= p && data + data_n <= p + n);
            for (size_t i = 0; i < data_n; i++) *sum = *sum * 31 + (unsigned char)data[i];
        }
        if (r == CSGI_CHUNK_BAD || r == CSGI_CHUNK_MUCH) return r;
        *taken += used;
        if (r == CSGI_CHUNK_END) return r;
        MUST(used > 0);
    }
    return CSGI_CHUNK_MORE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *p = (const char *)data, *fault = NULL;
    if (size == 0) return 0;
    csgi_request_reader *reader = csgi_request_reader_new(100);
    csgi_head_scan scan = {0, 0, 0}, slow = {0, 0, 0};
    unsigned status = 0;
    ptrdiff_t bytewise = 0;
    MUST(reader);
    for (size_t n = 1; n <= size && bytewise == 0; n++)
        bytewise = csgi_request_head_end(reader, &slow, p, n, &status, &fault);
    ptrdiff_t whole = csgi_request_head_end(reader, &scan, p, size, &status, &fault);
    MUST(whole == bytewise);
    MUST(whole <= (ptrdiff_t)size);
    if (whole < 0) MUST(fault && *fault && (status == 400 || status == 431));
    if (whole > 2) check_head(reader, p, (size_t)whole);
    csgi_request_reader_free(reader);

    // The rest, or all of it, as a chunked body.
    const char *body = whole > 0 ? p + whole : p;
    size_t n = size - (size_t)(body - p), taken[2];
    uint64_t sum[2];
    csgi_chunk_result a = decode(body, n, SIZE_MAX, &taken[0], &sum[0]);
    csgi_chunk_result b = decode(body, n, 1, &taken[1], &sum[1]);
    MUST(a == b && sum[0] == sum[1]);
    if (a == CSGI_CHUNK_END) MUST(taken[0] == taken[1]);
    return 0;
}
