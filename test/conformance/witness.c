// SPDX-License-Identifier: MIT
// A module that tells what happens to it: an application, or a layer when it is given one to wrap.
//
// Configuration: name=NAME, in what it writes; fail=check|create|start; max_body=N; as a layer,
// answers=PATH, which it answers itself, and mount=PREFIX, below which what it wraps is mounted.
// Each step of its life is a line on stderr.
#include <csgi/sdk.h>
#include <stdio.h>

typedef struct witness {
    csgi_wrap wrap; // first; inner is NULL in an application
    char name[32], fail[16], answers[64], mount[32];
} witness;

typedef struct witness_tap {
    csgi_tap tap;
    const witness *self;
} witness_tap;

static void say(const witness *w, const char *what) {
    fprintf(stderr, "witness %s: %s\n", w->name, what);
}

// ---- As a layer: its name in x-order of every head that passes, so that the order shows -------

static csgi_rc witness_part(csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
    const witness *w = ((witness_tap *)tap)->self;
    csgi_rc rc = CSGI_OK;
    if (head) rc = csgi_head_add(x, head, CSGI_STR("x-order"), csgi_str_of(w->name));
    return rc < 0 ? rc : csgi_forward(tap, x, part);
}

static csgi_rc mounted(const witness *w, csgi_request *req) {
    const size_t n = strlen(w->mount);
    const int is_below = req->path.n >= n && memcmp(req->path.p, w->mount, n) == 0 &&
                         (req->path.n == n || req->path.p[n] == '/');
    csgi_request *view = is_below ? req->exchange->api->derive(req) : NULL;
    if (!is_below) return csgi_text(req, 404, "nothing is mounted here\n");
    if (!view) return CSGI_NOMEM;
    view->mount_len = (uint32_t)n;
    return csgi_call(w->wrap.inner, view);
}

static csgi_rc wrap_handle(csgi_app *app, csgi_request *req) {
    witness *w = (witness *)app;
    if (w->mount[0]) return mounted(w, req);
    witness_tap *tap = csgi_alloc(req->exchange, sizeof *tap);
    csgi_request *view = tap ? csgi_push(req, &tap->tap, 0, witness_part) : NULL;
    if (!view) return CSGI_NOMEM;
    tap->self = w;
    if (csgi_eq(req->path, csgi_str_of(w->answers))) return csgi_text(view, 401, w->name);
    return csgi_call(w->wrap.inner, view);
}

// ---- As an application ------------------------------------------------------------------------

static csgi_rc tell_length(csgi_request *req, csgi_str body, void *arg) {
    char text[24];
    csgi_header fields[1] = {{CSGI_LIT("x-witness"), CSGI_LIT("called"), 0, 0, 0}};
    csgi_head head = {sizeof head, 200, 0, fields, 1, 0, 0};
    csgi_chunk chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_COPY, text, 0, 0, 0, NULL, NULL};
    csgi_part part = {sizeof part, CSGI_PART_END, &head, &chunk, 1, NULL, 0};
    (void)arg;
    chunk.n = (uint64_t)snprintf(text, sizeof text, "%zu", body.n);
    return csgi_send(req, &part);
}

// What must not stand in an answer of this status, all of it: the host mends it.
static csgi_rc stray(csgi_request *req, unsigned status) {
    csgi_header fields[2] = {{CSGI_LIT("content-type"), CSGI_LIT("text/plain"), 0, 0, 0},
                             {CSGI_LIT("content-length"), CSGI_LIT("6"), 0, 0, 0}};
    csgi_head head = {sizeof head, (uint16_t)status, 0, fields, 2, 0, 0};
    csgi_chunk chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_STATIC, "stray\n", 6, 0, 0, NULL, NULL};
    csgi_part part = {sizeof part, CSGI_PART_END, &head, &chunk, 1, NULL, 0};
    if (!csgi_eq(req->query, CSGI_STR("parts"))) return csgi_send(req, &part);
    if (csgi_begin(req, &head) < 0 || csgi_write_chunks(req, &chunk, 1) < 0) return CSGI_APP;
    return csgi_end(req);
}

// A trailer that nobody can be sent, since the length of the body is declared.
static csgi_rc declared_sum(csgi_request *req) {
    csgi_header sum = {CSGI_LIT("x-sum"), CSGI_LIT("1"), 0, 0, 0};
    csgi_head head = {sizeof head, 200, 0, NULL, 0, 0, 4};
    csgi_chunk chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_STATIC, "sum\n", 4, 0, 0, NULL, NULL};
    csgi_part part = {sizeof part, CSGI_PART_END, &head, &chunk, 1, &sum, 1};
    return csgi_send(req, &part);
}

// The head first, and the body is asked for behind it.
static uint32_t late_event(csgi_request *req, uint32_t events, void *arg) {
    csgi_chunk spans[4];
    size_t n, i;
    csgi_rc rc;
    (void)arg;
    while ((rc = req->source->peek(req->source, req->exchange, 1, spans, 4, &n)) == CSGI_OK)
        for (i = 0; i < n; i++) (void)req->source->consume(req->source, req->exchange, spans[i].n);
    if (rc == CSGI_EOF) (void)csgi_end(req);
    if (rc < 0) (void)csgi_abort(req);
    return events;
}

