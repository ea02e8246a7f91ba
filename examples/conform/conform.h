// SPDX-License-Identifier: MIT
// The conform application's own words: its instance, and one function for each endpoint.
#ifndef CSGI_EXAMPLES_CONFORM_CONFORM_H
#define CSGI_EXAMPLES_CONFORM_CONFORM_H

#include "examples/conform/record.h"

#include <csgi/sdk.h>

typedef struct conform_clerk conform_clerk; // the foreign thread of /defer

typedef struct conform {
    csgi_app app;
    char file[1024]; // what /file serves; empty: nothing
    conform_clerk *clerk;
    conform_book book;
} conform;

// `rest` is what stands behind the endpoint's own path, percent-decoded.
typedef csgi_rc (*conform_endpoint)(conform *app, csgi_request *req, csgi_str rest);

// plain.c: answers in one part
csgi_rc conform_root(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_hello(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_status(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_reflect(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_file(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_stderr(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_appstatus(conform *app, csgi_request *req, csgi_str rest);

// inspect.c, echo.c, stream.c, defer.c
csgi_rc conform_headers(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_inspect(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_echo(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_stream(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_defer(conform *app, csgi_request *req, csgi_str rest);

// suite_ends.c: ends that are not the usual one
csgi_rc conform_suite_abort(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_suite_abort_early(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_suite_error(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_suite_error_late(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_suite_none(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_suite_never(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_suite_decline(conform *app, csgi_request *req, csgi_str rest);

// suite_rules.c: calls that a host has to refuse, and events that it has to deliver
csgi_rc conform_suite_overrun(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_suite_underrun(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_suite_twice(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_suite_states(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_suite_inject(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_suite_trailers(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_suite_raise(conform *app, csgi_request *req, csgi_str rest);

// suite_bulk.c: large answers
csgi_rc conform_suite_big(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_suite_ignore_pause(conform *app, csgi_request *req, csgi_str rest);

// suite_bodies.c: ways to read, or not to read, a request's body
csgi_rc conform_suite_record(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_suite_slow_read(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_suite_read_all(conform *app, csgi_request *req, csgi_str rest);
csgi_rc conform_suite_unread(conform *app, csgi_request *req, csgi_str rest);

// defer.c: the thread's life. `start` returns < 0 with a reason in err.
csgi_rc conform_clerk_start(conform *app, char *err, size_t cap);
void conform_clerk_stop(conform *app);

#endif
