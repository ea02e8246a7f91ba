// SPDX-License-Identifier: MIT
// Parts of a body: Range, Content-Range and If-Range. RFC 9110 13.1.5, 14.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace csgi {

// From `start` up to, not including, `stop`.
struct ByteRange {
    std::int64_t start, stop;
};

// The Range field. Numbers above 2^63 - 1 count as that.
struct Range {
    struct Part {
        std::int64_t start;               // below 0: so many bytes at the end
        std::optional<std::int64_t> stop; // not included; nothing: to the end
    };
    std::string units; // in lower case, usually "bytes"
    std::vector<Part> parts;

    // Where a single byte range lies in a body of this length; nothing when it cannot be served.
    std::optional<ByteRange> for_length(std::int64_t length) const;
    std::string to_header() const;
};
// Nothing for a malformed field, which is to be ignored (RFC 9110 14.2).
std::optional<Range> parse_range_header(std::string_view value);

struct ContentRange {
    std::string units;
    std::optional<ByteRange> range;     // nothing: "*"
    std::optional<std::int64_t> length; // nothing: "*"

    std::string to_header() const;
};
std::optional<ContentRange> parse_content_range_header(std::string_view value);

// Either a date or an entity-tag, without its quotes and W/.
struct IfRange {
    std::optional<std::string> etag;
    std::optional<std::int64_t> date; // seconds since 1970
};
IfRange parse_if_range_header(std::string_view value);

} // namespace csgi
