// SPDX-License-Identifier: MIT
// Entity-tags compared with Werkzeug's patience.
#include <csgi/http/etag.hpp>

#include <algorithm>
#include <stdexcept>

#include <csgi/http/date.hpp>
#include <csgi/http/range.hpp>

#include "core/http/text.hpp"

namespace csgi {

std::string quote_etag(std::string_view tag, bool weak) {
    if (tag.find('"') != tag.npos)
        throw std::invalid_argument("an entity-tag holds no quote: '" +
                                    std::string(tag.substr(0, 80)) + "'");
    return std::string(weak ? "W/\"" : "\"") + std::string(tag) + "\"";
}

Etag unquote_etag(std::string_view value) {
    Etag etag{value, false};
    if (value.starts_with("W/") || value.starts_with("w/")) {
        etag.weak = true;
        etag.tag.remove_prefix(2);
    }
    // A single quote is both, and leaves nothing.
    if (etag.tag.starts_with('"') && etag.tag.ends_with('"'))
        etag.tag =
            etag.tag.size() == 1 ? std::string_view() : etag.tag.substr(1, etag.tag.size() - 2);
    return etag;
}

bool Etags::contains(std::string_view tag) const {
    return star || std::find(strong.begin(), strong.end(), tag) != strong.end();
}

bool Etags::contains_weak(std::string_view tag) const {
    return contains(tag) || std::find(weak.begin(), weak.end(), tag) != weak.end();
}

namespace {

// One tag with blanks around it up to a comma or the end; the position behind it, 0 if none.
std::size_t match_etag(std::string_view text, Etag &etag) {
    std::size_t at = std::min(text.find_first_not_of(" \t"), text.size());
    const std::size_t start = at;
    etag.weak =
        text.size() - at >= 2 && (text[at] == 'W' || text[at] == 'w') && text[at + 1] == '/';
    if (etag.weak) at += 2;
    if (at < text.size() && text[at] == '"') {
        const std::size_t end = text.find('"', at + 1);
        if (end == text.npos) return 0;
        etag.tag = text.substr(at + 1, end - at - 1);
        at = end + 1;
    } else {
        std::size_t end = std::min(text.find_first_of("\" \t,", at), text.size());
        // "W/" alone is a tag without quotes.
        if (end == at && etag.weak) {
            etag.weak = false;
            at = start;
        }
        if (end == at) return 0;
        etag.tag = text.substr(at, end - at);
        at = end;
    }
    at = std::min(text.find_first_not_of(" \t", at), text.size());
    if (at < text.size() && text[at] != ',') return 0;
    return at + 1;
}

} // namespace

Etags parse_etags(std::string_view value) {
    Etags etags;
    if (value == "*") {
        etags.star = true;
        return etags;
    }
    while (!value.empty()) {
        Etag etag;
        std::size_t end = match_etag(value, etag);
        if (end != 0)
            (etag.weak ? etags.weak : etags.strong).push_back(etag.tag);
        else
            end = std::min(value.find(','), value.size()) + 1;
        value.remove_prefix(std::min(end, value.size()));
    }
    return etags;
}

bool is_resource_modified(const Conditions &conditions, const Version &version,
                          bool ignore_if_range) {
    IfRange if_range;
    if (!ignore_if_range && !conditions.range.empty())
        if_range = parse_if_range_header(conditions.if_range);
    bool unmodified = false;
    const auto since = if_range.date ? if_range.date : parse_date(conditions.if_modified_since);
    if (since && version.last_modified && *version.last_modified <= *since) unmodified = true;
    if (version.etag.empty()) return !unmodified;
    const std::string_view tag = unquote_etag(version.etag).tag;
    if (if_range.etag) {
        unmodified = *if_range.etag == tag;
    } else {
        const Etags none_match = parse_etags(conditions.if_none_match);
        if (!none_match.empty()) unmodified = none_match.contains_weak(tag);
        const Etags match = parse_etags(conditions.if_match);
        if (!match.empty())
            unmodified =
                std::find(match.strong.begin(), match.strong.end(), tag) == match.strong.end();
    }
    return !unmodified;
}

} // namespace csgi
