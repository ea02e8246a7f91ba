// SPDX-License-Identifier: MIT
// FNV-1a over bytes that come in pieces: equal digests mean that nothing was changed by accident.
#pragma once

#include <cstddef>
#include <cstdint>

namespace csgi::lint {

class Digest {
public:
    void add(const void *p, size_t n) noexcept {
        const auto *bytes = static_cast<const unsigned char *>(p);
        for (size_t i = 0; i < n; i++) value_ = (value_ ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    uint64_t value() const noexcept { return value_; }
    bool operator==(const Digest &) const = default;

private:
    uint64_t value_ = UINT64_C(0xcbf29ce484222325);
};

} // namespace csgi::lint
