// SPDX-License-Identifier: MIT
// One request/response pair: its states, its answer, its end. The table of who may call what when
// is spec/states.def.
#include "core/gateway/exchange.h"

#include "core/gateway/answer.h"
#include "core/gateway/host.h"
#include "core/http/status.h"
#include <stdio.h>
#include <string.h>

// What an exchange waits for on the settle list.
#define TODO_FLUSH  1u
#define TODO_EVENTS 2u
#define TODO_FINISH 4u

static csgi_host_exchange *of(csgi_exchange *x) {
    return (csgi_host_exchange *)x;
}

// ---- Which call is allowed when ---------------------------------------------------------------

enum { WORKS, STATE, GONE, NOTHING };
enum {
#define CSGI_CALL(call, words, on_new, on_begun, on_aborted, on_ended) CALL_##call,
#include "spec/states.def"
#undef CSGI_CALL
};

static const uint8_t allowed[][4] = {
#define CSGI_CALL(call, words, on_new, on_begun, on_aborted, on_ended) \
    {on_new, on_begun, on_aborted, on_ended},
#include "spec/states.def"
#undef CSGI_CALL
};

static unsigned verdict(const csgi_host_exchange *x, unsigned call) {
    bool aborted = (x->pub.flags & CSGI_ABORTED) != 0;
    unsigned column = x->pub.state == CSGI_ENDED ? 3 : aborted ? 2 : x->pub.state;
    return allowed[call][column];
}

// ---- The settle list --------------------------------------------------------------------------

static void put(csgi_host_list *list, csgi_host_exchange *x) {
    x->list = list;
    x->settle_prev = list->last;
    x->settle_next = NULL;
    if (list->last)
        list->last->settle_next = x;
    else
        list->first = x;
    list->last = x;
}

static void unlist(csgi_host_exchange *x) {
    csgi_host_list *list = x->list;
    if (!list) return;
    x->list = NULL;
    if (x->settle_prev)
        x->settle_prev->settle_next = x->settle_next;
    else
        list->first = x->settle_next;
    if (x->settle_next)
        x->settle_next->settle_prev = x->settle_prev;
    else
        list->last = x->settle_prev;
}

static void schedule(csgi_host_exchange *x, uint32_t todo) {
    csgi_host *host = x->host;
    x->todo |= todo;
    if (!x->returned) return; // csgi_host_handle comes back to it
    if (!x->list) put(&host->settle, x);
    // Nobody on the stack will settle when the application calls from a callback of its own making.
    if (host->depth == 0 && !host->settling) host->transport->wake(host);
}

// ---- Opening and closing ----------------------------------------------------------------------

csgi_host_exchange *csgi_host_open(csgi_host *host, csgi_queue *out, void *owner) {
    csgi_block *block = csgi_pool_take(&host->small);
    if (!block) return NULL;
    csgi_host_exchange *x = (csgi_host_exchange *)(void *)csgi_block_data(block);
    memset(x, 0, sizeof *x);
    x->pub.struct_size = sizeof x->pub;
    x->pub.api = &host->api;
    x->pub.worker = &host->worker;
    x->pub.arena_cur = (char *)(x + 1);
    x->pub.arena_end = csgi_block_data(block) + host->small.size;
    x->host = host;
    x->out = out;
    x->owner = owner;
    x->declared = -1;
    x->body.end = CSGI_AGAIN;
    x->last_view = &x->root;
    csgi_request *req = &x->root.req;
    req->struct_size = sizeof *req;
    req->exchange = &x->pub;
    req->sink = req->body_sink = &csgi_exchange_sink;
    req->source = &csgi_body_source;
    x->live_next = host->live;
    if (host->live) host->live->live_prev = x;
    host->live = x;
    host->opened++;
    return x;
}

static void close_exchange(csgi_host_exchange *x) {
    csgi_host *host = x->host;
    unlist(x);
    csgi_body_clear(x);
    if (x->head_block) csgi_pool_drop(&host->io, x->head_block);
    csgi_arena_clear(x);
    if (x->live_prev)
        x->live_prev->live_next = x->live_next;
    else
        host->live = x->live_next;
    if (x->live_next) x->live_next->live_prev = x->live_prev;
    host->closed++;
    csgi_pool_drop(&host->small, (csgi_block *)(void *)x - 1);
}

void csgi_host_discard(csgi_host_exchange *x) {
    close_exchange(x);
}

