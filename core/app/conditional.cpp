// SPDX-License-Identifier: MIT
// Answers that depend on what their client has already. RFC 9110 13, 14.
#include <csgi/app/request.hpp>
#include <csgi/app/response.hpp>

#include <stdexcept>

#include <csgi/http/date.hpp>
#include <csgi/http/etag.hpp>
#include <csgi/http/range.hpp>

#include "core/crypto/mac.hpp"
#include "core/http/hex.hpp"

namespace csgi {

void Response::set_etag(std::string_view tag, bool weak) {
    headers.set("etag", quote_etag(tag, weak));
}

Etag Response::etag() const {
    return unquote_etag(headers.get("etag", ""));
}

void Response::add_etag(bool overwrite, bool weak) {
    if (!overwrite && headers.contains("etag")) return;
    // Werkzeug would read all of a stream; of a file send_file() has made one.
    if (source_ || file_ || forward_)
        throw std::logic_error("add_etag() needs a body that is there: this one is sent in pieces");
    set_etag(hex_of(digest(Digest::sha1, view_)), weak);
}

void Response::set_last_modified(std::int64_t seconds) {
    headers.set("last-modified", http_date(seconds));
}

void Response::set_expires(std::int64_t seconds) {
    headers.set("expires", http_date(seconds));
}

std::optional<std::int64_t> Response::last_modified() const {
    return parse_date(headers.get("last-modified", ""));
}

std::optional<std::int64_t> Response::expires() const {
    return parse_date(headers.get("expires", ""));
}

void Response::set_cache_control(const CacheControl &control) {
    const std::string value = control.to_header();
    if (value.empty())
        headers.remove("cache-control");
    else
        headers.set("cache-control", value);
}

CacheControl Response::cache_control() const {
    return parse_cache_control(headers.get("cache-control", ""));
}

void Response::keep_range(std::uint64_t start, std::uint64_t length) {
    if (file_) {
        file_->offset += start;
        file_->length = length;
    } else if (is_own_) {
        text_ = text_.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(length));
        view_ = text_;
    } else {
        view_ = view_.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(length));
    }
}

void Response::make_conditional(const Request &request, bool accept_ranges,
                                std::optional<std::int64_t> length) {
    if (request.method() != "GET" && request.method() != "HEAD") return;
    const std::optional<std::string_view> range_field = request.header("range"),
                                          if_range = request.header("if-range");
    const Conditions conditions = {
        request.header("if-match", ""), request.header("if-none-match", ""),
        request.header("if-modified-since", ""), if_range.value_or(""), range_field.value_or("")};
    const Version version = {headers.get("etag", ""), last_modified()};

    if (accept_ranges) headers.set("accept-ranges", "bytes");
    if (accept_ranges && length.value_or(0) > 0 && !source_ && range_field &&
        (!if_range || !is_resource_modified(conditions, version, false))) {
        const std::optional<Range> range = parse_range_header(*range_field);
        const std::optional<ByteRange> part =
            range ? range->for_length(*length) : std::optional<ByteRange>();
        if (!part) {
            RequestedRangeNotSatisfiable error;
            error.headers.emplace_back("content-range", "bytes */" + std::to_string(*length));
            throw error;
        }
        headers.set("content-range", ContentRange{range->units, part, length}.to_header());
        status = 206;
        keep_range(static_cast<std::uint64_t>(part->start),
                   static_cast<std::uint64_t>(part->stop - part->start));
        return;
    }
    if (is_resource_modified(conditions, version)) return;
    set_body_view("");
    if (!parse_etags(conditions.if_match).empty()) {
        status = 412;
        return;
    }
    status = 304;
    // What tells about a body that does not come; Expires and Content-Location may stay.
    for (const std::string_view name :
         {"allow", "content-encoding", "content-language", "content-length", "content-md5",
          "content-range", "content-type", "last-modified"})
        headers.remove(name);
}

} // namespace csgi
