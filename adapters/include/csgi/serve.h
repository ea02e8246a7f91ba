// SPDX-License-Identifier: MIT
// Serving an application from C: one call, one event loop.
#ifndef CSGI_SERVE_H
#define CSGI_SERVE_H

#include <csgi.h>

#ifdef __cplusplus
extern "C" {
#endif

// One request that is over, for an access log. Strings are as the client sent them and live during
// the call only; empty where they are not known.
typedef struct csgi_serve_access {
    uint32_t struct_size;
    uint16_t status; // as sent; 0: the client left before
    uint16_t http_version;
    csgi_str peer, method, target, authority, referer, user_agent;
    uint64_t body_bytes;  // of the answer's body, taken to be sent
    uint64_t duration_ns; // since the head was complete
    csgi_rc outcome;      // as on_done hears it
    uint32_t reserved;
} csgi_serve_access;

// A zeroed struct with its struct_size is a sensible server, at http://127.0.0.1:8000.
typedef struct csgi_serve_options {
    uint32_t struct_size;
    uint32_t worker_index;

    // Where to listen: "127.0.0.1:8000", "[::1]:8000", ":8000" (every address), "unix:/path.sock",
    // "fd:3" (a socket that listens already, such as systemd's); port 0 lets the kernel choose.
    const char *const *listen;
    size_t nlisten; // 0, and no tls_listen either: 127.0.0.1:8000

    // Called for each listener when all of them are bound and the application has started, before
    // the first connection is accepted. `address` is a URL: http://127.0.0.1:41234, or
    // http+unix:/path.sock. NULL: not wanted.
    void (*listening)(void *arg, const char *address);
    // One line of the log, by anybody: the server, the application, the lint. NULL: to stderr.
    // [any]
    void (*log)(void *arg, int32_t level, csgi_str message);
    const char *name;  // of the application, for the log. NULL: "application"
    void *arg;         // for all functions here
    int32_t log_level; // the least that is recorded: CSGI_LOG_*

    uint32_t flags;
    uint32_t reserved;

    // A uv_loop_t that the program runs itself: csgi_server_run is not called then,
    // csgi_server_begin is. NULL: the server has a loop of its own.
    void *uv_loop;
    // With uv_loop: everything is answered and closed after csgi_server_stop (or TERM, INT); now
    // call csgi_server_close. NULL: not wanted.
    void (*stopped)(void *arg, csgi_rc outcome);

    // Limits; 0: the default in parentheses.
    uint32_t max_fields; // of a request (100)
    uint32_t max_head;   // bytes of a request's head (32000, which is also the most)
    uint64_t max_body;   // bytes of a request's body (1 GiB)
    uint64_t high_mark;  // queued bytes of an answer at which send says PAUSE (64 KiB)
    uint64_t low_mark;   // at which WRITABLE follows (16 KiB)
    uint64_t hard_mark;  // above which send says LIMIT (1 MiB)
    uint32_t drain_ms;   // how long answers in flight may take after TERM (10000)

    // How long a client may take, in milliseconds; 0: the default in parentheses.
    uint32_t head_ms;   // for a whole head, from its first byte: 408 (10000)
    uint32_t body_ms;   // while a body is awaited it is judged this often (30000):
    uint32_t body_rate; // fewer bytes a second than this end it (500)
    uint32_t send_ms;   // without taking any of an answer (60000)
    uint32_t keep_ms;   // between requests (75000)

    uint32_t max_requests;    // on one connection (100000)
    uint32_t max_connections; // at once; more are answered 503 (10000)
    uint32_t max_per_peer; // at once from one address; 0: no limit, since a proxy has one address

    const char
        *health; // a path that the server answers itself: 200, or 503 while it drains. NULL: none
    // Told of every request when it is over, also of those that were refused. NULL: not wanted.
    void (*access)(void *arg, const struct csgi_serve_access *access);

    // Where to listen for connections that are encrypted by TLS (1.2 and 1.3), which `listening`
    // tells of as https://. The same addresses as in `listen`.
    const char *const *tls_listen;
    size_t ntls_listen;
    // Files in PEM form: the chain of certificates, the server's own first, and its private key.
    // Read when the server opens, and again at csgi_server_reload_tls, and at HUP.
    const char *tls_cert;
    const char *tls_key;
} csgi_serve_options;

// Without it the server takes TERM and INT, and HUP with TLS; and SIGPIPE, where nothing else was
// said about it, is ignored from then on, since it would end the program when a client leaves.
// With it signals are left to the program, which ignores SIGPIPE and calls csgi_server_stop.
#define CSGI_SERVE_NO_SIGNALS 1u
// A second TERM or INT changes nothing, where it else cuts off what is in flight: for a program
// whose supervisor sends one that the whole process group has had already. csgi_server_stop still
// does.
#define CSGI_SERVE_PATIENT 2u

// Capabilities of the two servers, for csgi_entry.needs.
CSGI_EXPORT uint64_t csgi_serve_http_caps(void);
CSGI_EXPORT uint64_t csgi_serve_fastcgi_caps(void);

typedef struct csgi_server csgi_server;

// Binds the listeners and starts the application, on a loop of its own. NULL when it cannot (a busy
// port, an application that does not start), with what, where and what to do in err[0, cap). The
// application is the server's from here on: it is stopped and destroyed, also on failure.
CSGI_EXPORT csgi_server *csgi_server_open(csgi_app *app, const csgi_serve_options *options,
                                          char *err, size_t cap);

// The same, for web servers in front that speak FastCGI 1.0. Everything here but the words is as
// for HTTP, and the options mean the same, with these exceptions:
// - nlisten 0 is "fd:0", the descriptor on which spawn-fcgi and mod_fcgid pass a socket that
// listens.
//   URLs are fastcgi://127.0.0.1:9000 and fastcgi+unix:/path.sock. Who reaches the socket is
//   believed whatever it says of its clients: it should be a unix socket, or on the loopback.
// - tls_listen must be empty.
// - max_head counts the bytes of a request's parameters, max_connections those of the front, and
//   also requests at once, of which there may be many on one connection; beyond, a request is ended
//   as FCGI_OVERLOADED. max_requests is not looked at: the front decides how long it keeps one.
// - What is logged of a request at CSGI_LOG_WARNING or above goes to the front's STDERR too.
CSGI_EXPORT csgi_server *csgi_server_open_fastcgi(csgi_app *app, const csgi_serve_options *options,
                                                  char *err, size_t cap);

// Serves until TERM or INT, or csgi_server_stop, and until what was in flight then is answered. OK,
// or GONE when drain_ms passed before. On the thread that opened.
CSGI_EXPORT csgi_rc csgi_server_run(csgi_server *server);

// With options.uv_loop: calls `listening` and begins to accept; the rest happens while the program
// runs its loop. OK, or APP with a reason in the log. On the thread that opened, which is the
// loop's.
CSGI_EXPORT csgi_rc csgi_server_begin(csgi_server *server);

// Its worker, through whose api a program sets timers and watches descriptors on the server's loop.
// Until close.
CSGI_EXPORT csgi_worker *csgi_server_worker(csgi_server *server);
// How many requests the application has been handed that are over. On the thread that opened.
CSGI_EXPORT uint64_t csgi_server_answered(const csgi_server *server);

// Drains, as TERM does: run returns, or `stopped` is called, when it is done. [any thread]
CSGI_EXPORT void csgi_server_stop(csgi_server *server);

// Reads certificate and key again: connections that come from then on get the new ones. If they
// cannot be used, the log says why and the old ones stay. [any thread]
CSGI_EXPORT void csgi_server_reload_tls(csgi_server *server);

// Stops and destroys the application, closes the listeners, frees the server: with options.uv_loop
// once the loop has turned. Not while it runs.
CSGI_EXPORT void csgi_server_close(csgi_server *server);

// All of it: open, run, close.
CSGI_EXPORT csgi_rc csgi_serve_http(csgi_app *app, const csgi_serve_options *options, char *err,
                                    size_t cap);
CSGI_EXPORT csgi_rc csgi_serve_fastcgi(csgi_app *app, const csgi_serve_options *options, char *err,
                                       size_t cap);

#ifdef __cplusplus
}
#endif

#endif
