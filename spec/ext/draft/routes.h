// SPDX-License-Identifier: MIT
// csgi.routes/1 (draft): what an application answers to, for `csgi routes` and its like. Asked of
// entry->ext. It takes no part in a request.
#ifndef CSGI_EXT_DRAFT_ROUTES_H
#define CSGI_EXT_DRAFT_ROUTES_H

#include <csgi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CSGI_EXT_ROUTES "csgi.routes/1"

// One rule. All of it is lent for the call.
typedef struct csgi_route {
    uint32_t struct_size;
    uint32_t flags;
    csgi_str rule;     // as the application spells it, such as /user/<int:id>
    csgi_str endpoint; // its name
    csgi_str domain;   // a subdomain or host that it is for; empty: any
    const csgi_str *methods;
    size_t nmethods; // 0: every method
} csgi_route;

#define CSGI_ROUTE_HOST 1u // `domain` is a whole host, or would be

typedef struct csgi_routes {
    uint32_t struct_size;
    uint32_t reserved;
    // Calls `each` for every rule of an application that this module has created and that need not
    // have been started, in the application's own order. Stops at a code below 0 and returns it; or
    // OK. On the thread that created it.
    csgi_rc (*list)(csgi_app *app, csgi_rc (*each)(void *arg, const csgi_route *route), void *arg);
} csgi_routes;

#ifdef __cplusplus
}
#endif

#endif
