// SPDX-License-Identifier: MIT
// Short verbs over <csgi.h> for applications and middleware: static inline, nothing to link.
//
//     strings       CSGI_STR, csgi_str_of, csgi_eq, csgi_rc_name
//     memory        csgi_alloc, csgi_zalloc
//     ask           csgi_get, csgi_field, csgi_next, csgi_find, csgi_attr_get, csgi_body,
//                   csgi_config_get
//     answer        csgi_text, csgi_reply; csgi_begin, csgi_write, csgi_end, csgi_abort; csgi_fail,
//                   csgi_send, csgi_send_owned
//     wrap          csgi_push (a view behind a tap), csgi_forward, csgi_forward_bytes, csgi_call,
//                   csgi_head_add, csgi_head_set, csgi_head_del, csgi_set_fields
//     be a module   CSGI_HELLO_MODULE, CSGI_WRAP_MODULE, CSGI_MODULE; csgi_wrap_new, csgi_refuse
//
// All of it is for the worker's thread. Files as bodies are in <csgi/file.h>, which needs POSIX.
#ifndef CSGI_SDK_H
#define CSGI_SDK_H

#include <csgi.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Strings ----------------------------------------------------------------------------------

static inline csgi_str csgi_str_n(const char *p, size_t n) {
    csgi_str s;
    s.p = p;
    s.n = n;
    return s;
}

// A csgi_str from a string literal, where an expression is needed (CSGI_LIT is an initialiser).
#define CSGI_STR(literal) csgi_str_n(literal, sizeof(literal) - 1)

static inline csgi_str csgi_str_of(const char *text) {
    csgi_str s = {text, strlen(text)};
    return s;
}

