// SPDX-License-Identifier: MIT
// One request of a connection: its parameters, its body, its life.
#include "adapters/fastcgi/request.h"

#include "adapters/fastcgi/params.h"
#include "adapters/fastcgi/request_reader.h"
#include "adapters/fastcgi/server.h"
#include "core/gateway/refusal.h"
#include <csgi/ext/draft/app_status.h>
#include <stddef.h>
#include <string.h>

// Parameters up to this size are moved into the exchange, so that a long answer does not keep a
// whole block.
#define COPIED_PARAMS 2048u

// Pieces of a body below this are put together: each would keep the block it was read into.
#define SMALL_PIECE 1024u

// ---- Beginning ----------------------------------------------------------------------------------

csgi_fcgi_request *csgi_fcgi_find(const csgi_fcgi_connection *conn, uint16_t id) {
    csgi_fcgi_request *request = conn->buckets[id & (CSGI_FCGI_BUCKETS - 1)];
    while (request && request->id != id) request = request->next;
    return request;
}

static void put_fresh(csgi_fcgi_request *request) {
    csgi_fcgi_connection *conn = request->conn;
    if (request->is_fresh) return;
    request->is_fresh = true;
    request->fresh_next = NULL;
    if (conn->fresh_last)
        conn->fresh_last->fresh_next = request;
    else
        conn->fresh_first = request;
    conn->fresh_last = request;
}

static void take_fresh(csgi_fcgi_request *request) {
    csgi_fcgi_connection *conn = request->conn;
    csgi_fcgi_request **at = &conn->fresh_first, *before = NULL;
    if (!request->is_fresh) return;
    request->is_fresh = false;
    for (; *at != request; at = &before->fresh_next) before = *at;
    *at = request->fresh_next;
    if (conn->fresh_last == request) conn->fresh_last = before;
}

static bool late(csgi_deadline *deadline);

csgi_fcgi_request *csgi_fcgi_begin(csgi_fcgi_connection *conn, uint16_t id) {
    csgi_host *host = &conn->server->host;
    csgi_host_exchange *x = csgi_host_open(host, NULL, NULL);
    if (!x) return NULL;
    csgi_fcgi_request *request = csgi_host_alloc(x, sizeof *request, _Alignof(csgi_fcgi_request));
    if (!request) {
        csgi_host_discard(x);
        return NULL;
    }
    memset(request, 0, sizeof *request);
    request->conn = conn;
    request->x = x;
    request->id = id;
    request->input = true;
    csgi_queue_init(&request->out, host);
    request->deadline.server = conn->server;
    request->deadline.received = &request->received;
    request->deadline.sent = &conn->sent;
    request->deadline.late = late;
    x->out = &request->out;
    x->owner = request;
    csgi_fcgi_request **bucket = &conn->buckets[id & (CSGI_FCGI_BUCKETS - 1)];
    request->next = *bucket;
    *bucket = request;
    conn->nrequests++;
    csgi_fcgi_of(conn->server)->nrequests++;
    put_fresh(request);
    return request;
}

// ---- Parameters ---------------------------------------------------------------------------------

// An answer in the application's stead for a request that it never sees.
static void refuse(csgi_fcgi_request *request, unsigned status, const char *why) {
    csgi_host_exchange *x = request->x;
    csgi_host *host = &request->conn->server->host;
    csgi_refusal refusal;
    csgi_refusal_make(&refusal, status, why);
    csgi_host_log(host, NULL, CSGI_LOG_INFO, "%.*s refused with %u: %s", (int)request->conn->peer.n,
                  request->conn->peer.text, status, why);
    csgi_chunk chunk = {.mem = CSGI_MEM_COPY, .p = refusal.text, .n = refusal.n, .fd = -1};
    csgi_part part = {sizeof part, CSGI_PART_END, &refusal.head, &chunk, 1, NULL, 0};
    take_fresh(request);
    request->taken = request->handed = true;
    request->input = false;
    x->returned = true; // no application will be asked
    csgi_host_enter(host);
    if (x->root.req.sink->send(x->root.req.sink, &x->pub, &part) < 0) csgi_host_answer(x, 503);
    csgi_host_leave(host);
}

