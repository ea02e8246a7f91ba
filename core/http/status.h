// SPDX-License-Identifier: MIT
// The words that go with status codes.
#ifndef CSGI_CORE_HTTP_STATUS_H
#define CSGI_CORE_HTTP_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

// The reason phrase of a status: RFC 9110 15 and the registry of status codes at IANA. A code that
// neither knows is "Unknown"; never NULL, never empty: some front ends of FastCGI want a phrase.
// Lives as long as the program. [any thread]
const char *csgi_status_reason(unsigned status);

#ifdef __cplusplus
}
#endif

#endif
