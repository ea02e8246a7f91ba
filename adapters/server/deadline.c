// SPDX-License-Identifier: MIT
// How long a client may take.
#include "adapters/server/deadline.h"

#include "adapters/server/server.h"

// Long enough for a client to read the answer while it still sends.
#define END_MS 5000u

// How long a server that drains listens to connections that are idle. A client that keeps one busy
// has sent its next request by then, and is told with the answer that it is the last; to close at
// once would lose the request that crosses with the end.
#define DRAIN_IDLE_MS 500u

static uint64_t keep_ms(const csgi_server *server) {
    const csgi_serve_options *o = &server->options;
    if (!server->draining) return o->keep_ms;
    uint32_t most = o->drain_ms / 2 < DRAIN_IDLE_MS ? o->drain_ms / 2 : DRAIN_IDLE_MS;
    return most < o->keep_ms ? most : o->keep_ms;
}

static uint64_t stretch(const csgi_deadline *d) {
    const csgi_serve_options *o = &d->server->options;
    switch (d->timing) {
    case CSGI_TIMING_HEAD: return o->head_ms;
    case CSGI_TIMING_BODY: return o->body_ms;
    case CSGI_TIMING_SEND: return o->send_ms;
    case CSGI_TIMING_KEEP: return keep_ms(d->server);
    default: return END_MS;
    }
}

static void begin(csgi_deadline *d);

static void look(csgi_worker *worker, csgi_task *task) {
    csgi_deadline *d = (csgi_deadline *)task;
    const uint64_t now = csgi_loop_now(d->server->loop);
    d->armed = 0;
    if (d->timing == CSGI_TIMING_NONE) return;
    if (d->at > now) { // it was put off meanwhile
        d->armed = d->at;
        worker->api->timer(worker, task, (int64_t)(d->at - now));
        return;
    }
    if (d->late(d)) begin(d);
}

// A stretch begins. Only an earlier end than the armed one costs a timer.
static void begin(csgi_deadline *d) {
    csgi_host *host = &d->server->host;
    const uint64_t ms = stretch(d);
    d->at = csgi_loop_now(d->server->loop) + ms;
    d->mark = d->timing == CSGI_TIMING_BODY ? *d->received : *d->sent;
    if (d->armed && d->armed <= d->at) return;
    d->armed = d->at;
    d->task.run = look;
    host->api.timer(&host->worker, &d->task, (int64_t)ms);
}

void csgi_deadline_set(csgi_deadline *d, csgi_timing timing) {
    if (d->timing == timing && timing != CSGI_TIMING_KEEP) return;
    d->timing = timing;
    if (timing != CSGI_TIMING_NONE) begin(d);
}

void csgi_deadline_stop(csgi_deadline *d) {
    csgi_host *host = &d->server->host;
    d->timing = CSGI_TIMING_NONE;
    d->armed = 0;
    host->api.timer(&host->worker, &d->task, -1);
}
