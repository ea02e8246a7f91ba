// SPDX-License-Identifier: MIT
// From bytes to a request. Line ends are found 64 bytes at a time, and every line is judged by
// the grammar of core/http, the same as on every other server.
#include "adapters/standalone/request_reader.h"

#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define VERSION (sizeof "HTTP/1.1" - 1)

struct csgi_request_reader {
    uint32_t max_lines; // the request line, the fields
    uint32_t nlines;
    uint32_t ends[]; // where the CR of each line of the last head stands
};

csgi_request_reader *csgi_request_reader_new(uint32_t max_fields) {
    csgi_request_reader *reader =
        malloc(sizeof *reader + ((size_t)max_fields + 1) * sizeof reader->ends[0]);
    if (reader) *reader = (csgi_request_reader){.max_lines = max_fields + 1};
    return reader;
}

void csgi_request_reader_free(csgi_request_reader *reader) {
    free(reader);
}

#ifdef __SSE2__
static inline uint64_t controls_16(const char *p) {
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    const __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(low, del));
}
#endif

// The bytes among up to 64 that are no text: a bit for each control byte, tab included.
static inline uint64_t controls(const char *p, size_t n) {
    uint64_t bits = 0;
#ifdef __SSE2__
    if (n >= 64)
        return controls_16(p) | controls_16(p + 16) << 16 | controls_16(p + 32) << 32 |
               controls_16(p + 48) << 48;
    if (n >= 16) { // the last step looks at some again
        bits = controls_16(p) | controls_16(p + n - 16) << (n - 16);
        if (n > 32) bits |= controls_16(p + 16) << 16;
        if (n > 48) bits |= controls_16(p + 32) << 32;
        return bits;
    }
#endif
    for (size_t i = 0; i < n; i++)
        bits |= (uint64_t)((unsigned char)p[i] < 0x20 || p[i] == 0x7f) << i;
    return bits;
}

static ptrdiff_t refuse(unsigned *status, const char **fault, unsigned code, const char *why) {
    *status = code;
    *fault = why;
    return -1;
}

// Notes the line p[start, cr): 1 when it is the empty one, 0, or -1.
static inline ptrdiff_t end_line(csgi_request_reader *reader, const char *p, uint32_t start,
                                 uint32_t cr, unsigned *status, const char **fault) {
    if (cr == start) return 1;
    if (start && (p[start] == ' ' || p[start] == '\t'))
        return refuse(status, fault, 400, "a folded line");
    if (reader->nlines == reader->max_lines) return refuse(status, fault, 431, "too many fields");
    reader->ends[reader->nlines++] = cr;
    return 0;
}

static ptrdiff_t scan_on(csgi_request_reader *reader, csgi_head_scan *scan, const char *p, size_t n,
                         unsigned *status, const char **fault) {
    uint32_t at = scan->at, line = scan->line;
    for (; at < n; at += 64) {
        uint64_t bits = controls(p + at, n - at);
        for (; bits; bits &= bits - 1) {
            const uint32_t here = at + (uint32_t)__builtin_ctzll(bits);
            if (p[here] == '\r') {
                if (here + 1 == n) { // looked at again when there is more
                    scan->at = here;
                    scan->line = line;
                    return 0;
                }
                if (p[here + 1] != '\n')
                    return refuse(status, fault, 400, "a CR that no LF follows");
                const ptrdiff_t rc = end_line(reader, p, line, here, status, fault);
                if (rc) return rc < 0 ? rc : (ptrdiff_t)here + 2;
                line = here + 2;
                bits &= ~(UINT64_C(2) << (here - at)); // the LF, unless it is in the next 64
            } else if (p[here] == '\n') {
                if (line != here + 1)
                    return refuse(status, fault, 400, "a line that ends in LF alone");
            } else if (p[here] != '\t') {
                return refuse(status, fault, 400, "a control byte in the head");
            }
        }
    }
    scan->at = (uint32_t)n;
    scan->line = line;
    return 0;
}

