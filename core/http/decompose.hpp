// SPDX-License-Identifier: MIT
// Unicode's normal forms and case, as far as URLs and file names need them: utf8proc's.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include <utf8proc.h>

namespace csgi {

// The text mapped with utf8proc's options; empty when it is not UTF-8.
inline std::string map_unicode(std::string_view text, int options) {
    utf8proc_uint8_t *mapped = nullptr;
    const utf8proc_ssize_t length =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t *>(text.data()),
                     static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                     static_cast<utf8proc_option_t>(options));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, std::free);
    if (length < 0) return "";
    return {reinterpret_cast<const char *>(mapped), static_cast<std::size_t>(length)};
}

// NFKD
inline std::string decompose(std::string_view text) {
    return map_unicode(text, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
}

// NFKC with case folded, as IDNA 2003 prepares names (RFC 3491).
inline std::string fold(std::string_view text) {
    return map_unicode(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                                 UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
}

} // namespace csgi
