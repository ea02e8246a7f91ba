// SPDX-License-Identifier: MIT
// The application that servers are compared with: a table of endpoints, and the module's entry.
// README.md tells what each answers.
#include "examples/conform/conform.h"

#include "examples/conform/query.h"

#include <stdlib.h>

#define GET   0u // and HEAD
#define POST  1u
#define ANY   2u
#define EXACT 0u
#define BELOW 4u // the path begins so, and something follows
#define TREE  8u // the path itself, and what lies below it

static const struct route {
    csgi_str path;
    unsigned flags;
    conform_endpoint answer;
} routes[] = {
    {CSGI_LIT("/"), GET | EXACT, conform_root},
    {CSGI_LIT("/hello"), GET | EXACT, conform_hello},
    {CSGI_LIT("/echo"), POST | EXACT, conform_echo},
    {CSGI_LIT("/headers"), GET | EXACT, conform_headers},
    {CSGI_LIT("/stream"), GET | EXACT, conform_stream},
    {CSGI_LIT("/status/"), GET | BELOW, conform_status},
    {CSGI_LIT("/reflect"), GET | EXACT, conform_reflect},
    {CSGI_LIT("/file"), GET | EXACT, conform_file},
    {CSGI_LIT("/defer"), GET | EXACT, conform_defer},
    {CSGI_LIT("/stderr"), GET | EXACT, conform_stderr},
    {CSGI_LIT("/appstatus/"), GET | BELOW, conform_appstatus},
    {CSGI_LIT("/__inspect"), ANY | TREE, conform_inspect},
    {CSGI_LIT("/__conform/record"), ANY | EXACT, conform_suite_record},
    {CSGI_LIT("/__conform/slow-read"), ANY | EXACT, conform_suite_slow_read},
    {CSGI_LIT("/__conform/read-all"), ANY | EXACT, conform_suite_read_all},
    {CSGI_LIT("/__conform/unread"), ANY | EXACT, conform_suite_unread},
    {CSGI_LIT("/__conform/overrun"), ANY | EXACT, conform_suite_overrun},
    {CSGI_LIT("/__conform/underrun"), ANY | EXACT, conform_suite_underrun},
    {CSGI_LIT("/__conform/twice"), ANY | EXACT, conform_suite_twice},
    {CSGI_LIT("/__conform/states"), ANY | EXACT, conform_suite_states},
    {CSGI_LIT("/__conform/inject"), ANY | EXACT, conform_suite_inject},
    {CSGI_LIT("/__conform/trailers"), ANY | EXACT, conform_suite_trailers},
    {CSGI_LIT("/__conform/raise"), ANY | EXACT, conform_suite_raise},
    {CSGI_LIT("/__conform/abort"), ANY | EXACT, conform_suite_abort},
    {CSGI_LIT("/__conform/abort-early"), ANY | EXACT, conform_suite_abort_early},
    {CSGI_LIT("/__conform/error"), ANY | EXACT, conform_suite_error},
    {CSGI_LIT("/__conform/error-late"), ANY | EXACT, conform_suite_error_late},
    {CSGI_LIT("/__conform/none"), ANY | EXACT, conform_suite_none},
    {CSGI_LIT("/__conform/never"), ANY | EXACT, conform_suite_never},
    {CSGI_LIT("/__conform/decline"), ANY | EXACT, conform_suite_decline},
    {CSGI_LIT("/__conform/big"), ANY | EXACT, conform_suite_big},
    {CSGI_LIT("/__conform/ignore-pause"), ANY | EXACT, conform_suite_ignore_pause},
    {CSGI_LIT("/__conform/file"), ANY | EXACT, conform_file},
};

// Does the route lead there? `rest` is what stands behind it.
static int leads_to(const struct route *route, csgi_str path, csgi_str *rest) {
    if (path.n < route->path.n || memcmp(path.p, route->path.p, route->path.n) != 0) return 0;
    rest->p = path.p + route->path.n;
    rest->n = path.n - route->path.n;
    if (route->flags & BELOW) return rest->n > 0;
    return rest->n == 0 || ((route->flags & TREE) && rest->p[0] == '/');
}

