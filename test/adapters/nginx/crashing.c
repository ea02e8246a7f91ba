// SPDX-License-Identifier: MIT
// An application that goes where nothing is: at /null in handle, at /later in a task.
#include <csgi/sdk.h>

typedef struct later {
    csgi_task task;
    csgi_exchange *x;
} later;

static void fall(void) {
    volatile int *volatile nowhere = NULL;
    *nowhere = 1;
}

static void run(csgi_worker *worker, csgi_task *task) {
    (void)worker, (void)task;
    fall();
}

static csgi_rc handle(csgi_app *app, csgi_request *req) {
    csgi_exchange *x = req->exchange;
    later *l;
    (void)app;
    if (csgi_eq(req->path, CSGI_STR("/null"))) fall();
    if (!csgi_eq(req->path, CSGI_STR("/later"))) return csgi_text(req, 200, "fine\n");
    l = (later *)csgi_zalloc(x, sizeof *l);
    if (!l) return CSGI_NOMEM;
    l->task.run = run;
    l->x = x;
    x->api->hold(x);
    x->api->post(x->worker, &l->task);
    return CSGI_PENDING;
}

CSGI_HELLO_MODULE("crashing", "1.0", handle);
