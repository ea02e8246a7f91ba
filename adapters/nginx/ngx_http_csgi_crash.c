// SPDX-License-Identifier: MIT
// When an application brings its worker down, the error log says which one, and with which request.
#include "adapters/nginx/ngx_http_csgi_ctx.h"

#include "core/gateway/boundary.h"
#include <string.h>

// ---- Who is inside ----------------------------------------------------------------------------

static ngx_http_csgi_worker_t *worker_of(const csgi_exchange *x) {
    return ((const csgi_host *)x->worker)->owner;
}

static bool handle(csgi_app *app, csgi_request *req, csgi_rc *rc, char *what, size_t cap) {
    ngx_http_csgi_worker_t *worker = worker_of(req->exchange);
    worker->current = (csgi_host_exchange *)req->exchange;
    const bool fine = csgi_guard_cxx.handle(app, req, rc, what, cap);
    worker->current = NULL;
    return fine;
}

static bool event(csgi_event_fn fn, csgi_request *req, uint32_t *events, void *arg, char *what,
                  size_t cap) {
    ngx_http_csgi_worker_t *worker = worker_of(req->exchange);
    worker->current = (csgi_host_exchange *)req->exchange;
    const bool fine = csgi_guard_cxx.event(fn, req, events, arg, what, cap);
    worker->current = NULL;
    return fine;
}

static bool done(csgi_done_fn fn, csgi_exchange *x, void *arg, csgi_rc outcome, uint64_t bytes,
                 char *what, size_t cap) {
    ngx_http_csgi_worker_t *worker = worker_of(x);
    worker->current = (csgi_host_exchange *)x;
    const bool fine = csgi_guard_cxx.done(fn, x, arg, outcome, bytes, what, cap);
    worker->current = NULL;
    return fine;
}

static bool task(csgi_worker *worker, csgi_task *posted, char *what, size_t cap) {
    return csgi_guard_cxx.task(worker, posted, what, cap);
}

const csgi_guard ngx_http_csgi_guard = {handle, event, done, task};

// ---- The line. Only what a signal handler may call --------------------------------------------

typedef struct {
    char text[2048];
    size_t n;
} line;

static void put(line *l, const char *p, size_t n) {
    for (size_t i = 0; i < n && l->n < sizeof l->text - 2; i++) {
        const unsigned char c = (unsigned char)p[i];
        l->text[l->n++] = c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
}

static void put_text(line *l, const char *text) {
    put(l, text, strlen(text));
}

static void put_number(line *l, unsigned value) {
    char digits[12];
    size_t n = sizeof digits;
    do digits[--n] = (char)('0' + value % 10);
    while (value /= 10);
    put(l, digits + n, sizeof digits - n);
}

static const char *name_of(int number) {
    switch (number) {
    case SIGSEGV: return "SIGSEGV";
    case SIGBUS: return "SIGBUS";
    case SIGFPE: return "SIGFPE";
    case SIGILL: return "SIGILL";
    case SIGABRT: return "SIGABRT";
    default: return "a signal";
    }
}

static void put_crash(line *l, const ngx_http_csgi_worker_t *worker, int number) {
    const csgi_host_exchange *x = worker->current;
    const ngx_http_csgi_ctx_t *ctx = x ? x->owner : NULL;
    put(l, (char *)ngx_cached_err_log_time.data, ngx_cached_err_log_time.len);
    put_text(l, " [alert] ");
    put_number(l, (unsigned)ngx_pid);
    put_text(l, "#0: csgi: the worker crashed with ");
    put_text(l, name_of(number));
    if (!pthread_equal(pthread_self(), worker->thread)) {
        put_text(l, " in a thread of an application's");
    } else if (ctx) {
        put_text(l, " in ");
        put_text(l, ctx->stack->name);
        put_text(l, ", request: \"");
        put(l, (char *)ctx->request->request_line.data, ctx->request->request_line.len);
        put_text(l, "\"");
    } else {
        put_text(l, worker->host.depth ? " in a task of an application's"
                                       : " outside of any application");
    }
    l->text[l->n++] = '\n';
}

static ngx_http_csgi_worker_t *worker_here(void) {
    if (!ngx_cycle || !ngx_cycle->conf_ctx) return NULL;
    const ngx_http_csgi_main_conf_t *conf =
        ngx_http_cycle_get_module_main_conf(ngx_cycle, ngx_http_csgi_module);
    return conf ? conf->worker : NULL;
}

static void on_crash(int number, siginfo_t *info, void *context) {
    ngx_http_csgi_worker_t *worker = worker_here();
    (void)context;
    if (worker) {
        line l = {.n = 0};
        put_crash(&l, worker, number);
        (void)!write(worker->log->file->fd, l.text, l.n);
        sigaction(number, &worker->previous[number], NULL);
    } else {
        signal(number, SIG_DFL);
    }
    // What did it does it again, to whom it was meant for; what was sent has to be sent again.
    if (info->si_code <= 0) raise(number);
}

static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

void ngx_http_csgi_crash_begin(ngx_http_csgi_worker_t *worker) {
    struct sigaction action = {.sa_sigaction = on_crash,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    stack_t old;
    // A stack that has run over leaves no room for the handler.
    if (sigaltstack(NULL, &old) == 0 && (old.ss_flags & SS_DISABLE)) {
        const stack_t stack = {.ss_sp = worker->crash_stack, .ss_size = sizeof worker->crash_stack};
        sigaltstack(&stack, NULL);
    }
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, &worker->previous[numbers[i]]);
}

void ngx_http_csgi_crash_end(ngx_http_csgi_worker_t *worker) {
    const stack_t none = {.ss_flags = SS_DISABLE};
    stack_t stack;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &worker->previous[numbers[i]], NULL);
    if (sigaltstack(NULL, &stack) == 0 && stack.ss_sp == worker->crash_stack)
        sigaltstack(&none, NULL);
}
