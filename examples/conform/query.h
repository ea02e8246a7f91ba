// SPDX-License-Identifier: MIT
// What a target says: percent-decoding, and the key=value pairs of a query.
#ifndef CSGI_EXAMPLES_CONFORM_QUERY_H
#define CSGI_EXAMPLES_CONFORM_QUERY_H

#include <csgi/sdk.h>

// Decodes %XX once ("+" stays) into memory of the exchange. OK, NOMEM; INVAL: a broken escape.
csgi_rc conform_decode(csgi_exchange *x, csgi_str raw, csgi_str *out);

// The decoded value of the first `key`. OK, NOMEM, INVAL; DECLINED: no such key.
csgi_rc conform_query(const csgi_request *req, const char *key, csgi_str *out);

// Is `key` there with exactly this value?
int conform_query_is(const csgi_request *req, const char *key, const char *value);

// Reads decimal digits, no more than `max`, into *out. OK or INVAL.
csgi_rc conform_number(csgi_str digits, uint64_t max, uint64_t *out);

// The number behind `key` into *out, which is left alone without the key. OK, or < 0.
csgi_rc conform_query_number(const csgi_request *req, const char *key, uint64_t max, uint64_t *out);

#endif
