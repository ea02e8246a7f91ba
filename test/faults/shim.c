// SPDX-License-Identifier: MIT
// Preloaded into a server: lets the call that a test names fail, with an error that this call may
// really have, and counts what is on the heap. Told and asked through a file that both sides map.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

// The same numbers as in faults.py.
enum {
    HEAP = 1,   // malloc, calloc, realloc
    GROWTH,     // realloc alone
    RECEIVE,    // read, readv, recv of a socket
    SEND,       // write, writev, send of a socket
    FILE_READ,  // read, pread of a file
    FILE_WRITE, // write, writev to a file
    SENDFILE,   // sendfile
    ACCEPT,     // accept4
    OPEN,       // open
    DESCRIPTOR, // epoll_create1, eventfd, pipe2, socket, socketpair, dup
    THREAD,     // pthread_create
    FORK,       // fork
};

// In the mapped file. `at`: the number of the first call that fails, from 1; `error`: its errno, 0
// for half of what was asked for, negative for an end of file.
typedef struct control {
    _Atomic uint32_t kind, at, times, calls, failed;
    _Atomic int32_t error;
    _Atomic int64_t blocks; // on the heap of the process that was started
} control;

// A preloaded library has no other place for what all its functions need.
static control unheard;
static control *_Atomic told = &unheard;
static atomic_bool is_child;

static int fails(unsigned kind) {
    control *c = atomic_load(&told);
    if (atomic_load(&c->kind) != kind) return 0;
    const uint32_t call = atomic_fetch_add(&c->calls, 1) + 1, at = atomic_load(&c->at);
    if (call < at || call - at >= atomic_load(&c->times)) return 0;
    atomic_fetch_add(&c->failed, 1);
    errno = atomic_load(&c->error);
    return 1;
}

static void *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