static void end(csgi_host_exchange *x, csgi_rc outcome) {
    if (x->pub.state == CSGI_ENDED) return;
    x->pub.state = CSGI_ENDED;
    x->outcome = outcome;
    schedule(x, TODO_FINISH);
}

static void break_off(csgi_host_exchange *x, csgi_rc outcome) {
    x->broken = true;
    end(x, outcome);
}

// ---- Sending ----------------------------------------------------------------------------------

static void release_owned(csgi_host_exchange *x, const csgi_part *part) {
    for (size_t i = 0; i < part->nchunks; i++) csgi_queue_release(x, &part->chunks[i]);
}

static __attribute__((cold)) csgi_rc refused(csgi_host_exchange *x, csgi_rc rc,
                                             const csgi_fault *fault) {
    csgi_str name = fault->name;
    csgi_host_log(x->host, x, CSGI_LOG_APP_MISBEHAVING, "[%s] %s%.*s%s%s", fault->rule,
                  name.n ? "'" : "", (int)(name.n < 64 ? name.n : 64), name.p, name.n ? "' " : "",
                  fault->what);
    return rc;
}

// The body that a status or HEAD does not have is dropped, whatever the application gave (RFC
// 9110 6.4.1).
static bool bodiless(const csgi_host_exchange *x, unsigned status) {
    return (x->root.req.flags & CSGI_REQ_HEAD) || status == 204 || status == 205 || status == 304;
}

static __attribute__((cold)) csgi_rc give_up(csgi_host_exchange *x, const csgi_part *part) {
    if (part->head || part->nchunks || part->ntrailers || (part->flags & CSGI_PART_END)) {
        csgi_fault fault = {"RES-24", "a part with ABORT that holds something else", {"", 0}};
        return refused(x, CSGI_INVAL, &fault);
    }
    switch (verdict(x, CALL_send_abort)) {
    case WORKS: csgi_exchange_abort(x, CSGI_APP, x->body.broke_off ? 400 : 500); return CSGI_OK;
    case GONE: end(x, CSGI_GONE); return CSGI_GONE;
    default: return CSGI_STATE; // over already: the wish is fulfilled, or comes too late
    }
}

