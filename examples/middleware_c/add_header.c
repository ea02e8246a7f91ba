// SPDX-License-Identifier: MIT
// A middleware that adds one field, `name=...,value=...`, to every answer, error pages included.
#include <csgi/sdk.h>

typedef struct adder {
    csgi_wrap wrap;
    char name[64], value[512];
} adder;

typedef struct adder_tap {
    csgi_tap tap;
    const adder *config;
} adder_tap;

static csgi_rc adder_part(csgi_tap *tap, csgi_exchange *x, csgi_part *part) {
    const adder *a = ((adder_tap *)tap)->config;
    csgi_rc rc = CSGI_OK;
    if (part->head) rc = csgi_head_add(x, part->head, csgi_str_of(a->name), csgi_str_of(a->value));
    return rc < 0 ? rc : csgi_forward(tap, x, part);
}

static csgi_rc adder_handle(csgi_app *app, csgi_request *req) {
    adder *a = (adder *)app;
    adder_tap *tap = csgi_alloc(req->exchange, sizeof *tap);
    csgi_request *view = tap ? csgi_push(req, &tap->tap, 0, adder_part) : NULL;
    if (!view) return CSGI_NOMEM;
    tap->config = a;
    return csgi_call(a->wrap.inner, view);
}

// The server judges the bytes of name and value when they are first sent.
static csgi_rc adder_setup(csgi_wrap *wrap, csgi_str config, char *err, size_t cap) {
    adder *a = (adder *)wrap;
    if (csgi_config_get(config, "name", a->name, sizeof a->name) < 1)
        return csgi_refuse(err, cap, CSGI_INVAL, "name= is missing, or longer than 63 bytes");
    if (csgi_config_get(config, "value", a->value, sizeof a->value) < 0)
        return csgi_refuse(err, cap, CSGI_INVAL, "value= is missing, or longer than 511 bytes");
    return CSGI_OK;
}

CSGI_WRAP_MODULE("add_header", "1.0", adder, adder_handle, adder_setup);
