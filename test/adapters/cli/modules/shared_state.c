// SPDX-License-Identifier: MIT
// A module whose instances share what the first of them to be destroyed takes away.
#include "test/adapters/cli/modules/answer.h"

static char *text;

static csgi_rc say(csgi_app *app, csgi_request *req) {
    (void)app;
    if (!text) abort();
    return csgi_text(req, 200, text);
}

static void destroy(csgi_app *app) {
    free(text);
    text = NULL;
    free(app);
}

static csgi_rc set_up(csgi_str config, csgi_app **inner, size_t ninner, csgi_app **out, char *err,
                      size_t cap) {
    csgi_rc rc = create(config, inner, ninner, out, err, cap);
    if (rc < 0) return rc;
    if (!text) text = strdup("shared\n");
    (*out)->handle = say;
    (*out)->destroy = destroy;
    return CSGI_OK;
}

CSGI_MODULE("shared", "1.0", 0, set_up);
