// SPDX-License-Identifier: MIT
// What a layer costs: hello behind N layers of one kind, M times, for an instruction counter to
// watch. The transport drops everything, so what differs between two N is the layers alone. Prints
// its heap calls.
//
//     layers KIND N M
//
// KIND: pass (a tail call), derive (a view), sink (a view with a sink that sees the head), field
// (the same, and adds a field, which the host then judges).
#include "core/gateway/host.h"
#include "core/gateway/intake.h"

#include <csgi/sdk.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long heap_calls;
void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_malloc(size_t n) {
    heap_calls++;
    return __real_malloc(n);
}

// ---- The layers -------------------------------------------------------------------------------

static csgi_rc hello(csgi_app *app, csgi_request *req) {
    (void)app;
    return csgi_text(req, 200, "Hello, world!\n");
}

static csgi_rc pass(csgi_app *app, csgi_request *req) {
    csgi_app *inner = ((csgi_wrap *)app)->inner;
    return inner->handle(inner, req);
}

static csgi_rc derive(csgi_app *app, csgi_request *req) {
    csgi_app *inner = ((csgi_wrap *)app)->inner;
    csgi_request *view = req->exchange->api->derive(req);
    return view ? inner->handle(inner, view) : CSGI_NOMEM;
}

static csgi_rc add_field(csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
    csgi_str name = CSGI_LIT("x-layer"), value = CSGI_LIT("1");
    csgi_rc rc = head ? csgi_head_add(x, head, name, value) : CSGI_OK;
    return rc < 0 ? rc : csgi_forward(tap, x, part);
}

static csgi_rc see_head(csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
    (void)head;
    return csgi_forward(tap, x, part);
}

static csgi_rc sink(csgi_app *app, csgi_request *req) {
    csgi_tap *tap = (csgi_tap *)csgi_alloc(req->exchange, sizeof *tap);
    csgi_request *view = tap ? csgi_push(req, tap, 0, see_head) : NULL;
    return view ? csgi_call(((csgi_wrap *)app)->inner, view) : CSGI_NOMEM;
}

static csgi_rc field(csgi_app *app, csgi_request *req) {
    csgi_tap *tap = (csgi_tap *)csgi_alloc(req->exchange, sizeof *tap);
    csgi_request *view = tap ? csgi_push(req, tap, 0, add_field) : NULL;
    return view ? csgi_call(((csgi_wrap *)app)->inner, view) : CSGI_NOMEM;
}

// ---- A transport that drops everything --------------------------------------------------------

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

static void arm(csgi_host *host, uint64_t at_ms) {
    (void)host, (void)at_ms;
}

static uint64_t now(csgi_host *host) {
    (void)host;
    return 0;
}

static const void *ext(csgi_host *host, const char *id) {
    (void)host, (void)id;
    return NULL;
}

static void log_line(csgi_host *host, csgi_host_exchange *x, int32_t level, csgi_str message) {
    (void)host, (void)x, (void)level;
    fprintf(stderr, "%.*s\n", (int)message.n, message.p);
    exit(1); // what is measured should work
}

static const csgi_transport transport = {.output = output,
                                         .flush = nothing,
                                         .finished = nothing,
                                         .closed = nothing,
                                         .want = nothing,
                                         .wake = wake,
                                         .arm = arm,
                                         .now = now,
                                         .ext = ext,
                                         .log = log_line};

static void serve(csgi_host *host, csgi_queue *queue, csgi_app *app) {
    csgi_host_exchange *x = csgi_host_open(host, queue, NULL);
    csgi_intake in;
    char name[] = "host", value[] = "localhost";
    if (!x || !csgi_intake_begin(&in, x, 100) ||
        csgi_intake_line(&in, (struct csgi_span){"GET", 3}, (struct csgi_span){"/", 1}, 11) ||
        csgi_intake_field(&in, name, 4, (struct csgi_span){value, 9}) || csgi_intake_end(&in))
        exit(1);
    csgi_host_handle(x, app);
}

int main(int argc, char **argv) {
    static csgi_app inner = {.struct_size = sizeof inner, .handle = hello};
    if (argc != 4) return 2;
    csgi_rc (*handle)(csgi_app *, csgi_request *) = strcmp(argv[1], "pass") == 0     ? pass
                                                    : strcmp(argv[1], "derive") == 0 ? derive
                                                    : strcmp(argv[1], "sink") == 0   ? sink
                                                                                     : field;
    csgi_app *app = &inner;
    for (long n = atol(argv[2]); n > 0; n--)
        app = (csgi_app *)csgi_wrap_new(sizeof(csgi_wrap), handle, app);
    csgi_host host;
    csgi_queue queue;
    if (csgi_host_init(&host, &transport, NULL, 0, (csgi_str)CSGI_LIT("bench")) < 0) return 1;
    csgi_queue_init(&queue, &host);
    serve(&host, &queue, app); // fills the pools
    unsigned long before = heap_calls;
    for (long m = atol(argv[3]); m > 0; m--) serve(&host, &queue, app);
    printf("%lu\n", heap_calls - before);
    return 0;
}
