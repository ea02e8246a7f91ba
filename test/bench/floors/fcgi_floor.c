// SPDX-License-Identifier: MIT
// The least a FastCGI responder can do: one thread, epoll, the framing of records and nothing else.
// Parameters are passed over. The answer, a constant, is one write when the empty STDIN has come.
// Usage: fcgi_floor SOCKET
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ROOM 32768u

typedef struct connection {
    int fd;
    unsigned n;
    unsigned char keep;
    unsigned char bytes[ROOM];
} connection;

static const char answer[] =
    "Status: 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 14\r\n\r\nHello, world!\n";

enum {
    CONTENT = sizeof answer - 1,
    PADDING = -CONTENT & 7,
    WHOLE = 8 + CONTENT + PADDING + 8 + 16
};

// STDOUT, the end of STDOUT, END. False: the connection is over.
static int reply(const connection *conn, unsigned char high, unsigned char low) {
    static const unsigned char zeros[8];
    unsigned char out[WHOLE];
    const unsigned char head[8] = {1, 6, high, low, 0, CONTENT, PADDING, 0};
    const unsigned char ends[24] = {1, 6, high, low, 0, 0, 0, 0, 1, 3, high, low, 0, 8, 0, 0};
    memcpy(out, head, 8);
    memcpy(out + 8, answer, CONTENT);
    memcpy(out + 8 + CONTENT, zeros, PADDING);
    memcpy(out + 8 + CONTENT + PADDING, ends, 24);
    return write(conn->fd, out, WHOLE) == WHOLE && conn->keep;
}

static int serve(connection *conn) {
    const ssize_t got = read(conn->fd, conn->bytes + conn->n, ROOM - conn->n);
    if (got < 0 && errno == EAGAIN) return 1;
    if (got <= 0) return 0;
    conn->n += (unsigned)got;
    unsigned at = 0;
    while (conn->n - at >= 8) {
        const unsigned char *head = conn->bytes + at;
        const unsigned content = (unsigned)head[4] << 8 | head[5], whole = 8 + content + head[6];
        if (whole > ROOM) return 0;
        if (conn->n - at < whole) break;
        if (head[1] == 1) conn->keep = head[10] & 1;
        if (head[1] == 5 && !content && !reply(conn, head[2], head[3])) return 0;
        at += whole;
    }
    conn->n -= at;
    memmove(conn->bytes, conn->bytes + at, conn->n);
    return 1;
}

static int listen_at(const char *path) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof at.sun_path) return -1;
    memcpy(at.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 4096)) return -1;
    return fd;
}

int main(int argc, char **argv) {
    int listener = argc == 2 ? listen_at(argv[1]) : -1;
    if (listener < 0) {
        fprintf(stderr, "usage: fcgi_floor SOCKET\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        const int n = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < n; i++) {
            connection *conn = events[i].data.ptr;
            if (conn) {
                if (serve(conn)) continue;
                close(conn->fd);
                free(conn);
                continue;
            }
            for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
                conn = malloc(sizeof *conn);
                if (!conn) return 1;
                conn->fd = fd;
                conn->n = 0;
                event.data.ptr = conn;
                epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
            }
        }
    }
}