bool csgi_fcgi_params_keep(csgi_fcgi_request *request) {
    csgi_fcgi_connection *conn = request->conn;
    if (conn->loose == request) conn->loose = NULL;
    if (request->params_block) return true;
    request->params_block = csgi_pool_take(&conn->server->host.io);
    if (!request->params_block) {
        refuse(request, 503, "out of memory");
        return false;
    }
    char *into = csgi_block_data(request->params_block);
    memcpy(into, request->params_n ? request->params : "", request->params_n);
    request->params = into;
    return true;
}

void csgi_fcgi_params(csgi_fcgi_request *request, const char *p, size_t n, bool whole) {
    csgi_fcgi_connection *conn = request->conn;
    if (request->taken) return; // they were complete, or too many
    if (n > conn->server->options.max_head - request->params_n) {
        refuse(request, 431, "the parameters are larger than is taken");
        return;
    }
    if (whole && !request->params_n && !request->params_block) {
        if (conn->loose) (void)csgi_fcgi_params_keep(conn->loose);
        conn->loose = request;
        request->params = (char *)(uintptr_t)p;
        request->params_n = n;
        return;
    }
    if (!csgi_fcgi_params_keep(request)) return;
    memcpy(request->params + request->params_n, p, n);
    request->params_n += n;
}

// The parameters as they stay for as long as the exchange does.
static char *settled_params(csgi_fcgi_request *request) {
    csgi_fcgi_connection *conn = request->conn;
    csgi_host_exchange *x = request->x;
    char *params = request->params, *copy = NULL;
    if (!request->params_n) return NULL;
    if (conn->loose == request) {
        conn->loose = NULL;
        if (request->params_n <= COPIED_PARAMS) copy = csgi_host_alloc(x, request->params_n, 1);
        if (copy) return memcpy(copy, params, request->params_n);
        x->head_block = csgi_stream_block(conn->stream);
        x->head_block->refs++;
    } else {
        x->head_block = request->params_block;
        request->params_block = NULL;
    }
    return params;
}

static void set_app_status(csgi_exchange *x, uint32_t status) {
    csgi_fcgi_request *request = ((csgi_host_exchange *)x)->owner;
    if (request) request->app_status = status;
}

static const csgi_app_status app_status = {sizeof app_status, 0, set_app_status};
static const csgi_attr attributes = {CSGI_LIT(CSGI_EXT_APP_STATUS), &app_status, NULL};

// What the front did not tell is between it and us. The exchange may outlive the connection.
static void set_address(csgi_host_exchange *x, csgi_str *address, uint16_t *port,
                        const csgi_stream_name *own) {
    char *copy = address->n ? NULL : csgi_host_alloc(x, own->n, 1);
    if (!copy) return;
    memcpy(copy, own->text, own->n);
    *address = (csgi_str){copy, own->n};
    *port = own->port;
}

static bool is_of_nginx(char *p, size_t n) {
    char *const end = p + n;
    csgi_param param;
    while (csgi_params_next(&p, end, &param) == CSGI_PARAMS_PAIR)
        if (param.name_n == 15 && memcmp(param.name, "SERVER_SOFTWARE", 15) == 0)
            return param.value_n >= 6 && memcmp(param.value, "nginx/", 6) == 0;
    return false;
}

// FastCGI has no word for the last answer on a connection, and one request more may already be
// under way on one that the front keeps: so it is ended when an answer has been asked for since the
// server drains, or none was in a while.
static void look_if_late(csgi_fcgi_request *request, char *params) {
    csgi_fcgi_connection *conn = request->conn;
    if (!conn->server->draining) return;
    conn->asked_late = true;
    conn->farewell = conn->keep && !conn->multiplexed && is_of_nginx(params, request->params_n);
}

