// SPDX-License-Identifier: MIT
// Ranges read as Werkzeug reads them: in order, without overlap, or not at all.
#include <csgi/http/range.hpp>

#include <csgi/http/date.hpp>
#include <csgi/http/etag.hpp>

#include "core/http/text.hpp"

namespace csgi {

namespace {

// One more, but for the largest number, which stands for all larger ones.
std::int64_t behind(std::int64_t last) {
    return last == INT64_MAX ? last : last + 1;
}

bool is_valid(std::int64_t start, std::int64_t stop, std::optional<std::int64_t> length) {
    return start >= 0 && start < stop && (!length || start < *length);
}

} // namespace

std::optional<ByteRange> Range::for_length(std::int64_t length) const {
    if (units != "bytes" || parts.size() != 1) return std::nullopt;
    auto [start, stop] = parts.front();
    if (!stop) {
        stop = length;
        if (start < 0) start += length;
    }
    if (!is_valid(start, *stop, length)) return std::nullopt;
    return ByteRange{start, std::min(*stop, length)};
}

std::string Range::to_header() const {
    std::string out = units + "=";
    for (const Part &part : parts) {
        if (&part != &parts.front()) out += ',';
        out += std::to_string(part.start);
        if (part.stop)
            out += "-" + std::to_string(*part.stop - 1);
        else if (part.start >= 0)
            out += '-';
    }
    return out;
}

std::optional<Range> parse_range_header(std::string_view value) {
    const std::size_t equals = value.find('=');
    if (equals == value.npos) return std::nullopt;
    Range range{lower(strip(value.substr(0, equals))), {}};
    std::string_view rest = value.substr(equals + 1);
    std::int64_t last_end = 0; // below 0: nothing may follow
    for (;;) {
        const std::size_t comma = rest.find(',');
        const std::string_view item = strip(rest.substr(0, comma));
        const std::size_t dash = item.find('-');
        if (dash == item.npos || last_end < 0) return std::nullopt;
        if (dash == 0) {
            const auto suffix = whole_number(item);
            if (!suffix || *suffix == 0) return std::nullopt;
            range.parts.push_back({*suffix, std::nullopt});
            last_end = -1;
        } else {
            const auto start = whole_number(item.substr(0, dash));
            if (!start || *start < last_end) return std::nullopt;
            const std::string_view end_text = strip(item.substr(dash + 1));
            std::optional<std::int64_t> stop;
            if (!end_text.empty()) {
                const auto end = whole_number(end_text);
                if (!end || *start >= behind(*end)) return std::nullopt;
                stop = behind(*end);
            }
            range.parts.push_back({*start, stop});
            last_end = stop.value_or(-1);
        }
        if (comma == rest.npos) return range;
        rest.remove_prefix(comma + 1);
    }
}

std::string ContentRange::to_header() const {
    std::string out = units + " ";
    out += range ? std::to_string(range->start) + "-" + std::to_string(range->stop - 1) : "*";
    return out + "/" + (length ? std::to_string(*length) : "*");
}

std::optional<ContentRange> parse_content_range_header(std::string_view value) {
    value = strip(value);
    const std::size_t space = value.find(' ');
    if (space == value.npos) return std::nullopt;
    ContentRange range{std::string(value.substr(0, space)), std::nullopt, std::nullopt};
    const std::string_view rest = value.substr(space + 1);
    const std::size_t slash = rest.find('/');
    if (slash == rest.npos) return std::nullopt;
    const std::string_view span = rest.substr(0, slash), length = rest.substr(slash + 1);
    if (length != "*") {
        range.length = whole_number(length);
        if (!range.length) return std::nullopt;
    }
    if (span == "*") {
        if (range.length && *range.length < 0) return std::nullopt;
        return range;
    }
    const std::size_t dash = span.find('-');
    if (dash == span.npos) return std::nullopt;
    const auto start = whole_number(span.substr(0, dash)),
               end = whole_number(span.substr(dash + 1));
    if (!start || !end || !is_valid(*start, behind(*end), range.length)) return std::nullopt;
    range.range = ByteRange{*start, behind(*end)};
    return range;
}

IfRange parse_if_range_header(std::string_view value) {
    if (value.empty()) return {};
    if (const auto date = parse_date(value)) return {std::nullopt, date};
    return {std::string(unquote_etag(value).tag), std::nullopt};
}

} // namespace csgi
