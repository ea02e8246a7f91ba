// SPDX-License-Identifier: MIT
// For LD_PRELOAD: counts a program's heap calls where a bench can read them while it runs, in the
// first eight bytes of the file that HEAP_COUNT_FILE names.
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// glibc's own names for them: asking dlsym would itself allocate.
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

static _Atomic uint64_t before_start;
static _Atomic uint64_t *count = &before_start;

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("HEAP_COUNT_FILE");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *at = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (at != MAP_FAILED) count = at;
}

static void add_one(void) {
    atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

void *malloc(size_t n) {
    add_one();
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size) {
    add_one();
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n) {
    add_one();
    return __libc_realloc(p, n);
}

void *memalign(size_t align, size_t n);
void *memalign(size_t align, size_t n) {
    add_one();
    return __libc_memalign(align, n);
}

void *aligned_alloc(size_t align, size_t n) {
    return memalign(align, n);
}

int posix_memalign(void **p, size_t align, size_t n) {
    *p = memalign(align, n);
    return *p ? 0 : ENOMEM;
}
