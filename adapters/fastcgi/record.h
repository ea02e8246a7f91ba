// SPDX-License-Identifier: MIT
// Records of FastCGI 1.0 (the specification's section 3.3 and 8): read piece by piece, and written.
// No I/O.
#ifndef CSGI_ADAPTERS_FASTCGI_RECORD_H
#define CSGI_ADAPTERS_FASTCGI_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CSGI_RECORD_HEAD      8u     // bytes before the content
#define CSGI_RECORD_MOST      65535u // bytes of content
#define CSGI_RECORD_VERSION   1u
#define CSGI_RECORD_KEEP_CONN 1u // flag of BEGIN: the front closes the connection

typedef enum csgi_record_type {
    CSGI_RECORD_BEGIN = 1,
    CSGI_RECORD_ABORT = 2,
    CSGI_RECORD_END = 3,
    CSGI_RECORD_PARAMS = 4,
    CSGI_RECORD_STDIN = 5,
    CSGI_RECORD_STDOUT = 6,
    CSGI_RECORD_STDERR = 7,
    CSGI_RECORD_DATA = 8,
    CSGI_RECORD_GET_VALUES = 9,
    CSGI_RECORD_VALUES = 10,
    CSGI_RECORD_UNKNOWN = 11
} csgi_record_type;

typedef enum csgi_record_role {
    CSGI_ROLE_RESPONDER = 1,
    CSGI_ROLE_AUTHORIZER = 2,
    CSGI_ROLE_FILTER = 3
} csgi_record_role;

// protocolStatus of END.
typedef enum csgi_record_status {
    CSGI_RECORD_COMPLETE = 0,
    CSGI_RECORD_CANT_MPX = 1,
    CSGI_RECORD_OVERLOADED = 2,
    CSGI_RECORD_UNKNOWN_ROLE = 3
} csgi_record_status;

// ---- Reading ------------------------------------------------------------------------------------

// Content of these comes whole or not at all; a longer one is no use to anybody.
#define CSGI_RECORD_WHOLE 1024u

// Where in the stream of records a connection is. Zeroed at first.
typedef struct csgi_record_reader {
    uint16_t id;
    uint16_t size;   // of the content of the record that is being read
    uint16_t left;   // of it, to come
    uint8_t padding; // to come behind the content
    uint8_t type;
    bool inside; // the record's last piece has not been given
} csgi_record_reader;

typedef enum csgi_record_result {
    CSGI_RECORD_MORE,  // no whole piece is here
    CSGI_RECORD_PIECE, // content of a record; its last piece when reader->left is 0
    CSGI_RECORD_BAD    // another version, or a BEGIN or GET_VALUES whose length cannot be
} csgi_record_result;

// Takes bytes off the front of p[0, n), `*used` of them also with MORE. A PIECE is content of the
// record that reader->type, id and size tell of, *piece_n bytes at *piece, perhaps none. What is
// not used has to be there again, in one piece with what comes.
csgi_record_result csgi_record_next(csgi_record_reader *reader, const char *p, size_t n,
                                    size_t *used, const char **piece, size_t *piece_n);

// Content of BEGIN. False: it is not 8 bytes.
bool csgi_record_begin(const char *p, size_t n, uint16_t *role, uint8_t *flags);

// ---- Writing ------------------------------------------------------------------------------------

// How much to put behind n bytes of content so that the next record begins at a multiple of 8, as
// the specification recommends (3.3).
static inline unsigned csgi_record_padding(size_t n) {
    return (unsigned)(0 - n) & 7u;
}

// CSGI_RECORD_HEAD bytes, for n <= CSGI_RECORD_MOST bytes of content.
static inline void csgi_record_head(char *out, csgi_record_type type, uint16_t id, size_t n,
                                    unsigned padding) {
    const unsigned char head[CSGI_RECORD_HEAD] = {
        CSGI_RECORD_VERSION,     (unsigned char)type, (unsigned char)(id >> 8), (unsigned char)id,
        (unsigned char)(n >> 8), (unsigned char)n,    (unsigned char)padding,   0};
    __builtin_memcpy(out, head, sizeof head);
}

// A whole END, and a whole UNKNOWN_TYPE: 16 bytes each.
#define CSGI_RECORD_END_SIZE 16u
void csgi_record_end(char *out, uint16_t id, uint32_t app_status, csgi_record_status status);
void csgi_record_unknown(char *out, uint8_t type);

#ifdef __cplusplus
}
#endif

#endif
