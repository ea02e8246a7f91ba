// SPDX-License-Identifier: MIT
// Any bytes as every kind of text that core/http judges: the answers must hold what they promise.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/http/date.h"
#include "core/http/field.h"
#include "core/http/grammar.h"
#include "core/http/percent.h"
#include "core/http/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Also in a build without assert().
static void promise(bool kept, const char *sentence) {
    if (kept) return;
    fprintf(stderr, "broken promise: %s\n", sentence);
    abort();
}

static bool inside(struct csgi_span part, const char *p, size_t n) {
    return part.n == 0 || (part.p >= p && part.p + part.n <= p + n);
}

static bool holds(struct csgi_span text, char byte) {
    return text.n && memchr(text.p, byte, text.n) != NULL;
}

static void names(const char *p, size_t n) {
    char *name = malloc(n + 1);
    if (!name) abort();
    memcpy(name, p, n);
    const enum csgi_name_kind kind = csgi_lower_name(name, n);
    promise((kind != CSGI_NAME_BAD) == csgi_is_token(p, n), "a name is bad or a token");
    if (kind != CSGI_NAME_BAD) {
        promise(csgi_is_lower_token(name, n), "a lowered name is a lower-case token");
        promise(csgi_lower_name(name, n) == kind, "lowering twice changes nothing");
        name[n] = '\0';
        promise(csgi_is_word(p, n, name), "a name is its lowered self in any case");
        promise(csgi_is_field_value(p, n), "a token is also a value");
    }
    free(name);

    const uint16_t id = csgi_field_lookup(p, n);
    size_t length;
    const char *known = csgi_field_name(id, &length);
    promise((id != 0) == (known != NULL), "an id has a name");
    if (known) promise(length == n && memcmp(known, p, n) == 0, "an id leads back to its name");
}

static void targets(const char *p, size_t n) {
    static const char *const methods[] = {"GET", "OPTIONS", "CONNECT"};
    for (size_t i = 0; i < 3; ++i) {
        struct csgi_target t;
        if (csgi_target_parse(p, n, methods[i], strlen(methods[i]), &t) != CSGI_TARGET_OK) continue;
        promise(inside(t.query, p, n) && inside(t.scheme, p, n) && inside(t.authority, p, n),
                "parts lie in the target");
        promise(t.has_query || t.query.n == 0, "no query without a question mark");
        promise(!holds(t.query, '#'), "a query has no fragment");
        const bool has_path = t.form == CSGI_TARGET_ORIGIN || t.form == CSGI_TARGET_ABSOLUTE;
        promise(has_path == (t.path.n != 0), "two forms have a path");
        if (!has_path) continue;
        promise(t.path.p[0] == '/', "a path begins with a slash");
        promise(!holds(t.path, '?') && !holds(t.path, '#'),
                "a path ends before query and fragment");

        char *decoded = malloc(t.path.n);
        size_t length;
        if (!decoded) abort();
        promise(csgi_percent_decode(t.path.p, t.path.n, decoded, &length), "a path can be decoded");
        promise(!memchr(decoded, '\0', length), "a decoded path holds no NUL");
        // What a server makes of it that decodes first: as deep as it has names, never above.
        size_t depth = 0;
        for (size_t at = 1; at <= length;) {
            const char *slash = memchr(decoded + at, '/', length - at);
            const size_t end = slash ? (size_t)(slash - decoded) : length;
            const size_t segment = end - at;
            if (segment == 2 && memcmp(decoded + at, "..", 2) == 0) {
                promise(depth != 0, "a path does not climb above the root");
                --depth;
            } else if (segment != 0 && !(segment == 1 && decoded[at] == '.')) {
                ++depth;
            }
            at = end + 1;
        }
        free(decoded);

        struct csgi_target again;
        promise(csgi_target_parse(t.path.p, t.path.n, "GET", 3, &again) == CSGI_TARGET_OK &&
                    again.form == CSGI_TARGET_ORIGIN && again.path.n == t.path.n,
                "a path is a target of its own");
    }
}

