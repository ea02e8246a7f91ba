// SPDX-License-Identifier: MIT
// A loop without a kernel below it.
#include "test/fuzz/lone_loop.h"

#include <csgi/ext/poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct csgi_listener {
    csgi_loop *loop;
    void (*ready)(void *arg, csgi_listener *listener);
    void *arg;
    bool waits; // a client
};

struct csgi_stream {
    csgi_loop *loop;
    const csgi_stream_events *events;
    csgi_block *block;
    csgi_queue *queue;
    bool reading, writing, shut, closing;
    max_align_t owner[];
};

struct csgi_loop {
    csgi_host *host;
    csgi_stream *stream; // NULL: no client, or it is gone
    bool woken, over;
    size_t budget, left; // of bytes to send, in a turn
    char *received;
    size_t n, cap;
};

// ---- The client -------------------------------------------------------------------------------

void lone_connect(csgi_listener *listener, size_t budget) {
    listener->loop->budget = listener->loop->left = budget;
    listener->waits = true;
    listener->ready(listener->arg, listener);
}

size_t lone_send(csgi_loop *loop, const char *p, size_t n) {
    csgi_stream *stream = loop->stream;
    if (!stream || !stream->reading || stream->closing) return 0;
    if (!stream->block) stream->block = csgi_pool_take(&loop->host->io);
    csgi_block *block = stream->block;
    if (!block) abort();
    const size_t room = loop->host->io.size - block->used;
    char *at = csgi_block_data(block) + block->used;
    if (n > room) n = room;
    if (!n) abort(); // who reads has room: the real one would never hear again
    memcpy(at, p, n);
    block->used += (uint32_t)n;
    stream->events->read(stream->owner, block, at, (ptrdiff_t)n);
    return n;
}

void lone_leave(csgi_loop *loop) {
    csgi_stream *stream = loop->stream;
    if (!stream || stream->closing) return;
    csgi_stream_read(stream, false);
    stream->events->read(stream->owner, NULL, NULL, loop->over ? -1 : 0);
}

static bool write_on(csgi_loop *loop) {
    csgi_stream *stream = loop->stream;
    if (!stream || !stream->writing || stream->closing) return false;
    stream->writing = false;
    csgi_host_enter(loop->host);
    if (csgi_stream_write(stream, stream->queue))
        stream->events->written(stream->owner);
    else
        stream->events->read(stream->owner, NULL, NULL, -1);
    csgi_host_leave(loop->host);
    return true;
}

static bool close_now(csgi_loop *loop) {
    csgi_stream *stream = loop->stream;
    if (!stream || !stream->closing) return false;
    loop->stream = NULL;
    stream->events->closed(stream->owner);
    return true;
}

bool lone_turn(csgi_loop *loop) {
    bool any = loop->woken;
    loop->left = loop->budget;
    if (loop->woken) {
        loop->woken = false;
        csgi_host_turn(loop->host);
    }
    any |= write_on(loop);
    return close_now(loop) || any;
}

void lone_send_all(csgi_loop *loop, const char *p, size_t n, size_t pieces) {
    for (size_t at = 0, i = 0; at < n; i++) {
        // Pieces of different sizes, which meet every boundary sooner or later.
        size_t want = pieces ? 1 + (pieces * (i + 1) * 7) % pieces + i % 3 : n;
        if (want > n - at) want = n - at;
        const size_t taken = lone_send(loop, p + at, want);
        at += taken;
        if ((pieces || !taken) && !lone_turn(loop) && !taken) break; // it reads no more
    }
}

const char *lone_received(const csgi_loop *loop, size_t *n) {
    *n = loop->n;
    return loop->received;
}

bool lone_is_over(const csgi_loop *loop) {
    return loop->over;
}

// ---- stream.h ---------------------------------------------------------------------------------

csgi_stream *csgi_stream_accept(csgi_listener *listener, const csgi_stream_events *events,
                                size_t size) {
    csgi_stream *stream = listener->waits ? calloc(1, sizeof *stream + size) : NULL;
    if (!stream) return NULL;
    listener->waits = false;
    stream->loop = listener->loop;
    stream->events = events;
    listener->loop->stream = stream;
    return stream;
}

void *csgi_stream_owner(csgi_stream *stream) {
    return stream->owner;
}

void csgi_stream_free(csgi_stream *stream) {
    free(stream);
}

bool csgi_stream_is_tls(const csgi_stream *stream) {
    (void)stream;
    return false;
}

bool csgi_stream_is_open(const csgi_stream *stream) {
    (void)stream;
    return true;
}

void csgi_stream_names(csgi_stream *stream, csgi_stream_name *peer, csgi_stream_name *local) {
    static const csgi_stream_name name = {"192.0.2.1", 9, 4711};
    (void)stream;
    *peer = *local = name;
}

void csgi_stream_read(csgi_stream *stream, bool on) {
    stream->reading = on;
}

// As adapters/loop/stream.c promises: what is kept stays in one piece, and there is room behind it.
bool csgi_stream_room(csgi_stream *stream, char **keep, size_t keep_n) {
    csgi_block *block = stream->block;
    const size_t size = stream->loop->host->io.size;
    if (!block) return true;
    if (size - block->used >= size / 2 || (size > block->used && keep_n == block->used))
        return true;
    if (keep_n == size) return false;
    csgi_block *fresh = keep_n ? csgi_pool_take(&stream->loop->host->io) : NULL;
    if (keep_n && !fresh) abort();
    if (fresh) {
        memcpy(csgi_block_data(fresh), *keep, keep_n);
        fresh->used = (uint32_t)keep_n;
        *keep = csgi_block_data(fresh);
    }
    csgi_stream_drop_block(stream);
    stream->block = fresh;
    return true;
}

