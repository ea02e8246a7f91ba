// SPDX-License-Identifier: MIT
// Lists and options inside the values of fields, taken apart as Werkzeug does.
#include <csgi/http/field_value.hpp>

#include <algorithm>

#include <csgi/http/url.hpp>

#include "core/http/byte_set.hpp"
#include "core/http/text.hpp"
#include "core/http/utf8.hpp"

namespace csgi {

namespace {

constexpr csgi_byte_set token_bytes = byte_set(ascii_letters_and_digits, "!#$%&'*+-.^_`|~");
// Of a charset or language before a "'", which therefore is none of theirs.
constexpr csgi_byte_set mark_bytes = byte_set(ascii_letters_and_digits, "!#$%&*+-.^_`|~");

// More parameters than any field has. Each key is looked for among those before it.
constexpr std::size_t parameters_most = 64;

std::size_t run_of(const csgi_byte_set &set, std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && csgi_byte_set_has(&set, text[end])) ++end;
    return end - at;
}

// charset'language'encoded, all of the text.
bool split_charset(std::string_view text, std::string &charset, std::string_view &encoded) {
    const std::size_t first = run_of(mark_bytes, text, 0);
    if (first >= text.size() || text[first] != '\'') return false;
    const std::size_t second = first + 1 + run_of(mark_bytes, text, first + 1);
    if (second >= text.size() || text[second] != '\'') return false;
    const std::size_t rest = run_of(token_bytes, text, second + 1);
    if (rest == 0 || second + 1 + rest != text.size()) return false;
    charset = lower(text.substr(0, first));
    encoded = text.substr(second + 1);
    return true;
}

// Decodes in one of the few charsets that are taken; anything else stays encoded.
std::string decode_charset(std::string_view text, std::string_view charset) {
    const bool ascii = charset == "ascii" || charset == "us-ascii";
    if (charset == "utf-8") return unquote(text, false, BadBytes::replace);
    if (!ascii && charset != "iso-8859-1") return std::string(text);
    std::string out;
    for (const char byte : unquote(text)) {
        const auto code = static_cast<unsigned char>(byte);
        append_utf8(out, ascii && code >= 0x80 ? char32_t{0xfffd} : char32_t{code});
    }
    return out;
}

template <class Pairs, class Mapped>
void assign(Pairs &pairs, const std::string &key, Mapped value) {
    for (auto &pair : pairs)
        if (pair.first == key) {
            pair.second = std::move(value);
            return;
        }
    if (pairs.size() < parameters_most) pairs.emplace_back(key, std::move(value));
}

} // namespace

void append_header_value(std::string &out, std::string_view value, bool bare_token) {
    if (bare_token && !value.empty() && all_in(token_bytes, value)) {
        out += value;
        return;
    }
    out += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

std::string quote_header_value(std::string_view value, bool bare_token) {
    std::string out;
    append_header_value(out, value, bare_token);
    return out;
}

std::string unquote_header_value(std::string_view value) {
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
    value = value.substr(1, value.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '\\' && i + 1 < value.size() && value[i + 1] != '\n') ++i;
        out += value[i];
    }
    return out;
}

std::vector<std::string> parse_list_header(std::string_view value) {
    std::vector<std::string> items;
    bool quoted = false;
    std::size_t start = 0;
    const auto take = [&](std::size_t end) {
        const std::string_view item = strip(value.substr(start, end - start));
        if (!item.empty()) items.push_back(unquote_header_value(item));
        start = end + 1;
    };
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '"') quoted = !quoted;
        if (quoted && value[i] == '\\') ++i;
        if (!quoted && value[i] == ',') take(i);
    }
    if (quoted) return {};
    take(value.size());
    return items;
}

std::string dump_list_header(const std::vector<std::string> &items) {
    std::string out;
    for (const std::string &item : items) {
        if (&item != &items.front()) out += ", ";
        append_header_value(out, item);
    }
    return out;
}

HeaderDict parse_dict_header(std::string_view value) {
    HeaderDict dict;
    for (const std::string &item : parse_list_header(value)) {
        const std::size_t equals = item.find('=');
        std::string key(strip(std::string_view(item).substr(0, equals)));
        if (key.empty()) continue;
        if (equals == item.npos) {
            assign(dict, key, std::optional<std::string>());
            continue;
        }
        std::string_view text = strip(std::string_view(item).substr(equals + 1));
        std::string decoded(text);
        if (key.back() == '*') {
            key.pop_back();
            std::string charset;
            std::string_view encoded = text;
            if (split_charset(text, charset, encoded)) decoded = decode_charset(encoded, charset);
        }
        assign(dict, key, std::optional<std::string>(unquote_header_value(decoded)));
    }
    return dict;
}

std::string dump_dict_header(const HeaderDict &items) {
    std::string out;
    for (const auto &[key, value] : items) {
        if (!out.empty()) out += ", ";
        out += key;
        if (!value) continue;
        out += '=';
        if (key.ends_with('*'))
            out += *value;
        else
            append_header_value(out, *value);
    }
    return out;
}

