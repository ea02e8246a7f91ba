// SPDX-License-Identifier: MIT
// Field names as small numbers, with the rules that belong to each: spec/headers.def made callable.
#ifndef CSGI_CORE_HTTP_FIELD_H
#define CSGI_CORE_HTTP_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The ids, as CSGI_FID_HOST. The application's header spells the same numbers CSGI_FIELD_*; two
// spellings, so that a file may see both headers.
enum {
#define CSGI_FIELD(NAME, id, name, flags) CSGI_FID_##NAME = id,
#include "spec/headers.def"
#undef CSGI_FIELD
    // Ids run from 1 to one below this.
    CSGI_FID_COUNT = 1
#define CSGI_FIELD(NAME, id, name, flags) +1
#include "spec/headers.def"
#undef CSGI_FIELD
};

// What each flag means stands at the top of spec/headers.def.
enum {
    CSGI_FF_LIST = 1 << 0,
    CSGI_FF_SEMI = 1 << 1,
    CSGI_FF_SINGLE = 1 << 2,
    CSGI_FF_SEPARATE = 1 << 3,
    CSGI_FF_HOP = 1 << 4,
    CSGI_FF_FRAMING = 1 << 5,
    CSGI_FF_NO_REQUEST = 1 << 6,
    CSGI_FF_NO_RESPONSE = 1 << 7,
    CSGI_FF_HOST = 1 << 8,
    CSGI_FF_NO_TRAILER = 1 << 9
};

// The id of a name in lower case, 0 when the table does not hold it. [any thread]
uint16_t csgi_field_lookup(const char *name, size_t n);

// Both at once: the id, and its CSGI_FF_* bits in `*flags`; 0 and 0 when the table does not hold
// the name.
uint16_t csgi_field_find(const char *name, size_t n, uint32_t *flags);

// The name of an id, terminated, its length in `n` (which may be NULL). An id outside the table
// gives NULL and length 0. Lives as long as the program. [any thread]
const char *csgi_field_name(uint32_t id, size_t *n);

// The CSGI_FF_* bits of an id, 0 for an id outside the table. [any thread]
uint32_t csgi_field_flags(uint32_t id);

// Whether an application may never send this name, which is in lower case and whose id
// csgi_field_lookup has given: those flagged NO_RESPONSE, and everything that starts with
// "x-accel-". [any thread]
bool csgi_field_response_forbidden(uint32_t id, const char *name, size_t n);

#ifdef __cplusplus
}
#endif

#endif
