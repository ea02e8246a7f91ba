// SPDX-License-Identifier: MIT
// A middleware that adds one field, `name=...,value=...`, to every answer from inside, a failure of
// the inner application included.
#include <csgi/sdk.h>

typedef struct adder {
    csgi_wrap wrap;
    char name[64], value[512];
} adder;

typedef struct adder_tap {
    csgi_tap tap;
    const adder *config;
} adder_tap;

// Part and head are this layer's own copies; parts without a head never come by.
static csgi_rc adder_part(csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
    const adder *a = ((adder_tap *)tap)->config;
    csgi_rc rc = CSGI_OK;
    if (head) rc = csgi_head_add(x, head, csgi_str_of(a->name), csgi_str_of(a->value));
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

// A token in lower case (RFC 9110, 5.6.2).
static int is_name(const char *name) {
    return name[strspn(name, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")] == 0;
}

// No control byte but HTAB, and no white space at either end (RFC 9110, 5.5).
static int is_value(const char *value, size_t n) {
    size_t i;
    for (i = 0; i < n; i++) {
        unsigned char c = (unsigned char)value[i];
        int edge = i == 0 || i == n - 1;
        if ((c < 0x20 && c != '\t') || c == 0x7f || (edge && (c == ' ' || c == '\t'))) return 0;
    }
    return 1;
}

// Judged here, where somebody reads the reason: the server would refuse every single answer.
static csgi_rc adder_setup(csgi_wrap *wrap, csgi_str config, char *err, size_t cap) {
    adder *a = (adder *)wrap;
    long n;
    if (csgi_config_get(config, "name", a->name, sizeof a->name) < 1)
        return csgi_refuse(err, cap, CSGI_INVAL, "name= is missing, or longer than 63 bytes");
    if (!is_name(a->name))
        return csgi_refuse(err, cap, CSGI_INVAL, "name= is not a field name in lower case");
    n = csgi_config_get(config, "value", a->value, sizeof a->value);
    if (n < 0)
        return csgi_refuse(err, cap, CSGI_INVAL, "value= is missing, or longer than 511 bytes");
    if (!is_value(a->value, (size_t)n))
        return csgi_refuse(err, cap, CSGI_INVAL, "value= may not stand in a field");
    return CSGI_OK;
}

CSGI_WRAP_MODULE("add_header", "1.0", adder, adder_handle, adder_setup);
