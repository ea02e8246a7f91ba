// SPDX-License-Identifier: MIT
// SipHash-1-3, the keyed hash that Python uses for its dicts: who does not know the key cannot make
// keys collide. Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <csgi/value/value.hpp>

namespace csgi {

// Words are read in the machine's own order: the result is for this process only.
inline std::uint64_t siphash(const SipKey &key, std::string_view text) {
    std::uint64_t a = key.low ^ 0x736f6d6570736575, b = key.high ^ 0x646f72616e646f6d,
                  c = key.low ^ 0x6c7967656e657261, d = key.high ^ 0x7465646279746573;
    const auto round = [&] {
        a += b, c += d;
        b = std::rotl(b, 13) ^ a, d = std::rotl(d, 16) ^ c;
        a = std::rotl(a, 32);
        c += b, a += d;
        b = std::rotl(b, 17) ^ c, d = std::rotl(d, 21) ^ a;
        c = std::rotl(c, 32);
    };
    const char *p = text.data();
    std::size_t left = text.size();
    for (; left >= 8; p += 8, left -= 8) {
        std::uint64_t word;
        std::memcpy(&word, p, 8);
        d ^= word;
        round();
        a ^= word;
    }
    std::uint64_t last = 0;
    if (left != 0) std::memcpy(&last, p, left);
    last |= static_cast<std::uint64_t>(text.size()) << 56;
    d ^= last;
    round();
    a ^= last;
    c ^= 0xff;
    round();
    round();
    round();
    return a ^ b ^ c ^ d;
}

} // namespace csgi
