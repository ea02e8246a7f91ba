// SPDX-License-Identifier: MIT
// An application that is deployed, and that does what operators fear when it is asked to.
#include "test/adapters/cli/modules/answer.h"

#include <signal.h>
#include <string.h>

#if defined DEPLOYED_SECOND
#define TEXT "second\n"
#else
#define TEXT "first\n"
#endif

static int asked(const csgi_request *req, const char *path) {
    return req->path.n == strlen(path) && memcmp(req->path.p, path, req->path.n) == 0;
}

static csgi_rc respond(csgi_app *app, csgi_request *req) {
    (void)app;
    if (asked(req, "/crash")) {
        signal(SIGSEGV, SIG_DFL); // a sanitizer would exit, after a long report
        raise(SIGSEGV);
    }
    if (asked(req, "/hang")) {
        volatile int on = 1;
        while (on) {
        }
    }
    return csgi_text(req, 200, TEXT);
}

CSGI_HELLO_MODULE("operated", "1.0", respond);
