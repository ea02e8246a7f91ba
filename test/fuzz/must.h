// SPDX-License-Identifier: MIT
// What a fuzz target asserts, whatever NDEBUG says: a promise that is broken is said and stops it.
#ifndef CSGI_TEST_FUZZ_MUST_H
#define CSGI_TEST_FUZZ_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define MUST(condition)                                                     \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                        \
        }                                                                   \
    } while (0)

#endif