const std::optional<std::string> *find_in(const HeaderDict &items, std::string_view key) {
    for (const auto &[name, value] : items)
        if (name == key) return &value;
    return nullptr;
}

std::optional<std::string_view> OptionsHeader::get(std::string_view key) const {
    for (const auto &[name, option] : options)
        if (name == key) return option;
    return std::nullopt;
}

namespace {

// The key=value parts that are well formed, values as they stand.
std::vector<std::pair<std::string, std::string_view>> option_parts(std::string_view rest) {
    std::vector<std::pair<std::string, std::string_view>> parts;
    std::size_t at = 0;
    while (at < rest.size() && parts.size() < parameters_most) {
        const std::size_t key = run_of(token_bytes, rest, at);
        if (key != 0 && at + key < rest.size() && rest[at + key] == '=') {
            const std::string name = lower(rest.substr(at, key));
            at += key + 1;
            if (const std::size_t token = run_of(token_bytes, rest, at)) {
                parts.emplace_back(name, rest.substr(at, token));
            } else if (at < rest.size() && rest[at] == '"') {
                std::size_t end = at + 1;
                while (end < rest.size() && rest[end] != '"') {
                    const bool escape = rest[end] == '\\' && end + 1 < rest.size() &&
                                        (rest[end + 1] == '\\' || rest[end + 1] == '"');
                    end += escape ? 2 : 1;
                }
                if (end >= rest.size()) break; // it does not end, and neither does anything else
                parts.emplace_back(name, rest.substr(at, end + 1 - at));
                at = end + 1;
            }
        }
        at = rest.find(';', at);
        if (at == rest.npos) break;
        ++at;
        while (at < rest.size() && (rest[at] == ' ' || rest[at] == '\t')) ++at;
    }
    return parts;
}

// Cuts the marks off a key: name*0* is part 0 of name, with a charset.
void cut_marks(std::string &key, bool &continued, bool &charset) {
    std::string_view rest = key;
    charset = rest.ends_with('*');
    if (charset) rest.remove_suffix(1);
    std::size_t digits = rest.size();
    while (digits > 0 && rest[digits - 1] >= '0' && rest[digits - 1] <= '9') --digits;
    continued = digits < rest.size() && digits > 0 && rest[digits - 1] == '*';
    if (continued) rest = rest.substr(0, digits - 1);
    key.resize(rest.size());
}

} // namespace

OptionsHeader parse_options_header(std::string_view value) {
    OptionsHeader header;
    const std::size_t semicolon = value.find(';');
    header.value = strip(value.substr(0, semicolon));
    if (semicolon == value.npos || header.value.empty()) return header;

    struct Continuation {
        std::string text, charset;
    };
    std::vector<std::pair<std::string, Continuation>> continuations;
    auto &options = header.options;
    for (auto &part : option_parts(strip(value.substr(semicolon + 1)))) {
        std::string &key = part.first;
        const std::string_view raw = part.second;
        bool continued = false, has_charset = false;
        cut_marks(key, continued, has_charset);
        const auto named = [&key](const auto &pair) { return pair.first == key; };
        auto before = std::find_if(continuations.begin(), continuations.end(), named);
        std::string text, charset;
        if (has_charset) {
            std::string_view encoded = raw;
            split_charset(raw, charset, encoded);
            // Later parts need no mark of their own.
            if (charset.empty() && continued && before != continuations.end())
                charset = before->second.charset;
            text = decode_charset(encoded, charset);
        } else {
            text = unquote_header_value(raw);
            for (std::size_t at = 0; (at = text.find("%22", at)) != text.npos; ++at)
                text.replace(at, 3, "\"");
        }
        if (!continued) {
            if (before != continuations.end()) continuations.erase(before);
            assign(options, key, std::move(text));
            continue;
        }
        options.erase(std::remove_if(options.begin(), options.end(), named), options.end());
        if (before == continuations.end()) before = continuations.insert(before, {key, {}});
        before->second.text += text;

        if (!charset.empty()) before->second.charset = charset;
    }
    for (auto &[name, whole] : continuations) assign(options, name, std::move(whole.text));
    return header;
}

std::string dump_options_header(std::optional<std::string_view> value,
                                const std::vector<std::pair<std::string, std::string>> &options) {
    std::string out(value.value_or(""));
    for (const auto &[key, option] : options) {
        if (value || !out.empty()) out += "; ";
        out += key;
        out += '=';
        if (key.ends_with('*'))
            out += option;
        else
            append_header_value(out, option);
    }
    return out;
}

std::vector<std::pair<std::string, std::string>> parse_csp_header(std::string_view value) {
    std::vector<std::pair<std::string, std::string>> directives;
    for (;;) {
        const std::size_t semicolon = value.find(';');
        const std::string_view policy = strip(value.substr(0, semicolon));
        const std::size_t space = policy.find(' ');
        if (space != policy.npos)
            assign(directives, std::string(strip(policy.substr(0, space))),
                   std::string(strip(policy.substr(space + 1))));
        if (semicolon == value.npos) return directives;
        value.remove_prefix(semicolon + 1);
    }
}

} // namespace csgi
