// SPDX-License-Identifier: MIT
// Tells of requests that are over, for an access log.
#ifndef CSGI_ADAPTERS_SERVER_ACCESS_H
#define CSGI_ADAPTERS_SERVER_ACCESS_H

#include "adapters/server/server.h"

#ifdef __cplusplus
extern "C" {
#endif

// An exchange that is closing, or was refused with `status` before it began.
void csgi_access_exchange(csgi_host_exchange *x, unsigned status);
// A head that could not even be read.
void csgi_access_refused(const csgi_server *server, const csgi_link *link, unsigned status);

#ifdef __cplusplus
}
#endif

#endif
