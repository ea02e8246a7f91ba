// SPDX-License-Identifier: MIT
// How a fuzz target says that something does not hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace csgi {

inline void promise(bool kept, const char *sentence) {
    if (kept) return;
    std::fprintf(stderr, "broken promise: %s\n", sentence);
    std::abort();
}

inline std::string_view text_of(const uint8_t *data, size_t size) {
    return {reinterpret_cast<const char *>(data), size};
}

} // namespace csgi
