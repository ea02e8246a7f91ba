// SPDX-License-Identifier: MIT
// A socket that listens.
#include "adapters/loop/listener.h"

#include "adapters/loop/uv_listener.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// How many connections may wait to be accepted; nginx's number.
#define BACKLOG 511

// Until then another exchange may have given memory back.
#define AGAIN_MS 50

static bool fail(char *err, size_t cap, const char *address, const char *what, const char *remedy) {
    snprintf(err, cap, "cannot listen: %s\n  where: %s\n  what to do: %s", what, address, remedy);
    return false;
}

static bool parse_port(const char *text, int *port) {
    char *end;
    if (*text < '0' || *text > '9') return false;
    long value = strtol(text, &end, 10);
    if (*end || value > 65535) return false;
    *port = (int)value;
    return true;
}

static bool parse_tcp(const char *address, struct sockaddr_storage *out, char *err, size_t cap) {
    const char *colon = strrchr(address, ':');
    char host[64] = "";
    int port;
    size_t n = colon ? (size_t)(colon - address) : 0;
    if (!colon || !parse_port(colon + 1, &port) || n >= sizeof host)
        return fail(
            err, cap, address, "not an address",
            "write 127.0.0.1:8000, [::1]:8000, :8000, unix:/path.sock or fd:3; ports go to 65535");
    memcpy(host, address, n);
    host[n] = 0;
    if (n == 0) // every address; a v6 socket takes v4 peers as well
        return uv_ip6_addr("::", port, (struct sockaddr_in6 *)out) == 0;
    if (host[0] == '[' && host[n - 1] == ']') {
        host[n - 1] = 0;
        if (uv_ip6_addr(host + 1, port, (struct sockaddr_in6 *)out) == 0) return true;
    } else if (uv_ip4_addr(host, port, (struct sockaddr_in *)out) == 0) {
        return true;
    }
    return fail(err, cap, address, "its host is not an IP address",
                "write the address in digits, such as 127.0.0.1 or [::1]");
}

static const char *remedy_for(int code) {
    switch (code) {
    case UV_EADDRINUSE:
        return "another program has it: stop that one, or choose another port (0: any free)";
    case UV_EACCES: return "ports below 1024 and some folders need more rights: choose another";
    case UV_EADDRNOTAVAIL: return "no interface of this machine has that address";
    case UV_ENOENT: return "make its folder first";
    default: return "see the system's word above";
    }
}

static void tcp_url(csgi_listener *listener) {
    struct sockaddr_storage at;
    int size = sizeof at;
    char host[INET6_ADDRSTRLEN] = "?";
    uv_tcp_getsockname(&listener->uv.tcp, (struct sockaddr *)&at, &size);
    if (at.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&at;
        uv_ip6_name(in6, host, sizeof host);
        snprintf(listener->url, sizeof listener->url, "%s://[%s]:%u", listener->scheme, host,
                 ntohs(in6->sin6_port));
    } else {
        const struct sockaddr_in *in4 = (const struct sockaddr_in *)&at;
        uv_ip4_name(in4, host, sizeof host);
        snprintf(listener->url, sizeof listener->url, "%s://%s:%u", listener->scheme, host,
                 ntohs(in4->sin_port));
    }
}

// A dual-stack socket cannot be had where IPv6 is off; then every IPv4 address has to do.
static int bind_tcp(csgi_listener *listener, const struct sockaddr_storage *at, bool every) {
    int code = uv_tcp_bind(&listener->uv.tcp, (const struct sockaddr *)at, 0);
    if (code == 0 || !every) return code;
    struct sockaddr_in any;
    uv_ip4_addr("0.0.0.0", ntohs(((const struct sockaddr_in6 *)at)->sin6_port), &any);
    return uv_tcp_bind(&listener->uv.tcp, (const struct sockaddr *)&any, 0);
}

static bool open_tcp(csgi_listener *listener, const char *address, char *err, size_t cap) {
    struct sockaddr_storage at;
    memset(&at, 0, sizeof at);
    if (!parse_tcp(address, &at, err, cap)) return false;
    int code = uv_tcp_init(listener->loop->uv, &listener->uv.tcp);
    if (!code) code = bind_tcp(listener, &at, address[0] == ':');
    // libuv reports a busy port only when it listens.
    if (!code) code = uv_listen(&listener->uv.stream, BACKLOG, NULL);
    if (code) return fail(err, cap, address, uv_strerror(code), remedy_for(code));
    tcp_url(listener);
    return true;
}

// A socket file that nobody listens on any more is left over from a server that was killed.
static void remove_stale(const char *path) {
    struct stat st;
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (lstat(path, &st) || !S_ISSOCK(st.st_mode) || strlen(path) >= sizeof at.sun_path) return;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    memcpy(at.sun_path, path, strlen(path) + 1);
    if (connect(fd, (const struct sockaddr *)&at, sizeof at) && errno == ECONNREFUSED) unlink(path);
    close(fd);
}

