// SPDX-License-Identifier: MIT
// Judges bytes, eight in a step where requests spend their time and by sets of bits elsewhere.
#include "core/http/grammar.h"

#include "core/http/word.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

// tchar, RFC 9110 5.6.2.
static const struct csgi_byte_set tchar = {{
    0x00000000,
    0x03ff6cfa, // ! # $ % & ' * + - . 0-9
    0xc7fffffe, // A-Z ^ _
    0x57ffffff, // ` a-z | ~
    0x00000000,
    0x00000000,
    0x00000000,
    0x00000000,
}};

static bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

static char lower(char c) {
    return is_upper(c) ? (char)(c | 0x20) : c;
}

static bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

bool csgi_is_token(const char *p, size_t n) {
    for (size_t i = 0; i < n; ++i)
        if (!csgi_byte_set_has(&tchar, p[i])) return false;
    return n != 0;
}

bool csgi_is_method(const char *p, size_t n) {
    for (size_t i = 0; i < n; ++i)
        if (!is_upper(p[i]) && p[i] != '-' && p[i] != '_') return false;
    return n != 0;
}

// Lower-cases the letters of a word; whether all its bytes were letters, digits or "-".
static inline bool lower_word(uint64_t word, uint64_t *lowered) {
    const uint64_t low = word & ~CSGI_WORD_TOP;
    const uint64_t letter = csgi_word_within(low | CSGI_WORD(0x20), 'a', 'z');
    const uint64_t digit = csgi_word_within(low, '0', '9');
    const uint64_t dash = csgi_word_is(low, '-');
    // A letter's top bit, moved to the place of the bit that makes it lower case.
    *lowered = word | (letter & CSGI_WORD_TOP) >> 2;
    return ((letter | digit | dash) & ~word & CSGI_WORD_TOP) == CSGI_WORD_TOP;
}

static bool lower_at(char *p) {
    uint64_t lowered;
    const bool plain = lower_word(csgi_word_load8(p), &lowered);
    memcpy(p, &lowered, sizeof lowered);
    return plain;
}

// Four to seven bytes: both halves, which may overlap, in one word.
static bool lower_short(char *p, size_t n) {
    uint64_t lowered;
    const bool plain = lower_word(csgi_word_load_short(p, n, '-'), &lowered);
    const uint32_t front = (uint32_t)lowered;
    const uint32_t back = (uint32_t)(lowered >> 32);
    memcpy(p, &front, sizeof front);
    memcpy(p + n - 4, &back, sizeof back);
    return plain;
}

// A byte at a time, for the shortest names and for those that are not plain.
static enum csgi_name_kind lower_bytes(char *p, size_t n) {
    enum csgi_name_kind kind = n ? CSGI_NAME_PLAIN : CSGI_NAME_BAD;
    for (size_t i = 0; i < n; ++i) {
        if (!csgi_byte_set_has(&tchar, p[i])) return CSGI_NAME_BAD;
        p[i] = lower(p[i]);
        if (!is_plain(p[i])) kind = CSGI_NAME_ODD;
    }
    return kind;
}

#ifdef __SSE2__
// Lower-cases sixteen bytes; whether all were letters, digits or "-".
static inline bool lower_16(__m128i *bytes) {
    const __m128i from_a =
        _mm_sub_epi8(_mm_or_si128(*bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    const __m128i letter = _mm_cmpeq_epi8(_mm_min_epu8(from_a, _mm_set1_epi8(25)), from_a);
    const __m128i from_0 = _mm_sub_epi8(*bytes, _mm_set1_epi8('0'));
    const __m128i digit = _mm_cmpeq_epi8(_mm_min_epu8(from_0, _mm_set1_epi8(9)), from_0);
    const __m128i dash = _mm_cmpeq_epi8(*bytes, _mm_set1_epi8('-'));
    *bytes = _mm_or_si128(*bytes, _mm_and_si128(letter, _mm_set1_epi8(0x20)));
    return _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(letter, digit), dash)) == 0xffff;
}

// Eight to sixteen bytes: both halves, which may overlap, in one step.
static inline bool lower_8_to_16(char *p, size_t n) {
    __m128i bytes = _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)(const void *)p),
                                       _mm_loadl_epi64((const __m128i *)(const void *)(p + n - 8)));
    const bool plain = lower_16(&bytes);
    _mm_storel_epi64((__m128i *)(void *)p, bytes);
    _mm_storel_epi64((__m128i *)(void *)(p + n - 8), _mm_unpackhi_epi64(bytes, bytes));
    return plain;
}
#endif

enum csgi_name_kind csgi_lower_name(char *p, size_t n) {
    if (n < 4) return lower_bytes(p, n);
    bool plain;
    if (n < 8) {
        plain = lower_short(p, n);
#ifdef __SSE2__
    } else if (n <= 16) {
        plain = lower_8_to_16(p, n);
#endif
    } else {
        // The last step overlaps the one before it: lower-casing twice changes nothing.
        plain = lower_at(p + n - 8);
        for (size_t i = 0; i + 8 < n; i += 8) plain &= lower_at(p + i);
    }
    return plain ? CSGI_NAME_PLAIN : lower_bytes(p, n);
}

