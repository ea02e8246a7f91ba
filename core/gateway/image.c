// SPDX-License-Identifier: MIT
// Whether a file is a whole shared library for this machine.
//
// The dynamic linker trusts what a file says of its own length: one that was cut short, by a full
// disk or a copy that is still going on, would end the process with SIGBUS instead of an error.
#include "core/gateway/image.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#elif defined(__i386__)
#define MACHINE EM_386
#elif defined(__arm__)
#define MACHINE EM_ARM
#elif defined(__riscv)
#define MACHINE EM_RISCV
#else
#define MACHINE EM_NONE // left to the dynamic linker
#endif

static bool read_at(int fd, void *to, size_t n, uint64_t off) {
    if (off > INT64_MAX - n) return false;
    return pread(fd, to, n, (off_t)off) == (ssize_t)n;
}

static const char *judge(int fd) {
    ElfW(Ehdr) head;
    ElfW(Phdr) part;
    struct stat st;
    if (fstat(fd, &st)) return strerror(errno);
    uint64_t size = (uint64_t)st.st_size;
    if (!size) return "the file is empty";
    unsigned char magic[EI_NIDENT];
    if (!read_at(fd, magic, sizeof magic, 0) || memcmp(magic, ELFMAG, SELFMAG) != 0)
        return "not a shared library";
    if (magic[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32))
        return "made for another machine";
    if (!read_at(fd, &head, sizeof head, 0)) return "the file is cut short";
    if (MACHINE != EM_NONE && head.e_machine != MACHINE) return "made for another machine";
    if (head.e_type == ET_REL) return "an object file, not linked yet";
    if (head.e_type != ET_DYN) return "a program, not a shared library";
    if (head.e_phentsize != sizeof part) return "not a shared library";
    for (unsigned i = 0; i < head.e_phnum; i++) {
        if (!read_at(fd, &part, sizeof part, head.e_phoff + (uint64_t)i * sizeof part))
            return "the file is cut short";
        if (part.p_type != PT_LOAD && part.p_type != PT_DYNAMIC) continue;
        if (part.p_filesz > size || part.p_offset > size - part.p_filesz)
            return "the file is cut short";
    }
    return NULL;
}

const char *csgi_image_fault(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return strerror(errno);
    const char *fault = judge(fd);
    close(fd);
    return fault;
}
