// SPDX-License-Identifier: MIT
// What the broken modules have in common: an answer, so that each is broken in one way only.
#ifndef CSGI_TEST_ADAPTERS_CLI_MODULES_ANSWER_H
#define CSGI_TEST_ADAPTERS_CLI_MODULES_ANSWER_H

#include <csgi/sdk.h>

static inline csgi_rc answer(csgi_app *app, csgi_request *req) {
    (void)app;
    return csgi_text(req, 200, "fine\n");
}

static inline csgi_rc make(csgi_rc (*handle)(csgi_app *, csgi_request *), csgi_app **out) {
    csgi_app *app = (csgi_app *)calloc(1, sizeof *app);
    if (!app) return CSGI_NOMEM;
    app->struct_size = sizeof *app;
    app->handle = handle;
    app->destroy = csgi_wrap_free;
    *out = app;
    return CSGI_OK;
}

static inline csgi_rc create(csgi_str config, csgi_app **inner, size_t ninner, csgi_app **out,
                             char *err, size_t cap) {
    (void)config, (void)inner, (void)ninner, (void)err, (void)cap;
    return make(answer, out);
}

#endif
