// SPDX-License-Identifier: MIT
// One exchange as it goes through nginx: the request it answers, what is on its way out, how far
// its body was read.
#ifndef CSGI_ADAPTERS_NGINX_NGX_HTTP_CSGI_CTX_H
#define CSGI_ADAPTERS_NGINX_NGX_HTTP_CSGI_CTX_H

#include "adapters/nginx/ngx_http_csgi_worker.h"

// A run of the queue that nginx has been given.
typedef struct ngx_http_csgi_run_s {
    ngx_chain_t link;
    ngx_buf_t buf;
    ngx_file_t file;
    off_t n; // bytes
    struct ngx_http_csgi_run_s *next;
} ngx_http_csgi_run_t;

// Where the body of the request is.
typedef enum {
    NGX_HTTP_CSGI_BODY_NONE,
    NGX_HTTP_CSGI_BODY_UNREAD,  // nothing was asked for
    NGX_HTTP_CSGI_BODY_READING, // nginx hands over what comes
    NGX_HTTP_CSGI_BODY_KEPT,    // nginx has all of it, in memory and perhaps in a file
    NGX_HTTP_CSGI_BODY_OVER
} ngx_http_csgi_body_e;

typedef struct ngx_http_csgi_ctx_s {
    ngx_http_request_t *request;
    ngx_http_csgi_worker_t *worker;
    ngx_http_csgi_stack_t *stack;
    csgi_host_exchange *x; // NULL: closed
    struct ngx_http_csgi_ctx_s *next;
    struct ngx_http_csgi_ctx_s *posting_next; // on the worker's list of those that posted
    ngx_http_cleanup_t *cleanup;
    ngx_http_event_handler_pt discard; // nginx's, of a body that it drops meanwhile; NULL: none

    // What is on its way out: `out` holds it, nginx has been given the first `given` bytes.
    csgi_queue out;
    csgi_segment *at; // where giving goes on; NULL: at the queue's front
    uint64_t at_n;    // bytes of `at` that were given
    ngx_http_csgi_run_t *busy, **busy_end, *idle;

    csgi_block *block; // nginx reads into it; NULL: into a buffer of its own
    ngx_chain_t *kept; // of BODY_KEPT: where handing over goes on
    off_t kept_off;

    ngx_int_t status; // nginx is to answer with it: DECLINED, or an HTTP status; 0: no
    csgi_rc outcome;  // of an exchange that is closed
    ngx_http_csgi_body_e body;
    unsigned has_head : 1;  // there is a head to send
    unsigned head_sent : 1; // it was given to nginx
    unsigned bodiless : 1;  // and nothing follows
    unsigned ended : 1;     // END was taken
    unsigned end_sent : 1;  // and nginx told
    unsigned parked : 1;    // nginx waits: its handlers are ours
    unsigned lost : 1;      // nothing reaches the client any more
    unsigned broken : 1;    // the client has to see that the answer is
    unsigned dropping : 1;  // another page stands in for the application's
    unsigned unasked : 1;   // the client waits for a 100 that will not come
    unsigned bad_body : 1;  // nothing behind it can be believed
    unsigned body_lost : 1; // the client left while its body was read; to be told
    unsigned over : 1;      // it is on the worker's list
    unsigned posting : 1;   // so is that filters of nginx's made subrequests of it
    unsigned until_end : 1; // the answer ends with the connection
} ngx_http_csgi_ctx_t;

// ---- request.c ----

// Fills in the view. 0, NGX_DECLINED (not below the mount), or the status it is refused with and
// the reason.
ngx_int_t ngx_http_csgi_view(ngx_http_csgi_ctx_t *ctx, const ngx_http_csgi_loc_conf_t *conf,
                             const char **fault);

// ---- body.c ----

bool ngx_http_csgi_has_body(const ngx_http_request_t *r);
void ngx_http_csgi_body_want(csgi_host_exchange *x);
// Data may have come. Between enter and leave.
void ngx_http_csgi_body_read(ngx_http_csgi_ctx_t *ctx);
// A head was taken before the body was asked for: no 100 (Continue) follows.
void ngx_http_csgi_body_unasked(ngx_http_csgi_ctx_t *ctx);
// Before the last of an answer: what is unread is dropped, now or by and by, or the connection
// ends.
void ngx_http_csgi_body_drop(ngx_http_csgi_ctx_t *ctx);
void ngx_http_csgi_body_free(ngx_http_csgi_ctx_t *ctx);

// ---- response.c ----

csgi_rc ngx_http_csgi_output(csgi_host_exchange *x, const csgi_output *out);
// Gives nginx what it has not been given, and lets it send. Between enter and leave.
void ngx_http_csgi_send(ngx_http_csgi_ctx_t *ctx);
// Drops what is on its way out, unless nginx still refers to it.
void ngx_http_csgi_drop_output(ngx_http_csgi_ctx_t *ctx);

// ---- handler.c ----

ngx_int_t ngx_http_csgi_handler(ngx_http_request_t *r);
void ngx_http_csgi_start_late(ngx_http_csgi_ctx_t *ctx);
// The client is gone. Between enter and leave.
void ngx_http_csgi_lost(ngx_http_csgi_ctx_t *ctx);
// Of a parked request: nginx's handlers are ours from here on, also that for a body it drops.
void ngx_http_csgi_take_events(ngx_http_csgi_ctx_t *ctx);
// After something was done for a request that nginx waits with.
void ngx_http_csgi_rest(ngx_http_csgi_ctx_t *ctx);
// A parked request is over when its exchange is closed and its answer is with the system, or lost.
void ngx_http_csgi_look_over(ngx_http_csgi_ctx_t *ctx);
// Tells nginx that a parked request is over.
void ngx_http_csgi_finish(ngx_http_csgi_ctx_t *ctx);

void ngx_http_csgi_flush(csgi_host_exchange *x);
void ngx_http_csgi_finished(csgi_host_exchange *x);
void ngx_http_csgi_closed(csgi_host_exchange *x);
bool ngx_http_csgi_answer(csgi_host_exchange *x, unsigned status);

#endif
