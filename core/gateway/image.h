// SPDX-License-Identifier: MIT
// Whether a file is a whole shared library for this machine, found out without running any of it.
#ifndef CSGI_CORE_GATEWAY_IMAGE_H
#define CSGI_CORE_GATEWAY_IMAGE_H

#ifdef __cplusplus
extern "C" {
#endif

// NULL: it is; the dynamic linker may still refuse it. Else what is wrong, in few words.
const char *csgi_image_fault(const char *path);

#ifdef __cplusplus
}
#endif

#endif
