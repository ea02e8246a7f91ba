// SPDX-License-Identifier: MIT
// Opens a module's file and judges what it exports, so that a broken file is one clear error.
#ifndef CSGI_CORE_GATEWAY_MODULE_H
#define CSGI_CORE_GATEWAY_MODULE_H

#include <csgi.h>

#ifdef __cplusplus
extern "C" {
#endif

// A module that is open. Never closed again: code of it may still be on some stack, and C++ leaves
// things behind that point into it.
typedef struct csgi_module {
    const char *path; // as given; the caller's
    const csgi_entry *entry;
    void *handle; // dlopen's
} csgi_module;

// Opens the file; `caps` is what the host offers. OK; INVAL (no such file, not a module, another
// major version, a broken entry), UNSUP (it needs a capability that is not among caps). err[0, cap)
// gets what, where and what to do.
csgi_rc csgi_module_open(csgi_module *module, const char *path, uint64_t caps, char *err,
                         size_t cap);

// An instance of the module round inner[0, ninner). OK and *out, or the module's code with a
// reason.
csgi_rc csgi_module_create(const csgi_module *module, csgi_str config, csgi_app **inner,
                           size_t ninner, csgi_app **out, char *err, size_t cap);

// The name of one capability bit, such as "TRAILERS_OUT"; "?" for one that version 1.0 does not
// know.
const char *csgi_cap_name(uint64_t bit);

#ifdef __cplusplus
}
#endif

#endif