static csgi_rc send(const csgi_sink *self, csgi_exchange *px, const csgi_part *part) {
    csgi_host_exchange *x = of(px);
    csgi_host *host = x->host;
    csgi_fault fault;
    csgi_head_facts facts = {0};
    csgi_output out = {.head = part->head, .length = -1};
    bool is_end = (part->flags & CSGI_PART_END) != 0;
    uint64_t bytes = 0;
    csgi_rc rc;
    (void)self;

    if (part->flags & CSGI_PART_ABORT) return give_up(x, part);
    switch (verdict(x, part->head ? CALL_send_head : CALL_send_rest)) {
    case WORKS: break;
    case GONE:
        if (is_end) end(x, CSGI_GONE);
        return CSGI_GONE;
    default:
        fault = (csgi_fault){"RES-8",
                             px->state == CSGI_ENDED   ? "a part after the answer has ended"
                             : px->state == CSGI_BEGUN ? "a second head"
                                                       : "a part before the head",
                             {"", 0}};
        return refused(x, CSGI_STATE, &fault);
    }

    if (part->head && (rc = csgi_answer_head(part->head, &facts, &fault)) < 0)
        return refused(x, rc, &fault);
    const csgi_chunk *chunk = part->chunks;
    if (part->nchunks == 1 && chunk->kind == CSGI_CHUNK_MEMORY && chunk->mem < CSGI_MEM_OWNED &&
        chunk->p && chunk->n <= INT64_MAX) // as most bodies are
        bytes = chunk->n;
    else if (part->nchunks &&
             (rc = csgi_answer_chunks(part, (x->root.req.flags & CSGI_REQ_TAKES_FILE) != 0, &bytes,
                                      &fault)) < 0)
        return refused(x, rc, &fault);
    if (part->ntrailers && (rc = csgi_answer_trailers(part, &fault)) < 0)
        return refused(x, rc, &fault);

    int64_t declared = part->head ? facts.length : x->declared;
    // Only a body in chunks has a place for them (RFC 9110 6.5.1).
    bool trailers = part->ntrailers && declared < 0 && x->root.req.http_version != 10 &&
                    (host->api.caps & CSGI_CAP_TRAILERS_OUT);
    bool drop = x->bodiless;
    if (part->head) {
        drop = bodiless(x, part->head->status);
        if (declared < 0 && is_end && !trailers) declared = (int64_t)bytes;
    }
    if (!drop) {
        if (bytes && x->out->bytes > host->limits.hard_mark) {
            fault = (csgi_fault){"RES-10", "sent on after PAUSE until the host's limit", {"", 0}};
            return refused(x, CSGI_LIMIT, &fault);
        }
        if (declared >= 0 && bytes > (uint64_t)declared - x->sent) {
            fault = (csgi_fault){"RES-6", "more bytes of body than were declared", {"", 0}};
            return refused(x, CSGI_LENGTH, &fault);
        }
        if (is_end && declared >= 0 && x->sent + bytes < (uint64_t)declared) {
            fault = (csgi_fault){"RES-6", "fewer bytes of body than were declared", {"", 0}};
            rc = refused(x, CSGI_LENGTH, &fault);
            csgi_exchange_abort(x, CSGI_LENGTH, 500);
            return rc;
        }
    }

    if (part->head) {
        unsigned status = part->head->status;
        x->status = status;
        x->declared = declared;
        x->bodiless = drop;
        px->state = CSGI_BEGUN;
        out.bodiless = drop;
        // 205 is announced as empty (RFC 9110 15.3.6), 204 says nothing of a length (8.6), and 304
        // only what the application said, since its length is that of another answer.
        out.length = status == 205 ? 0 : status == 304 ? facts.length : declared;
        out.show_length = status != 204 && out.length >= 0;
        out.has_date = facts.date;
        out.has_server = facts.server;
        out.skip = facts.length_at;
    }
    out.end = is_end;
    out.more = (part->flags & CSGI_PART_MORE) != 0;
    if (drop) {
        release_owned(x, part);
    } else {
        out.chunks = part->chunks;
        out.nchunks = part->nchunks;
        out.bytes = bytes;
        if (trailers) {
            out.trailers = part->trailers;
            out.ntrailers = part->ntrailers;
        }
        x->sent += bytes;
    }
    if (part->ntrailers && !trailers)
        csgi_host_log(host, x, CSGI_LOG_WARNING,
                      "trailers dropped: they cannot be sent with this answer");

    if (host->transport->output(x, &out) < 0) {
        // Half of it may be queued and cannot be taken back: the part is taken, and the answer
        // broken.
        csgi_host_log(host, x, CSGI_LOG_ERROR, "out of memory: the answer is broken off");
        break_off(x, CSGI_APP);
        return CSGI_OK;
    }
    schedule(x, TODO_FLUSH);
    if (is_end) {
        end(x, CSGI_OK);
        return CSGI_OK;
    }
    if (x->out->bytes <= host->limits.high_mark) return CSGI_OK;
    x->paused = true;
    return CSGI_PAUSE;
}

const csgi_sink csgi_exchange_sink = {sizeof(csgi_sink), CSGI_WANTS_BODY | CSGI_WANTS_FILE, NULL,
                                      NULL, send};

void csgi_host_answer(csgi_host_exchange *x, unsigned status) {
    if (x->pub.state == CSGI_ENDED) return;
    if (!x->app) x->returned = true; // no application will be asked
    if (x->pub.flags & CSGI_ABORTED) {
        end(x, CSGI_GONE);
        return;
    }
    if (x->pub.state == CSGI_BEGUN) {
        break_off(x, CSGI_APP);
        return;
    }
    if (x->host->transport->answer && x->host->transport->answer(x, status)) {
        end(x, CSGI_OK);
        return;
    }
    if (!status) status = 404;
    char text[96];
    int n = snprintf(text, sizeof text, "%u %s\n", status, csgi_status_reason(status));
    csgi_header type = {CSGI_LIT("content-type"), CSGI_LIT("text/plain"), CSGI_FIELD_CONTENT_TYPE,
                        0, 0};
    csgi_head head = {sizeof head, (uint16_t)status, 0, &type, 1, 0, n};
    csgi_chunk chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_COPY, text, (uint64_t)n, -1, 0, NULL, NULL};
    csgi_part part = {sizeof part, CSGI_PART_END, &head, &chunk, 1, NULL, 0};
    if (send(&csgi_exchange_sink, &x->pub, &part) < 0) break_off(x, CSGI_APP);
    x->sent = 0; // on_done tells what the application sent
}

