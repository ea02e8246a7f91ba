// SPDX-License-Identifier: MIT
// From bytes to a request.
#include "adapters/standalone/request_reader.h"

#include <llhttp.h>
#include <stdlib.h>
#include <string.h>

// llhttp knows a fixed list of methods and refuses some versions that RFC 9110 2.5 says to take, so
// the request line is read here. Its parser starts from the state behind such a line.
struct csgi_request_reader {
    llhttp_settings_t settings;
    llhttp_t after_line_10, after_line_11;
};

// One head that is being read.
typedef struct reading {
    csgi_intake *in;
    char *name;
    size_t name_n;
    const char *value;
    size_t value_n;
    unsigned status;
    bool complete;
} reading;

static int on_field(llhttp_t *parser, const char *at, size_t n) {
    reading *r = parser->data;
    r->name = (char *)(uintptr_t)at;
    r->name_n = n;
    r->value = at;
    r->value_n = 0;
    return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t n) {
    reading *r = parser->data;
    r->value = at;
    r->value_n = n;
    return 0;
}

static int on_value_complete(llhttp_t *parser) {
    reading *r = parser->data;
    struct csgi_span value = csgi_trim_ows((struct csgi_span){r->value, r->value_n});
    r->status = csgi_intake_field(r->in, r->name, r->name_n, value);
    return r->status ? HPE_USER : 0;
}

static int on_complete(llhttp_t *parser) {
    reading *r = parser->data;
    r->complete = true;
    return 1; // the body is not llhttp's to read
}

static void prepare(csgi_request_reader *reader, llhttp_t *parser, const char *line) {
    llhttp_init(parser, HTTP_REQUEST, &reader->settings);
    llhttp_execute(parser, line, strlen(line));
}

csgi_request_reader *csgi_request_reader_new(void) {
    csgi_request_reader *reader = calloc(1, sizeof *reader);
    if (!reader) return NULL;
    llhttp_settings_init(&reader->settings);
    reader->settings.on_header_field = on_field;
    reader->settings.on_header_value = on_value;
    reader->settings.on_header_value_complete = on_value_complete;
    reader->settings.on_headers_complete = on_complete;
    prepare(reader, &reader->after_line_10, "POST / HTTP/1.0\r\n");
    prepare(reader, &reader->after_line_11, "POST / HTTP/1.1\r\n");
    return reader;
}

void csgi_request_reader_free(csgi_request_reader *reader) {
    free(reader);
}

ptrdiff_t csgi_request_head_end(const char *p, size_t n, size_t *scanned, const char **fault) {
    for (;;) {
        const char *line = p + *scanned;
        const char *lf = memchr(line, '\n', n - *scanned);
        if (!lf) return 0;
        const char *cr = lf - 1;
        if (lf == line || *cr != '\r') {
            *fault = "a line that ends in LF alone";
            return -1;
        }
        if (memchr(line, '\r', (size_t)(cr - line))) {
            *fault = "a CR that no LF follows";
            return -1;
        }
        if (*scanned && (*line == ' ' || *line == '\t')) {
            *fault = "a folded line";
            return -1;
        }
        *scanned = (size_t)(lf + 1 - p);
        if (cr == line) return (ptrdiff_t)*scanned;
    }
}

static unsigned fault(csgi_intake *in, unsigned status, const char *why) {
    in->fault = why;
    return status;
}

// method SP request-target SP HTTP-version, RFC 9112 3. Single spaces: anything else could be read
// in two ways by two readers.
static unsigned read_line(csgi_intake *in, const char *p, size_t n, unsigned *version) {
    const char *end = p + n;
    const char *sp = memchr(p, ' ', n);
    if (!sp) return fault(in, 400, "the request line has no space");
    const char *target = sp + 1;
    const char *sp2 = memchr(target, ' ', (size_t)(end - target));
    if (!sp2) return fault(in, 400, "the request line has no version");
    const char *v = sp2 + 1;
    if (end - v != 8 || memcmp(v, "HTTP/", 5) || v[5] < '0' || v[5] > '9' || v[6] != '.' ||
        v[7] < '0' || v[7] > '9')
        return fault(in, 400, "the request line does not end in HTTP/ and a version");
    if (v[5] != '1') return fault(in, 505, "the version is not HTTP/1");
    // A higher minor version is a newer sender who expects to be understood (RFC 9110 2.5).
    *version = v[7] == '0' ? 10 : 11;
    return csgi_intake_line(in, (struct csgi_span){p, (size_t)(sp - p)},
                            (struct csgi_span){target, (size_t)(sp2 - target)}, *version);
}

unsigned csgi_request_head_read(csgi_request_reader *reader, csgi_intake *in, char *p, size_t n) {
    const char *line_end = memchr(p, '\r', n);
    unsigned version;
    unsigned status = read_line(in, p, (size_t)(line_end - p), &version);
    if (status) return status;
    llhttp_t parser = version == 10 ? reader->after_line_10 : reader->after_line_11;
    reading r = {.in = in};
    parser.data = &r;
    const char *fields = line_end + 2;
    llhttp_errno_t rc = llhttp_execute(&parser, fields, (size_t)(p + n - fields));
    if (r.status) return r.status;
    if (!r.complete || (rc != HPE_OK && rc != HPE_PAUSED_UPGRADE)) {
        const char *reason = llhttp_get_error_reason(&parser);
        return fault(in, 400, reason && *reason ? reason : "malformed fields");
    }
    return csgi_intake_end(in);
}
