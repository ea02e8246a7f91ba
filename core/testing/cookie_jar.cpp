// SPDX-License-Identifier: MIT
// Cookies in and out. RFC 6265, 5.
#include "core/testing/cookie_jar.hpp"

#include <algorithm>
#include <ctime>

#include <csgi/http/date.hpp>

#include "core/http/text.hpp"

namespace csgi {

namespace {

bool matches_domain(std::string_view host, std::string_view domain, bool origin_only) {
    if (host == domain) return true;
    return !origin_only && host.size() > domain.size() && host.ends_with(domain) &&
           host[host.size() - domain.size() - 1] == '.';
}

bool matches_path(std::string_view asked, std::string_view path) {
    if (asked == path || path == "/") return true;
    return asked.starts_with(path) && (path.ends_with('/') || asked[path.size()] == '/');
}

} // namespace

void CookieJar::set(std::string_view name, std::string_view value, std::string_view domain,
                    std::string_view path, bool origin_only) {
    for (Kept &kept : all_) {
        if (kept.name != name || kept.domain != domain || kept.path != path) continue;
        kept.value = value;
        kept.origin_only = origin_only;
        return;
    }
    all_.push_back({std::string(name), std::string(value), std::string(domain), std::string(path),
                    origin_only});
}

std::optional<std::string> CookieJar::get(std::string_view name, std::string_view domain,
                                          std::string_view path) const {
    for (const Kept &kept : all_)
        if (kept.name == name && kept.domain == domain && kept.path == path) return kept.value;
    return std::nullopt;
}

void CookieJar::remove(std::string_view name, std::string_view domain, std::string_view path) {
    std::erase_if(all_, [&](const Kept &kept) {
        return kept.name == name && kept.domain == domain && kept.path == path;
    });
}

void CookieJar::take(std::string_view field, std::string_view host, std::string_view request_path) {
    const std::size_t first = field.find(';');
    const std::string_view pair = field.substr(0, first);
    const std::size_t equals = pair.find('=');
    if (equals == pair.npos) return;
    const std::string_view name = strip(pair.substr(0, equals));
    const std::string_view value = strip(pair.substr(equals + 1));
    std::string domain(host), path(request_path.substr(0, request_path.rfind('/')));
    if (path.empty()) path = "/";
    bool origin_only = true;
    std::optional<std::int64_t> max_age, expires;
    std::string_view rest = first == field.npos ? "" : field.substr(first + 1);
    while (!rest.empty()) {
        const std::size_t end = rest.find(';');
        const std::string_view item = rest.substr(0, end);
        rest = end == rest.npos ? "" : rest.substr(end + 1);
        const std::size_t mark = item.find('=');
        const std::string key = lower(strip(item.substr(0, mark)));
        std::string_view text = mark == item.npos ? "" : strip(item.substr(mark + 1));
        if (key == "max-age") {
            max_age = text.starts_with('-') || text == "0" ? 0 : 1;
        } else if (key == "expires") {
            expires = parse_date(text);
        } else if (key == "path" && text.starts_with('/')) {
            path = text;
        } else if (key == "domain" && !text.empty()) {
            if (text[0] == '.') text.remove_prefix(1);
            domain = lower(text);
            origin_only = false;
        }
    }
    if (!matches_domain(host, domain, origin_only)) return; // not its to set
    const bool is_over = max_age ? *max_age <= 0 : expires && *expires <= std::time(nullptr);
    if (is_over)
        remove(name, domain, path);
    else
        set(name, value, domain, path, origin_only);
}

std::string CookieJar::field(std::string_view host, std::string_view path) const {
    std::string out;
    for (const Kept &kept : all_) {
        if (!matches_domain(host, kept.domain, kept.origin_only) || !matches_path(path, kept.path))
            continue;
        out += (out.empty() ? "" : "; ") + kept.name + "=" + kept.value;
    }
    return out;
}

} // namespace csgi