void csgi_exchange_abort(csgi_host_exchange *x, csgi_rc outcome, unsigned status) {
    if (x->pub.state == CSGI_NEW && !(x->pub.flags & CSGI_ABORTED)) {
        csgi_host_answer(x, status);
        if (x->pub.state == CSGI_ENDED) x->outcome = outcome;
    } else {
        break_off(x, x->pub.flags & CSGI_ABORTED ? CSGI_GONE : outcome);
    }
}

// ---- What api offers for an exchange ----------------------------------------------------------

static void *api_alloc(csgi_exchange *x, size_t n, size_t align) {
    if (align == 0 || (align & (align - 1)) || align > 4096) return NULL;
    return csgi_host_alloc(of(x), n, align);
}

static csgi_request *api_derive(const csgi_request *from) {
    csgi_host_exchange *x = of(from->exchange);
    if (verdict(x, CALL_derive) != WORKS) return NULL;
    csgi_host_view *view = csgi_host_alloc(x, sizeof *view, _Alignof(csgi_host_view));
    if (!view) return NULL;
    view->req = *from;
    view->req.depth++;
    view->parent = (csgi_host_view *)(uintptr_t)from;
    view->next = NULL;
    view->listener = NULL;
    view->arg = NULL;
    view->mask = view->raised = view->passed = 0;
    view->told_abort = false;
    x->last_view->next = view;
    x->last_view = view;
    return &view->req;
}

static csgi_rc api_listen(csgi_request *req, uint32_t events, csgi_event_fn fn, void *arg) {
    csgi_host_exchange *x = of(req->exchange);
    csgi_host_view *view = (csgi_host_view *)req;
    if (verdict(x, CALL_listen) != WORKS) return CSGI_STATE;
    if (events & ~CSGI_EXCHANGE_EVENTS) return CSGI_INVAL;
    x->touched = true;
    view->listener = events ? fn : NULL;
    view->arg = arg;
    view->mask = events;
    if ((x->pub.flags & CSGI_ABORTED) && (events & CSGI_EVENT_ABORT) && !view->told_abort) {
        view->raised |= CSGI_EVENT_ABORT;
        schedule(x, TODO_EVENTS);
    }
    return CSGI_OK;
}

static void api_raise(csgi_request *req, uint32_t events) {
    csgi_host_exchange *x = of(req->exchange);
    if (verdict(x, CALL_raise) != WORKS) return;
    ((csgi_host_view *)req)->raised |= events & CSGI_EXCHANGE_EVENTS;
    schedule(x, TODO_EVENTS);
}

static csgi_rc api_on_done(csgi_exchange *px, csgi_done_fn fn, void *arg) {
    csgi_host_exchange *x = of(px);
    if (verdict(x, CALL_on_done) != WORKS) return CSGI_STATE;
    csgi_host_done *done = csgi_host_alloc(x, sizeof *done, _Alignof(csgi_host_done));
    if (!done) return CSGI_NOMEM;
    x->touched = true;
    *done = (csgi_host_done){x->done, fn, arg};
    x->done = done;
    return CSGI_OK;
}

static void api_hold(csgi_exchange *px) {
    csgi_host_exchange *x = of(px);
    x->touched = true;
    x->holds++;
}

static void api_release(csgi_exchange *px) {
    csgi_host_exchange *x = of(px);
    if (x->holds == 0) {
        csgi_host_log(x->host, x, CSGI_LOG_APP_MISBEHAVING, "[MEM-3] a release without a hold");
        return;
    }
    if (--x->holds == 0 && x->finished) schedule(x, 0);
}

void csgi_exchange_api(csgi_api *api) {
    api->alloc = api_alloc;
    api->derive = api_derive;
    api->listen = api_listen;
    api->raise = api_raise;
    api->on_done = api_on_done;
    api->hold = api_hold;
    api->release = api_release;
}

// ---- What the transport tells -----------------------------------------------------------------

void csgi_host_pin(csgi_host_exchange *x) {
    x->pins++;
}

void csgi_host_unpin(csgi_host_exchange *x) {
    if (--x->pins == 0 && x->finished) schedule(x, 0);
}

void csgi_host_lost(csgi_host_exchange *x) {
    if (x->pub.state == CSGI_ENDED || (x->pub.flags & CSGI_ABORTED)) return;
    x->pub.flags |= CSGI_ABORTED;
    // Who waits to write on must hear something too, and not everybody listens for ABORT.
    x->events |= CSGI_EVENT_ABORT | (x->paused ? CSGI_EVENT_WRITABLE : 0);
    x->paused = false;
    csgi_body_end(x, CSGI_TRUNC);
    schedule(x, TODO_EVENTS);
}

