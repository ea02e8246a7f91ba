// SPDX-License-Identifier: MIT
// The kernel's share: epoll, one read and one write per event, no parser. Nothing that answers
// requests on one thread can cost less.
#include "test/bench/floors/response.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FD 65536

typedef struct floor_state {
    int epoll, listener;
    responses answer;
    unsigned char seen[MAX_FD]; // of a head's end, by descriptor
    char in[65536];
} floor_state;

static int listen_somewhere(void) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 4096) ||
        getsockname(fd, (struct sockaddr *)&at, &size)) {
        perror("listen");
        exit(1);
    }
    printf("listening on http://127.0.0.1:%d\n", ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

static void watch(const floor_state *f, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void take_all(floor_state *f) {
    int fd, on = 1;
    while ((fd = accept4(f->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (fd >= MAX_FD) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        f->seen[fd] = 0;
        watch(f, fd);
    }
}

static void serve(floor_state *f, int fd) {
    ssize_t n = read(fd, f->in, sizeof f->in);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
        close(fd);
        return;
    }
    unsigned seen = f->seen[fd];
    unsigned heads = count_heads(f->in, (size_t)n, &seen);
    f->seen[fd] = (unsigned char)seen;
    while (heads) {
        unsigned batch = heads < RESPONSES ? heads : RESPONSES;
        size_t bytes = f->answer.n * batch;
        if (write(fd, f->answer.bytes, bytes) != (ssize_t)bytes) {
            close(fd);
            return;
        }
        heads -= batch;
    }
}

int main(void) {
    floor_state *f = calloc(1, sizeof *f);
    struct epoll_event events[1024];
    if (!f) return 1;
    signal(SIGPIPE, SIG_IGN);
    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    f->listener = listen_somewhere();
    watch(f, f->listener);
    for (;;) {
        int n = epoll_wait(f->epoll, events, 1024, 1000);
        time_t now = time(NULL);
        if (now != f->answer.made_at) responses_make(&f->answer, now);
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == f->listener)
                take_all(f);
            else
                serve(f, events[i].data.fd);
        }
    }
}
