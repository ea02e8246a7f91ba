// SPDX-License-Identifier: MIT
// Entity-tags, and whether a client has the current version already. RFC 9110 8.8, 13.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace csgi {

struct Etag {
    std::string_view tag; // without its quotes
    bool weak = false;
};

// Throws std::invalid_argument for a tag that holds a quote.
std::string quote_etag(std::string_view tag, bool weak = false);
// Lies in `value`, which may do without quotes.
Etag unquote_etag(std::string_view value);

// The tags of If-Match or If-None-Match. They lie in the value that was parsed.
struct Etags {
    bool star = false; // any
    std::vector<std::string_view> strong, weak;

    bool empty() const { return !star && strong.empty() && weak.empty(); }
    bool contains(std::string_view tag) const; // by the strong comparison
    bool contains_weak(std::string_view tag) const;
};
Etags parse_etags(std::string_view value);

// The fields of a request that make it conditional; empty: not there.
struct Conditions {
    std::string_view if_match, if_none_match, if_modified_since, if_range, range;
};
// What the current version is known by.
struct Version {
    std::string_view etag;                     // with or without quotes; empty: none
    std::optional<std::int64_t> last_modified; // seconds since 1970
};
// False when the client has this version, or wants none but another: 304, or 412 for If-Match.
// If-Range counts with a Range, and only if asked for.
bool is_resource_modified(const Conditions &conditions, const Version &version,
                          bool ignore_if_range = true);

} // namespace csgi
