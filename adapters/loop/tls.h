// SPDX-License-Identifier: MIT
// TLS of one connection, without its socket: what came is decrypted, what is to leave is encrypted,
// both in blocks of the host's.
#ifndef CSGI_ADAPTERS_LOOP_TLS_H
#define CSGI_ADAPTERS_LOOP_TLS_H

#include "adapters/loop/tls_context.h"
#include "core/gateway/host.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csgi_tls {
    struct ssl_st *ssl;
    csgi_host *host;
    csgi_block *in; // came and is not decrypted; NULL: nothing
    size_t in_at;
    csgi_block *out, *out_last; // encrypted and not sent, linked by `next`
    size_t out_at;              // of the first
    size_t owed;                // bytes in them
    bool starved;               // all that came has been looked at
    const char *why;            // it is broken; NULL: not
} csgi_tls;

bool csgi_tls_init(csgi_tls *tls, csgi_host *host, const csgi_tls_context *context);
void csgi_tls_fini(csgi_tls *tls);

// What came is in `in`, whose reference is passed; there must be nothing left of what came before.
void csgi_tls_feed(csgi_tls *tls, csgi_block *in);
bool csgi_tls_waiting(const csgi_tls *tls); // some input has not been read

// Why nothing was read.
#define CSGI_TLS_MORE   (-1) // more has to come first
#define CSGI_TLS_BROKEN (-2) // `why` it is; an alert may be owed

// The first steps of a connection: 1 when they are done. More is owed afterwards.
int csgi_tls_handshake(csgi_tls *tls);
// Reads up to n bytes; 0: the peer has said that no more comes. More may be owed afterwards.
ptrdiff_t csgi_tls_read(csgi_tls *tls, char *p, size_t n);

// Encrypts the front of the queue, without taking it out, at most about CSGI_TLS_AHEAD bytes.
// False: broken, or a file that is shorter than it was said to be.
#define CSGI_TLS_AHEAD (64u << 10)
bool csgi_tls_encrypt(csgi_tls *tls, const csgi_queue *queue, uint64_t *taken);
// Says that no more comes.
void csgi_tls_end(csgi_tls *tls);

// n bytes of what is owed have left.
void csgi_tls_sent(csgi_tls *tls, size_t n);

// For the context: how OpenSSL reaches `in` and `out`.
struct bio_method_st *csgi_tls_method_new(void);

#ifdef __cplusplus
}
#endif

#endif
