// SPDX-License-Identifier: MIT
// What an exchange of the suite did and was told, kept by the instance, so that a later request can
// ask for it: an answer cannot tell how its own end was received.
#ifndef CSGI_EXAMPLES_CONFORM_RECORD_H
#define CSGI_EXAMPLES_CONFORM_RECORD_H

#include "examples/conform/text.h"

#include <csgi/sdk.h>

// As many calls as the longest script makes, with room; the same call with the same result counts.
#define CONFORM_CALLS 96
// More than one scenario has in flight; the oldest that is over makes room.
#define CONFORM_RECORDS 64

typedef struct conform_record {
    char id[48], endpoint[32];
    uint64_t serial;            // 0: free
    uint32_t owned, released;   // OWNED chunks given to the host, and given back
    uint32_t ncalls, forgotten; // calls beyond CONFORM_CALLS
    struct {
        const char *call; // a literal
        csgi_rc rc;
        uint32_t times;
    } calls[CONFORM_CALLS];
    uint32_t done; // how often on_done came
    csgi_rc outcome;
    uint64_t body_bytes;
} conform_record;

typedef struct conform_book {
    conform_record records[CONFORM_RECORDS];
    uint64_t serial;
} conform_book;

// Starts the record of this exchange, named by the query's id=, and registers for its end. NULL
// when the book is full of unfinished ones: then nothing is recorded.
conform_record *conform_record_open(conform_book *book, csgi_request *req, const char *endpoint);

// Notes the result of a call and hands it back. `record` may be NULL.
csgi_rc conform_note(conform_record *record, const char *call, csgi_rc rc);

// The newest record of a name, or NULL.
const conform_record *conform_record_find(const conform_book *book, csgi_str id);

// The members of a record's JSON object, without its braces.
void conform_add_record(conform_text *t, const conform_record *record);

#endif
