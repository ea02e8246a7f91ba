// SPDX-License-Identifier: MIT
// What the floors share: their answer, laid out many times in a row, and the matcher of a head's
// end.
#ifndef CSGI_TEST_BENCH_FLOORS_RESPONSE_H
#define CSGI_TEST_BENCH_FLOORS_RESPONSE_H

#include <stdio.h>
#include <string.h>
#include <time.h>

// A batch of pipelined requests is answered by one write out of this.
#define RESPONSES 64u

typedef struct responses {
    size_t n; // bytes of one
    time_t made_at;
    char bytes[RESPONSES * 256];
} responses;

// The fields are those that other servers send as well.
static inline void responses_make(responses *r, time_t now) {
    char date[64], one[256];
    struct tm tm;
    r->made_at = now;
    gmtime_r(&now, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    int n = snprintf(one, sizeof one,
                     "HTTP/1.1 200 OK\r\nServer: floor\r\nDate: %s\r\n"
                     "Content-Type: text/plain\r\nContent-Length: 14\r\n\r\nHello, world!\n",
                     date);
    r->n = (size_t)n;
    for (size_t i = 0; i < RESPONSES; i++) memcpy(r->bytes + i * r->n, one, r->n);
}

// How often CR LF CR LF ends in p[0, n). *state is how much of it was seen at the end.
static inline unsigned count_heads(const char *p, size_t n, unsigned *state) {
    static const char end[] = "\r\n\r\n";
    const char *stop = p + n;
    unsigned count = 0, seen = *state;
    while (seen && p < stop) { // begun in an earlier read
        if (*p++ != end[seen]) {
            seen = p[-1] == '\r';
        } else if (++seen == 4) {
            count++;
            seen = 0;
            break;
        }
    }
    for (const char *at; p < stop && (at = memmem(p, (size_t)(stop - p), end, 4)); p = at + 4)
        count++;
    for (unsigned k = 3; p < stop && k; k--)
        if ((size_t)(stop - p) >= k && memcmp(stop - k, end, k) == 0) {
            seen = k;
            break;
        }
    *state = seen;
    return count;
}

#endif
