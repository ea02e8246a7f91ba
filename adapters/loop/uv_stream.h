// SPDX-License-Identifier: MIT
// What the files of this folder share of a stream.
#ifndef CSGI_ADAPTERS_LOOP_UV_STREAM_H
#define CSGI_ADAPTERS_LOOP_UV_STREAM_H

#include "adapters/loop/stream.h"
#include <uv.h>

#define CSGI_GATHER 32u // pieces of one write

typedef struct csgi_secure csgi_secure;

struct csgi_stream {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    csgi_host *host;
    const csgi_stream_events *events;
    csgi_block *block;    // being filled; NULL: none
    csgi_block *writing;  // holds the request of the write under way; NULL: none
    csgi_queue *queue;    // what it writes
    uint64_t write_bytes; // of the queue's front, in that write
    csgi_secure *secure;  // NULL: what is sent and read is plain
    int fd;
    bool is_unix, reading, shut, cut, closing;
    max_align_t owner[]; // the owner's bytes
};

// A write that the kernel could not take at once; lies in a small block.
typedef struct csgi_pending {
    uv_write_t req;
    uv_buf_t bufs[CSGI_GATHER];
    csgi_block *piece; // a copy out of a file; NULL: none
} csgi_pending;

// Hands bytes to libuv, to be written when the kernel has room. `piece` goes with them; NULL: none.
bool csgi_stream_write_later(csgi_stream *stream, const uv_buf_t *bufs, unsigned n,
                             csgi_block *piece, uv_write_cb done);
// As uv_try_write, and no SIGPIPE comes of it, whatever the program does about that: bytes taken,
// UV_EAGAIN, or another error. Not while a write is under way.
int csgi_stream_try(csgi_stream *stream, const uv_buf_t *bufs, unsigned n);
// To be called first by `done`.
csgi_stream *csgi_stream_wrote(uv_write_t *req);

#endif
