// SPDX-License-Identifier: MIT
// The body of a request, pulled from nginx: unbuffered, into blocks that the host counts, so that
// what is shown to an application is where the socket's bytes were read to.
#include "adapters/nginx/ngx_http_csgi_ctx.h"

// More than this is not read only to be dropped: the connection ends with the answer.
#define DROPPED_MOST (1 << 20)

bool ngx_http_csgi_has_body(const ngx_http_request_t *r) {
    return r->headers_in.content_length_n > 0 || r->headers_in.chunked;
}

// What `read` has to be given; nothing is done when it is over.
static void nothing(ngx_http_request_t *r) {
    (void)r;
}

static void end(ngx_http_csgi_ctx_t *ctx, csgi_rc how) {
    ctx->body = NGX_HTTP_CSGI_BODY_OVER;
    if (ctx->x) csgi_body_end(ctx->x, how);
}

// nginx gave up reading: the client left, sent too much, or sent what is no body.
static void fail(ngx_http_csgi_ctx_t *ctx, ngx_int_t rc) {
    ngx_http_request_t *r = ctx->request;
    ngx_connection_t *c = r->connection;
    ctx->bad_body = 1;
    r->keepalive = 0;
    r->lingering_close = 1;
    if (c->read->timer_set) ngx_del_timer(c->read);
    c->read->timedout = 0;
    if (rc == NGX_HTTP_REQUEST_ENTITY_TOO_LARGE) {
        end(ctx, CSGI_LIMIT);
    } else if (c->error || c->read->eof) {
        // ABORT comes before TRUNC, and not while the application is asking.
        ctx->body = NGX_HTTP_CSGI_BODY_OVER;
        ctx->body_lost = 1;
        ctx->worker->lost_bodies++;
        ngx_http_csgi_wake_soon(ctx->worker);
    } else {
        end(ctx, CSGI_TRUNC);
    }
}

static bool is_added(ngx_http_csgi_ctx_t *ctx, csgi_rc rc) {
    if (rc >= 0) return true;
    fail(ctx, rc == CSGI_LIMIT ? NGX_HTTP_REQUEST_ENTITY_TOO_LARGE : NGX_HTTP_BAD_REQUEST);
    return false;
}

static bool add(ngx_http_csgi_ctx_t *ctx, const u_char *p, size_t n, csgi_block *block) {
    return is_added(ctx, csgi_body_add(ctx->x, (const char *)p, n, block));
}

// Takes over what nginx has read: from here on the host's counts keep the bytes.
static bool collect(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_request_t *r = ctx->request;
    ngx_http_request_body_t *rb = r->request_body;
    bool fine = true;
    while (rb->bufs) {
        ngx_chain_t *link = rb->bufs;
        ngx_buf_t *buf = link->buf;
        const size_t n = (size_t)(buf->last - buf->pos);
        rb->bufs = link->next;
        if (n && fine) {
#if (NGX_HTTP_V2)
            // nginx copies frames into a window of its own, which is to be free again.
            if (r->stream) {
                fine = is_added(ctx, csgi_body_copy(ctx->x, (const char *)buf->pos, n));
            } else
#endif
            {
                const u_char *start = ctx->block ? (u_char *)csgi_block_data(ctx->block) : NULL;
                const bool ours =
                    start && buf->pos >= start && buf->pos < start + ctx->worker->host.io.size;
                fine = add(ctx, buf->pos, n, ours ? ctx->block : NULL);
            }
        }
        buf->pos = buf->last; // and nginx may use the buf again
        ngx_free_chain(r->pool, link);
    }
    return fine;
}

// nginx reads to where nothing lies any more that somebody still wants to see.
static bool make_room(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_request_t *r = ctx->request;
    ngx_buf_t *buf = r->request_body->buf;
    csgi_pool *pool = &ctx->worker->host.io;
#if (NGX_HTTP_V2)
    if (r->stream) return true;
#endif
    if (!buf || buf->pos != buf->last) return true;
    const bool whole_is_free = ctx->block && ctx->block->refs == 1;
    if (buf->last != buf->end && !whole_is_free) return true;
    if (!whole_is_free) {
        csgi_block *fresh = csgi_pool_take(pool);
        if (!fresh) return false;
        if (ctx->block) csgi_pool_drop(pool, ctx->block);
        ctx->block = fresh;
    }
    buf->start = buf->pos = buf->last = (u_char *)csgi_block_data(ctx->block);
    buf->end = buf->start + pool->size;
    return true;
}

static void begin(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_request_t *r = ctx->request;
    const ngx_http_event_handler_pt read = r->read_event_handler, write = r->write_event_handler;
    r->request_body_no_buffering = 1;
    ctx->body = NGX_HTTP_CSGI_BODY_READING;
    ngx_int_t rc = ngx_http_read_client_request_body(r, nothing);
    if (rc < NGX_HTTP_SPECIAL_RESPONSE) r->main->count--;
    r->read_event_handler = read; // it has put its own in their place
    r->write_event_handler = write;
    if (rc == NGX_ERROR || rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        fail(ctx, rc);
        return;
    }
    if (r->request_body && !collect(ctx)) return;
    if (rc == NGX_OK) end(ctx, CSGI_EOF);
}