void csgi_fcgi_params_end(csgi_fcgi_request *request) {
    csgi_fcgi_connection *conn = request->conn;
    csgi_server *server = conn->server;
    csgi_host_exchange *x = request->x;
    csgi_request *req = &x->root.req;
    csgi_intake in;
    if (request->taken) return;
    if (!csgi_intake_begin(&in, x, server->options.max_fields)) {
        refuse(request, 503, "out of memory");
        return;
    }
    char none[1], *params = settled_params(request);
    if (!params) params = none;
    look_if_late(request, params);
    unsigned status = csgi_params_read(&in, params, request->params_n);
    set_address(x, &req->peer, &req->peer_port, &conn->peer);
    set_address(x, &req->local, &req->local_port, &conn->local);
    uint64_t most = server->host.limits.max_body;
    if (server->app->max_body && server->app->max_body < most) most = server->app->max_body;
    if (!status && in.has_length && (uint64_t)in.length > most) {
        status = 413;
        in.fault = "the body is larger than is taken";
    }
    if (status) {
        refuse(request, status, in.fault ? in.fault : "");
        return;
    }
    request->taken = true;
    request->body_left = in.chunked ? -1 : in.has_length ? in.length : 0;
    req->flags |= CSGI_REQ_TAKES_FILE;
    req->attrs = &attributes;
    req->start_ns = csgi_loop_clock_ns();
    x->app = server->app; // whose limits count
    csgi_deadline_set(&request->deadline, CSGI_TIMING_NONE);
    put_fresh(request); // a body that is here already saves a wait
}

static void hand_over(csgi_fcgi_request *request) {
    csgi_host_exchange *x = request->x;
    request->handed = true;
    csgi_host_handle(x, csgi_server_app(request->conn->server, &x->root.req));
}

void csgi_fcgi_dealt_with(csgi_fcgi_request *request) {
    take_fresh(request);
    if (request->handed) {
        csgi_deadline_set(&request->deadline,
                          csgi_body_wanted(request->x) ? CSGI_TIMING_BODY : CSGI_TIMING_NONE);
    } else if (request->taken) {
        hand_over(request);
    } else { // it has only begun
        if (request->conn->loose == request && !csgi_fcgi_params_keep(request)) return;
        csgi_deadline_set(&request->deadline, CSGI_TIMING_HEAD);
    }
}

// ---- The body -----------------------------------------------------------------------------------

static csgi_rc add(csgi_fcgi_request *request, const char *p, size_t n) {
    if (n < SMALL_PIECE) return csgi_body_copy(request->x, p, n);
    return csgi_body_add(request->x, p, n, csgi_stream_block(request->conn->stream));
}

static void set_full(csgi_fcgi_request *request, bool full) {
    if (full == request->is_full) return;
    request->is_full = full;
    if (full)
        request->conn->nfull++;
    else
        request->conn->nfull--;
}

void csgi_fcgi_shared(csgi_fcgi_connection *conn) {
    conn->multiplexed = true;
    for (unsigned i = 0; conn->nfull && i < CSGI_FCGI_BUCKETS; i++)
        for (csgi_fcgi_request *r = conn->buckets[i]; r; r = r->next) set_full(r, false);
}

static void body_over(csgi_fcgi_request *request, csgi_rc how) {
    request->input = false;
    csgi_body_end(request->x, how);
    csgi_deadline_set(&request->deadline, CSGI_TIMING_NONE);
    set_full(request, false);
}

// When too much of its body waits, a connection of its own is not read on. On one that it shares,
// the others would wait with it: there its body is over.
static void weigh(csgi_fcgi_request *request) {
    const csgi_host_exchange *x = request->x;
    const csgi_host_limits *limits = &x->host->limits;
    csgi_fcgi *own = csgi_fcgi_of(request->conn->server);
    const uint64_t bytes = x->body.bytes;
    const uint64_t charged = bytes > limits->high_mark ? bytes : 0;
    own->unread += charged - request->charged;
    request->charged = charged;
    const bool crowded = own->unread > CSGI_FCGI_UNREAD_MOST;
    if (csgi_body_wanted(x)) {
        set_full(request, false);
    } else if (!request->conn->multiplexed) {
        set_full(request, bytes >= (crowded ? limits->high_mark : limits->hard_mark));
    } else if (bytes >= (crowded ? limits->hard_mark : limits->max_spool)) {
        csgi_host_log(x->host, request->x, CSGI_LOG_WARNING,
                      "nobody reads its body, and others share its connection: the body is over");
        body_over(request, CSGI_LIMIT);
    }
    put_fresh(request); // whether more is wanted shows when its reader has had a chance
}

