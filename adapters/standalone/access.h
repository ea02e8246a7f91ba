// SPDX-License-Identifier: MIT
// Tells of requests that are over, for an access log.
#ifndef CSGI_ADAPTERS_STANDALONE_ACCESS_H
#define CSGI_ADAPTERS_STANDALONE_ACCESS_H

#include "core/gateway/host.h"

#ifdef __cplusplus
extern "C" {
#endif

struct csgi_connection;

// An exchange that is closing, or was refused with `status` before it began.
void csgi_access_exchange(csgi_host_exchange *x, unsigned status);
// A head that could not even be read.
void csgi_access_refused(struct csgi_connection *conn, unsigned status);

#ifdef __cplusplus
}
#endif

#endif
