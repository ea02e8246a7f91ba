// SPDX-License-Identifier: MIT
// csgi.app-status/1 (draft): the application status of a FastCGI END_REQUEST record
// (FastCGI 1.0, 5.5). Found per exchange in the request's attributes; a server that is not spoken
// to in FastCGI has none. It adds nothing to the answer's parts.
#ifndef CSGI_EXT_DRAFT_APP_STATUS_H
#define CSGI_EXT_DRAFT_APP_STATUS_H

#include <csgi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CSGI_EXT_APP_STATUS "csgi.app-status/1"

typedef struct csgi_app_status {
    uint32_t struct_size;
    uint32_t reserved;
    // Sets the status that goes out with the end of this exchange; 0 unless set. [w]
    void (*set)(csgi_exchange *x, uint32_t status);
} csgi_app_status;

#ifdef __cplusplus
}
#endif

#endif
