// SPDX-License-Identifier: MIT
// csgi.factory/1 (draft): a module that makes more than one application, by name. Asked of
// entry->ext. It takes no part in a request.
#ifndef CSGI_EXT_DRAFT_FACTORY_H
#define CSGI_EXT_DRAFT_FACTORY_H

#include <csgi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CSGI_EXT_FACTORY "csgi.factory/1"

typedef struct csgi_factory {
    uint32_t struct_size;
    uint32_t reserved;
    // The names of those that there are, with ", " between them.
    csgi_str (*names)(void);
    // As entry->create, which stands for one of them. INVAL, with a reason, for a name that is not
    // among them. `check` of the entry is not asked.
    csgi_rc (*create)(csgi_str name, csgi_str config, csgi_app **inner, size_t ninner,
                      csgi_app **out, char *err, size_t cap);
} csgi_factory;

#ifdef __cplusplus
}
#endif

#endif
