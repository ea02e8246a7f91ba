// SPDX-License-Identifier: MIT
// A middleware that answers 504 when the application has not begun to answer `timeout_ms=...`
// milliseconds after it was called: an answer given over the head of those inside.
#include <csgi/sdk.h>

typedef struct timeout {
    csgi_wrap wrap;
    int64_t ms;
} timeout;

typedef struct timeout_tap {
    csgi_tap tap;
    csgi_task task;
    csgi_request *outside, *inside; // the view as it came, and the one given inward
    int late;
} timeout_tap;

// It wants BODY, since ABORT is a part without a head and would pass by otherwise.
static csgi_rc timeout_part(csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
    (void)head;
    // Inside it is as if the client had left: END and ABORT end it there, and nothing goes on.
    if (((timeout_tap *)tap)->late) return CSGI_GONE;
    return csgi_forward(tap, x, part);
}

// Runs twice: an exchange that has ended delivers no events, so those inside hear of it first, when
// this turn of the loop is over.
static void timeout_due(csgi_worker *worker, csgi_task *task) {
    timeout_tap *self = (timeout_tap *)(void *)((char *)task - offsetof(timeout_tap, task));
    const csgi_api *api = self->outside->exchange->api;
    if (self->late) {
        if (csgi_fail(self->outside, 504) < 0) (void)csgi_abort(self->outside);
    } else if (self->tap.state == CSGI_NEW) {
        self->late = 1;
        api->raise(self->inside, CSGI_EVENT_ABORT);
        api->timer(worker, task, 1);
    }
}

static void timeout_done(csgi_exchange *x, void *arg, csgi_rc outcome, uint64_t body_bytes) {
    (void)outcome, (void)body_bytes;
    x->api->timer(x->worker, arg, -1);
}

static csgi_rc timeout_handle(csgi_app *app, csgi_request *req) {
    csgi_exchange *x = req->exchange;
    timeout_tap *self = csgi_zalloc(x, sizeof *self);
    csgi_rc rc;
    if (!self) return CSGI_NOMEM;
    self->outside = req;
    self->inside = csgi_push(req, &self->tap, CSGI_WANTS_BODY | CSGI_WANTS_FILE, timeout_part);
    if (!self->inside) return CSGI_NOMEM;
    rc = csgi_call(((csgi_wrap *)app)->inner, self->inside);
    // Only who waits needs a timer, and who registers nothing may pass DECLINED on.
    if (rc != CSGI_PENDING || self->tap.state != CSGI_NEW) return rc;
    self->task.run = timeout_due;
    // Without memory for the end of the timer there is no timer, and no limit.
    if (x->api->on_done(x, timeout_done, &self->task) >= 0)
        x->api->timer(x->worker, &self->task, ((timeout *)app)->ms);
    return rc;
}

static csgi_rc timeout_setup(csgi_wrap *wrap, csgi_str config, char *err, size_t cap) {
    char digits[8];
    long n = csgi_config_get(config, "timeout_ms", digits, sizeof digits);
    if (n < 1 || strspn(digits, "0123456789") != (size_t)n || atol(digits) == 0)
        return csgi_refuse(err, cap, CSGI_INVAL, "timeout_ms= has to be 1 to 9999999");
    ((timeout *)wrap)->ms = atol(digits);
    return CSGI_OK;
}

CSGI_WRAP_MODULE("timeout", "1.0", timeout, timeout_handle, timeout_setup);
