// SPDX-License-Identifier: MIT
// Takes apart the authority and the request-target, and refuses what no host passes on.
#include "core/http/target.h"

#include "core/http/word.h"

// unreserved and sub-delims, RFC 3986 2.2 and 2.3.
static const struct csgi_byte_set name_bytes = {{
    0x00000000,
    0x2bff7fd2, // ! $ & ' ( ) * + , - . 0-9 ; =
    0x87fffffe, // A-Z _
    0x47fffffe, // a-z ~
    0x00000000,
    0x00000000,
    0x00000000,
    0x00000000,
}};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_escape(const char *p, size_t n) {
    return n >= 3 && csgi_hex_value(p[1]) >= 0 && csgi_hex_value(p[2]) >= 0;
}

// reg-name, RFC 3986 3.2.2. IPv4address is one as well.
// How many bytes at the front are letters, digits, "-" and ".", which is what most hosts consist
// of.
static size_t plain_host(const char *p, size_t n) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const uint64_t word = csgi_word_load8(p + i);
        const uint64_t low = word & ~CSGI_WORD_TOP;
        const uint64_t plain = csgi_word_within(low | CSGI_WORD(0x20), 'a', 'z') |
                               csgi_word_within(low, '0', '9') | csgi_word_within(low, '-', '.');
        if ((plain & ~word & CSGI_WORD_TOP) != CSGI_WORD_TOP) break;
    }
    while (i < n && (is_alpha(p[i]) || is_digit(p[i]) || p[i] == '-' || p[i] == '.')) ++i;
    return i;
}

static bool is_reg_name(const char *p, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        if (csgi_byte_set_has(&name_bytes, p[i])) continue;
        if (p[i] != '%' || !is_escape(p + i, n - i)) return false;
        i += 2;
    }
    return n != 0;
}

// IPv4address, RFC 3986 3.2.2: four numbers up to 255 without leading zeros.
static bool is_ipv4(const char *p, size_t n) {
    size_t i = 0;
    for (int octet = 0; octet < 4; ++octet) {
        if (octet && (i == n || p[i++] != '.')) return false;
        const size_t start = i;
        int value = 0;
        for (; i < n && i - start < 3 && is_digit(p[i]); ++i) value = value * 10 + (p[i] - '0');
        if (i == start || value > 255 || (p[start] == '0' && i - start > 1)) return false;
    }
    return i == n;
}

// IPv6address, RFC 3986 3.2.2.
static bool is_ipv6(const char *p, size_t n) {
    bool gap = n >= 2 && p[0] == ':' && p[1] == ':';
    size_t i = gap ? 2 : 0;
    int groups = 0; // of 16 bits
    while (i < n) {
        const size_t start = i;
        while (i < n && i - start < 4 && csgi_hex_value(p[i]) >= 0) ++i;
        if (i == start) return false;
        if (i < n && p[i] == '.') {
            if (!is_ipv4(p + start, n - start)) return false;
            groups += 2;
            break;
        }
        ++groups;
        if (i == n) break;
        if (p[i++] != ':' || i == n) return false;
        if (p[i] == ':') {
            if (gap) return false;
            gap = true;
            ++i;
        }
    }
    // "::" stands for at least one group.
    return gap ? groups < 8 : groups == 8;
}

// IPvFuture, RFC 3986 3.2.2.
static bool is_ip_future(const char *p, size_t n) {
    if (n == 0 || (p[0] | 0x20) != 'v') return false;
    size_t i = 1;
    while (i < n && csgi_hex_value(p[i]) >= 0) ++i;
    if (i == 1 || i == n || p[i++] != '.' || i == n) return false;
    for (; i < n; ++i)
        if (!csgi_byte_set_has(&name_bytes, p[i]) && p[i] != ':') return false;
    return true;
}

// Digits, perhaps none (RFC 3986 3.2.3), of a number that TCP has.
static bool parse_port(const char *p, size_t n, int32_t *port) {
    int32_t value = n ? 0 : -1;
    for (size_t i = 0; i < n; ++i) {
        if (!is_digit(p[i])) return false;
        value = value * 10 + (p[i] - '0');
        if (value > 65535) return false;
    }
    *port = value;
    return true;
}

