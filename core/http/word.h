// SPDX-License-Identifier: MIT
// Eight bytes at a time: loads that mind no alignment, and tests that answer in each byte's top
// bit.
#ifndef CSGI_CORE_HTTP_WORD_H
#define CSGI_CORE_HTTP_WORD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// One byte repeated in every place of a word.
#define CSGI_WORD(byte) (UINT64_C(0x0101010101010101) * (uint64_t)(byte))
#define CSGI_WORD_TOP   CSGI_WORD(0x80)

static inline uint64_t csgi_word_load8(const char *p) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static inline uint32_t csgi_word_load4(const char *p) {
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

// One to seven bytes as a word, without reading past them: some come twice, and places left over
// hold `fill`. Their order is lost, so this serves tests of all bytes alike.
static inline uint64_t csgi_word_load_short(const char *p, size_t n, char fill) {
    if (n >= 4) return csgi_word_load4(p) | (uint64_t)csgi_word_load4(p + n - 4) << 32;
    return (CSGI_WORD((unsigned char)fill) & ~UINT64_C(0xffffff)) | (unsigned char)p[0] |
           (uint64_t)(unsigned char)p[n / 2] << 8 | (uint64_t)(unsigned char)p[n - 1] << 16;
}

// The tests below take `low`, a word whose top bits are clear, so that no sum carries into the
// next byte. Only the top bit of each byte of the result means anything.

// Where a byte is at least `least`, which is at least 1.
static inline uint64_t csgi_word_from(uint64_t low, unsigned least) {
    return low + CSGI_WORD(0x80 - least);
}

// Where a byte lies in first..last.
static inline uint64_t csgi_word_within(uint64_t low, unsigned first, unsigned last) {
    return csgi_word_from(low, first) & ~csgi_word_from(low, last + 1);
}

// Where a byte is `byte`.
static inline uint64_t csgi_word_is(uint64_t low, unsigned byte) {
    return ~csgi_word_from(low ^ CSGI_WORD(byte), 1);
}

#endif
