// SPDX-License-Identifier: MIT
// TLS of one connection, without its socket.
#include "adapters/loop/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <unistd.h>

// The most plain bytes of a record (RFC 8446 5.1).
#define RECORD 16384u
// A peer that makes us answer without reading what we answer is given up at so much.
#define OWED_MOST (2u * CSGI_TLS_AHEAD)

// ---- What OpenSSL reads from and writes to ----------------------------------------------------

static void drop_in(csgi_tls *tls) {
    if (tls->in) csgi_pool_drop(&tls->host->io, tls->in);
    tls->in = NULL;
    tls->in_at = 0;
}

static int bio_read(BIO *bio, char *p, int n) {
    csgi_tls *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (!tls->in) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t left = tls->in->used - tls->in_at;
    size_t take = left < (size_t)n ? left : (size_t)n;
    memcpy(p, csgi_block_data(tls->in) + tls->in_at, take);
    tls->in_at += take;
    if (take == left) drop_in(tls);
    return (int)take;
}

static int bio_write(BIO *bio, const char *p, int n) {
    csgi_tls *tls = BIO_get_data(bio);
    csgi_pool *io = &tls->host->io;
    size_t left = (size_t)n;
    BIO_clear_retry_flags(bio);
    if (tls->owed + left > OWED_MOST) return -1;
    while (left) {
        csgi_block *last = tls->out_last;
        if (!last || last->used == io->size) {
            csgi_block *fresh = csgi_pool_take(io);
            if (!fresh) return -1;
            if (last)
                last->next = fresh;
            else
                tls->out = fresh;
            tls->out_last = last = fresh;
        }
        size_t take = io->size - last->used;
        if (take > left) take = left;
        memcpy(csgi_block_data(last) + last->used, p, take);
        last->used += (uint32_t)take;
        p += take;
        left -= take;
        tls->owed += take;
    }
    return n;
}

static long bio_ctrl(BIO *bio, int command, long number, void *p) {
    (void)bio, (void)number, (void)p;
    return command == BIO_CTRL_FLUSH; // which is somebody else's business
}

BIO_METHOD *csgi_tls_method_new(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "csgi");
    if (!method) return NULL;
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_ctrl(method, bio_ctrl);
    return method;
}

// ---- Beginning and end ------------------------------------------------------------------------

bool csgi_tls_init(csgi_tls *tls, csgi_host *host, const csgi_tls_context *context) {
    *tls = (csgi_tls){.host = host};
    tls->ssl = csgi_tls_context_ssl(context, tls);
    return tls->ssl != NULL;
}

void csgi_tls_fini(csgi_tls *tls) {
    SSL_free(tls->ssl);
    drop_in(tls);
    csgi_tls_sent(tls, tls->owed);
}

void csgi_tls_end(csgi_tls *tls) {
    ERR_clear_error();
    if (!tls->why) SSL_shutdown(tls->ssl);
}

void csgi_tls_sent(csgi_tls *tls, size_t n) {
    tls->owed -= n;
    while (tls->out) {
        csgi_block *block = tls->out;
        size_t left = block->used - tls->out_at;
        if (n < left) {
            tls->out_at += n;
            return;
        }
        n -= left;
        tls->out = block->next;
        tls->out_at = 0;
        csgi_pool_drop(&tls->host->io, block);
    }
    tls->out_last = NULL;
}

// ---- Input ------------------------------------------------------------------------------------

void csgi_tls_feed(csgi_tls *tls, csgi_block *in) {
    drop_in(tls);
    tls->in = in;
    tls->starved = !in;
}

bool csgi_tls_waiting(const csgi_tls *tls) {
    // Without the first, half a record would count.
    return !tls->starved && (tls->in || SSL_has_pending(tls->ssl));
}

// People do open such a port with the wrong scheme, and an alert would tell them nothing.
static void answer_plain_http(csgi_tls *tls) {
    static const char text[] = "HTTP/1.1 400 Bad Request\r\n"
                               "connection: close\r\n"
                               "content-type: text/plain\r\n"
                               "\r\n"
                               "400 Bad Request\nthis port speaks https:// only\n";
    BIO_write(SSL_get_wbio(tls->ssl), text, sizeof text - 1);
}

static int judge(csgi_tls *tls, int result) {
    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_WANT_READ: tls->starved = true; return CSGI_TLS_MORE;
    case SSL_ERROR_ZERO_RETURN: return 0;
    default: break;
    }
    const unsigned long code = ERR_peek_error();
    const char *text = ERR_reason_error_string(code);
    tls->why = text ? text : "no reason is known";
    if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST)
        answer_plain_http(tls);
    return CSGI_TLS_BROKEN;
}

int csgi_tls_handshake(csgi_tls *tls) {
    if (tls->why) return CSGI_TLS_BROKEN;
    ERR_clear_error(); // the queue of errors is the thread's
    int result = SSL_do_handshake(tls->ssl);
    if (result == 1) return 1;
    result = judge(tls, result);
    return result ? result : CSGI_TLS_BROKEN; // the end before the beginning
}

ptrdiff_t csgi_tls_read(csgi_tls *tls, char *p, size_t n) {
    size_t got;
    if (tls->why) return CSGI_TLS_BROKEN;
    ERR_clear_error();
    int result = SSL_read_ex(tls->ssl, p, n, &got);
    return result == 1 ? (ptrdiff_t)got : judge(tls, result);
}

// ---- Output -----------------------------------------------------------------------------------

typedef struct position {
    const csgi_segment *segment;
    uint64_t at;
} position;

static void move_on(position *from, uint64_t n) {
    from->at += n;
    while (from->segment && from->at == from->segment->n) {
        from->segment = from->segment->next;
        from->at = 0;
    }
}

// Copies what is to be one record; fewer bytes at the end, or when a file cannot be read.
static size_t gather(position *from, char *to) {
    size_t n = 0;
    while (from->segment && n < RECORD) {
        const csgi_segment *s = from->segment;
        uint64_t left = s->n - from->at;
        size_t take = left < RECORD - n ? (size_t)left : RECORD - n;
        if (s->p) {
            memcpy(to + n, s->p + from->at, take);
        } else {
            ssize_t got = pread(s->fd, to + n, take, (off_t)(s->off + from->at));
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) break;
            take = (size_t)got;
        }
        n += take;
        move_on(from, take);
    }
    return n;
}

// One record. Large pieces of memory are encrypted where they lie; head and first bytes of a body
// go together, as do small pieces.
static size_t encrypt_record(csgi_tls *tls, position *from, char *stage) {
    const csgi_segment *s = from->segment;
    const char *p = stage;
    size_t n, written;
    if (s->p && s->n - from->at >= RECORD) {
        p = s->p + from->at;
        n = RECORD;
        move_on(from, n);
    } else {
        n = gather(from, stage);
    }
    ERR_clear_error();
    if (n == 0 || SSL_write_ex(tls->ssl, p, n, &written) == 1) return n;
    tls->why = "it cannot be written";
    return 0;
}

bool csgi_tls_encrypt(csgi_tls *tls, const csgi_queue *queue, uint64_t *taken) {
    position from = {queue->first, 0};
    *taken = 0;
    if (tls->why) return false;
    csgi_block *stage = csgi_pool_take(&tls->host->io);
    if (!stage) return false;
    move_on(&from, 0);
    while (from.segment && *taken < CSGI_TLS_AHEAD) {
        size_t n = encrypt_record(tls, &from, csgi_block_data(stage));
        if (n == 0) break; // what is done goes out; the next call fails at once
        *taken += n;
    }
    csgi_pool_drop(&tls->host->io, stage);
    return !tls->why && *taken;
}
