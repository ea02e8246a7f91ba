// SPDX-License-Identifier: MIT
// From parameters to a request.
#include "adapters/fastcgi/request_reader.h"

#include "adapters/fastcgi/params.h"
#include "core/http/field.h"
#include "core/http/percent.h"
#include "core/http/word.h"
#include <arpa/inet.h>
#include <string.h>

// What a front tells besides fields.
typedef enum meta {
    METHOD,
    URI,
    QUERY,
    TYPE,
    LENGTH,
    SCRIPT,
    PATH_INFO,
    PROTOCOL,
    HTTPS,
    SCHEME,
    PEER,
    PEER_PORT,
    LOCAL,
    LOCAL_PORT,
    META_COUNT
} meta;

typedef struct telling {
    csgi_param of[META_COUNT]; // name NULL: not told
    csgi_param coding;         // HTTP_TRANSFER_ENCODING, its name as a field's
} telling;

static unsigned fault(csgi_intake *in, unsigned status, const char *why) {
    in->fault = why;
    return status;
}

#define IS(literal) (memcmp(name, literal, sizeof(literal) - 1) == 0)

// The variables of RFC 3875 and those that fronts add, by the length of their names.
static meta meta_of(const char *name, size_t n) {
    switch (n) {
    case 5: return IS("HTTPS") ? HTTPS : META_COUNT;
    case 9: return IS("PATH_INFO") ? PATH_INFO : META_COUNT;
    case 11:
        if (IS("REQUEST_URI")) return URI;
        if (IS("REMOTE_ADDR")) return PEER;
        if (IS("REMOTE_PORT")) return PEER_PORT;
        if (IS("SERVER_ADDR")) return LOCAL;
        if (IS("SERVER_PORT")) return LOCAL_PORT;
        return IS("SCRIPT_NAME") ? SCRIPT : META_COUNT;
    case 12:
        if (IS("QUERY_STRING")) return QUERY;
        return IS("CONTENT_TYPE") ? TYPE : META_COUNT;
    case 14:
        if (IS("REQUEST_METHOD")) return METHOD;
        if (IS("CONTENT_LENGTH")) return LENGTH;
        return IS("REQUEST_SCHEME") ? SCHEME : META_COUNT;
    case 15: return IS("SERVER_PROTOCOL") ? PROTOCOL : META_COUNT;
    default: return META_COUNT;
    }
}

static bool told(const telling *t, meta what) {
    return t->of[what].name && t->of[what].value_n;
}

static struct csgi_span value_of(const telling *t, meta what) {
    if (!t->of[what].name) return (struct csgi_span){"", 0};
    return (struct csgi_span){t->of[what].value, t->of[what].value_n};
}

static bool is(struct csgi_span s, const char *text) {
    return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

// ---- Fields -------------------------------------------------------------------------------------

static bool fold_bytes(char *name, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const char c = name[i];
        if (c >= 'A' && c <= 'Z')
            name[i] = (char)(c | 0x20);
        else if (c == '_')
            name[i] = '-';
        else if (c >= 'a' && c <= 'z')
            return false;
    }
    return true;
}

// Of eight bytes of ASCII; whether none was a small letter.
static inline bool fold_word(uint64_t *word) {
    const uint64_t small = csgi_word_within(*word, 'a', 'z');
    const uint64_t upper = csgi_word_within(*word, 'A', 'Z') & CSGI_WORD_TOP;
    const uint64_t low = csgi_word_is(*word, '_') & CSGI_WORD_TOP;
    *word |= upper >> 2;
    *word ^= (low >> 7) * ('_' ^ '-');
    return !(small & CSGI_WORD_TOP);
}

// CGI's spelling undone (RFC 3875 4.1.18). Lower case is not what a front writes, so that nobody
// has to wonder which of two spellings counts: false. What is no token is left for others to judge.
static bool fold(char *name, size_t n) {
    if (n < 8) return fold_bytes(name, n);
    // The last step overlaps the one before it, and is to see what that one saw.
    uint64_t tail = csgi_word_load8(name + n - 8);
    size_t i = 0;
    for (; i + 8 < n; i += 8) {
        uint64_t word = csgi_word_load8(name + i);
        if (word & CSGI_WORD_TOP) return fold_bytes(name + i, n - i);
        if (!fold_word(&word)) return false;
        memcpy(name + i, &word, sizeof word);
    }
    if (tail & CSGI_WORD_TOP) return fold_bytes(name + i, n - i);
    if (!fold_word(&tail)) return false;
    memcpy(name + n - 8, &tail, sizeof tail);
    return true;
}

static bool is_ows(char c) {
    return c == ' ' || c == '\t';
}

// Fronts trim, so that there is hardly ever anything to do.
static inline struct csgi_span trimmed(const char *p, size_t n) {
    const struct csgi_span span = {p, n};
    return n && (is_ows(p[0]) || is_ows(p[n - 1])) ? csgi_trim_ows(span) : span;
}

