// SPDX-License-Identifier: MIT
// One connection's bytes, in and out.
#include "adapters/loop/stream.h"

#include "adapters/loop/secure.h"
#include "adapters/loop/uv_listener.h"
#include "adapters/loop/uv_stream.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

void *csgi_stream_owner(csgi_stream *stream) {
    return stream->owner;
}

static csgi_stream *of(void *handle) {
    return ((uv_handle_t *)handle)->data;
}

// ---- Opening and closing ----------------------------------------------------------------------

static void drop_fresh(uv_handle_t *handle) {
    csgi_stream_free(of(handle));
}

csgi_stream *csgi_stream_accept(csgi_listener *listener, const csgi_stream_events *events,
                                size_t size) {
    csgi_stream *stream = calloc(1, sizeof *stream + size);
    if (!stream) {
        csgi_listener_wait(listener); // libuv listens no more until it is taken
        return NULL;
    }
    stream->host = listener->loop->host;
    stream->events = events;
    stream->is_unix = listener->is_unix;
    if (stream->is_unix)
        uv_pipe_init(listener->loop->uv, &stream->uv.pipe, 0);
    else
        uv_tcp_init(listener->loop->uv, &stream->uv.tcp);
    stream->uv.handle.data = stream;
    if (uv_accept(&listener->uv.stream, &stream->uv.stream) ||
        (listener->tls && !csgi_secure_open(stream, listener->tls))) {
        uv_close(&stream->uv.handle, drop_fresh);
        return NULL;
    }
    uv_fileno(&stream->uv.handle, &stream->fd);
    return stream;
}

void csgi_stream_free(csgi_stream *stream) {
    free(stream);
}

bool csgi_stream_is_tls(const csgi_stream *stream) {
    return stream->secure != NULL;
}

bool csgi_stream_is_open(const csgi_stream *stream) {
    return !stream->secure || csgi_secure_is_open(stream);
}

void csgi_stream_cut(csgi_stream *stream) {
    stream->cut = true;
}

// libuv prints these with snprintf(), which took a third of a connection's instructions.
static void ip4_text(const uint8_t bytes[4], csgi_stream_name *name) {
    char *at = name->text;
    for (int i = 0; i < 4; i++) {
        const unsigned byte = bytes[i];
        if (i) *at++ = '.';
        if (byte >= 100) *at++ = (char)('0' + byte / 100);
        if (byte >= 10) *at++ = (char)('0' + byte / 10 % 10);
        *at++ = (char)('0' + byte % 10);
    }
    name->n = (uint8_t)(at - name->text);
}

static void to_text(const struct sockaddr_storage *at, csgi_stream_name *name) {
    if (at->ss_family == AF_INET) {
        const struct sockaddr_in *in4 = (const struct sockaddr_in *)at;
        ip4_text((const uint8_t *)&in4->sin_addr, name);
        name->port = ntohs(in4->sin_port);
        return;
    }
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)at;
    name->port = ntohs(in6->sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
        ip4_text(&in6->sin6_addr.s6_addr[12], name);
        return;
    }
    char text[INET6_ADDRSTRLEN] = "";
    uv_ip6_name(in6, text, sizeof text);
    name->n = (uint8_t)strlen(text);
    memcpy(name->text, text, name->n);
}

void csgi_stream_names(csgi_stream *stream, csgi_stream_name *peer, csgi_stream_name *local) {
    static const csgi_stream_name unix_name = {"unix:", 5, 0};
    struct sockaddr_storage at;
    int size = sizeof at;
    *peer = *local = unix_name;
    if (stream->is_unix) return;
    if (!uv_tcp_getpeername(&stream->uv.tcp, (struct sockaddr *)&at, &size)) to_text(&at, peer);
    size = sizeof at;
    if (!uv_tcp_getsockname(&stream->uv.tcp, (struct sockaddr *)&at, &size)) to_text(&at, local);
}

static void on_closed(uv_handle_t *handle) {
    csgi_stream *stream = of(handle);
    if (stream->secure) csgi_secure_free(stream);
    stream->events->closed(stream->owner);
}

void csgi_stream_close(csgi_stream *stream, bool reset) {
    if (stream->closing) return;
    stream->closing = true;
    csgi_stream_drop_block(stream);
    if (stream->secure) csgi_secure_close(stream);
    if (reset && !stream->is_unix && !stream->shut &&
        uv_tcp_close_reset(&stream->uv.tcp, on_closed) == 0)
        return;
    uv_close(&stream->uv.handle, on_closed);
}

