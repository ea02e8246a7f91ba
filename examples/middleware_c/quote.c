// SPDX-License-Identifier: MIT
// A middleware that begins every line of the answer with "> ": a body that changes its length on
// the way out, so that the declared one has to go.
#include <csgi/sdk.h>

typedef struct quote_tap {
    csgi_tap tap;
    int inside; // in the middle of a line: a part may end anywhere
    char small[4096];
} quote_tap;

// Writes the quoted bytes to `out`, or only counts them when it is NULL.
static size_t quote_bytes(quote_tap *self, const csgi_part *part, char *out) {
    int inside = self->inside;
    size_t total = 0, i, j;
    for (i = 0; i < part->nchunks; i++) {
        const char *in = part->chunks[i].p;
        for (j = 0; j < part->chunks[i].n; j++) {
            if (!inside) {
                if (out) memcpy(out + total, "> ", 2);
                total += 2;
            }
            if (out) out[total] = in[j];
            total++;
            inside = in[j] != '\n';
        }
    }
    if (out) self->inside = inside;
    return total;
}

static csgi_rc quote_part(csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
    quote_tap *self = (quote_tap *)tap;
    size_t total = quote_bytes(self, part, NULL);
    char *out = self->small;
    int before = self->inside;
    csgi_rc rc;
    if (head) {
        head->content_length = 0;
        rc = csgi_head_del(x, head, CSGI_STR("content-length"));
        if (rc < 0) return rc;
    }
    if (total > sizeof self->small) out = malloc(total);
    if (!out) return CSGI_NOMEM;
    quote_bytes(self, part, out);
    rc = csgi_forward_bytes(tap, x, part, out, total, out == self->small ? NULL : free);
    if (rc < 0) self->inside = before; // none of it was taken
    return rc;
}

static csgi_rc quote_handle(csgi_app *app, csgi_request *req) {
    quote_tap *tap = csgi_zalloc(req->exchange, sizeof *tap);
    csgi_request *view = tap ? csgi_push(req, &tap->tap, CSGI_WANTS_BODY, quote_part) : NULL;
    return view ? csgi_call(((csgi_wrap *)app)->inner, view) : CSGI_NOMEM;
}

CSGI_WRAP_MODULE("quote", "1.0", csgi_wrap, quote_handle, NULL);
