// SPDX-License-Identifier: MIT
// The smallest application again, with the verbs of <csgi/sdk.h>.
#include <csgi/sdk.h>

static csgi_rc hello(csgi_app *app, csgi_request *req) {
    return csgi_text(req, 200, "Hello, world!\n");
}
CSGI_HELLO_MODULE("hello_sdk", "1.0", hello);
