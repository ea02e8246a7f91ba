// SPDX-License-Identifier: MIT
// The one place where the bytes of HTTP are judged: names, values, methods, lists, numbers.
//
// Nothing here reads outside the bytes it is given, allocates, or keeps anything. [any thread]
#ifndef CSGI_CORE_HTTP_GRAMMAR_H
#define CSGI_CORE_HTTP_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Bytes that lie in somebody else's memory. `p` is never NULL, also when `n` is 0.
struct csgi_span {
    const char *p;
    size_t n;
};

// A set of bytes, one bit for each.
struct csgi_byte_set {
    uint32_t bits[8];
};

static inline bool csgi_byte_set_has(const struct csgi_byte_set *set, char byte) {
    const unsigned c = (unsigned char)byte;
    return set->bits[c / 32] >> (c % 32) & 1;
}

// The value of a hexadecimal digit in either case, -1 for any other byte.
static inline int csgi_hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// token, RFC 9110 5.6.2.
bool csgi_is_token(const char *p, size_t n);

// A method as every host takes it: one or more of A-Z, "-" and "_". A narrower set than the token
// of RFC 9110 9.1, because nginx refuses the rest before an application could see it.
bool csgi_is_method(const char *p, size_t n);

// What a field name of a request turned out to be.
enum csgi_name_kind {
    CSGI_NAME_PLAIN, // a-z 0-9 - alone
    CSGI_NAME_ODD,   // a token with other bytes: hosts drop it, because "_" and "-" are one in CGI
    CSGI_NAME_BAD    // not a token (RFC 9110 5.1), or empty: the request is refused
};

// Lower-cases a field name in place and says what it is. A BAD one may be left half changed.
enum csgi_name_kind csgi_lower_name(char *p, size_t n);

// The same of a name that somebody else lower-cased, and that may lie where nothing can be written:
// one with a capital letter is ODD.
enum csgi_name_kind csgi_judge_name(const char *p, size_t n);

// A field name as an application writes it: a token in which no letter is upper case.
bool csgi_is_lower_token(const char *p, size_t n);

// The bytes a field value may hold, RFC 9110 5.5: tab, space to ~, and 0x80 to 0xff. White space at
// the ends is no part of a value but is not refused here; an empty value is one.
bool csgi_is_field_value(const char *p, size_t n);

// Without the spaces and tabs at both ends: OWS, RFC 9110 5.6.3.
struct csgi_span csgi_trim_ows(struct csgi_span text);

// Whether the bytes are `lower`, which is terminated and in lower case, in any case.
bool csgi_is_word(const char *p, size_t n, const char *lower);

// Takes the next element off the front of a comma-separated list (RFC 9110 5.6.1): empty elements
// are passed over, a comma inside a quoted string (5.6.4) separates nothing, and a quoted string
// that does not end takes the rest. False when none is left; `*item` is then unchanged.
bool csgi_list_next(struct csgi_span *rest, struct csgi_span *item);

// Content-Length, RFC 9110 8.6: digits alone, at most INT64_MAX. A list of equal numbers ("5, 5"),
// which 8.6 lets a recipient accept, is refused: it comes from a broken sender or an attacker.
bool csgi_content_length_parse(const char *p, size_t n, int64_t *length);

// chunk-size, RFC 9112 7.1: takes the hexadecimal digits at the front and gives their number. 0
// when there is none, or when the size is above INT64_MAX; `*size` is then unchanged.
size_t csgi_chunk_size_parse(const char *p, size_t n, int64_t *size);

#ifdef __cplusplus
}
#endif

#endif
