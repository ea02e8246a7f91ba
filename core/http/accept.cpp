// SPDX-License-Identifier: MIT
// Content negotiation: items by specificity and quality, offers by what matches them.
#include <csgi/http/accept.hpp>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <csgi/http/field_value.hpp>

#include "core/http/text.hpp"

namespace csgi {

namespace {

// type, subtype and parameters: split at "/" and at ";" with blanks around it.
std::vector<std::string_view> split_mime(std::string_view text) {
    std::vector<std::string_view> parts;
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '/' && text[i] != ';') continue;
        std::size_t end = i, next = i + 1;
        if (text[i] == ';') {
            while (end > start && (text[end - 1] == ' ' || text[end - 1] == '\t')) --end;
            while (next < text.size() && (text[next] == ' ' || text[next] == '\t')) ++next;
        }
        parts.push_back(text.substr(start, end - start));
        start = next;
        i = next - 1;
    }
    parts.push_back(text.substr(start));
    return parts;
}

std::vector<bool> specificity(AcceptKind kind, std::string_view value) {
    std::vector<bool> out;
    if (kind != AcceptKind::mime) return {value != "*"};
    for (const std::string_view part : split_mime(value)) out.push_back(part != "*");
    return out;
}

bool mime_matches(std::string_view offer, std::string_view item) {
    if (item.find('/') == item.npos) return false;
    const std::string low_offer = lower(offer), low_item = lower(item);
    std::vector<std::string_view> a = split_mime(low_offer), b = split_mime(low_item);
    if (offer.find('/') == offer.npos || (a[0] == "*" && a[1] != "*"))
        throw std::invalid_argument("no media type: '" + std::string(offer.substr(0, 80)) + "'");
    if (b[0] == "*" && b[1] != "*") return false;
    if ((b[0] == "*" && b[1] == "*") || (a[0] == "*" && a[1] == "*")) return true;
    if (a[0] != b[0]) return false;
    if (a[1] == "*" || b[1] == "*") return true;
    std::sort(a.begin() + 2, a.end());
    std::sort(b.begin() + 2, b.end());
    return a == b;
}

bool language_matches(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return lower(x) == lower(y) || ((x == '-' || x == '_') && (y == '-' || y == '_'));
    });
}

std::string_view first_subtag(std::string_view tag) {
    return tag.substr(0, tag.find_first_of("-_"));
}

// The names that browsers and libraries have for the charsets that still occur.
std::string charset_name(std::string_view name) {
    std::string low = lower(name);
    for (char &c : low)
        if (c == '-' || c == ' ') c = '_';
    struct Alias {
        std::string_view alias, name;
    };
    static constexpr Alias aliases[] = {
        {"utf8", "utf_8"},
        {"u8", "utf_8"},
        {"utf", "utf_8"},
        {"utf8_ucs4", "utf_8"},
        {"utf16", "utf_16"},
        {"u16", "utf_16"},
        {"utf32", "utf_32"},
        {"u32", "utf_32"},
        {"us_ascii", "ascii"},
        {"us", "ascii"},
        {"646", "ascii"},
        {"ansi_x3.4_1968", "ascii"},
        {"latin1", "iso_8859_1"},
        {"latin_1", "iso_8859_1"},
        {"latin", "iso_8859_1"},
        {"l1", "iso_8859_1"},
        {"iso8859_1", "iso_8859_1"},
        {"iso8859", "iso_8859_1"},
        {"8859", "iso_8859_1"},
        {"cp819", "iso_8859_1"},
        {"ibm819", "iso_8859_1"},
        {"latin2", "iso_8859_2"},
        {"l2", "iso_8859_2"},
        {"iso8859_2", "iso_8859_2"},
        {"latin9", "iso_8859_15"},
        {"l9", "iso_8859_15"},
        {"iso8859_15", "iso_8859_15"},
        {"cyrillic", "iso_8859_5"},
        {"iso8859_5", "iso_8859_5"},
        {"windows_1250", "cp1250"},
        {"1250", "cp1250"},
        {"windows_1251", "cp1251"},
        {"1251", "cp1251"},
        {"windows_1252", "cp1252"},
        {"1252", "cp1252"},
        {"shiftjis", "shift_jis"},
        {"sjis", "shift_jis"},
        {"s_jis", "shift_jis"},
        {"eucjp", "euc_jp"},
        {"ujis", "euc_jp"},
        {"u_jis", "euc_jp"},
        {"euckr", "euc_kr"},
        {"936", "gbk"},
        {"cp936", "gbk"},
        {"ms936", "gbk"},
        {"chinese", "gb2312"},
        {"euccn", "gb2312"},
        {"euc_cn", "gb2312"},
        {"big5_tw", "big5"},
        {"csbig5", "big5"},
    };
    for (const Alias &alias : aliases)
        if (alias.alias == low) return std::string(alias.name);
    return low;
}

