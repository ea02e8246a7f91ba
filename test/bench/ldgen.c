// SPDX-License-Identifier: MIT
// A load generator lighter than wrk: it parses nothing, but learns the length of one answer, and
// counts bytes from then on. So it is only right for answers of one length.
//
//     ldgen PORT CONNECTIONS DEPTH SECONDS
//
// DEPTH requests go out in one write; the next ones when all of them are answered. Prints how many
// requests were answered and how many connections broke.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
#define REQUEST_N (sizeof request - 1)
#define MAX_DEPTH 64u

typedef struct client {
    int fd;
    size_t got; // of the batch's answers
} client;

typedef struct load {
    struct sockaddr_in at;
    int epoll;
    unsigned depth;
    unsigned long answered, broken;
    size_t answer_n;
    char batch[REQUEST_N * MAX_DEPTH], in[262144];
} load;

static _Noreturn void die(const char *why) {
    fprintf(stderr, "ldgen: %s\n", why);
    exit(1);
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int dial(const load *l) {
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&l->at, sizeof l->at)) die("cannot connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void learn_length(load *l) {
    int fd = dial(l);
    if (write(fd, request, REQUEST_N) != (ssize_t)REQUEST_N) die("cannot write");
    for (size_t n = 0;;) {
        ssize_t got = read(fd, l->in + n, sizeof l->in - n - 1);
        if (got <= 0) die("the first request was not answered");
        n += (size_t)got;
        l->in[n] = 0;
        const char *end = strstr(l->in, "\r\n\r\n");
        const char *length = strcasestr(l->in, "\r\ncontent-length:");
        if (!end) continue;
        if (strncmp(l->in, "HTTP/1.1 200 ", 13) != 0) die("the answer is not a 200");
        if (!length || length > end) die("the answer has no content-length");
        l->answer_n = (size_t)(end + 4 - l->in) + strtoul(length + 17, NULL, 10);
        if (n > l->answer_n) die("more was answered than asked");
        if (n == l->answer_n) break;
    }
    close(fd);
}

static void ask(load *l, client *c) {
    size_t n = REQUEST_N * l->depth;
    c->got = 0;
    if (write(c->fd, l->batch, n) != (ssize_t)n) l->broken++;
}

static void join(load *l, client *c) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    c->fd = dial(l);
    epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &event);
}

static void hear(load *l, client *c) {
    ssize_t n = read(c->fd, l->in, sizeof l->in);
    size_t all = l->answer_n * l->depth;
    if (n <= 0) {
        l->broken++;
        close(c->fd);
        join(l, c);
        ask(l, c);
        return;
    }
    c->got += (size_t)n;
    if (c->got > all) die("the answers have different lengths");
    if (c->got < all) return;
    l->answered += l->depth;
    ask(l, c);
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    size_t nclients = strtoul(argv[2], NULL, 10);
    load *l = calloc(1, sizeof *l);
    client *clients = calloc(nclients, sizeof *clients);
    struct epoll_event events[512];
    if (!l || !clients) die("out of memory");
    signal(SIGPIPE, SIG_IGN);
    l->at.sin_family = AF_INET;
    l->at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    l->at.sin_port = htons((in_port_t)strtoul(argv[1], NULL, 10));
    l->depth = (unsigned)strtoul(argv[3], NULL, 10);
    if (!l->depth || l->depth > MAX_DEPTH) die("1 to 64 requests in one write");
    for (size_t i = 0; i < l->depth; i++) memcpy(l->batch + i * REQUEST_N, request, REQUEST_N);
    learn_length(l);
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < nclients; i++) join(l, &clients[i]);
    double end = seconds() + strtod(argv[4], NULL);
    for (size_t i = 0; i < nclients; i++) ask(l, &clients[i]);
    while (seconds() < end) {
        int n = epoll_wait(l->epoll, events, 512, 100);
        for (int i = 0; i < n; i++) hear(l, events[i].data.ptr);
    }
    printf("%lu requests, %lu broken connections\n", l->answered, l->broken);
    return 0;
}