static unsigned read_field(csgi_intake *in, telling *t, const csgi_param *param) {
    char *name = param->name + 5; // behind HTTP_
    const size_t n = param->name_n - 5;
    const struct csgi_span value = trimmed(param->value, param->value_n);
    if (n == 0 || !fold(name, n)) return 0;
    if ((n == 12 && IS("content-type")) || (n == 14 && IS("content-length"))) return 0;
    if (n == 17 && IS("transfer-encoding")) {
        t->coding = (csgi_param){name, param->value, n, param->value_n}; // perhaps undone
        return 0;
    }
    return csgi_intake_lower_field(in, (struct csgi_span){name, n}, value);
}

static unsigned read_all(csgi_intake *in, telling *t, char *p, char *end) {
    csgi_param param;
    csgi_params_result result;
    while ((result = csgi_params_next(&p, end, &param)) == CSGI_PARAMS_PAIR) {
        const char *name = param.name;
        if (param.name_n >= 5 && IS("HTTP_")) {
            unsigned status = read_field(in, t, &param);
            if (status) return status;
            continue;
        }
        const meta what = meta_of(name, param.name_n);
        if (what != META_COUNT) t->of[what] = param;
    }
    return result == CSGI_PARAMS_BROKEN ? fault(in, 400, "the parameters are cut off") : 0;
}

static unsigned read_body_fields(csgi_intake *in, telling *t) {
    if (told(t, TYPE)) {
        csgi_param *type = &t->of[TYPE];
        fold(type->name, type->name_n);
        unsigned status =
            csgi_intake_field(in, type->name, type->name_n, csgi_trim_ows(value_of(t, TYPE)));
        if (status) return status;
    }
    if (!told(t, LENGTH)) {
        if (!t->coding.value_n) return 0;
        const struct csgi_span coding = {t->coding.value, t->coding.value_n};
        return csgi_intake_field(in, t->coding.name, t->coding.name_n, csgi_trim_ows(coding));
    }
    // A front that took the chunks apart knows a length that the client did not tell.
    if (t->coding.value_n) {
        in->has_length =
            csgi_content_length_parse(t->of[LENGTH].value, t->of[LENGTH].value_n, &in->length);
        return in->has_length ? 0 : fault(in, 400, "a CONTENT_LENGTH that is no number of bytes");
    }
    fold(t->of[LENGTH].name, t->of[LENGTH].name_n);
    return csgi_intake_field(in, t->of[LENGTH].name, t->of[LENGTH].name_n, value_of(t, LENGTH));
}

// ---- Fields that came one by one ----------------------------------------------------------------

static bool same_name(const csgi_header *a, const csgi_header *b) {
    return a->id == b->id && a->name.n == b->name.n && memcmp(a->name.p, b->name.p, a->name.n) == 0;
}

// What stands between the values of a name; NULL: the first is enough, as the others equal it.
static const char *joint_of(uint32_t flags) {
    if (flags & CSGI_FF_SEMI) return "; ";
    return flags & CSGI_FF_SINGLE ? NULL : ", ";
}

// Takes the lines of in->fields[first]'s name that follow it into it. False: out of memory.
static bool join(csgi_intake *in, uint32_t first) {
    csgi_header *into = &in->fields[first];
    const uint32_t flags = into->id ? csgi_field_flags(into->id) : 0;
    if (flags & CSGI_FF_SEPARATE) return true;
    const char *joint = joint_of(flags);
    size_t n = into->value.n;
    uint32_t others = 0;
    for (uint32_t i = first + 1; i < in->n; i++)
        if (same_name(into, &in->fields[i])) {
            others++;
            n += in->fields[i].value.n + 2;
        }
    if (!others) return true;
    char *value = joint ? csgi_host_alloc(in->x, n ? n : 1, 1) : NULL, *at = value;
    if (joint && !value) return false;
    if (joint) {
        memcpy(at, into->value.p, into->value.n);
        at += into->value.n;
    }
    uint32_t kept = first + 1;
    for (uint32_t i = first + 1; i < in->n; i++) {
        if (!same_name(into, &in->fields[i])) {
            in->fields[kept++] = in->fields[i];
        } else if (joint) {
            memcpy(at, joint, 2);
            memcpy(at + 2, in->fields[i].value.p, in->fields[i].value.n);
            at += 2 + in->fields[i].value.n;
        }
    }
    in->n = kept;
    if (joint) into->value = (csgi_str){value, (size_t)(at - value)};
    return true;
}

// ---- The target ---------------------------------------------------------------------------------

