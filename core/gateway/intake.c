// SPDX-License-Identifier: MIT
// From the raw lines of a head to the view that an application gets.
#include "core/gateway/intake.h"

#include "core/http/field.h"
#include "core/http/target.h"
#include <string.h>

// Most requests have fewer fields; those that have more move once or twice.
#define FIRST_FIELDS 24u

static __attribute__((cold)) unsigned refuse(csgi_intake *in, unsigned status, const char *fault) {
    in->fault = fault;
    return status;
}

static csgi_str str(struct csgi_span span) {
    return (csgi_str){span.p, span.n};
}

static bool equal(struct csgi_span a, const char *text, size_t n) {
    return a.n == n && memcmp(a.p, text, n) == 0;
}

static uint32_t method_id(struct csgi_span m) {
    switch (m.n) {
    case 3:
        if (equal(m, "GET", 3)) return CSGI_METHOD_GET;
        return equal(m, "PUT", 3) ? CSGI_METHOD_PUT : 0;
    case 4:
        if (equal(m, "POST", 4)) return CSGI_METHOD_POST;
        return equal(m, "HEAD", 4) ? CSGI_METHOD_HEAD : 0;
    case 5:
        if (equal(m, "PATCH", 5)) return CSGI_METHOD_PATCH;
        return equal(m, "TRACE", 5) ? CSGI_METHOD_TRACE : 0;
    case 6: return equal(m, "DELETE", 6) ? CSGI_METHOD_DELETE : 0;
    case 7:
        if (equal(m, "OPTIONS", 7)) return CSGI_METHOD_OPTIONS;
        return equal(m, "CONNECT", 7) ? CSGI_METHOD_CONNECT : 0;
    default: return 0;
    }
}

bool csgi_intake_begin(csgi_intake *in, csgi_host_exchange *x, uint32_t max_fields) {
    *in = (csgi_intake){.x = x,
                        .max = max_fields,
                        .cap = max_fields < FIRST_FIELDS ? max_fields : FIRST_FIELDS,
                        .length = -1};
    in->fields = csgi_host_alloc(x, in->cap * sizeof *in->fields, sizeof(uint64_t));
    if (!in->fields) return false;
    in->known = x->known;
    csgi_request *req = &x->root.req;
    csgi_str none = {"", 0};
    req->authority = req->peer = req->local = none;
    req->scheme = (csgi_str)CSGI_LIT("http");
    return true;
}

void csgi_intake_scheme(csgi_intake *in, bool tls) {
    csgi_request *req = &in->x->root.req;
    if (!tls) return;
    req->scheme = (csgi_str)CSGI_LIT("https");
    req->flags |= CSGI_REQ_TLS;
}

unsigned csgi_intake_line(csgi_intake *in, struct csgi_span method, struct csgi_span target,
                          unsigned version) {
    csgi_request *req = &in->x->root.req;
    struct csgi_target parts;
    req->method = str(method);
    req->method_id = method_id(method);
    if (!req->method_id && !csgi_is_method(method.p, method.n))
        return refuse(in, 400, "the method is not A-Z, - and _");
    req->http_version = (uint16_t)version;
    if (req->method_id == CSGI_METHOD_HEAD) req->flags |= CSGI_REQ_HEAD;
    // Nearly all targets: judged in one pass, and nothing to take apart.
    if (csgi_target_is_path(target.p, target.n) && req->method_id != CSGI_METHOD_CONNECT &&
        req->method_id != CSGI_METHOD_TRACE) {
        req->target = req->path = str(target);
        req->form = CSGI_FORM_ORIGIN;
        req->query = (csgi_str){"", 0};
        return 0;
    }
    if (req->method_id == CSGI_METHOD_CONNECT) return refuse(in, 400, "CONNECT is not served");
    switch (csgi_target_parse(target.p, target.n, method.p, method.n, &parts)) {
    case CSGI_TARGET_OK: break;
    case CSGI_TARGET_EMPTY: return refuse(in, 400, "the target is empty");
    case CSGI_TARGET_BYTE: return refuse(in, 400, "a space or control byte in the target");
    case CSGI_TARGET_HOST: return refuse(in, 400, "the target's authority is malformed");
    case CSGI_TARGET_ESCAPE: return refuse(in, 400, "a broken percent escape in the path");
    case CSGI_TARGET_NUL: return refuse(in, 400, "%00 in the path");
    case CSGI_TARGET_CLIMB: return refuse(in, 400, "the path leads above its root");
    default: return refuse(in, 400, "the target has no form that goes with the method");
    }
    if (parts.form == CSGI_TARGET_ASTERISK) return refuse(in, 400, "OPTIONS * is not served");
    if (parts.form == CSGI_TARGET_ABSOLUTE &&
        !csgi_is_word(parts.scheme.p, parts.scheme.n, "http") &&
        !csgi_is_word(parts.scheme.p, parts.scheme.n, "https"))
        return refuse(in, 400, "the target's scheme is neither http nor https");
    if (req->method_id == CSGI_METHOD_TRACE) return refuse(in, 405, "TRACE is not served");
    req->target = str(target);
    req->form = (uint16_t)parts.form;
    req->path = str(parts.path);
    req->query = str(parts.query);
    req->authority = str(parts.authority);
    return 0;
}

