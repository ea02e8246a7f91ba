// SPDX-License-Identifier: MIT
// What the files about an exchange, and host.c, need of each other.
#ifndef CSGI_CORE_GATEWAY_EXCHANGE_H
#define CSGI_CORE_GATEWAY_EXCHANGE_H

#include "core/gateway/host.h"

#define CSGI_EXCHANGE_EVENTS \
    (CSGI_EVENT_BODY | CSGI_EVENT_WRITABLE | CSGI_EVENT_ABORT | CSGI_EVENT_DRAIN)

extern const csgi_sink csgi_exchange_sink; // where every chain of sinks ends
void csgi_exchange_api(csgi_api *api);     // fills in the functions about exchanges
// Breaks off, or answers `status` before a head; `outcome` is what on_done hears.
void csgi_exchange_abort(csgi_host_exchange *x, csgi_rc outcome, unsigned status);
void csgi_exchange_again(csgi_host_exchange *x); // from host->later back to host->settle
// Something to tell the views.
void csgi_exchange_events(csgi_host_exchange *x, uint32_t events);
void csgi_arena_clear(csgi_host_exchange *x); // gives back all but the block that it lies in
bool csgi_arena_has(const csgi_host_exchange *x, const void *p);

#endif
