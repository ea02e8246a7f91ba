// SPDX-License-Identifier: MIT
// Endpoints of the conformance suite: large answers, in every kind of memory, with and without
// respect for PAUSE.
#include "examples/conform/conform.h"
#include "examples/conform/query.h"

#include <stdlib.h>

// The alphabet over and over; BLOCK is a whole number of them, so blocks join without a seam.
// clang-format off
#define ALPHABET 'a','b','c','d','e','f','g','h','i','j','k','l','m', \
                 'n','o','p','q','r','s','t','u','v','w','x','y','z',
#define TEN(x) x x x x x x x x x x
// clang-format on
#define BLOCK (26 * 1000)
static const char pattern[BLOCK] = {TEN(TEN(TEN(ALPHABET)))};

typedef struct pour {
    csgi_request *req;
    conform_record *record;
    uint64_t left;
    uint32_t mem;
    int ignorant; // goes on after PAUSE
    int paused, over;
    char *arena;
} pour;

// OWNED memory, with what its release has to count.
typedef struct owned {
    conform_record *record;
    char bytes[BLOCK];
} owned;

static void owned_release(void *arg) {
    owned *o = arg;
    if (o->record) o->record->released++;
    free(o);
}

static csgi_rc pour_block(pour *p) {
    csgi_chunk chunk = {
        CSGI_CHUNK_MEMORY, p->mem, pattern, p->left < BLOCK ? p->left : BLOCK, 0, 0, NULL, NULL};
    csgi_rc rc;
    if (p->mem == CSGI_MEM_ARENA) chunk.p = p->arena;
    if (p->mem == CSGI_MEM_OWNED) {
        owned *o = malloc(sizeof *o);
        if (!o) return CSGI_NOMEM;
        memcpy(o->bytes, pattern, BLOCK);
        o->record = p->record;
        if (o->record) o->record->owned++;
        chunk.p = o->bytes;
        chunk.release = owned_release;
        chunk.arg = o;
    }
    rc = conform_note(p->record, "send", csgi_write_chunks(p->req, &chunk, 1));
    if (rc >= 0)
        p->left -= chunk.n;
    else if (chunk.release)
        chunk.release(chunk.arg); // refused, so it is still ours
    return rc;
}

static csgi_rc pour_run(pour *p) {
    csgi_rc rc = CSGI_OK;
    while (!p->paused && p->left && rc >= 0) {
        rc = pour_block(p);
        p->paused = rc == CSGI_PAUSE && !p->ignorant;
    }
    if (rc < 0 && !(rc == CSGI_LIMIT && p->ignorant)) return rc;
    if (p->paused) return CSGI_PENDING;
    p->over = 1;
    return conform_note(p->record, "send end", csgi_end(p->req));
}

static uint32_t pour_event(csgi_request *req, uint32_t events, void *arg) {
    pour *p = arg;
    if (p->over) return events;
    if (events & CSGI_EVENT_WRITABLE) {
        conform_note(p->record, "event WRITABLE", CSGI_OK);
        p->paused = 0;
    }
    if (events & CSGI_EVENT_ABORT) {
        conform_note(p->record, "event ABORT", CSGI_OK);
        // One more, to hear what a host says when the client has left.
        if ((req->exchange->flags & CSGI_ABORTED) && !p->paused) pour_block(p);
    }
    if ((events & CSGI_EVENT_ABORT) || pour_run(p) < 0) {
        p->over = 1;
        (void)csgi_abort(req);
    }
    return events;
}

static csgi_rc pour_begin(conform *app, csgi_request *req, const char *endpoint, uint64_t n,
                          int ignorant) {
    csgi_exchange *x = req->exchange;
    csgi_header type = {CSGI_LIT("content-type"), CSGI_LIT("text/plain"), 0, 0, 0};
    csgi_head head = {sizeof head, 200, 0, &type, 1, 0, 0};
    pour *p = csgi_zalloc(x, sizeof *p);
    csgi_rc rc;
    if (!p) return CSGI_NOMEM;
    if (conform_query_number(req, "n", INT64_MAX, &n) < 0)
        return csgi_text(req, 400, "n= is a number of bytes\n");
    if (!ignorant && !conform_query_is(req, "length", "unknown")) head.content_length = (int64_t)n;
    p->req = req;
    p->left = n;
    p->ignorant = ignorant;
    p->mem = conform_query_is(req, "mem", "static")  ? CSGI_MEM_STATIC
             : conform_query_is(req, "mem", "arena") ? CSGI_MEM_ARENA
             : conform_query_is(req, "mem", "owned") ? CSGI_MEM_OWNED
                                                     : CSGI_MEM_COPY;
    if (p->mem == CSGI_MEM_ARENA) {
        p->arena = csgi_alloc(x, BLOCK);
        if (!p->arena) return CSGI_NOMEM;
        memcpy(p->arena, pattern, BLOCK);
    }
    p->record = conform_record_open(&app->book, req, endpoint);
    rc = x->api->listen(req, CSGI_EVENT_WRITABLE | CSGI_EVENT_ABORT, pour_event, p);
    if (rc >= 0) rc = conform_note(p->record, "send head", csgi_begin(req, &head));
    if (rc < 0) return rc;
    p->paused = rc == CSGI_PAUSE && !ignorant;
    return pour_run(p);
}

csgi_rc conform_suite_big(conform *app, csgi_request *req, csgi_str rest) {
    (void)rest;
    return pour_begin(app, req, "big", 1000000, 0);
}

// Sends until the host says LIMIT, or all is out; the record tells which came when.
csgi_rc conform_suite_ignore_pause(conform *app, csgi_request *req, csgi_str rest) {
    (void)rest;
    return pour_begin(app, req, "ignore-pause", 64u << 20, 1);
}