static inline bool plain_word(uint64_t word) {
    const uint64_t low = word & ~CSGI_WORD_TOP;
    const uint64_t plain =
        csgi_word_within(low, 'a', 'z') | csgi_word_within(low, '0', '9') | csgi_word_is(low, '-');
    return (plain & ~word & CSGI_WORD_TOP) == CSGI_WORD_TOP;
}

static inline bool is_plain_name(const char *p, size_t n) {
    if (n < 8) return n != 0 && plain_word(csgi_word_load_short(p, n, '-'));
    bool plain = plain_word(csgi_word_load8(p + n - 8));
    for (size_t i = 0; i + 8 < n; i += 8) plain &= plain_word(csgi_word_load8(p + i));
    return plain;
}

enum csgi_name_kind csgi_judge_name(const char *p, size_t n) {
    if (is_plain_name(p, n)) return CSGI_NAME_PLAIN;
    return csgi_is_token(p, n) ? CSGI_NAME_ODD : CSGI_NAME_BAD;
}

bool csgi_is_lower_token(const char *p, size_t n) {
    if (is_plain_name(p, n)) return true;
    for (size_t i = 0; i < n; ++i)
        if (!csgi_byte_set_has(&tchar, p[i]) || is_upper(p[i])) return false;
    return n != 0;
}

// Whether no byte of a word is a control byte other than tab.
static inline bool value_word(uint64_t word) {
    const uint64_t low = word & ~CSGI_WORD_TOP;
    const uint64_t control = (~csgi_word_from(low, ' ') | csgi_word_from(low, 0x7f)) & ~word;
    if (!(control & CSGI_WORD_TOP)) return true;
    return !(control & ~csgi_word_is(low, '\t') & CSGI_WORD_TOP);
}

#ifdef __SSE2__
static inline bool value_16(__m128i bytes) {
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    const __m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
    const __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
    return !_mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(tab, low), del));
}

bool csgi_is_field_value(const char *p, size_t n) {
    if (n < 8) return n == 0 || value_word(csgi_word_load_short(p, n, ' '));
    if (n < 16)
        return value_16(
            _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)(const void *)p),
                               _mm_loadl_epi64((const __m128i *)(const void *)(p + n - 8))));
    for (size_t i = 0; i + 16 < n; i += 16)
        if (!value_16(_mm_loadu_si128((const __m128i *)(const void *)(p + i)))) return false;
    return value_16(_mm_loadu_si128((const __m128i *)(const void *)(p + n - 16)));
}
#else
bool csgi_is_field_value(const char *p, size_t n) {
    if (n < 8) return n == 0 || value_word(csgi_word_load_short(p, n, ' '));
    for (size_t i = 0; i + 8 < n; i += 8)
        if (!value_word(csgi_word_load8(p + i))) return false;
    return value_word(csgi_word_load8(p + n - 8));
}
#endif

static bool is_ows(char c) {
    return c == ' ' || c == '\t';
}

struct csgi_span csgi_trim_ows(struct csgi_span text) {
    while (text.n && is_ows(text.p[0])) {
        ++text.p;
        --text.n;
    }
    while (text.n && is_ows(text.p[text.n - 1])) --text.n;
    return text;
}

bool csgi_is_word(const char *p, size_t n, const char *expected) {
    for (size_t i = 0; i < n; ++i)
        if (expected[i] == '\0' || lower(p[i]) != expected[i]) return false;
    return expected[n] == '\0';
}

// How many bytes stand before the comma that ends the first element.
static size_t element_length(struct csgi_span list) {
    bool quoted = false;
    for (size_t i = 0; i < list.n; ++i) {
        const char c = list.p[i];
        if (c == '"')
            quoted = !quoted;
        else if (c == '\\' && quoted)
            ++i; // quoted-pair: the next byte is itself, also a quote
        else if (c == ',' && !quoted)
            return i;
    }
    return list.n;
}

bool csgi_list_next(struct csgi_span *rest, struct csgi_span *item) {
    while (rest->n && (is_ows(rest->p[0]) || rest->p[0] == ',')) {
        ++rest->p;
        --rest->n;
    }
    if (rest->n == 0) return false;
    const struct csgi_span element = {rest->p, element_length(*rest)};
    rest->p += element.n;
    rest->n -= element.n;
    *item = csgi_trim_ows(element);
    return true;
}

bool csgi_content_length_parse(const char *p, size_t n, int64_t *length) {
    int64_t sum = 0;
    for (size_t i = 0; i < n; ++i) {
        if (p[i] < '0' || p[i] > '9') return false;
        const int digit = p[i] - '0';
        if (sum > (INT64_MAX - digit) / 10) return false;
        sum = sum * 10 + digit;
    }
    if (n == 0) return false;
    *length = sum;
    return true;
}

size_t csgi_chunk_size_parse(const char *p, size_t n, int64_t *size) {
    int64_t sum = 0;
    size_t i = 0;
    for (; i < n; ++i) {
        const int digit = csgi_hex_value(p[i]);
        if (digit < 0) break;
        if (sum > INT64_MAX / 16) return 0;
        sum = sum * 16 + digit;
    }
    if (i) *size = sum;
    return i;
}