static csgi_rc refuse_method(csgi_request *req, unsigned flags) {
    csgi_str text = CSGI_LIT("method not allowed\n");
    csgi_header fields[2] = {{CSGI_LIT("content-type"), CSGI_LIT("text/plain"), 0, 0, 0},
                             {CSGI_LIT("allow"), CSGI_LIT("GET, HEAD"), 0, 0, 0}};
    csgi_head head = {sizeof head, 405, 0, fields, 2, 0, (int64_t)text.n};
    csgi_chunk chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_STATIC, text.p, text.n, 0, 0, NULL, NULL};
    csgi_part part = {sizeof part, CSGI_PART_END, &head, &chunk, 1, NULL, 0};
    if (flags & POST) fields[1].value = CSGI_STR("POST");
    return csgi_send(req, &part);
}

static csgi_rc conform_handle(csgi_app *app, csgi_request *req) {
    int reads = req->method_id == CSGI_METHOD_GET || req->method_id == CSGI_METHOD_HEAD;
    csgi_str path = {req->path.p + req->mount_len, req->path.n - req->mount_len}, rest;
    size_t i;
    csgi_rc rc = conform_decode(req->exchange, path, &path);
    if (rc == CSGI_NOMEM) return rc;
    if (rc < 0) return csgi_text(req, 400, "a broken escape\n");
    if (path.n == 0) path = CSGI_STR("/");
    for (i = 0; i < sizeof routes / sizeof *routes; i++) {
        unsigned flags = routes[i].flags;
        if (!leads_to(&routes[i], path, &rest)) continue;
        if (!(flags & ANY) && (flags & POST ? req->method_id != CSGI_METHOD_POST : !reads))
            return refuse_method(req, flags);
        return routes[i].answer((conform *)app, req, rest);
    }
    return csgi_text(req, 404, "not found\n");
}

static csgi_rc conform_start(csgi_app *app, csgi_worker *worker, char *err, size_t cap) {
    (void)worker;
    return conform_clerk_start((conform *)app, err, cap);
}

static void conform_stop(csgi_app *app) {
    conform_clerk_stop((conform *)app);
}

static void conform_destroy(csgi_app *app) {
    free(app);
}

// Configuration: file=PATH, what /file serves.
static csgi_rc conform_check(csgi_str config, char *err, size_t cap) {
    char file[sizeof((conform *)0)->file];
    if (csgi_config_get(config, "file", file, sizeof file) == -2)
        return csgi_refuse(err, cap, CSGI_INVAL, "file= is longer than 1023 bytes");
    return CSGI_OK;
}

static csgi_rc conform_create(csgi_str config, csgi_app **inner, size_t ninner, csgi_app **out,
                              char *err, size_t cap) {
    csgi_rc rc = conform_check(config, err, cap);
    conform *app;
    (void)inner;
    if (rc < 0) return rc;
    if (ninner) return csgi_refuse(err, cap, CSGI_INVAL, "this application wraps no other");
    app = calloc(1, sizeof *app);
    if (!app) return csgi_refuse(err, cap, CSGI_NOMEM, "out of memory");
    app->app.struct_size = sizeof app->app;
    app->app.handle = conform_handle;
    app->app.start = conform_start;
    app->app.stop = conform_stop;
    app->app.destroy = conform_destroy;
    if (csgi_config_get(config, "file", app->file, sizeof app->file) < 0) app->file[0] = 0;
    *out = &app->app;
    return CSGI_OK;
}

const csgi_entry csgi_entry_v1 = {sizeof csgi_entry_v1, CSGI_ABI_MINOR, "conform", "1.0", 0,
                                  conform_check,        conform_create, NULL};