// ---- Reading ----------------------------------------------------------------------------------

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
    csgi_stream *stream = of(handle);
    (void)suggested;
    if (!stream->block) stream->block = csgi_pool_take(&stream->host->io);
    if (!stream->block) { // libuv calls back with ENOBUFS: the connection is given up
        *buf = uv_buf_init(NULL, 0);
        return;
    }
    csgi_block *block = stream->block;
    size_t room = stream->host->io.size - block->used;
    *buf = (uv_buf_t){csgi_block_data(block) + block->used, room};
}

static void on_read(uv_stream_t *handle, ssize_t n, const uv_buf_t *buf) {
    csgi_stream *stream = of(handle);
    if (n == 0) return; // EAGAIN
    if (n > 0) {
        csgi_block *block = stream->block;
        block->used += (uint32_t)n;
        stream->events->read(stream->owner, block, buf->base, n);
        return;
    }
    csgi_stream_read(stream, false);
    stream->events->read(stream->owner, NULL, NULL, n == UV_EOF ? 0 : -1);
}

void csgi_stream_read(csgi_stream *stream, bool on) {
    if (stream->closing || stream->reading == on) return;
    stream->reading = on;
    if (stream->secure)
        csgi_secure_read(stream);
    else if (on)
        uv_read_start(&stream->uv.stream, give_room, on_read);
    else
        uv_read_stop(&stream->uv.stream);
}

bool csgi_stream_room(csgi_stream *stream, char **keep, size_t keep_n) {
    csgi_block *block = stream->block;
    if (!block) return true;
    size_t size = stream->host->io.size;
    // Half a block is room enough; and nothing is moved that others still refer to.
    if (size - block->used >= size / 2 || (size > block->used && keep_n == block->used))
        return true;
    if (keep_n == size) return false;
    if (keep_n == 0) {
        csgi_stream_drop_block(stream);
        return true;
    }
    csgi_block *fresh = csgi_pool_take(&stream->host->io);
    if (!fresh) return size > block->used;
    memcpy(csgi_block_data(fresh), *keep, keep_n);
    fresh->used = (uint32_t)keep_n;
    *keep = csgi_block_data(fresh);
    csgi_stream_drop_block(stream);
    stream->block = fresh;
    return true;
}

csgi_block *csgi_stream_block(csgi_stream *stream) {
    return stream->block;
}

void csgi_stream_drop_block(csgi_stream *stream) {
    if (stream->block) csgi_pool_drop(&stream->host->io, stream->block);
    stream->block = NULL;
}

// ---- Writing ----------------------------------------------------------------------------------

static unsigned gather(const csgi_queue *queue, uv_buf_t *bufs, uint64_t *bytes) {
    unsigned n = 0;
    *bytes = 0;
    for (const csgi_segment *s = queue->first; s && s->p && n < CSGI_GATHER; s = s->next) {
        size_t size = s->n > (1u << 30) ? 1u << 30 : (size_t)s->n;
        bufs[n++] = uv_buf_init((char *)(uintptr_t)s->p, (unsigned)size);
        *bytes += size;
        if (size < s->n) break;
    }
    return n;
}

int csgi_stream_try(csgi_stream *stream, const uv_buf_t *bufs, unsigned n) {
    ssize_t sent;
    do {
        if (n == 1) {
            sent = send(stream->fd, bufs->base, bufs->len, MSG_NOSIGNAL);
        } else {
            // uv_buf_t is laid out as struct iovec, which libuv itself relies on.
            struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)bufs, .msg_iovlen = n};
            sent = sendmsg(stream->fd, &message, MSG_NOSIGNAL);
        }
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) return (int)sent;
    return errno == EAGAIN || errno == ENOBUFS ? UV_EAGAIN : -errno;
}

csgi_stream *csgi_stream_wrote(uv_write_t *req) {
    csgi_pending *p = (csgi_pending *)(void *)req;
    csgi_stream *stream = req->data;
    if (p->piece) csgi_pool_drop(&stream->host->io, p->piece);
    csgi_pool_drop(&stream->host->small, stream->writing);
    stream->writing = NULL;
    return stream;
}

