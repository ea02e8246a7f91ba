// SPDX-License-Identifier: MIT
// A module that is wrong in the one way that a macro asks for.
#include <csgi/sdk.h>

#if !defined(NO_SYMBOL) && !defined(LATER_MAJOR)
static csgi_rc handle(csgi_app *app, csgi_request *req) {
    (void)app;
    return csgi_text(req, 200, "x");
}

static csgi_rc create(csgi_str config, csgi_app **inner, size_t ninner, csgi_app **out, char *err,
                      size_t cap) {
    (void)config, (void)inner, (void)ninner, (void)err, (void)cap;
#ifdef REFUSES
    return csgi_refuse(err, cap, CSGI_APP, "not today");
#elif defined(MUTE)
    return CSGI_APP;
#elif defined(MAKES_NOTHING)
    (void)out, (void)handle;
    return CSGI_OK;
#endif
    *out = calloc(1, sizeof **out);
    if (!*out) return CSGI_NOMEM;
    (*out)->struct_size = sizeof **out;
    (*out)->handle = handle;
    (*out)->destroy = csgi_wrap_free;
    return CSGI_OK;
}

#ifdef CHECK_REFUSES
static csgi_rc check(csgi_str config, char *err, size_t cap) {
    return config.n ? csgi_refuse(err, cap, CSGI_INVAL, "no such key") : CSGI_OK;
}
#else
#define check NULL
#endif

#ifdef SHORT_ENTRY
#define SIZE 32
#elif defined(ODD_ENTRY)
#define SIZE sizeof(csgi_entry) + 4
#else
#define SIZE sizeof(csgi_entry)
#endif
#ifdef NAMELESS
#define NAME ""
#else
#define NAME "broken"
#endif
#ifdef NEEDS_MORE
#define NEEDS CSGI_CAP_UPGRADE | CSGI_CAP_INFORM | CSGI_CAP_RAW_TARGET
#else
#define NEEDS 0
#endif
#ifdef NO_CREATE
#define CREATE NULL
csgi_rc (*const unused)(csgi_str, csgi_app **, size_t, csgi_app **, char *, size_t) = create;
#else
#define CREATE create
#endif
const csgi_entry csgi_entry_v1 = {SIZE, 0, NAME, "1.0", NEEDS, check, CREATE, NULL};
#elif defined(LATER_MAJOR)
CSGI_EXPORT const int csgi_entry_v3 = 3;
#else
CSGI_EXPORT const int something_else = 1;
#endif
