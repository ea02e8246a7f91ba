// SPDX-License-Identifier: MIT
// The border that no exception crosses, for hosts: csgi_guard for applications that may be in C++.
#ifndef CSGI_CORE_GATEWAY_BOUNDARY_H
#define CSGI_CORE_GATEWAY_BOUNDARY_H

#include "core/gateway/host.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const csgi_guard csgi_guard_cxx;

#ifdef __cplusplus
}
#endif

#endif