void csgi_fcgi_stdin(csgi_fcgi_request *request, const char *p, size_t n) {
    csgi_host *host = &request->conn->server->host;
    if (!request->taken) {
        refuse(request, 400, "a body before the end of the parameters");
        return;
    }
    // What is behind the announced length, or was not announced, is no part of the body.
    if (!request->input || request->finished || request->body_left == 0) return;
    if (request->body_left > 0 && n > (uint64_t)request->body_left) n = (size_t)request->body_left;
    csgi_host_enter(host);
    request->received += n;
    csgi_rc rc = add(request, p, n);
    if (request->body_left > 0) request->body_left -= (int64_t)n;
    if (rc < 0)
        body_over(request, rc == CSGI_LIMIT ? CSGI_LIMIT : CSGI_TRUNC);
    else if (request->body_left == 0)
        body_over(request, CSGI_EOF);
    else
        weigh(request);
    csgi_host_leave(host); // which may be the end of it
}

void csgi_fcgi_stdin_end(csgi_fcgi_request *request) {
    csgi_host *host = &request->conn->server->host;
    if (!request->taken) {
        refuse(request, 400, "no end of the parameters");
        return;
    }
    // A front whose client left, or that miscounted: less than it announced is not all.
    const csgi_rc how = request->body_left > 0 ? CSGI_TRUNC : CSGI_EOF;
    if (!request->handed) {
        if (request->input) body_over(request, how);
        take_fresh(request);
        hand_over(request);
    } else if (request->input && !request->finished) {
        csgi_host_enter(host);
        body_over(request, how);
        csgi_host_leave(host);
    }
}

void csgi_fcgi_want(csgi_host_exchange *x) {
    csgi_fcgi_request *request = x->owner;
    if (!request || !request->input || request->conn->phase != CSGI_FCGI_OPEN) return;
    set_full(request, false);
    if (!request->is_fresh) csgi_deadline_set(&request->deadline, CSGI_TIMING_BODY);
    csgi_fcgi_look(request->conn);
}

static bool late(csgi_deadline *deadline) {
    csgi_fcgi_request *request =
        (csgi_fcgi_request *)(void *)((char *)deadline - offsetof(csgi_fcgi_request, deadline));
    csgi_fcgi_connection *conn = request->conn;
    csgi_host *host = &conn->server->host;
    const csgi_serve_options *o = &conn->server->options;
    if (deadline->timing == CSGI_TIMING_HEAD) {
        deadline->timing = CSGI_TIMING_NONE;
        refuse(request, 408, "the parameters did not come in time");
        return false;
    }
    if (request->received - deadline->mark >= (uint64_t)o->body_rate * o->body_ms / 1000)
        return true;
    csgi_host_log(host, request->x, CSGI_LOG_INFO, "a body that comes too slowly");
    csgi_host_enter(host);
    body_over(request, CSGI_TRUNC);
    csgi_host_leave(host);
    return false;
}

// ---- The end ------------------------------------------------------------------------------------

void csgi_fcgi_take_ready(csgi_fcgi_request *request) {
    csgi_fcgi_connection *conn = request->conn;
    if (!request->is_ready) return;
    request->is_ready = false;
    if (request->ready_prev)
        request->ready_prev->ready_next = request->ready_next;
    else
        conn->ready_first = request->ready_next;
    if (request->ready_next)
        request->ready_next->ready_prev = request->ready_prev;
    else
        conn->ready_last = request->ready_prev;
}

