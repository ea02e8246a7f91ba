// SPDX-License-Identifier: MIT
// Fields of a request as what they mean.
#include <csgi/app/request.hpp>

#include <csgi/http/date.hpp>
#include <csgi/http/field_value.hpp>

namespace csgi {

std::vector<std::pair<std::string, std::string>> Request::mimetype_params() const {
    return parse_options_header(content_type()).options;
}

std::optional<std::int64_t> Request::date() const {
    return parse_date(header("date", ""));
}

std::optional<int> Request::max_forwards() const {
    return header_as<int>("max-forwards");
}

CacheControl Request::cache_control() const {
    return parse_cache_control(header("cache-control", ""));
}

Accept Request::accept_mimetypes() const {
    return Accept(header("accept", ""), AcceptKind::mime);
}
Accept Request::accept_encodings() const {
    return Accept(header("accept-encoding", ""), AcceptKind::plain);
}
Accept Request::accept_languages() const {
    return Accept(header("accept-language", ""), AcceptKind::language);
}
Accept Request::accept_charsets() const {
    return Accept(header("accept-charset", ""), AcceptKind::charset);
}

std::optional<Authorization> Request::authorization() const {
    return parse_authorization(header("authorization", ""));
}

Etags Request::if_match() const {
    return parse_etags(header("if-match", ""));
}
Etags Request::if_none_match() const {
    return parse_etags(header("if-none-match", ""));
}
std::optional<std::int64_t> Request::if_modified_since() const {
    return parse_date(header("if-modified-since", ""));
}
std::optional<std::int64_t> Request::if_unmodified_since() const {
    return parse_date(header("if-unmodified-since", ""));
}
IfRange Request::if_range() const {
    return parse_if_range_header(header("if-range", ""));
}
std::optional<Range> Request::range() const {
    return parse_range_header(header("range", ""));
}

std::vector<std::string> Request::access_route() const {
    const std::optional<std::string_view> forwarded = header("x-forwarded-for");
    if (forwarded) return parse_list_header(*forwarded);
    if (remote_addr().empty()) return {};
    return {std::string(remote_addr())};
}

std::vector<std::string_view> Request::values(std::string_view name) const {
    std::vector<std::string_view> all = args().get_all(name);
    if (method() == "GET" || method() == "HEAD") return all;
    for (const std::string_view value : form().get_all(name)) all.push_back(value);
    return all;
}

std::optional<std::string_view> Request::value(std::string_view name) const {
    const std::vector<std::string_view> all = values(name);
    if (all.empty()) return std::nullopt;
    return all.front();
}

} // namespace csgi
