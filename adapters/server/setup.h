// SPDX-License-Identifier: MIT
// What setting a server up needs of its life: what it calls when it is told something.
#ifndef CSGI_ADAPTERS_SERVER_SETUP_H
#define CSGI_ADAPTERS_SERVER_SETUP_H

#include "adapters/server/server.h"

#ifdef __cplusplus
extern "C" {
#endif

void csgi_server_on_signal(void *arg, int number);
void csgi_server_on_stop(void *arg);
void csgi_server_on_reload(csgi_worker *worker, csgi_task *task);

#ifdef __cplusplus
}
#endif

#endif
