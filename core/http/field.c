// SPDX-License-Identifier: MIT
// Looks up field names in a perfect hash that the build makes from spec/headers.def.
#include "core/http/field.h"

#include <string.h>

#include "core/http/field_hash.h"
#include "core/http/word.h"

// The longest name of the table: a longer one would not fit its row, and not compile.
enum { NAME_MAX_LENGTH = 32 };

struct field_row {
    uint16_t flags;
    uint8_t n;
    char name[NAME_MAX_LENGTH + 1];
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
#define CSGI_FIELD(NAME, id, name, flags) [id] = {flags, sizeof(name) - 1, name},
#include "spec/headers.def"
#undef CSGI_FIELD
};

_Static_assert(CSGI_FID_COUNT <= 97, "version 1.0 holds at most 96 ids");
_Static_assert(sizeof(hash_slots) == (size_t)1 << (64 - HASH_SHIFT), "one slot per hash value");

// The last eight bytes of a name, or all of a shorter one; field_hash.py reads the same.
static inline uint64_t tail_of(const char *name, size_t n) {
    return n >= 8 ? csgi_word_load8(name + n - 8) : csgi_word_load_short(name, n, 0);
}

static inline uint16_t look_up(const char *name, size_t n) {
    if (n < 2 || n > NAME_MAX_LENGTH) return 0;
    const uint64_t tail = tail_of(name, n);
    const uint64_t key = tail + ((uint64_t)n << 32);
    const uint16_t id = hash_slots[key * hash_multiplier >> HASH_SHIFT];
    // An empty slot leads to row 0, whose length no name has.
    const struct field_row *row = &rows[id];
    if (row->n != n || tail_of(row->name, n) != tail) return 0;
    for (size_t i = 0; i + 8 < n; i += 8)
        if (csgi_word_load8(name + i) != csgi_word_load8(row->name + i)) return 0;
    return id;
}

uint16_t csgi_field_lookup(const char *name, size_t n) {
    return look_up(name, n);
}

uint16_t csgi_field_find(const char *name, size_t n, uint32_t *flags) {
    const uint16_t id = look_up(name, n);
    *flags = rows[id].flags; // row 0 has none
    return id;
}

const char *csgi_field_name(uint32_t id, size_t *n) {
    const bool known = id != 0 && id < CSGI_FID_COUNT;
    if (n) *n = known ? rows[id].n : 0;
    return known ? rows[id].name : NULL;
}

uint32_t csgi_field_flags(uint32_t id) {
    return id < CSGI_FID_COUNT ? rows[id].flags : 0;
}

bool csgi_field_response_forbidden(uint32_t id, const char *name, size_t n) {
    static const char family[] = "x-accel-";
    if (id) return csgi_field_flags(id) & CSGI_FF_NO_RESPONSE;
    return n >= sizeof(family) - 1 && memcmp(name, family, sizeof(family) - 1) == 0;
}