static inline int csgi_eq(csgi_str a, csgi_str b) {
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static inline const char *csgi_rc_name(csgi_rc rc) {
    static const char *const names[] = {"APP",    "TRUNC", "UNSUP", "NOMEM",   "LIMIT",
                                        "LENGTH", "INVAL", "STATE", "GONE",    "OK",
                                        "AGAIN",  "PAUSE", "EOF",   "PENDING", "DECLINED"};
    return rc < CSGI_APP || rc > CSGI_DECLINED ? "?" : names[rc - CSGI_APP];
}

// ---- Memory of the exchange -------------------------------------------------------------------

// n bytes at a multiple of 16 that live as long as the exchange. NULL: out of memory.
static inline void *csgi_alloc(csgi_exchange *x, size_t n) {
    uintptr_t at = ((uintptr_t)x->arena_cur + 15u) & ~(uintptr_t)15u;
    if (at <= (uintptr_t)x->arena_end && n <= (uintptr_t)x->arena_end - at) {
        x->arena_cur = (char *)at + n;
        return (void *)at;
    }
    return x->api->alloc(x, n, 16);
}

static inline void *csgi_zalloc(csgi_exchange *x, size_t n) {
    void *p = csgi_alloc(x, n);
    return p ? memset(p, 0, n) : NULL;
}

// ---- Looking at a request ---------------------------------------------------------------------

// The first field line of a known name (CSGI_FIELD_*), NULL if there is none. Further ones:
// csgi_next.
static inline const csgi_header *csgi_field(const csgi_request *req, unsigned id) {
    uint16_t at = id < req->nknown ? req->known[id] : 0;
    return at ? &req->headers[at - 1] : NULL;
}

static inline const csgi_header *csgi_next(const csgi_request *req, const csgi_header *field) {
    return field->next ? &req->headers[field->next - 1] : NULL;
}

// The value of the first line of a known name, empty if there is none.
static inline csgi_str csgi_get(const csgi_request *req, unsigned id) {
    const csgi_header *field = csgi_field(req, id);
    csgi_str none = {"", 0};
    return field ? field->value : none;
}

// The first line of any name, given in lower case; NULL if there is none.
static inline const csgi_header *csgi_find(const csgi_request *req, csgi_str name) {
    uint32_t i;
    for (i = 0; i < req->nheaders; i++)
        if (csgi_eq(req->headers[i].name, name)) return &req->headers[i];
    return NULL;
}

// What the nearest layer outside left under this id, NULL if none did, or one hid it.
static inline const void *csgi_attr_get(const csgi_request *req, csgi_str id) {
    const csgi_attr *attr;
    for (attr = req->attrs; attr; attr = attr->next)
        if (csgi_eq(attr->id, id)) return attr->value;
    return NULL;
}

// The value of `key` in a configuration text, unescaped into buf[0, cap) and NUL-terminated. Its
// length; -1 without the key; -2 when it does not fit. Same grammar everywhere:
// key=value,key=value, `\` escapes.
static inline long csgi_config_get(csgi_str config, const char *key, char *buf, size_t cap) {
    size_t i = 0, want = strlen(key);
    while (i < config.n) {
        size_t k = 0, n = 0;
        int same = 1;
        for (; i < config.n && config.p[i] != '=' && config.p[i] != ','; i++, k++) {
            if (config.p[i] == '\\' && i + 1 < config.n) i++;
            if (k >= want || config.p[i] != key[k]) same = 0;
        }
        same = same && k == want;
        if (i < config.n && config.p[i] == '=') i++;
        for (; i < config.n && config.p[i] != ','; i++) {
            if (config.p[i] == '\\' && i + 1 < config.n) i++;
            if (same && n < cap) buf[n] = config.p[i];
            n++;
        }
        i++;
        if (!same) continue;
        if (n >= cap) return -2;
        buf[n] = 0;
        return (long)n;
    }
    return -1;
}

// ---- Answering --------------------------------------------------------------------------------

// Sends a part to the sink that is next for it.
static inline csgi_rc csgi_send(csgi_request *req, const csgi_part *part) {
    const csgi_sink *to = part->head ? req->sink : req->body_sink;
    return to->send(to, req->exchange, part);
}

// Releases the OWNED chunks of a part.
static inline void csgi_release_owned(const csgi_part *part) {
    size_t i;
    for (i = 0; i < part->nchunks; i++)
        if (part->chunks[i].mem == CSGI_MEM_OWNED) part->chunks[i].release(part->chunks[i].arg);
}

// The same for a part with OWNED chunks that the caller has no use for when they are refused.
static inline csgi_rc csgi_send_owned(csgi_request *req, const csgi_part *part) {
    csgi_rc rc = csgi_send(req, part);
    if (rc < 0) csgi_release_owned(part);
    return rc;
}

// A whole answer from memory. `mem` says how long `body` stays valid (CSGI_MEM_*, not OWNED). For
// 204, 205 and 304 neither type nor body is sent. Returns what `handle` may return.
static inline csgi_rc csgi_reply(csgi_request *req, unsigned status, csgi_str type, csgi_str body,
                                 uint32_t mem) {
    csgi_header field = {CSGI_LIT("content-type"), {"", 0}, 0, 0, 0};
    csgi_head head = {sizeof head, (uint16_t)status, 0, &field, 1, 0, 0};
    csgi_chunk chunk = {CSGI_CHUNK_MEMORY, mem, NULL, 0, 0, 0, NULL, NULL};
    csgi_part part = {sizeof part, CSGI_PART_END, &head, &chunk, 1, NULL, 0};
    csgi_rc rc;
    field.value = type;
    chunk.p = body.p;
    chunk.n = body.n;
    if (status == 204 || status == 205 || status == 304) part.nchunks = head.nheaders = 0;
    if (!type.n) head.nheaders = 0;
    rc = csgi_send(req, &part);
    return rc < 0 ? rc : CSGI_OK;
}

// A whole answer in plain text; `text` is copied.
static inline csgi_rc csgi_text(csgi_request *req, unsigned status, const char *text) {
    return csgi_reply(req, status, CSGI_STR("text/plain; charset=utf-8"), csgi_str_of(text),
                      CSGI_MEM_COPY);
}

// Begins a streamed answer. OK, PAUSE, or < 0.
static inline csgi_rc csgi_begin(csgi_request *req, const csgi_head *head) {
    csgi_part part = {sizeof part, 0, head, NULL, 0, NULL, 0};
    return csgi_send(req, &part);
}

static inline csgi_rc csgi_write_chunks(csgi_request *req, const csgi_chunk *chunks, size_t n) {
    csgi_part part = {sizeof part, 0, NULL, chunks, n, NULL, 0};
    return csgi_send(req, &part);
}

// Copies n bytes out. OK, PAUSE (taken; wait for WRITABLE), or < 0.
static inline csgi_rc csgi_write(csgi_request *req, const void *p, size_t n) {
    csgi_chunk chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_COPY, p, n, 0, 0, NULL, NULL};
    return csgi_write_chunks(req, &chunk, 1);
}

static inline csgi_rc csgi_end(csgi_request *req) {
    csgi_part part = {sizeof part, CSGI_PART_END, NULL, NULL, 0, NULL, 0};
    return csgi_send(req, &part);
}