csgi_block *csgi_stream_block(csgi_stream *stream) {
    return stream->block;
}

void csgi_stream_drop_block(csgi_stream *stream) {
    if (stream->block) csgi_pool_drop(&stream->loop->host->io, stream->block);
    stream->block = NULL;
}

static void receive(csgi_loop *loop, const csgi_segment *segment, size_t n) {
    if (loop->cap - loop->n < n) {
        loop->cap = (loop->n + n) * 2;
        loop->received = realloc(loop->received, loop->cap);
        if (!loop->received) abort();
    }
    if (segment->p)
        memcpy(loop->received + loop->n, segment->p, n);
    else if (pread(segment->fd, loop->received + loop->n, n, (off_t)segment->off) != (ssize_t)n)
        abort();
    loop->n += n;
}

bool csgi_stream_write(csgi_stream *stream, csgi_queue *queue) {
    csgi_loop *loop = stream->loop;
    stream->queue = queue;
    if (stream->closing) return false;
    while (queue->first && !stream->writing) {
        size_t n = (size_t)queue->first->n;
        if (loop->budget && n > loop->left) n = loop->left;
        if (!n && queue->first->n) {
            stream->writing = true;
            break;
        }
        if (stream->shut) abort(); // nothing may follow the end
        receive(loop, queue->first, n);
        loop->left -= loop->budget ? n : 0;
        csgi_queue_advance(queue, n);
    }
    return true;
}

bool csgi_stream_writing(const csgi_stream *stream) {
    return stream->writing;
}

void csgi_stream_cut(csgi_stream *stream) {
    (void)stream;
}

void csgi_stream_shutdown(csgi_stream *stream) {
    stream->shut = stream->loop->over = true;
}

void csgi_stream_close(csgi_stream *stream, bool reset) {
    (void)reset;
    csgi_stream_drop_block(stream);
    stream->closing = stream->loop->over = true;
}

// ---- loop.h -----------------------------------------------------------------------------------

csgi_loop *csgi_loop_new(csgi_host *host, void *borrowed) {
    csgi_loop *loop = calloc(1, sizeof *loop);
    (void)borrowed;
    if (!loop) return NULL;
    loop->host = host;
    host->loop = loop;
    return loop;
}

bool csgi_loop_reserve(csgi_loop *loop, unsigned descriptors) {
    (void)loop, (void)descriptors;
    return true;
}

void csgi_loop_free(csgi_loop *loop, void (*freed)(void *arg), void *arg) {
    close_now(loop);
    free(loop->received);
    if (freed) freed(arg);
    free(loop);
}

csgi_loop *csgi_loop_of(const csgi_host *host) {
    return host->loop;
}

void csgi_loop_wake(csgi_loop *loop) {
    loop->woken = true;
}

void csgi_loop_arm(csgi_loop *loop, uint64_t at_ms) {
    if (at_ms == 0) loop->woken = true; // what is due at once; the clock stands still
}

uint64_t csgi_loop_now(const csgi_loop *loop) {
    (void)loop;
    return 0;
}

uint64_t csgi_loop_clock_ns(void) {
    return 0;
}

bool csgi_loop_on_signal(csgi_loop *loop, int number, void (*fn)(void *arg, int number),
                         void *arg) {
    (void)loop, (void)number, (void)fn, (void)arg;
    return true;
}

void csgi_loop_on_stop(csgi_loop *loop, void (*fn)(void *arg), void *arg) {
    (void)loop, (void)fn, (void)arg;
}

void csgi_loop_stop(csgi_loop *loop) {
    (void)loop;
}

void csgi_loop_run(csgi_loop *loop) {
    (void)loop;
}

void csgi_loop_quit(csgi_loop *loop) {
    (void)loop;
}

// ---- listener.h, tls_context.h, watcher.h
// ---------------------------------------------------------

csgi_listener *csgi_listener_bind(csgi_loop *loop, const char *scheme, const char *address,
                                  csgi_tls_context *tls, char *err, size_t cap) {
    csgi_listener *listener = calloc(1, sizeof *listener);
    (void)address, (void)scheme, (void)tls, (void)err, (void)cap;
    if (listener) listener->loop = loop;
    return listener;
}

const char *csgi_listener_url(const csgi_listener *listener) {
    (void)listener;
    return "";
}

bool csgi_listener_start(csgi_listener *listener, void (*ready)(void *arg, csgi_listener *listener),
                         void *arg, char *err, size_t cap) {
    (void)err, (void)cap;
    listener->ready = ready;
    listener->arg = arg;
    return true;
}

void csgi_listener_close(csgi_listener *listener) {
    free(listener);
}

csgi_tls_context *csgi_tls_context_new(const char *cert, const char *key, char *err, size_t cap) {
    (void)cert, (void)key, (void)err, (void)cap;
    return NULL;
}

void csgi_tls_context_free(csgi_tls_context *context) {
    (void)context;
}

bool csgi_tls_context_reload(csgi_tls_context *context, char *err, size_t cap) {
    (void)context, (void)err, (void)cap;
    return false;
}

extern const csgi_poll csgi_watcher_poll;
const csgi_poll csgi_watcher_poll = {sizeof(csgi_poll), 0, NULL};
