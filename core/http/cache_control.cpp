// SPDX-License-Identifier: MIT
// Cache-Control as directives with names.
#include <csgi/http/cache_control.hpp>

#include <charconv>

#include <csgi/http/field_value.hpp>

#include "core/http/text.hpp"

namespace csgi {

namespace {

struct Flag {
    std::string_view name;
    bool CacheControl::*member;
};
constexpr Flag flags[] = {
    {"no-store", &CacheControl::no_store},
    {"no-transform", &CacheControl::no_transform},
    {"public", &CacheControl::is_public},
    {"must-revalidate", &CacheControl::must_revalidate},
    {"proxy-revalidate", &CacheControl::proxy_revalidate},
    {"must-understand", &CacheControl::must_understand},
    {"immutable", &CacheControl::immutable},
    {"only-if-cached", &CacheControl::only_if_cached},
};

struct Seconds {
    std::string_view name;
    std::optional<std::int64_t> CacheControl::*member;
};
constexpr Seconds seconds[] = {
    {"max-age", &CacheControl::max_age},
    {"s-maxage", &CacheControl::s_maxage},
    {"stale-while-revalidate", &CacheControl::stale_while_revalidate},
    {"stale-if-error", &CacheControl::stale_if_error},
    {"max-stale", &CacheControl::max_stale},
    {"min-fresh", &CacheControl::min_fresh},
};

struct Names {
    std::string_view name;
    std::optional<std::string> CacheControl::*member;
};
constexpr Names names[] = {
    {"no-cache", &CacheControl::no_cache},
    {"private", &CacheControl::is_private},
};

std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t number = 0;
    const char *end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end) return std::nullopt;
    return number;
}

bool take(CacheControl &into, std::string_view name, const std::optional<std::string> &value) {
    for (const Flag &flag : flags)
        if (flag.name == name) return into.*flag.member = true;
    for (const Names &item : names)
        if (item.name == name) {
            into.*item.member = value.value_or("");
            return true;
        }
    for (const Seconds &item : seconds)
        if (item.name == name) {
            into.*item.member = value                 ? number_of(*value)
                                : name == "max-stale" ? std::optional<std::int64_t>(INT64_MAX)
                                                      : std::nullopt;
            return true;
        }
    return false;
}

} // namespace

std::string CacheControl::to_header() const {
    HeaderDict items;
    for (const Names &item : names)
        if (const auto &value = this->*item.member)
            items.emplace_back(item.name,
                               value->empty() ? std::nullopt : std::optional<std::string>(*value));
    for (const Flag &flag : flags)
        if (this->*flag.member) items.emplace_back(flag.name, std::nullopt);
    for (const Seconds &item : seconds)
        if (const auto &value = this->*item.member) {
            const bool is_any = item.name == "max-stale" && *value == INT64_MAX;
            items.emplace_back(item.name, is_any
                                              ? std::nullopt
                                              : std::optional<std::string>(std::to_string(*value)));
        }
    for (const auto &other : others) items.push_back(other);
    return dump_dict_header(items);
}

CacheControl parse_cache_control(std::string_view value) {
    CacheControl out;
    for (auto &[key, text] : parse_dict_header(value)) {
        std::string name = lower(key);
        if (!take(out, name, text)) out.others.emplace_back(std::move(name), std::move(text));
    }
    return out;
}

} // namespace csgi