// Room for another field. 0, or the status of the refusal.
static __attribute__((cold, noinline)) unsigned grow(csgi_intake *in) {
    if (in->n >= in->max) return refuse(in, 431, "too many fields");
    const uint32_t cap = in->cap * 2;
    csgi_header *fields = csgi_host_alloc(in->x, cap * sizeof *fields, sizeof(uint64_t));
    if (!fields) return refuse(in, 503, "out of memory");
    memcpy(fields, in->fields, in->n * sizeof *fields);
    in->fields = fields;
    in->cap = cap < in->max ? cap : in->max;
    return 0;
}

static inline unsigned add(csgi_intake *in, struct csgi_span name, struct csgi_span value,
                           uint32_t id) {
    if (in->n >= in->cap) {
        const unsigned status = grow(in);
        if (status) return status;
    }
    in->fields[in->n++] = (csgi_header){str(name), str(value), (uint16_t)id, 0, 0};
    if (id) {
        if (in->known[id])
            in->repeated = true;
        else
            in->known[id] = (uint16_t)in->n;
    } else {
        uint64_t bit = UINT64_C(1) << ((name.n * 7 + (unsigned char)name.p[0] +
                                        (unsigned char)name.p[name.n - 1] * 3) &
                                       63);
        if (in->names & bit) in->repeated = true;
        in->names |= bit;
    }
    return 0;
}

static void read_connection(csgi_intake *in, struct csgi_span value) {
    if (equal(value, "keep-alive", 10)) { // what browsers send
        in->keep_alive = true;
        return;
    }
    struct csgi_span item;
    while (csgi_list_next(&value, &item)) {
        if (csgi_is_word(item.p, item.n, "close"))
            in->close = true;
        else if (csgi_is_word(item.p, item.n, "keep-alive"))
            in->keep_alive = true;
    }
}

static unsigned read_transfer(csgi_intake *in, struct csgi_span value) {
    if (in->chunked) return refuse(in, 400, "two Transfer-Encoding fields");
    if (csgi_is_word(value.p, value.n, "chunked")) {
        in->chunked = true;
        return 0;
    }
    // A coding that is not known may stand before chunked (501); without chunked at the end nobody
    // knows where the body stops (400). RFC 9112 6.1, 6.3.
    struct csgi_span item;
    unsigned chunked = 0, others = 0;
    bool last = false;
    while (csgi_list_next(&value, &item)) {
        last = csgi_is_word(item.p, item.n, "chunked");
        if (last)
            chunked++;
        else
            others++;
    }
    if (!chunked && !others) return refuse(in, 400, "an empty Transfer-Encoding");
    if (!last) return refuse(in, 400, "a Transfer-Encoding that does not end in chunked");
    if (chunked > 1) return refuse(in, 400, "chunked more than once");
    if (!others) return refuse(in, 400, "an empty element in Transfer-Encoding");
    return refuse(in, 501, "a transfer coding other than chunked");
}

// Fields that say something to the host, or that stand once.
static __attribute__((noinline)) unsigned take_special(csgi_intake *in, struct csgi_span name,
                                                       struct csgi_span value, uint32_t id,
                                                       uint32_t flags) {
    if (flags & (CSGI_FF_HOP | CSGI_FF_FRAMING | CSGI_FF_NO_REQUEST)) {
        // RFC 9110 5.6.3 allows it, but nginx and others do not take it for white space: a body
        // must not be one thing to them and another to us.
        if ((flags & CSGI_FF_FRAMING) && in->tab)
            return refuse(in, 400, "a tab beside the value of a field that frames the body");
        if (id == CSGI_FID_CONNECTION) read_connection(in, value);
        if (id == CSGI_FID_TRANSFER_ENCODING) return read_transfer(in, value);
        if (id == CSGI_FID_CONTENT_LENGTH) {
            if (in->has_length) return refuse(in, 400, "two Content-Length fields");
            if (!csgi_content_length_parse(value.p, value.n, &in->length))
                return refuse(in, 400, "a Content-Length that is no number of bytes");
            in->has_length = true;
        } else {
            return 0; // between this client and this server only, or not for applications
        }
    } else if (id == CSGI_FID_HOST) {
        if (in->has_host) return refuse(in, 400, "two Host fields");
        if (csgi_authority_parse(value.p, value.n, NULL) != CSGI_AUTHORITY_OK)
            return refuse(in, 400, "a Host that is none");
        in->has_host = true;
        csgi_request *req = &in->x->root.req;
        if (req->form != CSGI_TARGET_ABSOLUTE) req->authority = str(value);
    } else if (id == CSGI_FID_EXPECT) {
        if (csgi_is_word(value.p, value.n, "100-continue")) in->expect_continue = true;
    } else if ((flags & CSGI_FF_SINGLE) && in->known[id]) {
        csgi_str first = in->fields[in->known[id] - 1].value;
        if (first.n != value.n || memcmp(first.p, value.p, value.n))
            return refuse(in, 400, "two fields of a name that stands once, and they differ");
    }
    return add(in, name, value, id);
}