// Gives the answer up, so that the client sees it broken; before a head the server answers 500.
static inline csgi_rc csgi_abort(csgi_request *req) {
    csgi_part part = {sizeof part, CSGI_PART_ABORT, NULL, NULL, 0, NULL, 0};
    return csgi_send(req, &part);
}

// ---- Wrapping an application ------------------------------------------------------------------

// The front of a middleware's struct: an application with one inside.
typedef struct csgi_wrap {
    csgi_app app;
    csgi_app *inner;
} csgi_wrap;

static inline void csgi_wrap_free(csgi_app *app) {
    free(app);
}

// `size` zeroed bytes that begin with a csgi_wrap round `inner`, to be freed by the host. Takes
// over what the inner one says of itself, but that it may be called on several threads, which a
// layer has to know for itself. NULL: no memory.
static inline csgi_wrap *csgi_wrap_new(size_t size, csgi_rc (*handle)(csgi_app *, csgi_request *),
                                       csgi_app *inner) {
    csgi_wrap *wrap = (csgi_wrap *)calloc(1, size);
    if (!wrap) return NULL;
    wrap->inner = inner;
    wrap->app.struct_size = sizeof wrap->app;
    wrap->app.flags = inner->flags & ~CSGI_APP_CONCURRENT;
    wrap->app.max_body = inner->max_body;
    wrap->app.inner = &wrap->inner;
    wrap->app.ninner = 1;
    wrap->app.handle = handle;
    wrap->app.destroy = csgi_wrap_free;
    return wrap;
}

// A sink of the SDK's: the front of what a layer keeps per exchange. Its function gets a part and a
// head of its own, which it may change (their arrays are still the sender's), and remembers how far
// the answer is as seen from inside, so that csgi_call knows whether an error page can still be
// sent.
typedef struct csgi_tap {
    csgi_sink sink;
    uint32_t state; // CSGI_NEW, CSGI_BEGUN, CSGI_ENDED
    uint32_t reserved;
    csgi_rc (*part)(struct csgi_tap *self, csgi_exchange *x, csgi_part *part, csgi_head *head);
} csgi_tap;

static inline csgi_rc csgi_tap_send(const csgi_sink *sink, csgi_exchange *x,
                                    const csgi_part *given) {
    csgi_tap *tap = (csgi_tap *)(uintptr_t)sink;
    const uint32_t over = given->flags & (CSGI_PART_END | CSGI_PART_ABORT);
    csgi_part part;
    csgi_head head;
    csgi_rc rc;
    // As much as both sides know: what this layer does not know of a later version does not pass
    // it.
    if (given->struct_size >= sizeof part) {
        part = *given;
    } else {
        memset(&part, 0, sizeof part);
        memcpy(&part, given, given->struct_size);
    }
    part.struct_size = sizeof part;
    if (given->head) {
        if (given->head->struct_size >= sizeof head) {
            head = *given->head;
        } else {
            memset(&head, 0, sizeof head);
            memcpy(&head, given->head, given->head->struct_size);
        }
        head.struct_size = sizeof head;
        part.head = &head;
    }
    rc = tap->part(tap, x, &part, given->head ? &head : NULL);
    if (rc >= 0 && given->head) tap->state = CSGI_BEGUN;
    if ((rc >= 0 || rc == CSGI_GONE) && over) tap->state = CSGI_ENDED;
    return rc;
}

// A view whose answer passes through `fn` first: `head` is the part's, NULL when it has none. `tap`
// lives as long as the exchange (csgi_alloc). `wants`: CSGI_WANTS_*; without BODY only the part
// with the head comes by. NULL: no memory.
static inline csgi_request *csgi_push(csgi_request *req, csgi_tap *tap, uint32_t wants,
                                      csgi_rc (*fn)(csgi_tap *, csgi_exchange *, csgi_part *,
                                                    csgi_head *)) {
    csgi_request *view = req->exchange->api->derive(req);
    if (!view) return NULL;
    tap->sink.struct_size = sizeof tap->sink;
    tap->sink.wants = wants;
    tap->sink.next = req->sink;
    tap->sink.next_body = req->body_sink;
    tap->sink.send = csgi_tap_send;
    tap->state = CSGI_NEW;
    tap->reserved = 0;
    tap->part = fn;
    view->sink = &tap->sink;
    if (wants & CSGI_WANTS_BODY) view->body_sink = &tap->sink;
    if ((wants & CSGI_WANTS_BODY) && !(wants & CSGI_WANTS_FILE))
        view->flags &= ~CSGI_REQ_TAKES_FILE;
    return view;
}

