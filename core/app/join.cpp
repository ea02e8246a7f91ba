// SPDX-License-Identifier: MIT
// RFC 3986, 5.2.
#include "core/app/join.hpp"

#include <vector>

namespace csgi {

namespace {

bool has_scheme(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == text.npos || colon == 0) return false;
    for (std::size_t i = 0; i < colon; ++i) {
        const char c = text[i];
        const bool is_alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool is_more = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
        if (!is_alpha && (i == 0 || !is_more)) return false;
    }
    return true;
}

std::string without_dots(std::string_view path) {
    std::vector<std::string_view> kept;
    bool is_folder = false;
    while (true) {
        const std::size_t slash = path.find('/');
        const std::string_view segment = path.substr(0, slash);
        is_folder = segment == "." || segment == "..";
        if (segment == "..") {
            if (kept.size() > 1) kept.pop_back();
        } else if (segment != ".") {
            kept.push_back(segment);
        }
        if (slash == path.npos) break;
        path.remove_prefix(slash + 1);
    }
    std::string out;
    for (std::size_t i = 0; i < kept.size(); ++i) {
        if (i) out += '/';
        out += kept[i];
    }
    if (is_folder || out.empty()) out += '/';
    return out;
}

} // namespace

std::string join_url(std::string_view base, std::string_view reference) {
    if (reference.empty()) return std::string(base);
    if (has_scheme(reference)) return std::string(reference);
    const std::size_t colon = base.find(':');
    if (reference.starts_with("//"))
        return std::string(base.substr(0, colon + 1)) + std::string(reference);
    const std::size_t slash = base.find('/', colon + 3);
    const std::string_view origin = base.substr(0, slash);
    std::string_view path = slash == base.npos ? "/" : base.substr(slash);
    path = path.substr(0, path.find_first_of("?#"));
    const std::size_t end = reference.find_first_of("?#");
    const std::string_view tail = end == reference.npos ? "" : reference.substr(end);
    const std::string_view target = reference.substr(0, end);
    std::string whole;
    if (target.empty())
        whole = path;
    else if (target[0] == '/')
        whole = without_dots(target);
    else
        whole =
            without_dots(std::string(path.substr(0, path.rfind('/') + 1)) + std::string(target));
    return std::string(origin) + whole + std::string(tail);
}

} // namespace csgi
