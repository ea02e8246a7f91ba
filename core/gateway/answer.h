// SPDX-License-Identifier: MIT
// Judges what an application sends, before any of it is taken: heads, chunks, trailers.
#ifndef CSGI_CORE_GATEWAY_ANSWER_H
#define CSGI_CORE_GATEWAY_ANSWER_H

#include <csgi.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

// Why a part was refused: the rule of spec/rules.def, and the field or chunk at fault.
typedef struct csgi_fault {
    const char *rule; // such as "RES-2"
    const char *what; // a sentence without the name of the thing
    csgi_str name;    // the thing: a field's name, or empty
} csgi_fault;

// What a head comes to.
typedef struct csgi_head_facts {
    int64_t length;     // declared, by the field or by content_length; -1: not
    uint32_t length_at; // index of the Content-Length field; UINT32_MAX: none
    bool date, server;  // these fields are there
} csgi_head_facts;

// OK, or the code that `send` returns. `*fault` is written only when it is not OK.
csgi_rc csgi_answer_head(const csgi_head *head, csgi_head_facts *facts, csgi_fault *fault);
csgi_rc csgi_answer_chunks(const csgi_part *part, bool takes_file, uint64_t *bytes,
                           csgi_fault *fault);
csgi_rc csgi_answer_trailers(const csgi_part *part, csgi_fault *fault);

#ifdef __cplusplus
}
#endif

#endif
