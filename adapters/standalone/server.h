// SPDX-License-Identifier: MIT
// What a connection needs of the standalone server.
#ifndef CSGI_ADAPTERS_STANDALONE_SERVER_H
#define CSGI_ADAPTERS_STANDALONE_SERVER_H

#include "adapters/server/server.h"
#include "adapters/standalone/request_reader.h"

#ifdef __cplusplus
extern "C" {
#endif

// What this protocol keeps for a server: csgi_server.own.
typedef struct csgi_http {
    csgi_request_reader *reader;
    char lines[160]; // "server: ..." and "date: ...", each with its line end
    size_t server_n; // the first one's length
    int64_t date_s;  // the time in the second
} csgi_http;

static inline csgi_http *csgi_http_of(const csgi_server *server) {
    return (csgi_http *)server->own;
}

// The field lines that every answer has; the second, with the time of now (RFC 9110 6.6.1), lies
// right behind the first.
csgi_str csgi_http_server_line(const csgi_http *http);
csgi_str csgi_http_date_line(csgi_http *http);

#ifdef __cplusplus
}
#endif

#endif