static void go_on(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_request_t *r = ctx->request;
    if (!make_room(ctx)) {
        fail(ctx, NGX_HTTP_BAD_REQUEST);
        return;
    }
    ngx_int_t rc = ngx_http_read_unbuffered_request_body(r);
    if (rc == NGX_ERROR || rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        collect(ctx); // what came before is still shown
        if (ctx->body == NGX_HTTP_CSGI_BODY_READING) fail(ctx, rc);
        return;
    }
    if (!collect(ctx)) return;
    if (rc == NGX_OK) end(ctx, CSGI_EOF);
}

// Of a body that nginx keeps: what lies in memory as it is, what lies in a file in pieces.
static void hand_over(ngx_http_csgi_ctx_t *ctx) {
    while (ctx->kept) {
        ngx_buf_t *buf = ctx->kept->buf;
        if (ngx_buf_in_memory(buf)) {
            if (!add(ctx, buf->pos, (size_t)(buf->last - buf->pos), NULL)) return;
        } else if (buf->in_file) {
            csgi_pool *pool = &ctx->worker->host.io;
            const off_t left = buf->file_last - buf->file_pos - ctx->kept_off;
            size_t n = left < (off_t)pool->size ? (size_t)left : pool->size;
            csgi_block *block = csgi_pool_take(pool);
            ssize_t got = !block ? -1
                                 : ngx_read_file(buf->file, (u_char *)csgi_block_data(block), n,
                                                 buf->file_pos + ctx->kept_off);
            bool fine = got > 0 && add(ctx, (u_char *)csgi_block_data(block), (size_t)got, block);
            if (block) csgi_pool_drop(pool, block);
            if (got <= 0) end(ctx, CSGI_TRUNC);
            if (!fine) return;
            ctx->kept_off += got;
            if (ctx->kept_off < buf->file_last - buf->file_pos) {
                if (csgi_body_wanted(ctx->x)) continue;
                return;
            }
        }
        ctx->kept = ctx->kept->next;
        ctx->kept_off = 0;
    }
    end(ctx, CSGI_EOF);
}

static void step(ngx_http_csgi_ctx_t *ctx) {
    ngx_event_t *rev = ctx->request->connection->read;
    if (ctx->body == NGX_HTTP_CSGI_BODY_KEPT) {
        hand_over(ctx);
        return;
    }
    if (ctx->body == NGX_HTTP_CSGI_BODY_UNREAD) begin(ctx);
    // nginx stops when its buffer is full, and no event comes for what waits in the socket.
    while (ctx->body == NGX_HTTP_CSGI_BODY_READING && csgi_body_wanted(ctx->x)) {
        const uint64_t before = ctx->x->body.total;
        go_on(ctx);
        if (!rev->ready || ctx->x->body.total == before) break;
    }
    // While the application is the slow side no clock is running.
    if (rev->timer_set && (ctx->body != NGX_HTTP_CSGI_BODY_READING || !csgi_body_wanted(ctx->x)))
        ngx_del_timer(rev);
}

void ngx_http_csgi_body_want(csgi_host_exchange *x) {
    ngx_http_csgi_ctx_t *ctx = x->owner;
    if (!ctx->lost) step(ctx);
}

void ngx_http_csgi_body_read(ngx_http_csgi_ctx_t *ctx) {
    if (ctx->x && ctx->body == NGX_HTTP_CSGI_BODY_READING && csgi_body_wanted(ctx->x)) step(ctx);
}

void ngx_http_csgi_body_unasked(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_request_t *r = ctx->request;
    if (!r->headers_in.expect || r->expect_tested) return;
    // A client that waits for 100 may send its body or not: nobody could tell what follows.
    r->expect_tested = 1;
    r->keepalive = 0;
    ctx->unasked = 1;
}

void ngx_http_csgi_body_drop(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_request_t *r = ctx->request;
    if (ctx->body == NGX_HTTP_CSGI_BODY_READING) {
        r->keepalive = 0;
        return;
    }
    if (ctx->body != NGX_HTTP_CSGI_BODY_UNREAD) return;
    ctx->body = NGX_HTTP_CSGI_BODY_OVER;
    ngx_http_csgi_body_unasked(ctx);
    if (ctx->unasked) return;
    if (r->headers_in.content_length_n > DROPPED_MOST) {
        r->keepalive = 0;
        r->lingering_close = 1;
        return;
    }
    if (ngx_http_discard_request_body(r) != NGX_OK) r->keepalive = 0;
}

void ngx_http_csgi_body_free(ngx_http_csgi_ctx_t *ctx) {
    if (!ctx->block) return;
    csgi_pool_drop(&ctx->worker->host.io, ctx->block);
    ctx->block = NULL;
}