void csgi_host_drained(csgi_host_exchange *x) {
    if (!x->paused || x->out->bytes > x->host->limits.low_mark) return;
    x->paused = false;
    x->events |= CSGI_EVENT_WRITABLE;
    schedule(x, TODO_EVENTS);
}

void csgi_exchange_again(csgi_host_exchange *x) {
    unlist(x);
    schedule(x, 0);
}

void csgi_exchange_events(csgi_host_exchange *x, uint32_t events) {
    x->events |= events;
    schedule(x, TODO_EVENTS);
}

void csgi_host_body_changed(csgi_host_exchange *x) {
    csgi_inbox *body = &x->body;
    if (!body->want_event || x->pub.state == CSGI_ENDED) return;
    if (body->bytes < body->min && body->end == CSGI_AGAIN &&
        body->bytes < x->host->limits.max_spool)
        return;
    body->want_event = false;
    x->events |= CSGI_EVENT_BODY;
    schedule(x, TODO_EVENTS);
}

// ---- Settling ---------------------------------------------------------------------------------

// Takes one delivery through the views, outermost first. A view derived meanwhile hears the next
// one.
static void deliver(csgi_host_exchange *x) {
    csgi_host *host = x->host;
    csgi_host_view *last = x->last_view;
    uint32_t from_server = x->events;
    x->events = 0;
    for (csgi_host_view *view = &x->root;; view = view->next) {
        uint32_t in = (view == &x->root ? from_server : view->parent->passed) | view->raised;
        uint32_t heard = in & view->mask;
        view->raised = 0;
        if (view->told_abort) heard &= ~CSGI_EVENT_ABORT;
        view->passed = in;
        if (heard && view->listener && x->pub.state != CSGI_ENDED) {
            char what[160];
            uint32_t on = heard;
            if (heard & CSGI_EVENT_ABORT) view->told_abort = true;
            host->depth++;
            bool fine =
                host->guard->event(view->listener, &view->req, &on, view->arg, what, sizeof what);
            host->depth--;
            if (!fine) {
                csgi_host_log(host, x, CSGI_LOG_APP_MISBEHAVING,
                              "[RET-4] an exception left an event function: %s", what);
                csgi_exchange_abort(x, CSGI_APP, 500);
            }
            view->passed = (in & ~heard) | (on & heard);
        }
        if (view == last) break;
    }
}

static void run_done(csgi_host_exchange *x) {
    csgi_host *host = x->host;
    while (x->done) {
        csgi_host_done *done = x->done;
        char what[160];
        x->done = done->next;
        host->depth++;
        if (!host->guard->done(done->fn, &x->pub, done->arg, x->outcome, x->sent, what,
                               sizeof what))
            csgi_host_log(host, x, CSGI_LOG_APP_MISBEHAVING,
                          "[RET-4] an exception left an on_done function: %s", what);
        host->depth--;
    }
}

void csgi_host_exchange_settle(csgi_host_exchange *x) {
    csgi_host *host = x->host;
    unlist(x);
    if (x->pass != host->pass) {
        x->pass = host->pass;
        x->deliveries = 0;
    }
    for (;;) {
        if (x->todo & TODO_FLUSH) {
            x->todo &= ~TODO_FLUSH;
            host->transport->flush(x);
        } else if ((x->todo & TODO_FINISH) && x->returned) {
            x->todo &= ~(TODO_FINISH | TODO_EVENTS);
            x->finished = true;
            host->transport->finished(x);
        } else if ((x->todo & TODO_EVENTS) && x->returned && !x->finished) {
            if (x->deliveries++ >= host->limits.events_per_turn) {
                unlist(x);            // what it did a moment ago may have listed it again
                put(&host->later, x); // others first
                host->transport->wake(host);
                return;
            }
            x->todo &= ~TODO_EVENTS;
            deliver(x);
        } else {
            break;
        }
    }
    if (!x->finished || x->holds || x->pins) return;
    if (x->done) run_done(x);
    // An on_done function may have taken a hold, or shown an OWNED chunk that is to be released.
    if (x->holds || x->pins) return;
    host->transport->closed(x);
    close_exchange(x);
}