// "/a b" and "q" as "/a%20b?q": what is left of a target that the front did not pass on.
static struct csgi_span target_anew(csgi_intake *in, const telling *t) {
    const struct csgi_span script = value_of(t, SCRIPT), info = value_of(t, PATH_INFO),
                           query = value_of(t, QUERY);
    const size_t most = 3 * (script.n + info.n) + query.n + 2;
    char *out = csgi_host_alloc(in->x, most, 1);
    if (!out) return (struct csgi_span){"", 0};
    size_t n = csgi_percent_encode(script.p, script.n, &csgi_safe_path, out, most);
    n += csgi_percent_encode(info.p, info.n, &csgi_safe_path, out + n, most - n);
    if (n == 0) out[n++] = '/';
    if (query.n) {
        out[n++] = '?';
        memcpy(out + n, query.p, query.n);
        n += query.n;
    }
    return (struct csgi_span){out, n};
}

static unsigned version_of(struct csgi_span protocol) {
    if (is(protocol, "HTTP/1.1")) return 11;
    if (is(protocol, "HTTP/2.0") || is(protocol, "HTTP/2")) return 20;
    if (is(protocol, "HTTP/3.0") || is(protocol, "HTTP/3")) return 30;
    return 10; // of whom nothing is known nothing is demanded
}

// How much of the path is the prefix under which the front serves us: SCRIPT_NAME, when the path
// is, byte for byte, that and what PATH_INFO spells decoded. Fronts that split nothing send all of
// the path as SCRIPT_NAME and no PATH_INFO.
static uint32_t mount_of(csgi_intake *in, const telling *t) {
    const struct csgi_span script = value_of(t, SCRIPT), info = value_of(t, PATH_INFO);
    const csgi_str path = in->x->root.req.path;
    if (!script.n || !info.n || info.p[0] != '/' || script.n >= path.n ||
        memcmp(path.p, script.p, script.n))
        return 0;
    const size_t rest = path.n - script.n;
    char *decoded = csgi_host_alloc(in->x, rest, 1);
    size_t n = 0;
    if (path.p[script.n] != '/' || !decoded ||
        !csgi_percent_decode(path.p + script.n, rest, decoded, &n))
        return 0;
    return n == info.n && memcmp(decoded, info.p, n) == 0 ? (uint32_t)script.n : 0;
}

static unsigned read_target(csgi_intake *in, const telling *t) {
    csgi_request *req = &in->x->root.req;
    const csgi_str authority = req->authority; // of Host
    // An absolute target without a path, of which nginx passes on the query alone, asks for the
    // root.
    const bool raw = told(t, URI) && t->of[URI].value[0] != '?';
    unsigned status =
        csgi_intake_line(in, value_of(t, METHOD), raw ? value_of(t, URI) : target_anew(in, t),
                         version_of(value_of(t, PROTOCOL)));
    if (status) return status;
    if (!raw) req->target.n = 0;
    if (req->form != CSGI_FORM_ABSOLUTE) req->authority = authority;
    req->mount_len = mount_of(in, t);
    return 0;
}

// ---- Addresses ----------------------------------------------------------------------------------

// "203.0.113.9", without a zero in front of a number.
static bool is_ip4(struct csgi_span text) {
    unsigned dots = 0, value = 0, digits = 0;
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (c == '.') {
            if (!digits || ++dots > 3) return false;
            value = digits = 0;
            continue;
        }
        if (c < '0' || c > '9' || (digits && !value)) return false;
        value = value * 10 + (unsigned)(c - '0');
        digits++;
        if (value > 255) return false;
    }
    return dots == 3 && digits;
}

static bool is_address(struct csgi_span text) {
    char copy[INET6_ADDRSTRLEN];
    unsigned char binary[16];
    if (is_ip4(text) || is(text, "unix:")) return true;
    if (text.n == 0 || text.n >= sizeof copy) return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    return inet_pton(AF_INET6, copy, binary) == 1;
}

static uint16_t port_of(struct csgi_span text) {
    int64_t port;
    if (!csgi_content_length_parse(text.p, text.n, &port) || port > 65535) return 0;
    return (uint16_t)port;
}

static void read_address(const telling *t, meta address, meta port, csgi_str *out,
                         uint16_t *out_port) {
    const struct csgi_span text = value_of(t, address);
    if (!is_address(text)) return;
    *out = (csgi_str){text.p, text.n};
    *out_port = is(text, "unix:") ? 0 : port_of(value_of(t, port));
}

unsigned csgi_params_read(csgi_intake *in, char *p, size_t n) {
    csgi_request *req = &in->x->root.req;
    telling t = {0};
    unsigned status = read_all(in, &t, p, p + n);
    if (!status) status = read_target(in, &t);
    if (!status) status = read_body_fields(in, &t);
    if (status) return status;
    if (in->repeated)
        for (uint32_t i = 0; i < in->n; i++)
            if (!join(in, i)) return fault(in, 503, "out of memory");
    const struct csgi_span https = value_of(&t, HTTPS);
    csgi_intake_scheme(in, https.n ? !csgi_is_word(https.p, https.n, "off")
                                   : is(value_of(&t, SCHEME), "https"));
    read_address(&t, PEER, PEER_PORT, &req->peer, &req->peer_port);
    read_address(&t, LOCAL, LOCAL_PORT, &req->local, &req->local_port);
    return csgi_intake_end(in);
}