// Passes a part on, outward.
static inline csgi_rc csgi_forward(const csgi_tap *tap, csgi_exchange *x, const csgi_part *part) {
    const csgi_sink *to = part->head ? tap->sink.next : tap->sink.next_body;
    return to->send(to, x, part);
}

// Passes a part on with n other bytes at `p` in place of its own, whose OWNED chunks are then
// released. `release` (p) frees the bytes when they are not needed, also when the part is refused;
// NULL: they are copied.
static inline csgi_rc csgi_forward_bytes(const csgi_tap *tap, csgi_exchange *x,
                                         const csgi_part *part, const void *p, size_t n,
                                         void (*release)(void *p)) {
    csgi_chunk bytes = {CSGI_CHUNK_MEMORY, CSGI_MEM_COPY, p, n, 0, 0, NULL, NULL};
    csgi_part next = *part;
    csgi_rc rc;
    if (release) {
        bytes.mem = CSGI_MEM_OWNED;
        bytes.release = release;
        bytes.arg = (void *)(uintptr_t)p;
    }
    next.chunks = &bytes;
    next.nchunks = n || release ? 1 : 0;
    rc = csgi_forward(tap, x, &next);
    if (rc >= 0)
        csgi_release_owned(part);
    else if (release)
        release((void *)(uintptr_t)p);
    return rc;
}

// How far the answer is as seen from `view`, when the nearest sink is a tap of this very module;
// else as the server sees it, which is less when a layer keeps something back.
static inline uint32_t csgi_state(const csgi_request *view) {
    uint32_t server = view->exchange->state, seen;
    if (view->sink->send != csgi_tap_send) return server;
    seen = ((const csgi_tap *)(const void *)view->sink)->state;
    return seen > server ? seen : server;
}

// Ends what cannot go on: by the plain page of `status` through the sinks of `view`, or, when the
// answer has begun, by giving it up. Returns what `handle` may return.
static inline csgi_rc csgi_fail(csgi_request *view, unsigned status) {
    char text[] = "000 error\n";
    if (csgi_state(view) != CSGI_NEW) return csgi_abort(view);
    text[0] = (char)('0' + status / 100);
    text[1] = (char)('0' + status / 10 % 10);
    text[2] = (char)('0' + status % 10);
    return csgi_text(view, status, text);
}

// Calls an inner application. Its failure becomes a 500 that passes through the layer's own sink,
// so that what the layer adds stands on error answers too. Without a sink of your own: `return
// inner->handle(...)`.
static inline csgi_rc csgi_call(csgi_app *inner, csgi_request *view) {
    csgi_rc rc = inner->handle(inner, view);
    if (rc >= 0 || csgi_state(view) != CSGI_NEW) return rc;
    if (*view->exchange->api->log_level <= CSGI_LOG_ERROR) {
        csgi_str why = csgi_str_of(csgi_rc_name(rc));
        view->exchange->api->log(view->exchange->worker, view->exchange, CSGI_LOG_ERROR, why);
    }
    return csgi_fail(view, rc == CSGI_TRUNC ? 400 : rc == CSGI_LIMIT ? 413 : 500);
}

// Gives a head of your own (a tap's) room for n more fields in the exchange's memory, and returns
// where they go. NULL: no memory.
static inline csgi_header *csgi_head_grow(csgi_exchange *x, csgi_head *head, uint32_t n) {
    const csgi_header empty = {{"", 0}, {"", 0}, 0, 0, 0};
    const uint32_t had = head->nheaders;
    csgi_header *fields = (csgi_header *)csgi_alloc(x, (had + (size_t)n) * sizeof *fields);
    uint32_t i;
    if (!fields) return NULL;
    for (i = 0; i < had; i++) fields[i] = head->headers[i];
    for (; i < had + n; i++) fields[i] = empty;
    head->headers = fields;
    head->nheaders = had + n;
    return fields + had;
}

// Adds a field to it; the strings are read until the part was sent on. OK or NOMEM.
static inline csgi_rc csgi_head_add(csgi_exchange *x, csgi_head *head, csgi_str name,
                                    csgi_str value) {
    csgi_header *field = csgi_head_grow(x, head, 1);
    if (!field) return CSGI_NOMEM;
    field->name = name;
    field->value = value;
    return CSGI_OK;
}

