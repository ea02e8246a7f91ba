// SPDX-License-Identifier: MIT
// Text that grows in the memory of an exchange, and JSON on top of it.
#ifndef CSGI_EXAMPLES_CONFORM_TEXT_H
#define CSGI_EXAMPLES_CONFORM_TEXT_H

#include <csgi/sdk.h>

typedef struct conform_text {
    csgi_exchange *x;
    char *p;
    size_t n, cap;
    int failed; // out of memory: what was added since is missing
} conform_text;

void conform_add(conform_text *t, const char *text);
void conform_add_bytes(conform_text *t, const char *p, size_t n);
void conform_add_number(conform_text *t, int64_t value);
// A JSON string; a byte above 127 becomes the code point of the same number.
void conform_add_json(conform_text *t, csgi_str s);
// "key": and a string, a number, or whatever is added next.
void conform_add_key(conform_text *t, const char *key);
void conform_add_member(conform_text *t, const char *key, csgi_str value);
void conform_add_member_number(conform_text *t, const char *key, int64_t value);
// The fields of a request: a list of [name, value].
void conform_add_fields(conform_text *t, const csgi_request *req);

// Answers 200 with the text as application/json.
csgi_rc conform_answer_json(csgi_request *req, const conform_text *t);

#endif
