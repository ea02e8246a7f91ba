// SPDX-License-Identifier: MIT
// Percent-encoding over sets of bytes that may stand as they are.
#include "core/http/percent.h"

// unreserved, RFC 3986 2.3: A-Z a-z 0-9 - . _ ~
const struct csgi_byte_set csgi_safe_unreserved = {
    {0, 0x03ff6000, 0x87fffffe, 0x47fffffe, 0, 0, 0, 0}};
// pchar, RFC 3986 3.3: unreserved, sub-delims, ":" and "@".
const struct csgi_byte_set csgi_safe_segment = {
    {0, 0x2fff7fd2, 0x87ffffff, 0x47fffffe, 0, 0, 0, 0}};
// pchar and "/".
const struct csgi_byte_set csgi_safe_path = {{0, 0x2fffffd2, 0x87ffffff, 0x47fffffe, 0, 0, 0, 0}};
// query, RFC 3986 3.4 (pchar, "/" and "?"), without & + ; =
const struct csgi_byte_set csgi_safe_query = {{0, 0x87fff792, 0x87ffffff, 0x47fffffe, 0, 0, 0, 0}};

bool csgi_percent_decode(const char *p, size_t n, char *out, size_t *length) {
    size_t w = 0;
    bool whole = true;
    for (size_t i = 0; i < n; ++i) {
        char c = p[i];
        if (c == '%') {
            const int high = n - i > 2 ? csgi_hex_value(p[i + 1]) : -1;
            const int low = high >= 0 ? csgi_hex_value(p[i + 2]) : -1;
            whole = low >= 0;
            if (!whole) break;
            c = (char)(high * 16 + low);
            i += 2;
        }
        out[w++] = c;
    }
    *length = w;
    return whole;
}

size_t csgi_percent_encode(const char *p, size_t n, const struct csgi_byte_set *safe, char *out,
                           size_t room) {
    static const char digits[] = "0123456789ABCDEF";
    size_t length = 0;
    for (size_t i = 0; i < n; ++i) {
        const unsigned c = (unsigned char)p[i];
        const size_t wanted = csgi_byte_set_has(safe, p[i]) ? 1 : 3;
        // Once something does not fit, `length` is past `room` and nothing does any more.
        if (length + wanted <= room) {
            if (wanted == 1) {
                out[length] = p[i];
            } else {
                out[length] = '%';
                out[length + 1] = digits[c >> 4];
                out[length + 2] = digits[c & 15];
            }
        }
        length += wanted;
    }
    return length;
}
