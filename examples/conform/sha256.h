// SPDX-License-Identifier: MIT
// SHA-256 (FIPS 180-4), fed in pieces: a module links against nothing, so it brings its own.
#ifndef CSGI_EXAMPLES_CONFORM_SHA256_H
#define CSGI_EXAMPLES_CONFORM_SHA256_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct conform_sha256 {
    uint32_t state[8];
    uint64_t length; // bytes so far
    unsigned char block[64];
} conform_sha256;

void conform_sha256_begin(conform_sha256 *s);
void conform_sha256_add(conform_sha256 *s, const void *p, size_t n);
// Writes 64 lower-case hexadecimal digits and a NUL; `s` is used up.
void conform_sha256_end(conform_sha256 *s, char hex[65]);

#ifdef __cplusplus
}
#endif

#endif
