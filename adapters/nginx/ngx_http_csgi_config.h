// SPDX-License-Identifier: MIT
// What the directives say: modules by file and configuration, stacked, and where they serve.
#ifndef CSGI_ADAPTERS_NGINX_NGX_HTTP_CSGI_CONFIG_H
#define CSGI_ADAPTERS_NGINX_NGX_HTTP_CSGI_CONFIG_H

#include <ngx_config.h>

#include <ngx_core.h>
#include <ngx_http.h>

#include "core/gateway/tree.h"
#include <csgi.h>

// What this host can do: the same for every worker.
#define NGX_HTTP_CSGI_CAPS                                                                         \
    (CSGI_CAP_RAW_TARGET | CSGI_CAP_RAW_HEADERS | CSGI_CAP_STREAM_REQUEST |                        \
     CSGI_CAP_STREAM_RESPONSE | CSGI_CAP_FULL_DUPLEX | CSGI_CAP_TRAILERS_OUT | CSGI_CAP_SENDFILE | \
     CSGI_CAP_ABORT_NOTIFY | CSGI_CAP_BROKEN_END)

struct ngx_http_csgi_worker_s;

// One csgi_app or csgi_middleware directive. Strings end with NUL.
typedef struct {
    ngx_str_t path;   // of the file, absolute
    ngx_str_t config; // may be empty
    ngx_str_t where;  // the directive's file and line
    const char *what; // the directive's name
    ngx_flag_t used;  // by some stack
} ngx_http_csgi_layer_t;

typedef enum {
    NGX_HTTP_CSGI_NEW,
    NGX_HTTP_CSGI_SERVING,
    NGX_HTTP_CSGI_FAILED // the reason is in the log
} ngx_http_csgi_state_e;

// An application with the layers around it: one instance in each worker, however many locations
// have it.
typedef struct {
    ngx_http_csgi_layer_t *app;
    ngx_array_t *layers; // of ngx_http_csgi_layer_t *, outermost first; NULL: none
    // The worker's.
    ngx_http_csgi_state_e state;
    const char *name; // of the application, as its module says
    csgi_app *outermost;
    csgi_tree tree;
} ngx_http_csgi_stack_t;

typedef struct {
    ngx_array_t stacks;                    // of ngx_http_csgi_stack_t *
    ngx_array_t layers;                    // of ngx_http_csgi_layer_t *: every directive, in order
    struct ngx_http_csgi_worker_s *worker; // NULL before a worker process has begun
} ngx_http_csgi_main_conf_t;

typedef struct {
    ngx_http_csgi_layer_t *app; // NULL: none
    ngx_array_t *layers;        // as in a stack
    ngx_str_t mount;            // the prefix, without a slash at its end; empty: the root
    ngx_flag_t request_buffering;
    ngx_flag_t intercept_errors;
    ngx_http_csgi_stack_t *stack; // NULL: nothing is served here
} ngx_http_csgi_loc_conf_t;

extern ngx_module_t ngx_http_csgi_module;

// Asks every module, in a child process, whether it can be loaded and likes its configuration.
// What is wrong goes to the log, with the directive's place.
ngx_int_t ngx_http_csgi_check(ngx_cycle_t *cycle, ngx_http_csgi_main_conf_t *conf);

// Opens the modules of a stack and makes one application of them. OK, or a reason in err[0, cap).
csgi_rc ngx_http_csgi_stack_create(ngx_http_csgi_stack_t *stack, const ngx_http_csgi_layer_t **at,
                                   char *err, size_t cap);

#endif