static void authorities(const char *p, size_t n) {
    struct csgi_authority a;
    if (csgi_authority_parse(p, n, &a) != CSGI_AUTHORITY_OK) return;
    promise(a.host.p == p && a.host.n != 0 && a.host.n <= n, "a host begins the authority");
    promise(a.port >= -1 && a.port <= 65535, "a port is a port");
    promise(!memchr(p, '@', n) && !memchr(p, '/', n), "no userinfo, no path");
    promise(csgi_is_field_value(p, n), "an authority is a field value");
}

static void lists(const char *p, size_t n) {
    struct csgi_span rest = {p, n};
    struct csgi_span item = {p, 0};
    const char *last = p;
    while (csgi_list_next(&rest, &item)) {
        promise(item.n != 0 && inside(item, p, n), "an element is not empty and lies in the list");
        promise(item.p >= last && rest.p >= item.p + item.n, "elements come in order");
        promise(csgi_trim_ows(item).n == item.n, "an element has no white space at its ends");
        last = rest.p;
    }
    promise(rest.n == 0, "a list is read to its end");
}

static void numbers(const char *p, size_t n) {
    int64_t value = -1;
    char text[32];
    if (csgi_content_length_parse(p, n, &value)) {
        size_t zeros = 0;
        while (zeros + 1 < n && p[zeros] == '0') ++zeros;
        const int length = snprintf(text, sizeof text, "%" PRId64, value);
        promise((size_t)length == n - zeros && memcmp(text, p + zeros, n - zeros) == 0,
                "a content length is its digits");
    }
    value = -1;
    const size_t digits = csgi_chunk_size_parse(p, n, &value);
    promise(digits <= n && (digits == 0) == (value == -1), "a chunk size has digits");
    if (digits) {
        size_t zeros = 0;
        while (zeros + 1 < digits && p[zeros] == '0') ++zeros;
        const int length = snprintf(text, sizeof text, "%" PRIx64, value);
        promise((size_t)length == digits - zeros, "a chunk size is its digits");
        text[length] = '\0';
        promise(csgi_is_word(p + zeros, digits - zeros, text), "a chunk size is its digits");
        promise(digits == n || csgi_hex_value(p[digits]) < 0, "all digits are taken");
    }
}

static void dates(const char *p, size_t n) {
    int64_t seconds;
    if (!csgi_date_parse(p, n, 2026, &seconds)) return;
    char text[CSGI_DATE_LENGTH];
    if (!csgi_date_format(seconds, text)) return; // a leap second at the end of the year 9999
    int64_t again;
    promise(csgi_date_parse(text, sizeof text, 2026, &again) && again == seconds,
            "a date that is read can be written and read again");
}

static void percents(const char *p, size_t n) {
    char *coded = malloc(3 * n + 1);
    char *plain = malloc(3 * n + 1);
    size_t length;
    if (!coded || !plain) abort();
    const size_t needed = csgi_percent_encode(p, n, &csgi_safe_unreserved, coded, 3 * n);
    promise(needed >= n && needed <= 3 * n, "an encoding has up to three times the length");
    promise(csgi_percent_decode(coded, needed, plain, &length), "what was encoded can be decoded");
    promise(length == n && memcmp(plain, p, n) == 0, "decoding undoes encoding");
    promise(csgi_percent_decode(p, n, plain, &length) || length < n, "a broken escape takes room");
    free(coded);
    free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *p = (const char *)data;
    // NULL is not a text; the judges are never given it.
    if (!p) p = "";
    names(p, size);
    targets(p, size);
    authorities(p, size);
    lists(p, size);
    numbers(p, size);
    dates(p, size);
    percents(p, size);
    bool control = false;
    for (size_t i = 0; i < size; ++i)
        control |= (data[i] < ' ' && data[i] != '\t') || data[i] == 0x7f;
    promise(csgi_is_field_value(p, size) == !control, "a value holds no control byte but tab");
    return 0;
}