// Removes every line of a name (lower case) from it. OK or NOMEM.
static inline csgi_rc csgi_head_del(csgi_exchange *x, csgi_head *head, csgi_str name) {
    const csgi_header *from = head->headers;
    uint32_t i, n = 0, count = head->nheaders;
    csgi_header *fields;
    for (i = 0; i < count && !csgi_eq(from[i].name, name); i++) {
    }
    if (i == count) return CSGI_OK;
    fields = (csgi_header *)csgi_alloc(x, count * sizeof *fields);
    if (!fields) return CSGI_NOMEM;
    for (i = 0; i < count; i++)
        if (!csgi_eq(from[i].name, name)) fields[n++] = from[i];
    head->headers = fields;
    head->nheaders = n;
    return CSGI_OK;
}

// Replaces every line of a name by one.
static inline csgi_rc csgi_head_set(csgi_exchange *x, csgi_head *head, csgi_str name,
                                    csgi_str value) {
    csgi_rc rc = csgi_head_del(x, head, name);
    return rc < 0 ? rc : csgi_head_add(x, head, name, value);
}

// Gives a derived view other fields (arena memory; names in lower case, ids set) and rebuilds what
// points into them. OK or NOMEM.
static inline csgi_rc csgi_set_fields(csgi_request *view, csgi_header *fields, uint32_t n) {
    uint16_t *known = (uint16_t *)csgi_zalloc(view->exchange, view->nknown * sizeof *known);
    uint32_t i;
    if (!known) return CSGI_NOMEM;
    for (i = n; i-- > 0;) { // from the back, so that each line finds its successor in `known`
        uint32_t j = i;
        fields[i].next = 0;
        if (fields[i].id && fields[i].id < view->nknown) {
            fields[i].next = known[fields[i].id];
            known[fields[i].id] = (uint16_t)(i + 1);
        } else {
            while (++j < n && !csgi_eq(fields[i].name, fields[j].name)) {
            }
            if (j < n) fields[i].next = (uint16_t)(j + 1);
        }
    }
    view->headers = fields;
    view->nheaders = n;
    view->known = known;
    return CSGI_OK;
}

// ---- The whole body at once -------------------------------------------------------------------

// Gets the body in one piece and returns as `handle` does.
typedef csgi_rc (*csgi_body_fn)(csgi_request *req, csgi_str body, void *arg);

typedef struct csgi_body_wait {
    csgi_body_fn fn;
    void *arg;
    int over;
} csgi_body_wait;

static inline csgi_rc csgi_body_try(csgi_request *req, csgi_body_wait *wait) {
    const csgi_source *in = req->source;
    csgi_chunk one, *spans;
    csgi_str body = {"", 0};
    size_t n = 0, cap = 4, i;
    char *all;
    csgi_rc rc = in->peek(in, req->exchange, UINT64_MAX, &one, 1, &n);
    if (rc == CSGI_AGAIN) return CSGI_PENDING;
    wait->over = 1;
    if (rc == CSGI_EOF) return wait->fn(req, body, wait->arg);
    if (rc < 0) return csgi_fail(req, rc == CSGI_LIMIT ? 413 : rc == CSGI_TRUNC ? 400 : 500);
    if (req->content_length >= 0 &&
        one.n == (uint64_t)req->content_length) { // in one piece already
        body.p = (const char *)one.p;
        body.n = (size_t)one.n;
        return wait->fn(req, body, wait->arg);
    }
    do { // until all pieces fit
        spans = (csgi_chunk *)csgi_alloc(req->exchange, (cap *= 4) * sizeof *spans);
        if (!spans) return csgi_fail(req, 500);
        if (in->peek(in, req->exchange, UINT64_MAX, spans, cap, &n) != CSGI_OK)
            return csgi_fail(req, 500);
    } while (n == cap);
    for (i = 0; i < n; i++) body.n += (size_t)spans[i].n;
    all = (char *)csgi_alloc(req->exchange, body.n ? body.n : 1);
    if (!all) return csgi_fail(req, 500);
    body.p = all;
    for (i = 0; i < n; i++) {
        memcpy(all, spans[i].p, (size_t)spans[i].n);
        all += spans[i].n;
    }
    return wait->fn(req, body, wait->arg);
}

static inline uint32_t csgi_body_event(csgi_request *req, uint32_t events, void *arg) {
    csgi_body_wait *wait = (csgi_body_wait *)arg;
    csgi_rc rc;
    if (wait->over) return events;
    rc = csgi_body_try(req, wait);
    if (rc < 0 || (!wait->over && (events & CSGI_EVENT_ABORT))) { // nobody waits for the answer
        wait->over = 1;
        (void)csgi_abort(req);
    }
    return events;
}

