// SPDX-License-Identifier: MIT
// Serving an application from C: one call, one event loop.
#ifndef CSGI_SERVE_H
#define CSGI_SERVE_H

#include <csgi.h>

#ifdef __cplusplus
extern "C" {
#endif

// A zeroed struct with its struct_size is a sensible server, at http://127.0.0.1:8000.
typedef struct csgi_serve_options {
    uint32_t struct_size;
    uint32_t worker_index;

    // Where to listen: "127.0.0.1:8000", "[::1]:8000", ":8000" (every address), "unix:/path.sock",
    // "fd:3" (a socket that listens already, such as systemd's); port 0 lets the kernel choose.
    const char *const *listen;
    size_t nlisten; // 0: 127.0.0.1:8000

    // Called for each listener when all of them are bound and the application has started, before
    // the first connection is accepted. `address` is a URL: http://127.0.0.1:41234, or
    // http+unix:/path.sock. NULL: not wanted.
    void (*listening)(void *arg, const char *address);
    // One line of the log, by anybody: the server, the application, the lint. NULL: to stderr.
    // [any]
    void (*log)(void *arg, int32_t level, csgi_str message);
    const char *name;  // of the application, for the log. NULL: "application"
    void *arg;         // for both
    int32_t log_level; // the least that is recorded: CSGI_LOG_*

    uint32_t flags;

    // Limits; 0: the default in parentheses.
    uint32_t max_fields; // of a request (100)
    uint32_t max_head;   // bytes of a request's head (32000, which is also the most)
    uint64_t max_body;   // bytes of a request's body (1 GiB)
    uint64_t high_mark;  // queued bytes of an answer at which send says PAUSE (64 KiB)
    uint64_t low_mark;   // at which WRITABLE follows (16 KiB)
    uint64_t hard_mark;  // above which send says LIMIT (1 MiB)
    uint32_t drain_ms;   // how long answers in flight may take after TERM (10000)
    uint32_t reserved;
} csgi_serve_options;

#define CSGI_SERVE_NO_SIGNALS 1u // leave TERM and INT to the program, which calls csgi_server_stop

// Capabilities of this server, for csgi_entry.needs.
uint64_t csgi_serve_http_caps(void);

typedef struct csgi_server csgi_server;

// Binds the listeners and starts the application, on a loop of its own. NULL when it cannot (a busy
// port, an application that does not start), with what, where and what to do in err[0, cap). The
// application is the server's from here on: it is stopped and destroyed, also on failure.
csgi_server *csgi_server_open(csgi_app *app, const csgi_serve_options *options, char *err,
                              size_t cap);

// Serves until TERM or INT, or csgi_server_stop, and until what was in flight then is answered. OK,
// or GONE when drain_ms passed before. On the thread that opened.
csgi_rc csgi_server_run(csgi_server *server);

// Makes run return, as TERM does. [any thread]
void csgi_server_stop(csgi_server *server);

// Stops and destroys the application, closes the listeners, frees the server. Not while it runs.
void csgi_server_close(csgi_server *server);

// All of it: open, run, close.
csgi_rc csgi_serve_http(csgi_app *app, const csgi_serve_options *options, char *err, size_t cap);

#ifdef __cplusplus
}
#endif

#endif