// A number from 0 to 1 with digits before and, if there is a point, behind it.
bool read_quality(std::string_view text, double &quality) {
    text = strip(text);
    const std::string_view digits = text.substr(text.starts_with('-'));
    const std::size_t point = digits.find('.');
    const std::string_view whole = digits.substr(0, point);
    const std::string_view part = point == digits.npos ? "0" : digits.substr(point + 1);
    for (const std::string_view run : {whole, part})
        if (run.empty() || run.find_first_not_of("0123456789") != run.npos) return false;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), quality);
    return read.ec == std::errc() && quality >= 0 && quality <= 1;
}

} // namespace

Accept::Accept(std::string_view value, AcceptKind kind) : kind_(kind) {
    for (const std::string &text : parse_list_header(value)) {
        OptionsHeader header = parse_options_header(text);
        double quality = 1;
        const auto q = std::find_if(header.options.begin(), header.options.end(),
                                    [](const auto &option) { return option.first == "q"; });
        if (q != header.options.end()) {
            if (!read_quality(q->second, quality)) continue;
            header.options.erase(q);
        }
        items_.push_back({dump_options_header(header.value, header.options), quality});
    }
    sort();
}

void Accept::sort() {
    std::stable_sort(items_.begin(), items_.end(), [this](const Item &a, const Item &b) {
        const auto left = specificity(kind_, a.value), right = specificity(kind_, b.value);
        return left != right ? left > right : a.quality > b.quality;
    });
}

bool Accept::matches(std::string_view offer, std::string_view item) const {
    if (kind_ == AcceptKind::mime) return mime_matches(offer, item);
    if (item == "*") return true;
    switch (kind_) {
    case AcceptKind::language: return language_matches(offer, item);
    case AcceptKind::charset: return charset_name(offer) == charset_name(item);
    default: return same_word(offer, item);
    }
}

const Accept::Item *Accept::find(std::string_view offer) const {
    for (const Item &item : items_)
        if (matches(offer, item.value)) return &item;
    return nullptr;
}

double Accept::quality(std::string_view offer) const {
    const Item *item = find(offer);
    return item ? item->quality : 0;
}

bool Accept::contains(std::string_view offer) const {
    return find(offer) != nullptr;
}

const std::string_view *Accept::best(std::span<const std::string_view> offers) const {
    const std::string_view *result = nullptr;
    double best_quality = -1;
    std::vector<bool> best_specificity;
    for (const std::string_view &offer : offers) {
        const Item *item = find(offer);
        if (!item || item->quality <= 0 || item->quality < best_quality) continue;
        auto specific = specificity(kind_, item->value);
        if (item->quality > best_quality || specific > best_specificity) {
            result = &offer;
            best_quality = item->quality;
            best_specificity = std::move(specific);
        }
    }
    return result;
}

std::string_view Accept::best_match(std::span<const std::string_view> offers,
                                    std::string_view fallback) const {
    if (const std::string_view *offer = best(offers)) return *offer;
    if (kind_ != AcceptKind::language) return fallback;
    // By the first subtag of what is accepted, then of what is offered.
    Accept primary(AcceptKind::plain);
    for (const Item &item : items_)
        primary.items_.push_back({std::string(first_subtag(item.value)), item.quality});
    primary.sort();
    if (const std::string_view *offer = primary.best(offers)) return *offer;
    std::vector<std::string_view> tags;
    for (const std::string_view offer : offers) tags.push_back(first_subtag(offer));
    if (const std::string_view *tag = best(tags))
        for (const std::string_view &offer : offers)
            if (offer.starts_with(*tag)) return offer;
    return fallback;
}

} // namespace csgi
