// SPDX-License-Identifier: MIT
// The answer to a request that no application is asked about.
#include "core/gateway/refusal.h"

#include "core/http/status.h"
#include <stdio.h>
#include <string.h>

void csgi_refusal_make(csgi_refusal *refusal, unsigned status, const char *why) {
    static const csgi_header fields[2] = {
        {CSGI_LIT("content-type"), CSGI_LIT("text/plain"), 0, 0, 0},
        // RFC 9110 15.5.6: what is allowed, as far as a server can say.
        {CSGI_LIT("allow"), CSGI_LIT("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"), 0, 0, 0}};
    const int n = snprintf(refusal->text, sizeof refusal->text, "%u %s\n%s\n", status,
                           csgi_status_reason(status), why);
    refusal->n = n < 0                              ? 0
                 : (size_t)n < sizeof refusal->text ? (size_t)n
                                                    : sizeof refusal->text - 1;
    memcpy(refusal->fields, fields, sizeof fields);
    refusal->head = (csgi_head){.struct_size = sizeof refusal->head,
                                .status = (uint16_t)status,
                                .headers = refusal->fields,
                                .nheaders = status == 405 ? 2 : 1,
                                .content_length = (int64_t)refusal->n};
}
