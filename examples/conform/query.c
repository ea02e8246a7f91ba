// SPDX-License-Identifier: MIT
// What a target says: percent-decoding, and the key=value pairs of a query.
#include "examples/conform/query.h"

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

csgi_rc conform_decode(csgi_exchange *x, csgi_str raw, csgi_str *out) {
    char *p = csgi_alloc(x, raw.n + 1);
    size_t i, n = 0;
    if (!p) return CSGI_NOMEM;
    for (i = 0; i < raw.n; i++) {
        int high, low;
        if (raw.p[i] != '%') {
            p[n++] = raw.p[i];
            continue;
        }
        if (raw.n - i < 3) return CSGI_INVAL;
        high = hex_value(raw.p[i + 1]);
        low = hex_value(raw.p[i + 2]);
        if (high < 0 || low < 0) return CSGI_INVAL;
        p[n++] = (char)(high * 16 + low);
        i += 2;
    }
    p[n] = 0;
    out->p = p;
    out->n = n;
    return CSGI_OK;
}

csgi_rc conform_query(const csgi_request *req, const char *key, csgi_str *out) {
    csgi_str name = csgi_str_of(key);
    size_t at = 0;
    while (at < req->query.n) {
        const char *pair = req->query.p + at;
        const char *amp = memchr(pair, '&', req->query.n - at);
        size_t n = amp ? (size_t)(amp - pair) : req->query.n - at;
        const char *equals = memchr(pair, '=', n);
        csgi_str k = {pair, equals ? (size_t)(equals - pair) : n};
        csgi_str v = {pair + n, 0};
        if (equals) {
            v.p = equals + 1;
            v.n = n - k.n - 1;
        }
        if (csgi_eq(k, name)) return conform_decode(req->exchange, v, out);
        at += n + 1;
    }
    return CSGI_DECLINED;
}

int conform_query_is(const csgi_request *req, const char *key, const char *value) {
    csgi_str v;
    return conform_query(req, key, &v) == CSGI_OK && csgi_eq(v, csgi_str_of(value));
}

csgi_rc conform_number(csgi_str digits, uint64_t max, uint64_t *out) {
    uint64_t value = 0;
    size_t i;
    if (digits.n == 0) return CSGI_INVAL;
    for (i = 0; i < digits.n; i++) {
        uint64_t digit = (uint64_t)(digits.p[i] - '0');
        if (digits.p[i] < '0' || digits.p[i] > '9') return CSGI_INVAL;
        if (digit > max || value > (max - digit) / 10) return CSGI_INVAL;
        value = value * 10 + digit;
    }
    *out = value;
    return CSGI_OK;
}

csgi_rc conform_query_number(const csgi_request *req, const char *key, uint64_t max,
                             uint64_t *out) {
    csgi_str v;
    csgi_rc rc = conform_query(req, key, &v);
    if (rc == CSGI_DECLINED) return CSGI_OK;
    return rc < 0 ? rc : conform_number(v, max, out);
}
