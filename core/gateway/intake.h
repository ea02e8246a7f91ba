// SPDX-License-Identifier: MIT
// From the raw lines of a head to the view that an application gets: one place where a request is
// taken in or refused, the same for every server.
//
// Each step answers 0, or the status with which the request is to be refused; `fault` then says
// why.
#ifndef CSGI_CORE_GATEWAY_INTAKE_H
#define CSGI_CORE_GATEWAY_INTAKE_H

#include "core/gateway/host.h"
#include "core/http/grammar.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csgi_intake {
    csgi_host_exchange *x;
    csgi_header *fields;
    uint32_t n, cap, max;
    uint16_t *known;
    uint64_t names; // which names without an id may have come already: a bit for each hash
    bool repeated;  // some name stands twice
    bool judged;    // the transport's: no control byte but tab is in what it hands over
    bool tab;       // the transport's: one stood beside the value it hands over
    // What the transport needs to know.
    bool chunked;
    bool has_length;
    bool close, keep_alive;
    bool expect_continue;
    bool has_host;
    int64_t length; // of Content-Length
    const char *fault;
} csgi_intake;

// Takes fields into the arena of x, at most max_fields. False: out of memory.
bool csgi_intake_begin(csgi_intake *in, csgi_host_exchange *x, uint32_t max_fields);

// The bytes live until x is closed. `version` is 10 or 11, behind a front end also 20 or 30.
unsigned csgi_intake_line(csgi_intake *in, struct csgi_span method, struct csgi_span target,
                          unsigned version);

// Lower-cases the name in place. The value comes without white space at its ends.
unsigned csgi_intake_field(csgi_intake *in, char *name, size_t name_n, struct csgi_span value);

// The same for a transport that has names in lower case: nothing is written to this one.
unsigned csgi_intake_lower_field(csgi_intake *in, struct csgi_span name, struct csgi_span value);

// After the last field: framing and Host are judged, the view is complete but for addresses and
// time.
unsigned csgi_intake_end(csgi_intake *in);

// For a request that no client sent, or whose framing the front end has judged already.
void csgi_intake_scheme(csgi_intake *in, bool tls);

#ifdef __cplusplus
}
#endif

#endif
