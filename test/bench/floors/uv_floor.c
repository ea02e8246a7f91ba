// SPDX-License-Identifier: MIT
// The share of libuv and of a parser: what a server on libuv costs before it does anything.
//
//     uv_floor scan       no parser: counts the ends of heads
//     uv_floor parse      llhttp, which only says that a message is complete
//     uv_floor collect    llhttp, and target and fields are noted: the least a gateway must keep
//
// A span split over two reads is not joined: an instrument, not a server.
#include "test/bench/floors/response.h"

#include <llhttp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <uv.h>

#define FIELDS 32u

typedef struct span {
    const char *p;
    size_t n;
} span;

struct connection;

typedef struct floor_state {
    int scan;
    llhttp_settings_t settings;
    struct connection *free; // recycled, so that a steady state needs no heap
    responses answer;
    uint64_t noted; // so that the compiler cannot drop the notes
    char in[65536];
} floor_state;

typedef struct connection {
    uv_tcp_t tcp;
    llhttp_t parser;
    floor_state *floor;
    unsigned pending; // requests to answer
    unsigned seen;    // of a head's end
    struct connection *next;
    span target;
    unsigned nfields;
    span name[FIELDS], value[FIELDS];
} connection;

// ---- What the parser says ---------------------------------------------------------------------

static int on_complete(llhttp_t *parser) {
    connection *c = parser->data;
    c->pending++;
    c->floor->noted += c->nfields;
    c->nfields = 0;
    return 0;
}

static int on_target(llhttp_t *parser, const char *p, size_t n) {
    connection *c = parser->data;
    c->target = (span){p, n};
    return 0;
}

static int on_name(llhttp_t *parser, const char *p, size_t n) {
    connection *c = parser->data;
    if (c->nfields < FIELDS) c->name[c->nfields] = (span){p, n};
    return 0;
}

static int on_value(llhttp_t *parser, const char *p, size_t n) {
    connection *c = parser->data;
    if (c->nfields < FIELDS) c->value[c->nfields++] = (span){p, n};
    return 0;
}

// ---- Connections ------------------------------------------------------------------------------

static void on_closed(uv_handle_t *handle) {
    connection *c = handle->data;
    c->next = c->floor->free;
    c->floor->free = c;
}

static void drop(connection *c) {
    if (!uv_is_closing((uv_handle_t *)&c->tcp)) uv_close((uv_handle_t *)&c->tcp, on_closed);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
    connection *c = handle->data;
    (void)suggested;
    *buf = uv_buf_init(c->floor->in, sizeof c->floor->in);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
    connection *c = stream->data;
    floor_state *f = c->floor;
    if (n == 0) return;
    if (n < 0) {
        drop(c);
        return;
    }
    if (f->scan) {
        c->pending += count_heads(buf->base, (size_t)n, &c->seen);
    } else if (llhttp_execute(&c->parser, buf->base, (size_t)n) != HPE_OK) {
        drop(c);
        return;
    }
    while (c->pending) {
        unsigned batch = c->pending < RESPONSES ? c->pending : RESPONSES;
        uv_buf_t out = uv_buf_init(f->answer.bytes, (unsigned)f->answer.n * batch);
        if (uv_try_write(stream, &out, 1) != (int)out.len) {
            drop(c);
            return;
        }
        c->pending -= batch;
    }
}

static void on_connection(uv_stream_t *listener, int status) {
    floor_state *f = listener->data;
    if (status < 0) return;
    connection *c = f->free;
    if (c)
        f->free = c->next;
    else
        c = malloc(sizeof *c);
    if (!c) abort();
    uv_tcp_init(listener->loop, &c->tcp);
    c->tcp.data = c;
    c->floor = f;
    c->pending = c->seen = c->nfields = 0;
    if (uv_accept(listener, (uv_stream_t *)&c->tcp)) {
        drop(c);
        return;
    }
    uv_tcp_nodelay(&c->tcp, 1);
    llhttp_init(&c->parser, HTTP_REQUEST, &f->settings);
    c->parser.data = c;
    uv_read_start((uv_stream_t *)&c->tcp, give_room, on_read);
}

static void on_second(uv_timer_t *timer) {
    floor_state *f = timer->data;
    responses_make(&f->answer, time(NULL));
}

int main(int argc, char **argv) {
    floor_state *f = calloc(1, sizeof *f);
    uv_loop_t *loop = uv_default_loop();
    uv_tcp_t listener;
    uv_timer_t second;
    struct sockaddr_in at;
    int size = sizeof at;
    if (argc != 2 || !f) return 2;
    signal(SIGPIPE, SIG_IGN);
    f->scan = strcmp(argv[1], "scan") == 0;
    llhttp_settings_init(&f->settings);
    f->settings.on_message_complete = on_complete;
    if (strcmp(argv[1], "collect") == 0) {
        f->settings.on_url = on_target;
        f->settings.on_header_field = on_name;
        f->settings.on_header_value = on_value;
    }
    uv_ip4_addr("127.0.0.1", 0, &at);
    uv_tcp_init(loop, &listener);
    listener.data = f;
    if (uv_tcp_bind(&listener, (struct sockaddr *)&at, 0) ||
        uv_listen((uv_stream_t *)&listener, 4096, on_connection) ||
        uv_tcp_getsockname(&listener, (struct sockaddr *)&at, &size)) {
        fprintf(stderr, "cannot listen\n");
        return 1;
    }
    printf("listening on http://127.0.0.1:%d\n", ntohs(at.sin_port));
    fflush(stdout);
    responses_make(&f->answer, time(NULL));
    uv_timer_init(loop, &second);
    second.data = f;
    uv_timer_start(&second, on_second, 1000, 1000);
    return uv_run(loop, UV_RUN_DEFAULT);
}