static bool open_unix(csgi_listener *listener, const char *address, char *err, size_t cap) {
    const char *path = address + strlen("unix:");
    struct sockaddr_un at;
    listener->is_unix = true;
    if (!*path || strlen(path) >= sizeof at.sun_path)
        return fail(err, cap, address,
                    "its path is empty or longer than a socket's can be (107 bytes)",
                    "choose another path");
    uv_pipe_init(listener->loop->uv, &listener->uv.pipe, 0);
    remove_stale(path);
    int code = uv_pipe_bind(&listener->uv.pipe, path);
    if (!code) {
        listener->path = strdup(path);
        code = uv_listen(&listener->uv.stream, BACKLOG, NULL);
    }
    if (code == UV_EACCES && access(path, F_OK) && errno == ENOENT) code = UV_ENOENT;
    if (code) return fail(err, cap, address, uv_strerror(code), remedy_for(code));
    snprintf(listener->url, sizeof listener->url, "%s+unix:%s", listener->scheme, path);
    return true;
}

static void unix_url(csgi_listener *listener, int fd) {
    struct sockaddr_un at = {0};
    socklen_t size = sizeof at - 1; // so that a path of full length ends, too
    if (getsockname(fd, (struct sockaddr *)&at, &size) == 0 && at.sun_path[0])
        snprintf(listener->url, sizeof listener->url, "%s+unix:%s", listener->scheme, at.sun_path);
    else
        snprintf(listener->url, sizeof listener->url, "%s+unix:fd:%d", listener->scheme, fd);
}

static bool open_fd(csgi_listener *listener, const char *address, char *err, size_t cap) {
    int fd, listening = 0, family = 0;
    socklen_t size = sizeof listening;
    if (!parse_port(address + strlen("fd:"), &fd))
        return fail(err, cap, address, "not a descriptor's number", "write fd:3");
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) || !listening)
        return fail(err, cap, address, "the descriptor is not open, or not a socket that listens",
                    "let the program that starts this one pass it on");
    size = sizeof family;
    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);
    listener->is_unix = family == AF_UNIX;
    int code;
    if (listener->is_unix) {
        uv_pipe_init(listener->loop->uv, &listener->uv.pipe, 0);
        code = uv_pipe_open(&listener->uv.pipe, fd);
        unix_url(listener, fd);
    } else {
        uv_tcp_init(listener->loop->uv, &listener->uv.tcp);
        code = uv_tcp_open(&listener->uv.tcp, fd);
        if (!code) tcp_url(listener);
    }
    if (code) return fail(err, cap, address, uv_strerror(code), remedy_for(code));
    return true;
}

static void on_closed(uv_handle_t *handle) {
    csgi_listener *listener = handle->data;
    free(listener->path);
    free(listener);
}

csgi_listener *csgi_listener_bind(csgi_loop *loop, const char *scheme, const char *address,
                                  csgi_tls_context *tls, char *err, size_t cap) {
    csgi_listener *listener = calloc(1, sizeof *listener);
    if (!listener) {
        snprintf(err, cap, "out of memory");
        return NULL;
    }
    listener->loop = loop;
    listener->scheme = scheme;
    listener->tls = tls;
    bool open = strncmp(address, "unix:", 5) == 0 ? open_unix(listener, address, err, cap)
                : strncmp(address, "fd:", 3) == 0 ? open_fd(listener, address, err, cap)
                                                  : open_tcp(listener, address, err, cap);
    listener->uv.handle.data = listener;
    // Answers are written whole, so waiting for more to send only costs time. Linux hands this on
    // to the connections that are accepted.
    if (open && !listener->is_unix) uv_tcp_nodelay(&listener->uv.tcp, 1);
    if (open) return listener;
    if (listener->uv.handle.type == UV_UNKNOWN_HANDLE)
        on_closed(&listener->uv.handle);
    else
        uv_close(&listener->uv.handle, on_closed);
    return NULL;
}

const char *csgi_listener_url(const csgi_listener *listener) {
    return listener->url;
}

static void on_connection(uv_stream_t *stream, int status) {
    csgi_listener *listener = stream->data;
    if (status == 0) listener->ready(listener->arg, listener);
}

bool csgi_listener_start(csgi_listener *listener, void (*ready)(void *arg, csgi_listener *listener),
                         void *arg, char *err, size_t cap) {
    listener->ready = ready;
    listener->arg = arg;
    int code = uv_listen(&listener->uv.stream, BACKLOG, on_connection);
    return code == 0 || fail(err, cap, listener->url, uv_strerror(code), remedy_for(code));
}

static void look_again(csgi_worker *worker, csgi_task *task) {
    csgi_listener *listener =
        (csgi_listener *)(void *)((char *)task - offsetof(csgi_listener, again));
    (void)worker;
    listener->ready(listener->arg, listener);
}

void csgi_listener_wait(csgi_listener *listener) {
    csgi_host *host = listener->loop->host;
    listener->again.run = look_again;
    host->api.timer(&host->worker, &listener->again, AGAIN_MS);
}

void csgi_listener_close(csgi_listener *listener) {
    csgi_host *host = listener->loop->host;
    host->api.timer(&host->worker, &listener->again, -1);
    if (listener->path) unlink(listener->path);
    uv_close(&listener->uv.handle, on_closed);
}
