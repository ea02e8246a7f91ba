// SPDX-License-Identifier: MIT
// Tags put around values and taken off again, in the order in which Flask asks for them.
#include <csgi/value/tagged.hpp>

#include <algorithm>
#include <array>

#include <csgi/http/base64.hpp>
#include <csgi/value/object.hpp>

#include "core/http/date.h"
#include "core/http/grammar.h"
#include "core/http/hex.hpp"

namespace csgi {

namespace {

constexpr std::size_t deepest = 1000;
constexpr std::array<std::string_view, 6> tags = {" di", " t", " b", " m", " u", " d"};

// Whether a dict has one key, and which tag that is; empty if none.
std::string_view tag_of(const Dict &dict) {
    if (dict.size() != 1) return {};
    const Value &key = dict.begin()->key;
    const bool known =
        key.is_string() && std::find(tags.begin(), tags.end(), key.text()) != tags.end();
    return known ? key.text() : std::string_view();
}

void too_deep(std::size_t depth) {
    if (depth > deepest) throw TypeError("a value of more than 1000 levels");
}

bool is_plain(const Value &value, std::size_t depth) {
    too_deep(depth);
    switch (value.kind()) {
    case Kind::list:
        return std::all_of(value.as_list().begin(), value.as_list().end(),
                           [depth](const Value &item) { return is_plain(item, depth + 1); });
    case Kind::dict:
        return tag_of(value.as_dict()).empty() &&
               std::all_of(
                   value.as_dict().begin(), value.as_dict().end(),
                   [depth](const Dict::Entry &entry) { return is_plain(entry.value, depth + 1); });
    case Kind::tuple:
    case Kind::bytes:
    case Kind::uuid:
    case Kind::datetime:
    case Kind::object: return false;
    default: return !value.is_markup();
    }
}

Value wrap(const char *tag, Value content) {
    Dict dict;
    dict[tag] = std::move(content);
    return Value(std::move(dict));
}

Value tag_all(const List &list) {
    List out;
    out.reserve(list.size());
    for (const Value &item : list) out.push_back(tag(item));
    return Value(std::move(out));
}

[[noreturn]] void malformed(std::string_view tag) {
    throw std::invalid_argument("malformed value of the tag '" + std::string(tag) + "'");
}

std::string bytes_of_hex(std::string_view tag, std::string_view text) {
    // As Python's UUID(): with or without hyphens and the like.
    std::string digits;
    for (const char c : text)
        if (c != '-' && c != '{' && c != '}') digits += c;
    if (digits.size() != 32) malformed(tag);
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const int high = csgi_hex_value(digits[i]), low = csgi_hex_value(digits[i + 1]);
        if (high < 0 || low < 0) malformed(tag);
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

// What a tag stands for; `content` has none left inside.
Value untag_one(std::string_view tag, const Value &content) {
    if (tag == " di") {
        if (!content.is_dict() || content.as_dict().size() != 1) malformed(tag);
        const auto &[key, value] = *content.as_dict().begin();
        if (!key.is_string() || key.text().size() < 2) malformed(tag);
        Dict dict;
        dict[key.text().substr(0, key.text().size() - 2)] = value;
        return Value(std::move(dict));
    }
    if (tag == " t") {
        if (!content.is_list()) malformed(tag);
        return Value::tuple(content.as_list());
    }
    if (!content.is_string()) malformed(tag);
    const std::string_view text = content.text();
    if (tag == " b") {
        const auto bytes = decode_base64(text);
        if (!bytes) malformed(tag);
        return Value::bytes(*bytes);
    }
    if (tag == " m") return Value::markup(text);
    if (tag == " u") return Value::uuid(bytes_of_hex(tag, text));
    // Flask writes the one form with four digits, so no year is needed to place two.
    std::int64_t seconds = 0;
    if (!csgi_date_parse(text.data(), text.size(), 2000, &seconds)) return Value();
    return Value(DateTime{seconds, 0});
}

bool has_tags(const Value &value) {
    if (value.is_list())
        return std::any_of(value.as_list().begin(), value.as_list().end(), has_tags);
    if (!value.is_dict()) return false;
    return !tag_of(value.as_dict()).empty() ||
           std::any_of(value.as_dict().begin(), value.as_dict().end(),
                       [](const Dict::Entry &entry) { return has_tags(entry.value); });
}

} // namespace

Value tag(const Value &value) {
    if (is_plain(value, 0)) return value;
    switch (value.kind()) {
    case Kind::dict: {
        Dict out;
        const std::string_view own_tag = tag_of(value.as_dict());
        if (!own_tag.empty()) {
            out[std::string(own_tag) + "__"] = tag(value.as_dict().begin()->value);
            return wrap(" di", Value(std::move(out)));
        }
        for (const auto &[key, item] : value.as_dict()) out.set(key, tag(item));
        return Value(std::move(out));
    }
    case Kind::tuple: return wrap(" t", tag_all(value.as_list()));
    case Kind::list: return tag_all(value.as_list());
    case Kind::bytes: return wrap(" b", Value(base64(value.text())));
    case Kind::string: return wrap(" m", Value(value.text()));
    case Kind::uuid: return wrap(" u", Value(hex_of(value.text())));
    case Kind::datetime: {
        char date[CSGI_DATE_LENGTH];
        if (!csgi_date_format(value.as_datetime().seconds, date))
            throw TypeError("a datetime outside the years 0 to 9999 has no tag");
        return wrap(" d", Value(std::string_view(date, sizeof date)));
    }
    case Kind::object:
        if (const auto html = value.as_object().html()) return wrap(" m", Value(*html));
        return value;
    default: return value;
    }
}

Value untag(const Value &value) {
    if (!has_tags(value)) return value;
    if (value.is_list()) {
        List out;
        out.reserve(value.as_list().size());
        for (const Value &item : value.as_list()) out.push_back(untag(item));
        return Value(std::move(out));
    }
    const Dict &dict = value.as_dict();
    const std::string_view own_tag = tag_of(dict);
    if (!own_tag.empty()) return untag_one(own_tag, untag(dict.begin()->value));
    Dict out;
    for (const auto &[key, item] : dict) out.set(key, untag(item));
    return Value(std::move(out));
}

} // namespace csgi
