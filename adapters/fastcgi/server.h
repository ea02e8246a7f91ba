// SPDX-License-Identifier: MIT
// What a connection needs of the FastCGI server.
#ifndef CSGI_ADAPTERS_FASTCGI_SERVER_H
#define CSGI_ADAPTERS_FASTCGI_SERVER_H

#include "adapters/server/server.h"

#ifdef __cplusplus
extern "C" {
#endif

// What this protocol keeps for a server: csgi_server.own.
typedef struct csgi_fcgi {
    uint32_t nrequests; // on all connections
    uint64_t unread;    // bytes of bodies beyond what every request may have waiting
} csgi_fcgi;

// How much of bodies that nobody reads a server keeps in all. While there is less, each request may
// have hard_mark waiting on a connection of its own, max_spool on one that it shares with others.
#define CSGI_FCGI_UNREAD_MOST (UINT64_C(64) << 20)

static inline csgi_fcgi *csgi_fcgi_of(const csgi_server *server) {
    return (csgi_fcgi *)server->own;
}

#ifdef __cplusplus
}
#endif

#endif