static void on_written(uv_write_t *req, int status) {
    csgi_stream *stream = csgi_stream_wrote(req);
    csgi_queue *queue = stream->queue;
    csgi_host *host = stream->host;
    if (status == UV_ECANCELED || stream->closing) return; // being closed: the owner knows
    csgi_host_enter(host);
    if (status == 0) csgi_queue_advance(queue, stream->write_bytes);
    if (status || !csgi_stream_write(stream, queue))
        stream->events->read(stream->owner, NULL, NULL, -1);
    else
        stream->events->written(stream->owner);
    csgi_host_leave(host);
}

bool csgi_stream_write_later(csgi_stream *stream, const uv_buf_t *bufs, unsigned n,
                             csgi_block *piece, uv_write_cb done) {
    csgi_block *block = csgi_pool_take(&stream->host->small);
    if (!block) {
        if (piece) csgi_pool_drop(&stream->host->io, piece);
        return false;
    }
    csgi_pending *p = (csgi_pending *)(void *)csgi_block_data(block);
    memcpy(p->bufs, bufs, n * sizeof *bufs);
    p->piece = piece;
    p->req.data = stream;
    stream->writing = block;
    if (uv_write(&p->req, &stream->uv.stream, p->bufs, n, done) == 0) return true;
    csgi_stream_wrote(&p->req);
    return false;
}

// A file goes from kernel to kernel while the socket takes it. When it does not, the next piece is
// read and handed to libuv, whose end of write says that there is room again.
static bool write_file(csgi_stream *stream, csgi_queue *queue) {
    csgi_segment *file = queue->first;
    off_t off = (off_t)file->off;
    size_t most = file->n < (1u << 20) ? (size_t)file->n : 1u << 20;
    ssize_t sent = sendfile(stream->fd, file->fd, &off, most);
    if (sent > 0) {
        csgi_queue_advance(queue, (uint64_t)sent);
        return true;
    }
    if (sent == 0) return false; // shorter than promised
    if (errno == EINTR) return true;
    if (errno != EAGAIN && errno != EINVAL && errno != ENOSYS && errno != ESPIPE) return false;
    csgi_block *piece = csgi_pool_take(&stream->host->io);
    if (!piece) return false;
    size_t want = file->n < stream->host->io.size ? (size_t)file->n : stream->host->io.size;
    ssize_t got;
    do got = pread(file->fd, csgi_block_data(piece), want, (off_t)file->off);
    while (got < 0 && errno == EINTR);
    if (got <= 0) {
        csgi_pool_drop(&stream->host->io, piece);
        return false;
    }
    uv_buf_t buf = uv_buf_init(csgi_block_data(piece), (unsigned)got);
    stream->write_bytes = (uint64_t)got;
    return csgi_stream_write_later(stream, &buf, 1, piece, on_written);
}

__attribute__((flatten)) bool csgi_stream_write(csgi_stream *stream, csgi_queue *queue) {
    stream->queue = queue;
    if (stream->closing) return false;
    if (stream->secure) return csgi_secure_write(stream, queue);
    while (queue->first && !stream->writing) {
        uv_buf_t bufs[CSGI_GATHER];
        uint64_t bytes;
        unsigned n;
        if (!queue->first->p) {
            if (!write_file(stream, queue)) return false;
            continue;
        }
        if (!queue->first->next && queue->bytes <= INT32_MAX) { // as most answers are
            bytes = queue->bytes;
            n = 1;
            bufs[0] = (uv_buf_t){(char *)(uintptr_t)queue->first->p, (size_t)bytes};
        } else {
            n = gather(queue, bufs, &bytes);
        }
        int sent = csgi_stream_try(stream, bufs, n);
        if (sent == UV_EAGAIN) {
            stream->write_bytes = bytes;
            if (!csgi_stream_write_later(stream, bufs, n, NULL, on_written)) return false;
        } else if (sent < 0) {
            return false;
        } else {
            csgi_queue_advance(queue, (uint64_t)sent);
        }
    }
    return true;
}

bool csgi_stream_writing(const csgi_stream *stream) {
    return stream->writing != NULL;
}

void csgi_stream_shutdown(csgi_stream *stream) {
    if (stream->closing || stream->shut) return;
    stream->shut = true;
    if (stream->secure)
        csgi_secure_end(stream);
    else
        shutdown(stream->fd, SHUT_WR);
}
