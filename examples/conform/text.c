// SPDX-License-Identifier: MIT
// Text that grows in the memory of an exchange, and JSON on top of it.
#include "examples/conform/text.h"

void conform_add_bytes(conform_text *t, const char *p, size_t n) {
    if (t->failed) return;
    if (n > t->cap - t->n) { // doubled each time: what is left behind adds up to no more than this
        size_t cap = (t->cap + n) * 2 + 256;
        char *bigger = csgi_alloc(t->x, cap);
        if (!bigger) {
            t->failed = 1;
            return;
        }
        if (t->n) memcpy(bigger, t->p, t->n);
        t->p = bigger;
        t->cap = cap;
    }
    if (n) memcpy(t->p + t->n, p, n);
    t->n += n;
}

void conform_add(conform_text *t, const char *text) {
    conform_add_bytes(t, text, strlen(text));
}

void conform_add_number(conform_text *t, int64_t value) {
    char digits[24];
    size_t at = sizeof digits;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (value < 0) digits[--at] = '-';
    conform_add_bytes(t, digits + at, sizeof digits - at);
}

void conform_add_json(conform_text *t, csgi_str s) {
    static const char hex[] = "0123456789abcdef";
    size_t i;
    conform_add(t, "\"");
    for (i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        if (c == '"' || c == '\\') {
            escape[1] = (char)c;
            conform_add_bytes(t, escape, 2);
        } else if (c < 0x20 || c > 0x7e) {
            conform_add_bytes(t, escape, sizeof escape);
        } else {
            conform_add_bytes(t, s.p + i, 1);
        }
    }
    conform_add(t, "\"");
}

void conform_add_key(conform_text *t, const char *key) {
    if (t->n && t->p[t->n - 1] != '{') conform_add(t, ", ");
    conform_add_json(t, csgi_str_of(key));
    conform_add(t, ": ");
}

void conform_add_member(conform_text *t, const char *key, csgi_str value) {
    conform_add_key(t, key);
    conform_add_json(t, value);
}

void conform_add_member_number(conform_text *t, const char *key, int64_t value) {
    conform_add_key(t, key);
    conform_add_number(t, value);
}

void conform_add_fields(conform_text *t, const csgi_request *req) {
    uint32_t i;
    conform_add(t, "[");
    for (i = 0; i < req->nheaders; i++) {
        conform_add(t, i ? ", [" : "[");
        conform_add_json(t, req->headers[i].name);
        conform_add(t, ", ");
        conform_add_json(t, req->headers[i].value);
        conform_add(t, "]");
    }
    conform_add(t, "]");
}

csgi_rc conform_answer_json(csgi_request *req, const conform_text *t) {
    if (t->failed) return CSGI_NOMEM;
    return csgi_reply(req, 200, CSGI_STR("application/json"), csgi_str_n(t->p, t->n),
                      CSGI_MEM_ARENA);
}
