// SPDX-License-Identifier: MIT
// The standalone server: HTTP/1.1 as a protocol of csgi_server.
#include "adapters/standalone/server.h"

#include "adapters/standalone/connection.h"
#include "core/http/date.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CAPS                                                                                       \
    (CSGI_CAP_RAW_TARGET | CSGI_CAP_RAW_HEADERS | CSGI_CAP_STREAM_REQUEST |                        \
     CSGI_CAP_STREAM_RESPONSE | CSGI_CAP_FULL_DUPLEX | CSGI_CAP_TRAILERS_OUT | CSGI_CAP_SENDFILE | \
     CSGI_CAP_ABORT_NOTIFY | CSGI_CAP_BROKEN_END)

uint64_t csgi_serve_http_caps(void) {
    return CAPS;
}

// ---- Lines of every answer ----------------------------------------------------------------------

#define DATE_LINE "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

csgi_str csgi_http_server_line(const csgi_http *http) {
    return (csgi_str){http->lines, http->server_n};
}

csgi_str csgi_http_date_line(csgi_http *http) {
    int64_t seconds = time(NULL);
    char *line = http->lines + http->server_n;
    if (seconds != http->date_s) {
        http->date_s = seconds;
        csgi_date_format(seconds, line + strlen("date: "));
    }
    return (csgi_str){line, sizeof DATE_LINE - 1};
}

static void set_lines(csgi_http *http, csgi_str name) {
    int n = snprintf(http->lines, sizeof http->lines - sizeof DATE_LINE, "server: %.*s\r\n",
                     (int)name.n, name.p);
    http->server_n = (size_t)n;
    memcpy(http->lines + n, DATE_LINE, sizeof DATE_LINE);
}

// ---- The protocol -------------------------------------------------------------------------------

static bool open(csgi_server *server) {
    csgi_http *http = calloc(1, sizeof *http);
    if (!http) return false;
    server->own = http;
    set_lines(http, server->host.api.server);
    http->reader = csgi_request_reader_new(server->options.max_fields);
    return http->reader != NULL;
}

static void close(csgi_server *server) {
    csgi_http *http = csgi_http_of(server);
    if (http) csgi_request_reader_free(http->reader);
    free(http);
}

static void drain(csgi_link *link) {
    csgi_connection_drain((csgi_connection *)link);
}

static void drop(csgi_link *link) {
    csgi_connection_drop((csgi_connection *)link);
}

static const csgi_transport transport = {.output = csgi_connection_output,
                                         .flush = csgi_connection_flush,
                                         .finished = csgi_connection_finished,
                                         .closed = csgi_connection_closed,
                                         .want = csgi_connection_want,
                                         .wake = csgi_server_wake,
                                         .arm = csgi_server_arm,
                                         .now = csgi_server_now,
                                         .ext = csgi_server_ext,
                                         .log = csgi_server_log};

static const csgi_protocol protocol = {.scheme = "http",
                                       .tls_scheme = "https",
                                       .usual = "127.0.0.1:8000",
                                       .caps = CAPS,
                                       .transport = &transport,
                                       .open = open,
                                       .close = close,
                                       .accept = csgi_connection_accept,
                                       .drain = drain,
                                       .drop = drop};

csgi_server *csgi_server_open(csgi_app *app, const csgi_serve_options *options, char *err,
                              size_t cap) {
    return csgi_server_open_for(&protocol, app, options, err, cap);
}

csgi_rc csgi_serve_http(csgi_app *app, const csgi_serve_options *options, char *err, size_t cap) {
    csgi_server *server = csgi_server_open(app, options, err, cap);
    return server ? csgi_server_serve(server) : CSGI_APP;
}
