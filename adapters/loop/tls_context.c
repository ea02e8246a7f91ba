// SPDX-License-Identifier: MIT
// What a listener's TLS connections have in common.
#include "adapters/loop/tls_context.h"

#include "adapters/loop/tls.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct csgi_tls_context {
    SSL_CTX *ctx;
    BIO_METHOD *method;
    char *cert, *key;
};

static bool fail(char *err, size_t cap, const char *what, const char *where, const char *remedy) {
    snprintf(err, cap, "cannot serve TLS: %s\n  where: %s\n  what to do: %s", what, where, remedy);
    return false;
}

// OpenSSL's word for a file that is not there is hard to understand.
static bool is_readable(const char *path, char *err, size_t cap) {
    FILE *file = fopen(path, "re");
    if (file && fgetc(file) != EOF) {
        fclose(file);
        return true;
    }
    const char *what = !file || ferror(file) ? strerror(errno) : "the file is empty";
    bool fine = fail(err, cap, what, path, "name a file in PEM form that this user may read");
    if (file) fclose(file);
    return fine;
}

// By default OpenSSL would ask at the terminal.
static int no_passphrase(char *buf, int size, int rwflag, void *asked) {
    (void)buf, (void)size, (void)rwflag;
    *(bool *)asked = true;
    return -1;
}

static const char *reason(void) {
    const char *text = ERR_reason_error_string(ERR_peek_last_error());
    return text ? text : "no reason is known";
}

static bool load_key(SSL_CTX *ctx, const csgi_tls_context *c, char *err, size_t cap) {
    char what[200];
    bool asked = false;
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(ctx, &asked);
    ERR_clear_error();
    bool loaded = SSL_CTX_use_PrivateKey_file(ctx, c->key, SSL_FILETYPE_PEM) == 1;
    SSL_CTX_set_default_passwd_cb_userdata(ctx, NULL);
    if (loaded && SSL_CTX_check_private_key(ctx) == 1) return true;
    if (asked)
        return fail(err, cap, "the key is locked by a passphrase", c->key,
                    "store it without one, readable by this user only: openssl pkey -in KEY");
    const unsigned long code = ERR_peek_last_error();
    if (loaded ||
        (ERR_GET_LIB(code) == ERR_LIB_X509 && ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH)) {
        char where[400];
        snprintf(where, sizeof where, "%s, %s", c->cert, c->key);
        return fail(err, cap, "the key does not belong to the certificate", where,
                    "name the key that the certificate was made for; the server's own certificate "
                    "comes first in its file");
    }
    snprintf(what, sizeof what, "this is no private key in PEM form (%s)", reason());
    return fail(err, cap, what, c->key, "name the file that begins -----BEGIN PRIVATE KEY-----");
}

static bool load(SSL_CTX *ctx, const csgi_tls_context *c, char *err, size_t cap) {
    char what[200];
    if (!is_readable(c->cert, err, cap) || !is_readable(c->key, err, cap)) return false;
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(ctx, c->cert) != 1) {
        snprintf(what, sizeof what, "this is no chain of certificates that can be used (%s)",
                 reason());
        return fail(
            err, cap, what, c->cert,
            "name the file that begins -----BEGIN CERTIFICATE-----, the server's own first");
    }
    return load_key(ctx, c, err, cap);
}

// RFC 7301 3.2: a client that offers protocols, but not this one, is told so.
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_n,
                           const unsigned char *in, unsigned in_n, void *arg) {
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen;
    (void)ssl, (void)arg;
    if (SSL_select_next_proto(&chosen, out_n, ours, sizeof ours - 1, in, in_n) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *make(const csgi_tls_context *c, char *err, size_t cap) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (!ctx) {
        snprintf(err, cap, "cannot serve TLS: %s", reason());
        return NULL;
    }
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    // TLS 1.2 with forward secrecy and authenticated encryption only; 1.3 has nothing else.
    SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20");
    // Buffers of 16 KiB and more come and go with what they hold.
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // Clients keep their sessions in tickets; what is kept here would only grow.
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ctx, 1);
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
    if (load(ctx, c, err, cap)) return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

csgi_tls_context *csgi_tls_context_new(const char *cert, const char *key, char *err, size_t cap) {
    csgi_tls_context *c = calloc(1, sizeof *c);
    if (c) {
        c->cert = strdup(cert);
        c->key = strdup(key);
        c->method = csgi_tls_method_new();
    }
    if (!c || !c->cert || !c->key || !c->method)
        snprintf(err, cap, "out of memory");
    else if ((c->ctx = make(c, err, cap)))
        return c;
    csgi_tls_context_free(c);
    return NULL;
}

void csgi_tls_context_free(csgi_tls_context *context) {
    if (!context) return;
    SSL_CTX_free(context->ctx);
    BIO_meth_free(context->method);
    free(context->cert);
    free(context->key);
    free(context);
}

bool csgi_tls_context_reload(csgi_tls_context *context, char *err, size_t cap) {
    SSL_CTX *fresh = make(context, err, cap);
    if (!fresh) return false;
    SSL_CTX_free(context->ctx); // connections that use it keep it
    context->ctx = fresh;
    return true;
}

SSL *csgi_tls_context_ssl(const csgi_tls_context *context, void *bio_data) {
    SSL *ssl = SSL_new(context->ctx);
    BIO *bio = BIO_new(context->method);
    if (!ssl || !bio) {
        SSL_free(ssl);
        BIO_free(bio);
        return NULL;
    }
    BIO_set_data(bio, bio_data);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_accept_state(ssl);
    return ssl;
}
