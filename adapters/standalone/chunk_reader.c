// SPDX-License-Identifier: MIT
// The chunked transfer coding, one byte at a time outside the data. Lines end in CRLF and nothing
// else; extensions and trailers are checked for what may stand in them, counted, and dropped.
#include "adapters/standalone/chunk_reader.h"

#include "core/http/grammar.h"

enum {
    SIZE,          // the digits of chunk-size
    SIZE_SPACE,    // white space before an extension's semicolon
    EXTENSION,     // behind a semicolon
    SIZE_LF,       // the LF of the line with the size
    DATA,          //
    DATA_CR,       // the CRLF behind the data
    DATA_LF,       //
    TRAILER_START, // the first byte of a line of the trailer section, or of the end
    TRAILER_NAME,  //
    TRAILER_VALUE, //
    TRAILER_LF,    //
    LAST_LF        // the LF of the empty line
};

void csgi_chunk_reader_init(csgi_chunk_reader *reader, uint32_t limit) {
    *reader = (csgi_chunk_reader){.limit = limit, .state = SIZE};
}

// Advances over one byte of framing; false: it may not stand there. `left` collects the size.
static bool step(csgi_chunk_reader *r, char c) {
    int digit;
    switch (r->state) {
    case SIZE:
        digit = csgi_hex_value(c);
        if (digit >= 0) {
            if (r->left > (INT64_MAX >> 4)) return false;
            r->left = r->left << 4 | digit;
            r->digits = 1;
            return true;
        }
        if (!r->digits) return false;
        if (c == '\r')
            r->state = SIZE_LF;
        else if (c == ';')
            r->state = EXTENSION;
        else if (c == ' ' || c == '\t')
            r->state = SIZE_SPACE;
        else
            return false;
        return true;
    case SIZE_SPACE:
        if (c == ';') r->state = EXTENSION;
        return c == ';' || c == ' ' || c == '\t';
    case EXTENSION:
    case TRAILER_VALUE:
        if (c == '\r')
            r->state = r->state == EXTENSION ? SIZE_LF : TRAILER_LF;
        else
            return csgi_is_field_value(&c, 1);
        return true;
    case SIZE_LF:
        r->state = r->left ? DATA : TRAILER_START;
        r->digits = 0;
        return c == '\n';
    case DATA_CR: r->state = DATA_LF; return c == '\r';
    case DATA_LF: r->state = SIZE; return c == '\n';
    case TRAILER_START:
        r->state = c == '\r' ? LAST_LF : TRAILER_NAME;
        return c == '\r' || csgi_is_token(&c, 1);
    case TRAILER_NAME:
        if (c == ':') r->state = TRAILER_VALUE;
        return c == ':' || csgi_is_token(&c, 1);
    case TRAILER_LF: r->state = TRAILER_START; return c == '\n';
    default: return c == '\n';
    }
}

csgi_chunk_result csgi_chunk_reader_next(csgi_chunk_reader *r, const char *p, size_t n,
                                         size_t *used, const char **data, size_t *data_n) {
    size_t i = 0;
    *used = 0;
    while (i < n) {
        if (r->state == DATA) {
            size_t take = (uint64_t)r->left < n - i ? (size_t)r->left : n - i;
            r->left -= (int64_t)take;
            if (!r->left) r->state = DATA_CR;
            *data = p + i;
            *data_n = take;
            *used = i + take;
            return CSGI_CHUNK_DATA;
        }
        bool last = r->state == LAST_LF;
        // The least that a chunk needs, its size and two line ends, is no reason to refuse a long
        // body.
        bool counted = r->state == EXTENSION || r->state == SIZE_SPACE ||
                       r->state >= TRAILER_START || (r->state == SIZE && r->digits && r->left == 0);
        if (counted && ++r->overhead > r->limit) return CSGI_CHUNK_MUCH;
        if (!step(r, p[i++])) return CSGI_CHUNK_BAD;
        if (last) {
            *used = i;
            return CSGI_CHUNK_END;
        }
    }
    *used = i;
    return CSGI_CHUNK_MORE;
}
