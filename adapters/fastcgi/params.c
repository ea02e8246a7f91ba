// SPDX-License-Identifier: MIT
// Name-value pairs of FastCGI 1.0.
#include "adapters/fastcgi/params.h"

#include <string.h>

// One byte up to 127, else four with the highest bit set. False: not all of it is here.
static inline bool read_length(char **p, const char *end, size_t *n) {
    if (*p == end) return false;
    const unsigned first = (unsigned char)**p;
    if (first < 0x80) {
        *n = first;
        (*p)++;
        return true;
    }
    if (end - *p < 4) return false;
    const unsigned char *b = (const unsigned char *)*p;
    *n = (size_t)(b[0] & 0x7f) << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
    *p += 4;
    return true;
}

csgi_params_result csgi_params_next_long(char **p, char *end, csgi_param *param) {
    if (*p == end) return CSGI_PARAMS_END;
    if (!read_length(p, end, &param->name_n) || !read_length(p, end, &param->value_n))
        return CSGI_PARAMS_BROKEN;
    const size_t left = (size_t)(end - *p);
    if (param->name_n > left || param->value_n > left - param->name_n) return CSGI_PARAMS_BROKEN;
    param->name = *p;
    param->value = *p + param->name_n;
    *p = param->value + param->value_n;
    return CSGI_PARAMS_PAIR;
}

static char *put_value(char *out, const char *name, uint32_t value) {
    char digits[10];
    size_t i = sizeof digits;
    do digits[--i] = (char)('0' + value % 10);
    while (value /= 10);
    const size_t name_n = strlen(name), value_n = sizeof digits - i;
    *out++ = (char)name_n;
    *out++ = (char)value_n;
    memcpy(out, name, name_n);
    memcpy(out + name_n, digits + i, value_n);
    return out + name_n + value_n;
}

int csgi_params_answer(char *p, char *end, const csgi_params_values *values, char *out,
                       bool *mpxs) {
    const struct {
        const char *name;
        uint32_t value;
    } known[] = {{"FCGI_MAX_CONNS", values->max_conns},
                 {"FCGI_MAX_REQS", values->max_reqs},
                 {"FCGI_MPXS_CONNS", values->mpxs_conns}};
    bool asked[3] = {false};
    char *at = out;
    csgi_param param;
    csgi_params_result result;
    while ((result = csgi_params_next(&p, end, &param)) == CSGI_PARAMS_PAIR)
        for (size_t i = 0; i < 3; i++) {
            if (asked[i] || param.name_n != strlen(known[i].name) ||
                memcmp(param.name, known[i].name, param.name_n))
                continue;
            asked[i] = true;
            at = put_value(at, known[i].name, known[i].value);
        }
    if (asked[2]) *mpxs = true;
    return result == CSGI_PARAMS_BROKEN ? -1 : (int)(at - out);
}
