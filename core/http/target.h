// SPDX-License-Identifier: MIT
// Where a request is aimed: the authority in Host, and the request-target of the first line.
//
// Nothing here reads outside the bytes it is given, allocates, or keeps anything. [any thread]
#ifndef CSGI_CORE_HTTP_TARGET_H
#define CSGI_CORE_HTTP_TARGET_H

#include "core/http/grammar.h"

#ifdef __cplusplus
extern "C" {
#endif

enum csgi_authority_result {
    CSGI_AUTHORITY_OK,
    // No bytes at all: what a client without an authority sends (RFC 9112 3.2).
    CSGI_AUTHORITY_EMPTY,
    CSGI_AUTHORITY_BAD
};

struct csgi_authority {
    struct csgi_span host; // the brackets of an IPv6 address included; never empty when OK
    int32_t port;          // -1: none, also when nothing follows the colon (RFC 3986 3.2.3)
};

// uri-host [ ":" port ], RFC 9110 7.2 and RFC 3986 3.2.2, with a port of at most 65535. Userinfo is
// refused (RFC 9110 4.2.4), so is an empty host before a port (4.2.1). `out` may be NULL; it is
// written only when OK.
enum csgi_authority_result csgi_authority_parse(const char *p, size_t n,
                                                struct csgi_authority *out);

// RFC 9112 3.2, numbered as the application's header numbers CSGI_FORM_*.
enum csgi_target_form {
    CSGI_TARGET_ORIGIN = 1,
    CSGI_TARGET_ABSOLUTE = 2,
    CSGI_TARGET_AUTHORITY = 3,
    CSGI_TARGET_ASTERISK = 4
};

enum csgi_target_result {
    CSGI_TARGET_OK,
    CSGI_TARGET_EMPTY,
    CSGI_TARGET_BYTE,         // a space, a control byte or 0x7f stands in it
    CSGI_TARGET_FORM_UNKNOWN, // none of the four forms, or one its method does not go with
    CSGI_TARGET_HOST,         // its authority is empty, holds userinfo, or is malformed
    CSGI_TARGET_ESCAPE,       // a "%" in the path without two hexadecimal digits after it
    CSGI_TARGET_NUL,          // %00 in the path
    CSGI_TARGET_CLIMB         // ".." segments lead above the root
};

// Parts that a form does not have are empty, never NULL.
struct csgi_target {
    enum csgi_target_form form;
    bool has_query;             // a "?" was there, perhaps with nothing behind it
    struct csgi_span path;      // origin and absolute: begins with "/"
    struct csgi_span query;     // behind the first "?"
    struct csgi_span scheme;    // absolute: as received, in any case
    struct csgi_span authority; // absolute and authority
};

// Whether the target is a path alone, without a query, a dot, an escape or a byte above 0x7e:
// csgi_target_parse of it is then OK, its path all of it, for any method but CONNECT.
bool csgi_target_is_path(const char *p, size_t n);

// Takes a request-target apart. A fragment is cut off. An absolute target without a path has the
// path "/" (RFC 9112 3.2.1), which lies in constant memory. Bytes from 0x80 on pass. The query may
// hold any escapes: what they mean is for its reader to say, as on nginx and in browsers, which
// send "?q=100%". `*out` is written only when OK.
enum csgi_target_result csgi_target_parse(const char *p, size_t n, const char *method, size_t mn,
                                          struct csgi_target *out);

#ifdef __cplusplus
}
#endif

#endif
