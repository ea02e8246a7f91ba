// SPDX-License-Identifier: MIT
// From parameters to a request: what a front tells in CGI's words (RFC 3875) becomes the view that
// every other server makes from a head. No I/O.
#ifndef CSGI_ADAPTERS_FASTCGI_REQUEST_READER_H
#define CSGI_ADAPTERS_FASTCGI_REQUEST_READER_H

#include "core/gateway/intake.h"

#ifdef __cplusplus
extern "C" {
#endif

// Reads the whole stream of parameters p[0, n) into `in`, which has begun: 0, or the status to
// refuse the request with (in->fault says why). Names of fields are rewritten in place, and the
// view points into p. Framing is in->has_length, in->length and in->chunked (a body of unknown
// length). Addresses are left empty where the front told none.
//
// The target is REQUEST_URI. Without it the path is SCRIPT_NAME and PATH_INFO, encoded anew, and
// the view's `target` is empty. HTTP_CONTENT_TYPE and HTTP_CONTENT_LENGTH are not looked at:
// CONTENT_TYPE and CONTENT_LENGTH say the same, and a client that writes Content_Length can only
// set the former. Fields of one name, which some fronts hand over one by one, are joined.
unsigned csgi_params_read(csgi_intake *in, char *p, size_t n);

#ifdef __cplusplus
}
#endif

#endif
