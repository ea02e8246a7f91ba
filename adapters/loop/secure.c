// SPDX-License-Identifier: MIT
// The encrypted kind of stream: TLS between a stream's owner and its socket.
#include "adapters/loop/secure.h"

#include "adapters/loop/tls.h"
#include <stdlib.h>
#include <sys/socket.h>

struct csgi_secure {
    csgi_tls tls;
    csgi_stream *stream;
    csgi_task again; // deals with input that had to wait
    size_t sending;  // bytes of the write under way
    bool open;       // both sides have agreed
    bool flowing;    // libuv reads
    bool pumping;    // on the stack
};

static csgi_stream *of(void *handle) {
    return ((uv_handle_t *)handle)->data;
}

static void on_again(csgi_worker *worker, csgi_task *task);

bool csgi_secure_open(csgi_stream *stream, const csgi_tls_context *context) {
    csgi_secure *secure = calloc(1, sizeof *secure);
    if (!secure) return false;
    if (!csgi_tls_init(&secure->tls, stream->host, context)) {
        free(secure);
        return false;
    }
    secure->stream = stream;
    secure->again.run = on_again;
    stream->secure = secure;
    return true;
}

void csgi_secure_free(csgi_stream *stream) {
    csgi_tls_fini(&stream->secure->tls);
    free(stream->secure);
    stream->secure = NULL;
}

bool csgi_secure_is_open(const csgi_stream *stream) {
    return stream->secure->open;
}

void csgi_secure_close(csgi_stream *stream) {
    csgi_host *host = stream->host;
    host->api.timer(&host->worker, &stream->secure->again, -1);
}

// ---- Output -----------------------------------------------------------------------------------

static void on_written(uv_write_t *req, int status);

// Sends what is owed, now as far as the kernel takes it, the rest as it can.
static bool send_owed(csgi_stream *stream) {
    csgi_tls *tls = &stream->secure->tls;
    while (tls->owed && !stream->writing) {
        uv_buf_t bufs[CSGI_GATHER];
        unsigned n = 0;
        size_t bytes = 0, at = tls->out_at;
        for (csgi_block *b = tls->out; b && n < CSGI_GATHER; b = b->next, at = 0) {
            bufs[n++] = uv_buf_init(csgi_block_data(b) + at, (unsigned)(b->used - at));
            bytes += b->used - at;
        }
        int sent = csgi_stream_try(stream, bufs, n);
        if (sent == UV_EAGAIN) {
            stream->secure->sending = bytes;
            if (!csgi_stream_write_later(stream, bufs, n, NULL, on_written)) return false;
        } else if (sent < 0) {
            return false;
        } else {
            csgi_tls_sent(tls, (size_t)sent);
        }
    }
    return true;
}

// The front of the queue stays in it until it has left encrypted, as it would if it were plain.
bool csgi_secure_write(csgi_stream *stream, csgi_queue *queue) {
    csgi_secure *secure = stream->secure;
    if (!secure->open || stream->shut) return true;
    for (;;) {
        if (!send_owed(stream)) return false;
        if (stream->writing) return true;
        csgi_queue_advance(queue, stream->write_bytes);
        stream->write_bytes = 0;
        if (!queue->first) return true;
        if (!csgi_tls_encrypt(&secure->tls, queue, &stream->write_bytes)) return false;
    }
}

static void end_now(csgi_stream *stream) {
    if (!stream->writing) shutdown(stream->fd, SHUT_WR);
}

void csgi_secure_end(csgi_stream *stream) {
    csgi_secure *secure = stream->secure;
    if (secure->open && !stream->cut) csgi_tls_end(&secure->tls);
    send_owed(stream); // if it fails, so does reading
    end_now(stream);
}

static void on_written(uv_write_t *req, int status) {
    csgi_stream *stream = csgi_stream_wrote(req);
    csgi_secure *secure = stream->secure;
    csgi_host *host = stream->host;
    if (status == UV_ECANCELED || stream->closing) return; // being closed: the owner knows
    csgi_host_enter(host);
    bool fine = status == 0;
    if (fine) csgi_tls_sent(&secure->tls, secure->sending);
    bool owner = fine && stream->queue && secure->open && !stream->shut;
    if (fine) fine = owner ? csgi_secure_write(stream, stream->queue) : send_owed(stream);
    if (!fine)
        stream->events->read(stream->owner, NULL, NULL, -1);
    else if (owner)
        stream->events->written(stream->owner);
    else if (stream->shut)
        end_now(stream);
    csgi_host_leave(host);
}

