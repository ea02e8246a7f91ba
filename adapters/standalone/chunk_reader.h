// SPDX-License-Identifier: MIT
// The chunked transfer coding of a request's body (RFC 9112 7.1), decoded in place, fed in any
// pieces. No I/O.
#ifndef CSGI_ADAPTERS_STANDALONE_CHUNK_READER_H
#define CSGI_ADAPTERS_STANDALONE_CHUNK_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csgi_chunk_reader {
    int64_t left;      // of the chunk whose data is being read
    uint32_t overhead; // bytes of sizes, extensions and trailers so far: they are limited
    uint32_t limit;
    uint8_t state;
    uint8_t digits;
} csgi_chunk_reader;

typedef enum csgi_chunk_result {
    CSGI_CHUNK_MORE, // all was taken, and the body goes on
    CSGI_CHUNK_DATA, // *data points at *data_n bytes of the body
    CSGI_CHUNK_END,  // the body is complete; what follows is another message
    CSGI_CHUNK_BAD,  // not the coding
    CSGI_CHUNK_MUCH  // more framing than the limit
} csgi_chunk_result;

void csgi_chunk_reader_init(csgi_chunk_reader *reader, uint32_t limit);

// Takes bytes off the front of p[0, n), `*used` of them, until there is something to say.
csgi_chunk_result csgi_chunk_reader_next(csgi_chunk_reader *reader, const char *p, size_t n,
                                         size_t *used, const char **data, size_t *data_n);

#ifdef __cplusplus
}
#endif

#endif
