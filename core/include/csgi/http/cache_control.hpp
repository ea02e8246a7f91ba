// SPDX-License-Identifier: MIT
// How long something may be kept, and by whom: Cache-Control. RFC 9111 5.2, 5861, 8246.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace csgi {

// The directives of a request or a response. Seconds that are no number count as not there.
struct CacheControl {
    // Of both; of a request, no_cache has no value.
    std::optional<std::string> no_cache; // "" alone, or names of fields with ", " between them
    bool no_store = false, no_transform = false;
    std::optional<std::int64_t> max_age;
    // Of a response.
    bool is_public = false;
    std::optional<std::string> is_private; // as no_cache
    bool must_revalidate = false, proxy_revalidate = false, must_understand = false,
         immutable = false;
    std::optional<std::int64_t> s_maxage, stale_while_revalidate, stale_if_error;
    // Of a request; a max-stale without a number is INT64_MAX.
    std::optional<std::int64_t> max_stale, min_fresh;
    bool only_if_cached = false;
    // Whatever else there was: a directive, and its value if it has one.
    std::vector<std::pair<std::string, std::optional<std::string>>> others;

    std::string to_header() const;
};
CacheControl parse_cache_control(std::string_view value);

} // namespace csgi
