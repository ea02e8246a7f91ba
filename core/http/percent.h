// SPDX-License-Identifier: MIT
// Percent-encoding, RFC 3986 2.1: undone once, and done for the place where the text will stand.
#ifndef CSGI_CORE_HTTP_PERCENT_H
#define CSGI_CORE_HTTP_PERCENT_H

#include "core/http/grammar.h"

#ifdef __cplusplus
extern "C" {
#endif

// What stays as it is. Each set holds what RFC 3986 lets stand in its place, and nothing that ends
// the place: a path with its slashes, one segment of it, one name or value of a query (where "+"
// would be read as a space, and "&", "=" and ";" as separators), and the unreserved bytes alone.
extern const struct csgi_byte_set csgi_safe_path;
extern const struct csgi_byte_set csgi_safe_segment;
extern const struct csgi_byte_set csgi_safe_query;
extern const struct csgi_byte_set csgi_safe_unreserved;

// Decodes into `out`, which has room for `n` bytes and may be `p` itself; "+" stays "+". False at a
// "%" without two hexadecimal digits after it: `out` then holds what came before, and `*length`
// how much. [any thread]
bool csgi_percent_decode(const char *p, size_t n, char *out, size_t *length);

// Encodes each byte outside `safe` as "%" and two upper-case digits (RFC 3986 2.1), writes as many
// whole bytes or escapes as fit into `room`, and gives the length that all of it needs: at most
// 3 * n. Nothing is cut when that is no more than `room`. [any thread]
size_t csgi_percent_encode(const char *p, size_t n, const struct csgi_byte_set *safe, char *out,
                           size_t room);

#ifdef __cplusplus
}
#endif

#endif
