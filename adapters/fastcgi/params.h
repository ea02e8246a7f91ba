// SPDX-License-Identifier: MIT
// Name-value pairs of FastCGI 1.0 (section 3.4): what a request's parameters and the front's
// questions are made of. No I/O.
#ifndef CSGI_ADAPTERS_FASTCGI_PARAMS_H
#define CSGI_ADAPTERS_FASTCGI_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csgi_param {
    char *name, *value; // in the bytes that were read
    size_t name_n, value_n;
} csgi_param;

typedef enum csgi_params_result {
    CSGI_PARAMS_END,
    CSGI_PARAMS_PAIR,
    CSGI_PARAMS_BROKEN // a pair reaches beyond the end
} csgi_params_result;

csgi_params_result csgi_params_next_long(char **p, char *end, csgi_param *param);

// Takes the next pair off the front of [*p, end).
static inline csgi_params_result csgi_params_next(char **p, char *end, csgi_param *param) {
    char *at = *p;
    if (end - at < 2 || ((at[0] | at[1]) & 0x80)) return csgi_params_next_long(p, end, param);
    param->name_n = (unsigned char)at[0];
    param->value_n = (unsigned char)at[1];
    if (param->name_n + param->value_n > (size_t)(end - at) - 2) return CSGI_PARAMS_BROKEN;
    param->name = at + 2;
    param->value = param->name + param->name_n;
    *p = param->value + param->value_n;
    return CSGI_PARAMS_PAIR;
}

// What a front is told when it asks (section 4.1).
typedef struct csgi_params_values {
    uint32_t max_conns, max_reqs;
    bool mpxs_conns;
} csgi_params_values;

// The content of GET_VALUES_RESULT for the questions in [p, end), those that are known, each once.
// At most CSGI_PARAMS_ANSWER bytes into `out`; how many. -1: the questions are broken.
#define CSGI_PARAMS_ANSWER 96u
// `*mpxs` is set when it was asked whether connections are multiplexed.
int csgi_params_answer(char *p, char *end, const csgi_params_values *values, char *out, bool *mpxs);

#ifdef __cplusplus
}
#endif

#endif