// The hosts that are not plain: "[", other characters that may stand in names, escapes.
static __attribute__((noinline)) size_t odd_host(const char *p, size_t n) {
    const char stop = p[0] == '[' ? ']' : ':';
    const char *at = memchr(p, stop, n);
    if (stop == ':') {
        const size_t end = at ? (size_t)(at - p) : n;
        return is_reg_name(p, end) ? end : 0;
    }
    if (!at) return 0;
    const size_t end = (size_t)(at - p) + 1;
    return is_ipv6(p + 1, end - 2) || is_ip_future(p + 1, end - 2) ? end : 0;
}

enum csgi_authority_result csgi_authority_parse(const char *p, size_t n,
                                                struct csgi_authority *out) {
    if (n == 0) return CSGI_AUTHORITY_EMPTY;
    size_t end = plain_host(p, n); // of the host
    if (end == 0 || (end < n && p[end] != ':')) end = odd_host(p, n);
    int32_t port = -1;
    if (end == 0) return CSGI_AUTHORITY_BAD;
    if (end < n && (p[end] != ':' || !parse_port(p + end + 1, n - end - 1, &port)))
        return CSGI_AUTHORITY_BAD;
    if (out) *out = (struct csgi_authority){{p, end}, port};
    return CSGI_AUTHORITY_OK;
}

// True when no byte ends or complicates a path. "!" stands in for what is not there.
static inline bool plain_path_word(uint64_t word) {
    const uint64_t low = word & ~CSGI_WORD_TOP;
    const uint64_t odd = ~csgi_word_from(low, '!') | csgi_word_from(low, 0x7f) |
                         csgi_word_is(low, '#') | csgi_word_is(low, '?') | csgi_word_is(low, '%') |
                         csgi_word_is(low, '.');
    return !((odd | word) & CSGI_WORD_TOP);
}

bool csgi_target_is_path(const char *p, size_t n) {
    if (n == 0 || p[0] != '/') return false;
    if (n < 8) return plain_path_word(csgi_word_load_short(p, n, '!'));
    for (size_t i = 0; i + 8 < n; i += 8)
        if (!plain_path_word(csgi_word_load8(p + i))) return false;
    return plain_path_word(csgi_word_load8(p + n - 8));
}

static inline bool visible_word(uint64_t word) {
    const uint64_t low = word & ~CSGI_WORD_TOP;
    return !((~csgi_word_from(low, '!') | csgi_word_from(low, 0x7f)) & ~word & CSGI_WORD_TOP);
}

static bool is_visible(const char *p, size_t n) {
    if (n < 8) return n == 0 || visible_word(csgi_word_load_short(p, n, '!'));
    for (size_t i = 0; i + 8 < n; i += 8)
        if (!visible_word(csgi_word_load8(p + i))) return false;
    return visible_word(csgi_word_load8(p + n - 8));
}

// Whether ".." segments, their dots escaped or not, lead above the root. A `folded` path is seen as
// servers do that decode %2F and take several slashes as one; otherwise as RFC 3986 5.2.4 does.
static bool climbs(struct csgi_span path, bool folded) {
    size_t depth = 0;
    size_t i = 1;
    while (i < path.n) {
        size_t length = 0;
        size_t dots = 0;
        bool ended = false;
        while (i < path.n && !ended) {
            char c = path.p[i];
            const bool escaped = c == '%';
            if (escaped)
                c = (char)(csgi_hex_value(path.p[i + 1]) * 16 + csgi_hex_value(path.p[i + 2]));
            i += escaped ? 3 : 1;
            ended = c == '/' && (folded || !escaped);
            length += !ended;
            dots += c == '.';
        }
        if (length == 2 && dots == 2) {
            if (depth-- == 0) return true;
        } else if (!(length == 1 && dots == 1) && (length || !folded)) {
            ++depth;
        }
    }
    return false;
}

// Whether a segment begins with a dot that is not escaped.
static bool has_dot_segment(struct csgi_span path) {
    const char *end = path.p + path.n;
    const char *at = path.p + 1;
    while ((at = memchr(at, '.', (size_t)(end - at))) != NULL) {
        if (at[-1] == '/') return true;
        ++at;
    }
    return false;
}

