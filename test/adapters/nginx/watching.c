// SPDX-License-Identifier: MIT
// An application that watches descriptors by csgi.poll/1: at /in what a timer writes into a pipe,
// at /out room in a socket, at /bad what cannot be watched.
#include <csgi/ext/poll.h>
#include <csgi/sdk.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIMES 5

typedef struct pair {
    csgi_watcher watcher; // of ends[0]
    csgi_task timer;
    csgi_request *req;
    const csgi_poll *poll;
    int ends[2];
    unsigned called, read;
} pair;

#define pair_of(member, p) ((pair *)(void *)((char *)(p)-offsetof(pair, member)))

static void let_go(pair *p) {
    csgi_worker *worker = p->req->exchange->worker;
    (void)p->poll->watch(worker, &p->watcher, p->ends[0], 0);
    worker->api->timer(worker, &p->timer, -1);
    close(p->ends[0]);
    close(p->ends[1]);
}

static uint32_t on_abort(csgi_request *req, uint32_t events, void *arg) {
    (void)req;
    let_go(arg);
    (void)csgi_abort(req);
    return events;
}

// ---- /in: called for as long as there is something, then at the next thing --------------------

static void write_one(csgi_worker *worker, csgi_task *task) {
    pair *p = pair_of(timer, task);
    (void)!write(p->ends[1], "ab", 2);
    (void)worker;
}

static void on_in(csgi_worker *worker, csgi_watcher *watcher, uint32_t ready) {
    pair *p = pair_of(watcher, watcher);
    char byte;
    p->called++;
    if (ready != CSGI_POLL_IN || read(p->ends[0], &byte, 1) != 1)
        return; // and it is never answered
    if (++p->read == TIMES * 2) {
        let_go(p);
        (void)csgi_text(p->req, 200, p->called == p->read ? "read\n" : "called for nothing\n");
    } else if (p->read % 2 == 0) {
        worker->api->timer(worker, &p->timer, 5);
    }
}

// ---- /out: called at once; what is asked for can change inside --------------------------------

static void on_out(csgi_worker *worker, csgi_watcher *watcher, uint32_t ready) {
    pair *p = pair_of(watcher, watcher);
    char bytes[8];
    if (p->called++ == 0) {
        if (ready != CSGI_POLL_OUT) return;
        (void)p->poll->watch(worker, watcher, p->ends[0], CSGI_POLL_IN);
        worker->api->timer(worker, &p->timer, 20);
        return;
    }
    const int fine = p->called == 2 && ready == CSGI_POLL_IN && read(p->ends[0], bytes, 8) == 2;
    let_go(p);
    (void)csgi_text(p->req, 200, fine ? "room\n" : "called for nothing\n");
}

static csgi_rc begin(csgi_request *req, const csgi_poll *poll, int is_out) {
    csgi_exchange *x = req->exchange;
    pair *p = csgi_zalloc(x, sizeof *p);
    if (!p || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, p->ends) < 0)
        return CSGI_NOMEM;
    p->req = req;
    p->poll = poll;
    p->watcher.run = is_out ? on_out : on_in;
    p->timer.run = write_one;
    csgi_rc rc =
        poll->watch(x->worker, &p->watcher, p->ends[0], is_out ? CSGI_POLL_OUT : CSGI_POLL_IN);
    if (rc >= 0 && !is_out) x->api->timer(x->worker, &p->timer, 5);
    if (rc >= 0) rc = x->api->listen(req, CSGI_EVENT_ABORT, on_abort, p);
    return rc < 0 ? rc : CSGI_PENDING;
}

static csgi_rc bad(csgi_request *req, const csgi_poll *poll) {
    csgi_worker *worker = req->exchange->worker;
    csgi_watcher watcher = {.run = on_in};
    const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    const int fine = poll->watch(worker, &watcher, -1, CSGI_POLL_IN) == CSGI_INVAL &&
                     poll->watch(worker, &watcher, 1 << 20, CSGI_POLL_IN) == CSGI_INVAL &&
                     poll->watch(worker, &watcher, file, CSGI_POLL_IN) == CSGI_INVAL &&
                     poll->watch(worker, &watcher, file, 64) == CSGI_INVAL &&
                     poll->watch(worker, &watcher, -1, 0) == CSGI_OK;
    close(file);
    return csgi_text(req, 200, fine ? "refused\n" : "taken\n");
}

static csgi_rc handle(csgi_app *app, csgi_request *req) {
    csgi_worker *worker = req->exchange->worker;
    const csgi_poll *poll = worker->api->ext(worker, CSGI_EXT_POLL);
    (void)app;
    if (!poll) return csgi_text(req, 501, "no csgi.poll/1 here\n");
    if (csgi_eq(req->path, CSGI_STR("/bad"))) return bad(req, poll);
    if (csgi_eq(req->path, CSGI_STR("/in"))) return begin(req, poll, 0);
    if (csgi_eq(req->path, CSGI_STR("/out"))) return begin(req, poll, 1);
    return csgi_text(req, 200, "fine\n");
}

CSGI_HELLO_MODULE("watching", "1.0", handle);
