// SPDX-License-Identifier: MIT
// Tags put around values and taken off again, in the order in which Flask asks for them.
#include <csgi/value/tagged.hpp>

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>

#include <csgi/http/base64.hpp>
#include <csgi/value/object.hpp>

#include "core/http/date.h"
#include "core/http/grammar.h"
#include "core/http/hex.hpp"

namespace csgi {

namespace {

constexpr std::size_t deepest = 1000;
constexpr std::array<std::string_view, 6> flasks_keys = {" di", " t", " b", " m", " u", " d"};

void too_deep(std::size_t depth) {
    if (depth > deepest) throw TypeError("a value of more than 1000 levels");
}

Value wrap(std::string_view tag, Value content) {
    Dict dict;
    dict[tag] = std::move(content);
    return Value(std::move(dict));
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

} // namespace

// In the order in which Flask asks.
enum class Tags::Own : std::uint8_t {
    tagged_dict,
    dict,
    tuple,
    list,
    bytes,
    markup,
    uuid,
    datetime,
};

Tags::Tags() {
    for (int i = 0; i <= static_cast<int>(Own::datetime); ++i)
        order_.push_back({static_cast<Own>(i), nullptr});
}

void Tags::add(Tag tag, bool force, std::optional<std::size_t> index) {
    const auto known = [&tag](std::string_view key) { return key == tag.key; };
    const bool is_taken =
        std::any_of(flasks_keys.begin(), flasks_keys.end(), known) || own(tag.key);
    if (!tag.key.empty() && is_taken && !force)
        throw std::invalid_argument("Tag '" + tag.key + "' is already registered.");
    if (!tag.check || !tag.to_json || (!tag.key.empty() && !tag.to_value))
        throw std::invalid_argument("the tag '" + tag.key +
                                    "' needs check(), to_json() and to_value()");
    const auto shared = std::make_shared<const Tag>(std::move(tag));
    if (!shared->key.empty()) own_.push_back(shared);
    const std::size_t at = std::min(index.value_or(order_.size()), order_.size());
    order_.insert(order_.begin() + static_cast<std::ptrdiff_t>(at), {Own::dict, shared});
}

const Tag *Tags::own(std::string_view key) const {
    for (auto tag = own_.rbegin(); tag != own_.rend(); ++tag)
        if ((*tag)->key == key) return tag->get();
    return nullptr;
}

// Whether a dict has one key, and which tag that is; empty if none.
std::string_view Tags::tag_of(const Dict &dict) const {
    if (dict.size() != 1) return {};
    const Value &key = dict.begin()->key;
    if (!key.is_string()) return {};
    const std::string_view text = key.text();
    const bool is_known =
        std::find(flasks_keys.begin(), flasks_keys.end(), text) != flasks_keys.end() || own(text);
    return is_known ? text : std::string_view();
}

// Whether there is nothing for Flask's tags to do.
bool Tags::is_plain(const Value &value, std::size_t depth) const {
    too_deep(depth);
    switch (value.kind()) {
    case Kind::list:
        return std::all_of(value.as_list().begin(), value.as_list().end(),
                           [this, depth](const Value &item) { return is_plain(item, depth + 1); });
    case Kind::dict:
        return tag_of(value.as_dict()).empty() &&
               std::all_of(value.as_dict().begin(), value.as_dict().end(),
                           [this, depth](const Dict::Entry &entry) {
                               return is_plain(entry.value, depth + 1);
                           });
    case Kind::tuple:
    case Kind::bytes:
    case Kind::uuid:
    case Kind::datetime:
    case Kind::object: return false;
    default: return !value.is_markup();
    }
}

Value Tags::tag_all(const List &list, std::size_t depth) const {
    List out;
    out.reserve(list.size());
    for (const Value &item : list) out.push_back(tag(item, depth + 1));
    return Value(std::move(out));
}

namespace {

bool is_html(const Value &value) {
    return value.is_markup() || (value.is_object() && value.as_object().html());
}

} // namespace

Value Tags::tag(const Value &value, std::size_t depth) const {
    too_deep(depth);
    // Tags of one's own may be about any value.
    if (order_.size() == static_cast<std::size_t>(Own::datetime) + 1 && is_plain(value, depth))
        return value;
    for (const Step &step : order_) {
        if (step.own) {
            if (!step.own->check(value)) continue;
            Value json = step.own->to_json(value);
            return step.own->key.empty() ? json : wrap(step.own->key, std::move(json));
        }
        const Kind kind = value.kind();
        const bool fits = step.flasks == Own::tagged_dict
                              ? kind == Kind::dict && !tag_of(value.as_dict()).empty()
                          : step.flasks == Own::dict   ? kind == Kind::dict
                          : step.flasks == Own::tuple  ? kind == Kind::tuple
                          : step.flasks == Own::list   ? kind == Kind::list
                          : step.flasks == Own::bytes  ? kind == Kind::bytes
                          : step.flasks == Own::markup ? is_html(value)
                          : step.flasks == Own::uuid   ? kind == Kind::uuid
                                                       : kind == Kind::datetime;
        if (fits) return tag_flasks(step.flasks, value, depth);
    }
    return value;
}

Value Tags::tag_flasks(Own kind, const Value &value, std::size_t depth) const {
    switch (kind) {
    case Own::tagged_dict: {
        Dict out;
        const Dict::Entry &only = *value.as_dict().begin();
        out[std::string(only.key.text()) + "__"] = tag(only.value, depth + 1);
        return wrap(" di", Value(std::move(out)));
    }
    case Own::dict: {
        Dict out;
        for (const auto &[key, item] : value.as_dict()) out.set(key, tag(item, depth + 1));
        return Value(std::move(out));
    }
    case Own::tuple: return wrap(" t", tag_all(value.as_list(), depth));
    case Own::list: return tag_all(value.as_list(), depth);
    case Own::bytes: return wrap(" b", Value(base64(value.text())));
    case Own::markup:
        return wrap(" m",
                    value.is_object() ? Value(*value.as_object().html()) : Value(value.text()));
    case Own::uuid: return wrap(" u", Value(hex_of(value.text())));
    case Own::datetime: break;
    }
    char date[CSGI_DATE_LENGTH];
    if (!csgi_date_format(value.as_datetime().seconds, date))
        throw TypeError("a datetime outside the years 0 to 9999 has no tag");
    return wrap(" d", Value(std::string_view(date, sizeof date)));
}

bool Tags::has_tags(const Value &value) const {
    if (value.is_list())
        return std::any_of(value.as_list().begin(), value.as_list().end(),
                           [this](const Value &item) { return has_tags(item); });
    if (!value.is_dict()) return false;
    return !tag_of(value.as_dict()).empty() ||
           std::any_of(value.as_dict().begin(), value.as_dict().end(),
                       [this](const Dict::Entry &entry) { return has_tags(entry.value); });
}

Value Tags::untag(const Value &value) const {
    if (!has_tags(value)) return value;
    if (value.is_list()) {
        List out;
        out.reserve(value.as_list().size());
        for (const Value &item : value.as_list()) out.push_back(untag(item));
        return Value(std::move(out));
    }
    const Dict &dict = value.as_dict();
    const std::string_view key = tag_of(dict);
    if (key.empty()) {
        Dict out;
        for (const auto &[name, item] : dict) out.set(name, untag(item));
        return Value(std::move(out));
    }
    const Value content = untag(dict.begin()->value);
    const Tag *own_tag = own(key);
    if (!own_tag) return untag_one(key, content);
    try {
        return own_tag->to_value(content);
    } catch (const std::bad_alloc &) {
        throw;
    } catch (const std::exception &error) {
        throw std::invalid_argument("malformed value of the tag '" + std::string(key) +
                                    "': " + error.what());
    }
}

Value tag(const Value &value) {
    return Tags().tag(value);
}

Value untag(const Value &value) {
    return Tags().untag(value);
}

} // namespace csgi