// Of a name that is known to be plain, and of a value that is known to be none that splits.
static inline unsigned take(csgi_intake *in, struct csgi_span name, struct csgi_span value,
                            uint32_t id, uint32_t flags) {
    if ((flags & (CSGI_FF_HOP | CSGI_FF_FRAMING | CSGI_FF_NO_REQUEST)) || id == CSGI_FID_HOST ||
        id == CSGI_FID_EXPECT || ((flags & CSGI_FF_SINGLE) && in->known[id]))
        return take_special(in, name, value, id, flags);
    return add(in, name, value, id);
}

static bool is_value(const csgi_intake *in, struct csgi_span value) {
    return in->judged || csgi_is_field_value(value.p, value.n);
}

static __attribute__((cold)) unsigned refuse_value(csgi_intake *in) {
    return refuse(in, 400, "a control byte in a field's value");
}

static __attribute__((cold)) unsigned drop(csgi_intake *in, enum csgi_name_kind kind,
                                           struct csgi_span value) {
    if (kind == CSGI_NAME_BAD) return refuse(in, 400, "a field name is not a token");
    // CGI and what came after it reads "_" and "-" as one: such a name could pass for another's.
    return is_value(in, value) ? 0 : refuse_value(in);
}

unsigned csgi_intake_field(csgi_intake *in, char *name, size_t name_n, struct csgi_span value) {
    const enum csgi_name_kind kind = csgi_lower_name(name, name_n);
    if (kind != CSGI_NAME_PLAIN) return drop(in, kind, value);
    if (!is_value(in, value)) return refuse_value(in);
    uint32_t flags;
    const uint32_t id = csgi_field_find(name, name_n, &flags);
    return take(in, (struct csgi_span){name, name_n}, value, id, flags);
}

unsigned csgi_intake_lower_field(csgi_intake *in, struct csgi_span name, struct csgi_span value) {
    uint32_t flags;
    const uint32_t id = csgi_field_find(name.p, name.n, &flags);
    if (!id) { // the table's names are plain
        const enum csgi_name_kind kind = csgi_judge_name(name.p, name.n);
        if (kind != CSGI_NAME_PLAIN) return drop(in, kind, value);
    }
    return is_value(in, value) ? take(in, name, value, id, flags) : refuse_value(in);
}

// Links the lines of each name, from the back. Names without an id are few, and their number is
// limited.
static __attribute__((noinline)) void link_repeated(csgi_intake *in) {
    memset(in->known, 0, CSGI_FID_COUNT * sizeof *in->known);
    for (uint32_t i = in->n; i-- > 0;) {
        csgi_header *field = &in->fields[i];
        if (field->id) {
            field->next = in->known[field->id];
            in->known[field->id] = (uint16_t)(i + 1);
            continue;
        }
        for (uint32_t j = i + 1; j < in->n; j++) {
            const csgi_str *later = &in->fields[j].name;
            if (in->fields[j].id || later->n != field->name.n ||
                memcmp(later->p, field->name.p, later->n))
                continue;
            field->next = (uint16_t)(j + 1);
            break;
        }
    }
}

unsigned csgi_intake_end(csgi_intake *in) {
    csgi_host_exchange *x = in->x;
    csgi_request *req = &x->root.req;
    if (req->http_version == 11 && !in->has_host) return refuse(in, 400, "no Host");
    if (in->chunked && in->has_length)
        return refuse(in, 400, "both Content-Length and Transfer-Encoding");
    if (in->chunked && req->http_version == 10)
        return refuse(in, 400, "Transfer-Encoding in HTTP/1.0");
    if (in->repeated) link_repeated(in);
    // RFC 9112 3.2.2: the target's authority counts, and the application should not find another.
    if (req->form == CSGI_TARGET_ABSOLUTE && in->has_host)
        in->fields[in->known[CSGI_FID_HOST] - 1].value = req->authority;
    req->headers = in->fields;
    req->nheaders = in->n;
    req->known = in->known;
    req->nknown = CSGI_FID_COUNT;
    if (in->chunked || in->has_length) req->flags |= CSGI_REQ_HAS_BODY;
    req->content_length = in->chunked ? -1 : in->has_length ? in->length : 0;
    if (req->content_length == 0) x->body.end = CSGI_EOF;
    return 0;
}