static csgi_rc late_read(csgi_request *req) {
    csgi_head head = {sizeof head, 200, 0, NULL, 0, 0, 0};
    csgi_rc rc =
        req->exchange->api->listen(req, CSGI_EVENT_BODY | CSGI_EVENT_ABORT, late_event, NULL);
    if (rc >= 0) rc = csgi_begin(req, &head);
    if (rc < 0) return rc;
    (void)late_event(req, 0, NULL);
    return CSGI_PENDING;
}

static csgi_rc app_handle(csgi_app *app, csgi_request *req) {
    csgi_str below = CSGI_LIT("/stray/");
    (void)app;
    if (csgi_eq(req->path, CSGI_STR("/body"))) return csgi_body(req, tell_length, NULL);
    if (csgi_eq(req->path, CSGI_STR("/sum"))) return declared_sum(req);
    if (csgi_eq(req->path, CSGI_STR("/late"))) return late_read(req);
    if (csgi_eq(req->path, CSGI_STR("/fail/app"))) return CSGI_APP;
    if (csgi_eq(req->path, CSGI_STR("/fail/trunc"))) return CSGI_TRUNC;
    if (csgi_eq(req->path, CSGI_STR("/fail/limit"))) return CSGI_LIMIT;
    if (req->path.n == below.n + 3 && memcmp(req->path.p, below.p, below.n) == 0) {
        char digits[4] = {0};
        memcpy(digits, req->path.p + below.n, 3);
        return stray(req, (unsigned)atoi(digits));
    }
    return csgi_text(req, 200, "Hello, world!");
}

// ---- Life -------------------------------------------------------------------------------------

static csgi_rc witness_start(csgi_app *app, csgi_worker *worker, char *err, size_t cap) {
    witness *w = (witness *)app;
    (void)worker;
    say(w, "start");
    if (strcmp(w->fail, "start") == 0)
        return csgi_refuse(err, cap, CSGI_APP, "the witness was told to fail in start");
    return CSGI_OK;
}

static void witness_drain(csgi_app *app) {
    say((witness *)app, "drain");
}

static void witness_stop(csgi_app *app) {
    say((witness *)app, "stop");
}

static void witness_destroy(csgi_app *app) {
    say((witness *)app, "destroy");
    free(app);
}

static csgi_rc witness_check(csgi_str config, char *err, size_t cap) {
    char fail[16];
    if (csgi_config_get(config, "fail", fail, sizeof fail) > 0 && strcmp(fail, "check") == 0)
        return csgi_refuse(err, cap, CSGI_INVAL, "the witness was told to fail in check");
    return CSGI_OK;
}

static csgi_rc witness_create(csgi_str config, csgi_app **inner, size_t ninner, csgi_app **out,
                              char *err, size_t cap) {
    char number[24] = "0";
    witness *w;
    if (ninner > 1) return csgi_refuse(err, cap, CSGI_INVAL, "the witness wraps one, or none");
    w = calloc(1, sizeof *w);
    if (!w) return csgi_refuse(err, cap, CSGI_NOMEM, "out of memory");
    if (csgi_config_get(config, "name", w->name, sizeof w->name) < 0) strcpy(w->name, "app");
    if (csgi_config_get(config, "fail", w->fail, sizeof w->fail) < 0) w->fail[0] = 0;
    if (csgi_config_get(config, "answers", w->answers, sizeof w->answers) < 0) w->answers[0] = 0;
    if (csgi_config_get(config, "mount", w->mount, sizeof w->mount) < 0) w->mount[0] = 0;
    (void)csgi_config_get(config, "max_body", number, sizeof number);
    say(w, "create");
    if (strcmp(w->fail, "create") == 0) {
        free(w);
        return csgi_refuse(err, cap, CSGI_INVAL, "the witness was told to fail in create");
    }
    w->wrap.app.struct_size = sizeof w->wrap.app;
    w->wrap.app.max_body = strtoull(number, NULL, 10);
    w->wrap.app.handle = ninner ? wrap_handle : app_handle;
    w->wrap.app.start = witness_start;
    w->wrap.app.drain = witness_drain;
    w->wrap.app.stop = witness_stop;
    w->wrap.app.destroy = witness_destroy;
    if (ninner) {
        w->wrap.inner = inner[0];
        w->wrap.app.inner = &w->wrap.inner;
        w->wrap.app.ninner = 1;
        w->wrap.app.max_body = inner[0]->max_body;
    }
    *out = &w->wrap.app;
    return CSGI_OK;
}

const csgi_entry csgi_entry_v1 = {sizeof csgi_entry_v1, CSGI_ABI_MINOR, "witness", "1.0", 0,
                                  witness_check,        witness_create, NULL};