static enum csgi_target_result check_path(struct csgi_span path) {
    const char *end = path.p + path.n;
    const char *at = path.p;
    bool suspect = has_dot_segment(path);
    while ((at = memchr(at, '%', (size_t)(end - at))) != NULL) {
        if (!is_escape(at, (size_t)(end - at))) return CSGI_TARGET_ESCAPE;
        if (at[1] == '0' && at[2] == '0') return CSGI_TARGET_NUL;
        // An escaped dot or slash: few paths have one, so few are walked through.
        suspect |= at[1] == '2' && ((at[2] | 0x20) == 'e' || (at[2] | 0x20) == 'f');
        at += 3;
    }
    if (suspect && (climbs(path, false) || climbs(path, true))) return CSGI_TARGET_CLIMB;
    return CSGI_TARGET_OK;
}

// Fills in path and query from what begins with "/", "?" or "#", or is empty.
static enum csgi_target_result parse_path(const char *p, size_t n, struct csgi_target *target) {
    const char *fragment = memchr(p, '#', n);
    if (fragment) n = (size_t)(fragment - p);
    const char *mark = memchr(p, '?', n);
    const size_t end = mark ? (size_t)(mark - p) : n;
    target->path = end ? (struct csgi_span){p, end} : (struct csgi_span){"/", 1};
    target->has_query = mark != NULL;
    if (mark) target->query = (struct csgi_span){mark + 1, n - end - 1};
    return check_path(target->path);
}

// scheme "://" authority, and then path and query: RFC 9112 3.2.2.
static enum csgi_target_result parse_absolute(const char *p, size_t n, struct csgi_target *target) {
    size_t end = 0; // of the scheme, RFC 3986 3.1
    while (end < n && (is_alpha(p[end]) || (end && (is_digit(p[end]) || p[end] == '+' ||
                                                    p[end] == '-' || p[end] == '.'))))
        ++end;
    if (end == 0 || n - end < 3 || memcmp(p + end, "://", 3) != 0) return CSGI_TARGET_FORM_UNKNOWN;
    target->form = CSGI_TARGET_ABSOLUTE;
    target->scheme = (struct csgi_span){p, end};
    const size_t start = end + 3;
    size_t stop = start;
    while (stop < n && p[stop] != '/' && p[stop] != '?' && p[stop] != '#') ++stop;
    target->authority = (struct csgi_span){p + start, stop - start};
    if (csgi_authority_parse(p + start, stop - start, NULL) != CSGI_AUTHORITY_OK)
        return CSGI_TARGET_HOST;
    return parse_path(p + stop, n - stop, target);
}

// uri-host ":" port, both of them there: RFC 9112 3.2.3.
static enum csgi_target_result parse_authority(const char *p, size_t n,
                                               struct csgi_target *target) {
    struct csgi_authority authority;
    if (csgi_authority_parse(p, n, &authority) != CSGI_AUTHORITY_OK || authority.port < 0)
        return CSGI_TARGET_HOST;
    target->form = CSGI_TARGET_AUTHORITY;
    target->authority = (struct csgi_span){p, n};
    return CSGI_TARGET_OK;
}

enum csgi_target_result csgi_target_parse(const char *p, size_t n, const char *method, size_t mn,
                                          struct csgi_target *out) {
    static const struct csgi_span none = {"", 0};
    struct csgi_target target = {CSGI_TARGET_ORIGIN, false, none, none, none, none};
    enum csgi_target_result result = CSGI_TARGET_OK;
    if (n == 0) return CSGI_TARGET_EMPTY;
    if (!is_visible(p, n)) return CSGI_TARGET_BYTE;
    if (mn == 7 && memcmp(method, "CONNECT", 7) == 0) {
        result = parse_authority(p, n, &target);
    } else if (p[0] == '/') {
        result = parse_path(p, n, &target);
    } else if (n == 1 && p[0] == '*') {
        target.form = CSGI_TARGET_ASTERISK;
        if (mn != 7 || memcmp(method, "OPTIONS", 7) != 0) // RFC 9112 3.2.4
            result = CSGI_TARGET_FORM_UNKNOWN;
    } else {
        result = parse_absolute(p, n, &target);
    }
    if (result == CSGI_TARGET_OK) *out = target;
    return result;
}