// A pointer to the next function of this name, found once.
#define NEXT(type, name, ...)                  \
    static type (*_Atomic next_)(__VA_ARGS__); \
    type (*real)(__VA_ARGS__) = next_;         \
    if (!real) {                               \
        *(void **)&real = next(#name);         \
        next_ = real;                          \
    }

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS");
    const int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *page = mmap(NULL, sizeof(control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (page == MAP_FAILED) return;
    control *c = page;
    atomic_fetch_add(&c->blocks, atomic_load(&unheard.blocks));
    atomic_store(&told, c);
}

// ---- The heap ---------------------------------------------------------------------------------

static void count(int blocks) {
    if (!atomic_load(&is_child)) atomic_fetch_add(&atomic_load(&told)->blocks, blocks);
}

static void *counted(void *p) {
    if (p) count(1);
    return p;
}

// glibc's own names of them need no search, which might itself ask for memory.
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void __libc_free(void *p);

void *malloc(size_t n) {
    return fails(HEAP) ? NULL : counted(__libc_malloc(n));
}

void *calloc(size_t n, size_t size) {
    return fails(HEAP) ? NULL : counted(__libc_calloc(n, size));
}

void *realloc(void *p, size_t n) {
    if (fails(HEAP) || fails(GROWTH)) return NULL;
    void *fresh = __libc_realloc(p, n);
    return p ? fresh : counted(fresh);
}

void free(void *p) {
    if (p) count(-1);
    __libc_free(p);
}

// ---- Bytes ------------------------------------------------------------------------------------

static unsigned kind_of(int fd, unsigned socket, unsigned file) {
    struct stat about;
    const int before = errno;
    if (fstat(fd, &about)) about.st_mode = 0;
    errno = before;
    return S_ISSOCK(about.st_mode) ? socket : S_ISREG(about.st_mode) ? file : 0;
}

// How much of n bytes is to be asked for; a negative number is the answer instead.
static ssize_t share(unsigned kind, size_t n) {
    if (!kind || !fails(kind)) return (ssize_t)n;
    if (errno > 0) return -1;
    return errno < 0 ? -2 : (ssize_t)(n + 1) / 2;
}

#define ASK(kind, n)                              \
    const ssize_t share_ = share(kind, n);        \
    if (share_ < 0) return share_ == -1 ? -1 : 0; \
    n = (size_t)share_

ssize_t read(int fd, void *p, size_t n) {
    NEXT(ssize_t, read, int, void *, size_t)
    ASK(kind_of(fd, RECEIVE, FILE_READ), n);
    return real(fd, p, n);
}

ssize_t pread(int fd, void *p, size_t n, off_t at) {
    NEXT(ssize_t, pread, int, void *, size_t, off_t)
    ASK(FILE_READ, n);
    return real(fd, p, n, at);
}

ssize_t pread64(int fd, void *p, size_t n, off_t at) {
    return pread(fd, p, n, at);
}

ssize_t recv(int fd, void *p, size_t n, int flags) {
    NEXT(ssize_t, recv, int, void *, size_t, int)
    ASK(RECEIVE, n);
    return real(fd, p, n, flags);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
    NEXT(ssize_t, recvmsg, int, struct msghdr *, int)
    if (fails(RECEIVE) && errno > 0) return -1;
    return real(fd, message, flags);
}

ssize_t write(int fd, const void *p, size_t n) {
    NEXT(ssize_t, write, int, const void *, size_t)
    ASK(kind_of(fd, SEND, FILE_WRITE), n);
    return real(fd, p, n);
}

ssize_t send(int fd, const void *p, size_t n, int flags) {
    NEXT(ssize_t, send, int, const void *, size_t, int)
    ASK(SEND, n);
    return real(fd, p, n, flags);
}

ssize_t writev(int fd, const struct iovec *pieces, int n) {
    NEXT(ssize_t, writev, int, const struct iovec *, int)
    const unsigned kind = kind_of(fd, SEND, FILE_WRITE);
    if (!kind || !fails(kind)) return real(fd, pieces, n);
    if (errno > 0) return -1;
    // Half of the first piece: the least convenient share.
    return write(fd, pieces[0].iov_base, (pieces[0].iov_len + 1) / 2);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    NEXT(ssize_t, sendmsg, int, const struct msghdr *, int)
    if (fails(SEND) && errno > 0) return -1;
    return real(fd, message, flags);
}

ssize_t sendfile(int out, int in, off_t *at, size_t n) {
    NEXT(ssize_t, sendfile, int, int, off_t *, size_t)
    ASK(SENDFILE, n);
    return real(out, in, at, n);
}

ssize_t sendfile64(int out, int in, off64_t *at, size_t n) {
    return sendfile(out, in, at, n);
}

// ---- Descriptors ------------------------------------------------------------------------------

int accept4(int fd, struct sockaddr *peer, socklen_t *size, int flags) {
    NEXT(int, accept4, int, struct sockaddr *, socklen_t *, int)
    return fails(ACCEPT) ? -1 : real(fd, peer, size, flags);
}

int open(const char *path, int flags, ...) {
    NEXT(int, open, const char *, int, ...)
    mode_t mode = 0;
    if (flags & (O_CREAT | O_TMPFILE)) {
        va_list more;
        va_start(more, flags);
        mode = va_arg(more, mode_t);
        va_end(more);
    }
    return fails(OPEN) ? -1 : real(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    mode_t mode = 0;
    if (flags & (O_CREAT | O_TMPFILE)) {
        va_list more;
        va_start(more, flags);
        mode = va_arg(more, mode_t);
        va_end(more);
    }
    return open(path, flags, mode);
}

int epoll_create1(int flags) {
    NEXT(int, epoll_create1, int)
    return fails(DESCRIPTOR) ? -1 : real(flags);
}

int eventfd(unsigned first, int flags) {
    NEXT(int, eventfd, unsigned, int)
    return fails(DESCRIPTOR) ? -1 : real(first, flags);
}

int pipe2(int fds[2], int flags) {
    NEXT(int, pipe2, int *, int)
    return fails(DESCRIPTOR) ? -1 : real(fds, flags);
}

int socket(int domain, int type, int protocol) {
    NEXT(int, socket, int, int, int)
    return fails(DESCRIPTOR) ? -1 : real(domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int fds[2]) {
    NEXT(int, socketpair, int, int, int, int *)
    return fails(DESCRIPTOR) ? -1 : real(domain, type, protocol, fds);
}

int dup(int fd) {
    NEXT(int, dup, int)
    return fails(DESCRIPTOR) ? -1 : real(fd);
}

// ---- Others who do the work -------------------------------------------------------------------

int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *), void *arg) {
    NEXT(int, pthread_create, pthread_t *, const pthread_attr_t *, void *(*)(void *), void *)
    return fails(THREAD) ? errno : real(thread, how, run, arg);
}

pid_t fork(void) {
    NEXT(pid_t, fork, void)
    if (fails(FORK)) return -1;
    const pid_t pid = real();
    if (pid == 0) atomic_store(&is_child, true);
    return pid;
}
