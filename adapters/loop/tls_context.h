// SPDX-License-Identifier: MIT
// What a listener's TLS connections have in common: certificate, key, and what is agreed to.
#ifndef CSGI_ADAPTERS_LOOP_TLS_CONTEXT_H
#define CSGI_ADAPTERS_LOOP_TLS_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csgi_tls_context csgi_tls_context;

// Reads a chain of certificates, the server's own first, and its private key, both in PEM form.
// NULL: what, where and what to do is in err. Outlives every connection that it is used for.
csgi_tls_context *csgi_tls_context_new(const char *cert, const char *key, char *err, size_t cap);
void csgi_tls_context_free(csgi_tls_context *context);

// Reads both files again, for connections that come from now on. False: the old ones stay, the
// reason is in err.
bool csgi_tls_context_reload(csgi_tls_context *context, char *err, size_t cap);

// For a new connection, in the server's role; NULL: out of memory.
struct ssl_st *csgi_tls_context_ssl(const csgi_tls_context *context, void *bio_data);

#ifdef __cplusplus
}
#endif

#endif
