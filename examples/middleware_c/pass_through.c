// SPDX-License-Identifier: MIT
// A middleware that does nothing: it hands the view on as it came, which is a tail call.
#include <csgi/sdk.h>

static csgi_rc pass_handle(csgi_app *app, csgi_request *req) {
    csgi_app *inner = ((csgi_wrap *)app)->inner;
    return inner->handle(inner, req);
}

CSGI_WRAP_MODULE("pass_through", "1.0", csgi_wrap, pass_handle, NULL);
