// SPDX-License-Identifier: MIT
// The answer to a request that no application is asked about, the same on every server.
#ifndef CSGI_CORE_GATEWAY_REFUSAL_H
#define CSGI_CORE_GATEWAY_REFUSAL_H

#include <csgi.h>

#ifdef __cplusplus
extern "C" {
#endif

// Head and body point into it: it stays where it was filled in.
typedef struct csgi_refusal {
    csgi_head head;
    csgi_header fields[2];
    char text[160];
    size_t n;
} csgi_refusal;

// Fills it in; `why` is cut off where the text is full.
void csgi_refusal_make(csgi_refusal *refusal, unsigned status, const char *why);

#ifdef __cplusplus
}
#endif

#endif
