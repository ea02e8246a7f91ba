// SPDX-License-Identifier: MIT
// The lint as a module, for servers that take layers as files.
#include <csgi/middleware.h>
#include <csgi/sdk.h>

static csgi_rc check(csgi_str, char *, size_t) {
    return CSGI_OK;
}

static csgi_rc create(csgi_str, csgi_app **inner, size_t ninner, csgi_app **out, char *err,
                      size_t cap) {
    if (ninner != 1) return csgi_refuse(err, cap, CSGI_INVAL, "the lint stands around one");
    csgi_app *app = csgi_lint(inner[0], nullptr);
    if (!app) return csgi_refuse(err, cap, CSGI_NOMEM, "out of memory");
    *out = app;
    return CSGI_OK;
}

extern "C" const csgi_entry csgi_entry_v1 = {
    sizeof csgi_entry_v1, CSGI_ABI_MINOR, "lint", "1.0", 0, check, create, nullptr};