void csgi_fcgi_put_ready(csgi_fcgi_request *request) {
    csgi_fcgi_connection *conn = request->conn;
    if (request->is_ready || !request->out.first) return;
    request->is_ready = true;
    request->ready_next = NULL;
    request->ready_prev = conn->ready_last;
    if (conn->ready_last)
        conn->ready_last->ready_next = request;
    else
        conn->ready_first = request;
    conn->ready_last = request;
}

static void clear_out(csgi_fcgi_request *request) {
    csgi_fcgi_take_ready(request);
    if (request->on_wire)
        csgi_queue_abandon(&request->out, &request->conn->wire);
    else
        csgi_queue_clear(&request->out);
    csgi_fcgi_take_wired(request);
}

// Its connection knows it no longer.
static void detach(csgi_fcgi_request *request) {
    csgi_fcgi_connection *conn = request->conn;
    csgi_fcgi *own = csgi_fcgi_of(conn->server);
    csgi_pool *pool = &conn->server->host.io;
    csgi_fcgi_request **at = &conn->buckets[request->id & (CSGI_FCGI_BUCKETS - 1)];
    while (*at != request) at = &(*at)->next;
    *at = request->next;
    conn->nrequests--;
    own->nrequests--;
    own->unread -= request->charged;
    set_full(request, false);
    take_fresh(request);
    csgi_fcgi_take_ready(request);
    csgi_fcgi_take_wired(request);
    if (conn->loose == request) conn->loose = NULL;
    if (request->deadline.armed) csgi_deadline_stop(&request->deadline);
    if (request->params_block) csgi_pool_drop(pool, request->params_block);
    if (request->owed) {
        conn->nowed--;
        csgi_host_unpin(request->x);
    }
}

void csgi_fcgi_done(csgi_fcgi_request *request) {
    csgi_fcgi_connection *conn = request->conn;
    if (request->broken)
        conn->broken = true; // without END the front sees that something is missing
    else
        csgi_fcgi_put_end(request);
    detach(request);
}

void csgi_fcgi_break(csgi_fcgi_request *request) {
    csgi_host *host = &request->conn->server->host;
    clear_out(request);
    request->cut = request->broken = true;
    if (request->finished) {
        csgi_fcgi_done(request);
        return;
    }
    csgi_host_enter(host);
    csgi_host_lost(request->x);
    csgi_host_leave(host);
}

void csgi_fcgi_finished(csgi_host_exchange *x) {
    csgi_fcgi_request *request = x->owner;
    csgi_fcgi_connection *conn = request->conn;
    x->owner = NULL;
    x->out = NULL;
    request->finished = true;
    request->broken = request->cut || (x->broken && !request->aborted);
    if (conn->phase == CSGI_FCGI_CLOSED) {
        clear_out(request);
        detach(request);
        csgi_fcgi_free_if_over(conn);
        return;
    }
    if (request->aborted) clear_out(request);
    if (request->out.first) {
        request->owed = true;
        conn->nowed++;
        csgi_host_pin(x); // the request lies in its memory
    } else {
        csgi_fcgi_done(request);
    }
    csgi_fcgi_flush(conn);
}

// One that no application knows of.
static void discard(csgi_fcgi_request *request) {
    csgi_host_exchange *x = request->x;
    detach(request);
    csgi_host_discard(x);
}

void csgi_fcgi_abort(csgi_fcgi_request *request) {
    csgi_fcgi_connection *conn = request->conn;
    csgi_host *host = &conn->server->host;
    if (request->finished) {
        request->broken = false;
        clear_out(request);
        csgi_fcgi_done(request);
    } else if (!request->handed) {
        csgi_fcgi_end(conn, request->id, 0, CSGI_RECORD_COMPLETE);
        discard(request);
    } else if (!request->aborted) {
        request->aborted = true;
        request->input = false;
        csgi_host_enter(host);
        csgi_host_lost(request->x);
        csgi_host_leave(host);
    }
}

void csgi_fcgi_lose(csgi_fcgi_request *request) {
    clear_out(request);
    if (request->finished) {
        detach(request);
    } else if (!request->handed) {
        discard(request);
    } else {
        request->input = false;
        csgi_host_lost(request->x);
    }
}
