// SPDX-License-Identifier: MIT
// Looks up field names in a perfect hash that the build makes from spec/headers.def.
#include "core/http/field.h"

#include <string.h>

#include "core/http/field_hash.h"
#include "core/http/word.h"

// The longest name of the table; it is compared in words of eight, hence the padding to 32.
enum { NAME_MAX_LENGTH = 32 };

struct field_row {
    char name[NAME_MAX_LENGTH + 1];
    uint8_t n;
    uint16_t flags;
};

enum {
    LIST = CSGI_FF_LIST,
    SEMI = CSGI_FF_SEMI,
    SINGLE = CSGI_FF_SINGLE,
    SEPARATE = CSGI_FF_SEPARATE,
    HOP = CSGI_FF_HOP,
    FRAMING = CSGI_FF_FRAMING,
    NO_REQUEST = CSGI_FF_NO_REQUEST,
    NO_RESPONSE = CSGI_FF_NO_RESPONSE,
    HOST = CSGI_FF_HOST,
    NO_TRAILER = CSGI_FF_NO_TRAILER
};

static const struct field_row rows[CSGI_FID_COUNT] = {
#define CSGI_FIELD(NAME, id, name, flags) [id] = {name, sizeof(name) - 1, flags},
#include "spec/headers.def"
#undef CSGI_FIELD
};

_Static_assert(CSGI_FID_COUNT <= 97, "version 1.0 holds at most 96 ids");
_Static_assert(sizeof(hash_slots) == (size_t)1 << (32 - HASH_SHIFT), "one slot per hash value");

// memcmp for equal lengths, without the call. The last step overlaps the one before it.
static bool same(const char *a, const char *b, size_t n) {
    if (n >= 8) {
        size_t i = 0;
        for (; i + 8 < n; i += 8)
            if (csgi_word_load8(a + i) != csgi_word_load8(b + i)) return false;
        return csgi_word_load8(a + n - 8) == csgi_word_load8(b + n - 8);
    }
    if (n >= 4)
        return csgi_word_load4(a) == csgi_word_load4(b) &&
               csgi_word_load4(a + n - 4) == csgi_word_load4(b + n - 4);
    return a[0] == b[0] && a[n - 2] == b[n - 2] && a[n - 1] == b[n - 1];
}

uint16_t csgi_field_lookup(const char *name, size_t n) {
    if (n < 2 || n > NAME_MAX_LENGTH) return 0;
    const uint32_t key = (uint32_t)(unsigned char)name[0] |
                         (uint32_t)(unsigned char)name[n / 2] << 8 |
                         (uint32_t)(unsigned char)name[n - 2] << 16 | (uint32_t)n << 24;
    const uint16_t id = hash_slots[key * hash_multiplier >> HASH_SHIFT];
    // An empty slot leads to row 0, whose length no name has.
    const struct field_row *row = &rows[id];
    return row->n == n && same(row->name, name, n) ? id : 0;
}

const char *csgi_field_name(uint32_t id, size_t *n) {
    const bool known = id != 0 && id < CSGI_FID_COUNT;
    if (n) *n = known ? rows[id].n : 0;
    return known ? rows[id].name : NULL;
}

uint32_t csgi_field_flags(uint32_t id) {
    return id < CSGI_FID_COUNT ? rows[id].flags : 0;
}

bool csgi_field_response_forbidden(const char *name, size_t n) {
    static const char family[] = "x-accel-";
    if (n >= sizeof(family) - 1 && memcmp(name, family, sizeof(family) - 1) == 0) return true;
    return csgi_field_flags(csgi_field_lookup(name, n)) & CSGI_FF_NO_RESPONSE;
}
