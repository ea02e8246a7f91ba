// SPDX-License-Identifier: MIT
// The host that a worker process is: its clock, how it is woken, its log, the life of its
// applications.
#ifndef CSGI_ADAPTERS_NGINX_NGX_HTTP_CSGI_WORKER_H
#define CSGI_ADAPTERS_NGINX_NGX_HTTP_CSGI_WORKER_H

#include "adapters/nginx/ngx_http_csgi_config.h"

#include "core/gateway/host.h"
#include <signal.h>

struct ngx_http_csgi_ctx_s;

typedef struct ngx_http_csgi_worker_s {
    csgi_host host;
    ngx_http_csgi_main_conf_t *conf;
    ngx_log_t *log;
    pthread_t thread;
    int fd;                       // the eventfd that other threads write to
    ngx_connection_t *connection; // which watches it
    ngx_event_t wake;             // posted: the host has something to do in the next turn
    ngx_event_t timer;            // the earliest of the host's
    ngx_event_t keep;             // while it ends: a worker without timers would exit at once
    ngx_msec_t alone;             // since when only exchanges without clients are left; 0: not
    struct ngx_http_csgi_ctx_s *over_first, *over_last; // closed, and nginx not told yet
    struct ngx_http_csgi_ctx_s *posting_first;          // with subrequests to be run
    struct ngx_http_csgi_ctx_s *late_first, *late_last; // requests that came while settling
    ngx_uint_t lost_bodies; // how many exchanges have to be told that their client left
    ngx_uint_t draining;
    // For the line that a crash leaves.
    csgi_host_exchange *current; // whose application runs; NULL: none, or a task
    struct sigaction previous[NSIG];
    char crash_stack[64 << 10];
} ngx_http_csgi_worker_t;

ngx_int_t ngx_http_csgi_worker_begin(ngx_cycle_t *cycle);
void ngx_http_csgi_worker_end(ngx_cycle_t *cycle);

// Every call into the host from an event of nginx's stands between these two. Leaving tells nginx
// of the requests that are over, which may free them, and their connections.
static inline void ngx_http_csgi_enter(ngx_http_csgi_worker_t *worker) {
    csgi_host_enter(&worker->host);
}
void ngx_http_csgi_leave(ngx_http_csgi_worker_t *worker);
// The host is to have a turn in the next round of the loop. On the worker's thread.
void ngx_http_csgi_wake_soon(ngx_http_csgi_worker_t *worker);

// The lines that a crash leaves in the error log.
void ngx_http_csgi_crash_begin(ngx_http_csgi_worker_t *worker);
void ngx_http_csgi_crash_end(ngx_http_csgi_worker_t *worker);
extern const csgi_guard ngx_http_csgi_guard; // enters applications, and notes for whom

// csgi.poll/1 by nginx's own events; NULL for any other id.
const void *ngx_http_csgi_ext(csgi_host *host, const char *id);

#endif
