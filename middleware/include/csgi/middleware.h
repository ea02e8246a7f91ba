// SPDX-License-Identifier: MIT
// The layers that come with CSGI: one constructor each, with an options struct where there is a
// choice.
//
// A constructor takes the application it stands around and gives back an application, to be handed
// to a server or to the next constructor. Options are copied; NULL, and a field that is 0, mean
// what a person would want.
#ifndef CSGI_MIDDLEWARE_H
#define CSGI_MIDDLEWARE_H

#include <csgi.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- lint -------------------------------------------------------------------------------------

// Watches the wire between a server and an application from both sides and names each rule of
// csgi.md that one of them breaks. Wanted in every test and while developing; a request costs a few
// microseconds and a copy of everything that is sent.
//
// It stands in for the host: memory is handed out with guards round it and filled with words when
// it is over, what was sent is spoilt as soon as it should have been read, and a call that would
// bring the server down (on a dead exchange, from a foreign thread) is reported and goes no
// further. An exception out of the application becomes CSGI_APP.
//
// Layers are judged too when one lint stands inside and one outside: lint(layer(lint(app))). The
// two find each other. Extensions other than csgi.poll/1 are not offered to what is inside: their
// functions would be handed objects that the server has never seen.

#define CSGI_LINT_APP   1u // who broke a rule: the application inside
#define CSGI_LINT_LAYER 2u // a layer between this lint and one further out or in
#define CSGI_LINT_HOST  3u // the server, or a layer further out

typedef struct csgi_lint_report {
    uint32_t struct_size;
    uint32_t who;            // CSGI_LINT_*
    const char *rule;        // its id in csgi.md, such as "RES-6"
    const char *sentence;    // what the rule says
    const char *message;     // what happened
    const char *name;        // options.name
    csgi_exchange *exchange; // the host's, to tell reports apart by; NULL: about none
} csgi_lint_report;

typedef struct csgi_lint_options {
    uint32_t struct_size;
    uint32_t flags;   // CSGI_LINT_*
    const char *name; // of the application, for people; NULL: "application"
    // Gets each report, valid during the call only, on the thread on which the rule was broken: for
    // [MEM-1] that is a foreign one. NULL: the host's log gets a line, at level
    // CSGI_LOG_APP_MISBEHAVING or CSGI_LOG_HOST_MISBEHAVING. A rule is reported once for an
    // exchange.
    void (*report)(void *ctx, const csgi_lint_report *report);
    void *ctx;
    uint64_t max_memory; // [MEM-10] bytes that one exchange may take; 0: 64 MiB
    uint32_t handle_ms;  // [LIFE-7] how long handle may take; 0: not measured
    uint32_t pending_ms; // [RET-3] how long an answer may be owed while nothing else is waited
                         // for; 0: until stop
} csgi_lint_options;
#define CSGI_LINT_ABORT 1u // flags: abort the process after a report, for a debugger to look at

// A lint around `inner`, which may be a whole tree: the lint starts, drains, stops and destroys all
// of it, so its own destroy is the only one to be called. NULL: out of memory, and `inner` is still
// the caller's.
csgi_app *csgi_lint(csgi_app *inner, const csgi_lint_options *options);

#ifdef __cplusplus
}
#endif

#endif