// Waits for the whole body, then calls `fn` once (listens on `req` for that). A body that breaks
// off is answered 400, one over the limit 413. Return what it returns.
static inline csgi_rc csgi_body(csgi_request *req, csgi_body_fn fn, void *arg) {
    csgi_body_wait *wait = (csgi_body_wait *)csgi_alloc(req->exchange, sizeof *wait);
    csgi_rc rc;
    if (!wait) return csgi_fail(req, 500);
    wait->fn = fn;
    wait->arg = arg;
    wait->over = 0;
    rc = csgi_body_try(req, wait);
    if (rc != CSGI_PENDING || wait->over) return rc;
    rc = req->exchange->api->listen(req, CSGI_EVENT_BODY | CSGI_EVENT_ABORT, csgi_body_event, wait);
    return rc < 0 ? rc : CSGI_PENDING;
}

// ---- Modules ----------------------------------------------------------------------------------

// Makes this file a module. `create_fn` is as in csgi_entry.
#define CSGI_MODULE(module_name, module_version, needed_caps, create_fn) \
    const csgi_entry csgi_entry_v1 = {                                   \
        sizeof(csgi_entry), CSGI_ABI_MINOR, module_name, module_version, \
        needed_caps,        NULL,           create_fn,   NULL}

// Says why check, create or start fails, in their err[0, cap), and returns `rc`.
static inline csgi_rc csgi_refuse(char *err, size_t cap, csgi_rc rc, const char *why) {
    size_t n = strlen(why);
    if (cap) {
        if (n >= cap) n = cap - 1;
        memcpy(err, why, n);
        err[n] = 0;
    }
    return rc;
}

// Reads a middleware's configuration into its struct, which begins with `wrap` and is zeroed. OK,
// or < 0 with a reason in err.
typedef csgi_rc (*csgi_setup_fn)(csgi_wrap *wrap, csgi_str config, char *err, size_t cap);

static inline csgi_rc csgi_wrap_create(size_t size, csgi_rc (*handle)(csgi_app *, csgi_request *),
                                       csgi_setup_fn setup, csgi_str config, csgi_app **inner,
                                       size_t ninner, csgi_app **out, char *err, size_t cap) {
    csgi_wrap *wrap;
    csgi_rc rc = CSGI_OK;
    if (ninner != 1) return csgi_refuse(err, cap, CSGI_INVAL, "this module wraps one application");
    wrap = csgi_wrap_new(size, handle, inner[0]);
    if (!wrap) return csgi_refuse(err, cap, CSGI_NOMEM, "out of memory");
    if (setup) rc = setup(wrap, config, err, cap);
    if (rc < 0)
        free(wrap);
    else
        *out = &wrap->app;
    return rc;
}

// Makes this file a module that wraps one application: an instance is a zeroed `type`, which begins
// with a csgi_wrap, then `setup_fn` (a csgi_setup_fn, NULL: no configuration) is asked.
#define CSGI_WRAP_MODULE(module_name, module_version, type, handle_fn, setup_fn)               \
    static csgi_rc csgi_layer_create(csgi_str config, csgi_app **inner, size_t ninner,         \
                                     csgi_app **out, char *err, size_t cap) {                  \
        return csgi_wrap_create(sizeof(type), handle_fn, setup_fn, config, inner, ninner, out, \
                                err, cap);                                                     \
    }                                                                                          \
    CSGI_MODULE(module_name, module_version, 0, csgi_layer_create)

// Makes this file a module whose application has one function and no state: one constant for all
// workers.
#define CSGI_HELLO_MODULE(module_name, module_version, handle_fn)                             \
    static csgi_rc csgi_hello_create(csgi_str config, csgi_app **inner, size_t ninner,        \
                                     csgi_app **out, char *err, size_t cap) {                 \
        static csgi_app app = {sizeof app, 0, 0, NULL, 0, handle_fn, NULL, NULL, NULL, NULL}; \
        (void)config, (void)inner, (void)ninner, (void)err, (void)cap;                        \
        *out = &app;                                                                          \
        return CSGI_OK;                                                                       \
    }                                                                                         \
    CSGI_MODULE(module_name, module_version, 0, csgi_hello_create)

#ifdef __cplusplus
}
#endif

#endif
