// SPDX-License-Identifier: MIT
// Segments of a path, between its slashes: where they end, and their texts as
// numbers.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/http/word.h"

namespace csgi {

// Of up to so many bytes the key of a text is the text: equal keys of one
// length are equal texts.
inline constexpr std::size_t exact_most = 8;

// Eight bytes, and four, the first one lowest.
inline std::uint64_t low_first(const char *p) {
    const std::uint64_t word = csgi_word_load8(p);
    return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}
inline std::uint64_t low_first4(const char *p) {
    const std::uint32_t word = csgi_word_load4(p);
    return std::endian::native == std::endian::little ? word : __builtin_bswap32(word);
}

// The bytes of text[0, n) from `at` on, eight at most, with zeros where there
// are fewer.
inline std::uint64_t word_at(const char *text, std::size_t n, std::size_t at) {
    const std::size_t left = n - at;
    if (left >= 8) return low_first(text + at);
    if (left == 0) return 0;
    if (n >= 8) return low_first(text + n - 8) >> (64 - 8 * left);
    // Few bytes in few loads: some come twice, to the same place.
    const auto byte = [&](std::size_t i) {
        return std::uint64_t{static_cast<unsigned char>(text[at + i])} << 8 * i;
    };
    if (left < 4) return byte(0) | byte(left / 2) | byte(left - 1);
    return low_first4(text + at) | low_first4(text + n - 4) << 8 * (left - 4);
}

inline std::uint64_t low_bytes(std::size_t n) {
    return n >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << 8 * n) - 1;
}

// The number for text[at, at + length). Equal texts have equal ones.
inline std::uint64_t segment_key(const char *text, std::size_t n, std::size_t at,
                                 std::size_t length) {
    std::uint64_t key = word_at(text, n, at) & low_bytes(length);
    for (std::size_t i = 8; i < length; i += 8) {
        key = (key ^ (word_at(text, n, at + i) & low_bytes(length - i))) * 0xff51afd7ed558ccdu;
        key ^= key >> 32;
    }
    return key;
}
inline std::uint64_t segment_key(std::string_view text) {
    return segment_key(text.data(), text.size(), 0, text.size());
}

// Whether two texts of this length are equal whose keys are.
inline bool same_text(const char *a, const char *b, std::size_t n) {
    if (n <= exact_most) return true;
    for (std::size_t i = 0; i + 8 < n; i += 8)
        if (csgi_word_load8(a + i) != csgi_word_load8(b + i)) return false;
    return csgi_word_load8(a + n - 8) == csgi_word_load8(b + n - 8);
}

// Whether all bytes of a key of this length, which is at most eight, are digits
// of ASCII.
inline bool all_digits(std::uint64_t key, std::size_t n) {
    const std::uint64_t places = low_bytes(n), high = CSGI_WORD(0xf0) & places;
    const std::uint64_t threes = CSGI_WORD(0x30) & places;
    return (key & high) == threes && ((key + (CSGI_WORD(0x06) & places)) & high) == threes;
}

// A bit for each of eight bytes that is a slash.
inline std::uint64_t slashes_in(std::uint64_t word) {
    const std::uint64_t other = word ^ CSGI_WORD('/');
    // Exact in each byte: no sum carries.
    const std::uint64_t zeros =
        ~(((other & ~CSGI_WORD_TOP) + ~CSGI_WORD_TOP) | other | ~CSGI_WORD_TOP);
    return (zeros >> 7) * 0x0102040810204080u >> 56;
}

// The path without segments that are empty, but for the first and last: "/a//b/" as "/a/b/".
inline std::string merged_slashes(std::string_view path) {
    std::string out;
    for (const char c : path)
        if (c != '/' || out.empty() || out.back() != '/') out += c;
    return out;
}

// Where the segments of a path end. Borrows it.
class SegmentEnds {
public:
    SegmentEnds(const char *path, std::size_t n) : path_(path), n_(n) {
        if (n > most) return;
        marks_ = std::uint64_t{1} << n; // the last one ends with the path
#ifdef __SSE2__
        if (n >= 16) {
            const __m128i slash = _mm_set1_epi8('/');
            const auto at = [&](std::size_t i) {
                const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(path + i));
                const int found = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, slash));
                marks_ |= static_cast<std::uint64_t>(found) << i;
            };
            for (std::size_t i = 0; i + 16 < n; i += 16) at(i);
            at(n - 16);
            return;
        }
        if (n >= 8) {
            const auto at = [&](std::size_t i) {
                const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(path + i));
                const int found = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('/')));
                marks_ |= static_cast<std::uint64_t>(found) << i;
            };
            at(0);
            at(n - 8);
            return;
        }
#endif
        for (std::size_t i = 0; i < n; i += 8) marks_ |= slashes_in(word_at(path, n, i)) << i;
    }

    // Of the segment that begins at `at`, at most n.
    std::size_t from(std::size_t at) const {
        if (n_ <= most) return at + static_cast<std::size_t>(std::countr_zero(marks_ >> at));
        const std::size_t slash = std::string_view(path_, n_).find('/', at);
        return std::min(slash, n_);
    }

private:
    static constexpr std::size_t most = 63;

    const char *path_;
    std::size_t n_;
    std::uint64_t marks_ = 0;
};

} // namespace csgi