ptrdiff_t csgi_request_head_end(csgi_request_reader *reader, csgi_head_scan *scan, const char *p,
                                size_t n, unsigned *status, const char **fault) {
    const bool resumed = scan->at != 0;
    reader->nlines = scan->n;
    ptrdiff_t end = scan_on(reader, scan, p, n, status, fault);
    scan->n = reader->nlines;
    if (end > 0 && resumed) { // other connections' heads stand where its first lines were noted
        *scan = (csgi_head_scan){0, 0, 0};
        reader->nlines = 0;
        end = scan_on(reader, scan, p, (size_t)end, status, fault);
    }
    return end;
}

static unsigned fault(csgi_intake *in, unsigned status, const char *why) {
    in->fault = why;
    return status;
}

// method SP request-target SP HTTP-version, RFC 9112 3. Single spaces: anything else could be read
// in two ways by two readers.
static unsigned read_line(csgi_intake *in, const char *p, size_t n) {
    size_t method_n = 0;
    while (method_n < n && p[method_n] != ' ') method_n++;
    if (method_n == n) return fault(in, 400, "the request line has no space");
    const char *target = p + method_n + 1;
    const char *v = p + n - VERSION; // a space between here and the method is the target's fault
    const bool there = n - method_n >= VERSION + 2 && v[-1] == ' ';
    unsigned minor = 1;
    if (!there || memcmp(v, "HTTP/1.1", VERSION)) {
        if (!there || memcmp(v, "HTTP/", 5) || v[5] < '0' || v[5] > '9' || v[6] != '.' ||
            v[7] < '0' || v[7] > '9')
            return fault(in, 400, "the request line does not end in HTTP/ and a version");
        if (v[5] != '1') return fault(in, 505, "the version is not HTTP/1");
        // A higher minor version is a newer sender who expects to be understood (RFC 9110 2.5).
        minor = v[7] != '0';
    }
    return csgi_intake_line(in, (struct csgi_span){p, method_n},
                            (struct csgi_span){target, (size_t)(v - 1 - target)}, 10 + minor);
}

static bool is_ows(char c) {
    return c == ' ' || c == '\t';
}

// The first colon of a line; NULL: none. Names are short, so most are found in the first step.
static inline char *find_colon(char *line, char *end, const char *head_end) {
#ifdef __SSE2__
    if (head_end - line >= 16) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)line);
        const int bits = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(':')));
        if (bits) {
            char *colon = line + __builtin_ctz((unsigned)bits);
            return colon < end ? colon : NULL;
        }
    }
#endif
    (void)head_end;
    return memchr(line, ':', (size_t)(end - line));
}

unsigned csgi_request_head_read(csgi_request_reader *reader, csgi_intake *in, char *p, size_t n) {
    in->judged = true; // head_end has seen every byte
    unsigned status = read_line(in, p, reader->ends[0]);
    char *line = p + reader->ends[0] + 2;
    for (uint32_t i = 1; i < reader->nlines && !status; i++) {
        char *end = p + reader->ends[i];
        // field-name ":" OWS field-value OWS, RFC 9112 5: no space before the colon.
        char *colon = find_colon(line, end, p + n);
        if (!colon) return fault(in, 400, "a field without a colon");
        const char *value = colon + 1, *last = end;
        while (*value == ' ') value++; // stops at the CR
        while (last > value && last[-1] == ' ') last--;
        if (*value == '\t' || last[-1] == '\t') {
            in->tab = true;
            last = end;
            while (is_ows(*value)) value++;
            while (last > value && is_ows(last[-1])) last--;
        }
        status = csgi_intake_field(in, line, (size_t)(colon - line),
                                   (struct csgi_span){value, (size_t)(last - value)});
        in->tab = false;
        line = end + 2;
    }
    return status ? status : csgi_intake_end(in);
}
