// SPDX-License-Identifier: MIT
// A middleware that turns the answer's ASCII letters into capitals: a body changed on its way out,
// its length kept.
#include <csgi/sdk.h>

typedef struct upper_tap {
    csgi_tap tap;
    char small[4096]; // most parts fit: the server copies them from here, and it serves again
} upper_tap;

static csgi_rc upper_part(csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
    upper_tap *self = (upper_tap *)tap;
    char *out = self->small, *at;
    size_t total = 0, i, j;
    (void)head;
    for (i = 0; i < part->nchunks; i++) total += (size_t)part->chunks[i].n;
    // A large part goes out as one as well: cut into pieces, it could be refused half-way.
    if (total > sizeof self->small) out = malloc(total);
    if (!out) return CSGI_NOMEM;
    at = out;
    for (i = 0; i < part->nchunks; i++) {
        const char *in = part->chunks[i].p;
        for (j = 0; j < part->chunks[i].n; j++)
            *at++ = (char)(in[j] >= 'a' && in[j] <= 'z' ? in[j] - 'a' + 'A' : in[j]);
    }
    // The server's PAUSE goes back to the application, its WRITABLE too, past this layer.
    return csgi_forward_bytes(tap, x, part, out, total, out == self->small ? NULL : free);
}

static csgi_rc upper_handle(csgi_app *app, csgi_request *req) {
    upper_tap *tap = csgi_alloc(req->exchange, sizeof *tap);
    csgi_request *view = tap ? csgi_push(req, &tap->tap, CSGI_WANTS_BODY, upper_part) : NULL;
    return view ? csgi_call(((csgi_wrap *)app)->inner, view) : CSGI_NOMEM;
}

CSGI_WRAP_MODULE("upper", "1.0", csgi_wrap, upper_handle, NULL);