// ---- Input ------------------------------------------------------------------------------------

// The socket is read only when all that was read before is dealt with: so an owner that reads
// slowly brakes its peer.
static void let_flow(csgi_stream *stream);

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
    csgi_stream *stream = of(handle);
    csgi_block *in = csgi_pool_take(&stream->host->io);
    (void)suggested;
    if (in) csgi_tls_feed(&stream->secure->tls, in);
    // Without: libuv calls back with ENOBUFS, and the connection is given up.
    *buf = in ? uv_buf_init(csgi_block_data(in), (unsigned)stream->host->io.size)
              : uv_buf_init(NULL, 0);
}

static void stop_reading(csgi_stream *stream, ptrdiff_t n) {
    stream->reading = false;
    let_flow(stream);
    stream->events->read(stream->owner, NULL, NULL, n);
}

static void broken(csgi_stream *stream) {
    csgi_secure *secure = stream->secure;
    csgi_stream_name peer, local;
    csgi_stream_names(stream, &peer, &local);
    if (secure->tls.why)
        csgi_host_log(stream->host, NULL, CSGI_LOG_INFO, "%.*s: TLS failed: %s", (int)peer.n,
                      peer.text, secure->tls.why);
    stop_reading(stream, -1);
}

// True when there is more to do.
static bool shake_hands(csgi_stream *stream) {
    csgi_secure *secure = stream->secure;
    int result = csgi_tls_handshake(&secure->tls);
    bool sent = send_owed(stream); // an alert, too
    if (result == CSGI_TLS_BROKEN || !sent) {
        broken(stream);
        return false;
    }
    if (result == CSGI_TLS_MORE) return false;
    secure->open = true;
    stream->events->opened(stream->owner);
    return true;
}

static bool read_some(csgi_stream *stream) {
    csgi_tls *tls = &stream->secure->tls;
    if (!stream->block) stream->block = csgi_pool_take(&stream->host->io);
    csgi_block *block = stream->block;
    size_t room = block ? stream->host->io.size - block->used : 0;
    if (!room) {
        broken(stream);
        return false;
    }
    char *p = csgi_block_data(block) + block->used;
    ptrdiff_t n = csgi_tls_read(tls, p, room);
    if (n > 0) {
        block->used += (uint32_t)n;
    } else if (!block->used) {
        csgi_stream_drop_block(stream);
    }
    if (!send_owed(stream) || n == CSGI_TLS_BROKEN) {
        broken(stream);
        return false;
    }
    if (n == CSGI_TLS_MORE) return false;
    if (n == 0) {
        stop_reading(stream, 0);
        return false;
    }
    stream->events->read(stream->owner, block, p, n);
    return true;
}

static void pump(csgi_stream *stream) {
    csgi_secure *secure = stream->secure;
    bool more = true;
    if (secure->pumping) return;
    secure->pumping = true;
    while (more && stream->reading && !stream->closing) {
        if (secure->open)
            more = read_some(stream);
        else if (!stream->shut)
            more = shake_hands(stream);
        else { // it was given up before it began
            csgi_tls_feed(&secure->tls, NULL);
            more = false;
        }
    }
    secure->pumping = false;
    let_flow(stream);
}

static void on_again(csgi_worker *worker, csgi_task *task) {
    csgi_secure *secure = (csgi_secure *)(void *)((char *)task - offsetof(csgi_secure, again));
    (void)worker;
    pump(secure->stream);
}

static void on_read(uv_stream_t *handle, ssize_t n, const uv_buf_t *buf) {
    csgi_stream *stream = of(handle);
    csgi_tls *tls = &stream->secure->tls;
    (void)buf;
    if (n > 0) {
        tls->in->used = (uint32_t)n;
        pump(stream);
        return;
    }
    csgi_tls_feed(tls, NULL);
    // The end of input without TLS's own is no end: somebody may have cut the connection.
    if (n < 0) stop_reading(stream, -1);
}

static void let_flow(csgi_stream *stream) {
    csgi_secure *secure = stream->secure;
    if (stream->closing || secure->pumping) return;
    bool on = stream->reading;
    if (on && csgi_tls_waiting(&secure->tls)) {
        csgi_host *host = stream->host;
        host->api.timer(&host->worker, &secure->again, 0);
        on = false;
    }
    if (on == secure->flowing) return;
    secure->flowing = on;
    if (on)
        uv_read_start(&stream->uv.stream, give_room, on_read);
    else
        uv_read_stop(&stream->uv.stream);
}

void csgi_secure_read(csgi_stream *stream) {
    let_flow(stream);
}
