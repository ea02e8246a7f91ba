// SPDX-License-Identifier: MIT
// The Cookie field as Werkzeug reads it, and Set-Cookie as it writes it. RFC 6265 with habits.
#include <csgi/http/cookie.hpp>

#include <algorithm>
#include <stdexcept>

#include "core/http/byte_set.hpp"
#include "core/http/date.h"
#include "core/http/percent.h"
#include "core/http/utf8.hpp"

namespace csgi {

namespace {

constexpr csgi_byte_set safe_path = unreserved_and("%!$&'()*+,/:=@");
// What a value may hold without being put in quotes.
constexpr csgi_byte_set plain_value =
    byte_set(ascii_letters_and_digits, "_!#$%&'()*+-./:<=>?@[]^`{|}~");

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    while (at < text.size() && is_blank(text[at])) ++at;
    return at;
}

// The end of a quoted string that starts at `at`, or 0 if it has none.
std::size_t quoted_end(std::string_view text, std::size_t at) {
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (text[i] == '"') return i + 1;
        if (text[i] == '\\' && (++i == text.size() || text[i] == '\n')) return 0;
    }
    return 0;
}

// One cookie that ends with ";" or the text; the position behind it, or 0 if there is none.
std::size_t match(std::string_view text, std::string_view &name, std::string_view &raw) {
    const std::size_t start = skip_blanks(text, 0);
    std::size_t at = start;
    while (at < text.size() && !is_blank(text[at]) && text[at] != '=' && text[at] != '"' &&
           text[at] != ';')
        ++at;
    if (at == start) return 0;
    name = text.substr(start, at - start);
    raw = {};
    at = skip_blanks(text, at);
    if (at < text.size() && text[at] == '=') {
        at = skip_blanks(text, at + 1);
        const std::size_t value = at;
        if (at < text.size() && text[at] == '"') {
            at = quoted_end(text, at);
            if (at == 0) return 0;
        } else {
            while (at < text.size() && !is_blank(text[at]) && text[at] != '"' && text[at] != ';')
                ++at;
        }
        raw = text.substr(value, at - value);
        at = skip_blanks(text, at);
    }
    if (at < text.size() && text[at] != ';') return 0;
    return at + 1;
}

bool is_quoted(std::string_view raw) {
    return raw.size() >= 2 && raw.front() == '"' && raw.back() == '"';
}

bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

} // namespace

bool next_cookie(std::string_view &rest, std::string_view &name, std::string_view &raw) {
    while (!rest.empty()) {
        const std::size_t end = match(rest, name, raw);
        if (end != 0) {
            rest.remove_prefix(std::min(end, rest.size()));
            return true;
        }
        const std::size_t semicolon = rest.find(';');
        rest.remove_prefix(semicolon == rest.npos ? rest.size() : semicolon + 1);
    }
    return false;
}

std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name) {
    std::string_view found, raw;
    while (next_cookie(header, found, raw))
        if (found == name) return raw;
    return std::nullopt;
}

std::string decode_cookie(std::string_view raw) {
    if (!is_quoted(raw)) return std::string(raw);
    raw = raw.substr(1, raw.size() - 2);
    std::string bytes;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '\\' || i + 1 == raw.size()) {
            bytes += raw[i];
        } else if (raw.size() - i > 3 && raw[i + 1] <= '3' && is_octal(raw[i + 1]) &&
                   is_octal(raw[i + 2]) && is_octal(raw[i + 3])) {
            bytes += static_cast<char>((raw[i + 1] - '0') * 64 + (raw[i + 2] - '0') * 8 +
                                       (raw[i + 3] - '0'));
            i += 3;
        } else {
            bytes += raw[++i];
        }
    }
    if (is_utf8(bytes)) return bytes;
    std::string mended;
    append_replaced(mended, bytes);
    return mended;
}

MultiDict parse_cookies(std::string_view header) {
    MultiDict cookies;
    std::string_view name, raw;
    while (next_cookie(header, name, raw)) {
        if (is_quoted(raw))
            cookies.add_view(name, cookies.keep(decode_cookie(raw)));
        else
            cookies.add_view(name, raw);
    }
    return cookies;
}

namespace {

void append_value(std::string &out, std::string_view value) {
    if (all_in(plain_value, value)) {
        out += value;
        return;
    }
    out += '"';
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte >= 0x7f || c == ',' || c == ';') {
            out += '\\';
            out += static_cast<char>('0' + (byte >> 6));
            out += static_cast<char>('0' + (byte >> 3 & 7));
            out += static_cast<char>('0' + (byte & 7));
        } else {
            out += c;
        }
    }
    out += '"';
}

[[noreturn]] void refuse(std::string_view what, std::string_view value) {
    throw std::invalid_argument(std::string(what) + ": '" + std::string(value.substr(0, 80)) + "'");
}

void append_domain(std::string &out, std::string_view domain) {
    domain = domain.substr(0, domain.find(':'));
    domain.remove_prefix(std::min(domain.find_first_not_of('.'), domain.size()));
    for (const char c : domain)
        if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f ||
            c == ';' || c == ',')
            refuse("a cookie's domain is a host name in ASCII", domain);
    out += "; Domain=";
    out += domain;
}

std::string_view same_site_word(std::string_view text) {
    for (const char *word : {"strict", "lax", "none"})
        if (csgi_is_word(text.data(), text.size(), word))
            return word[0] == 's' ? "Strict" : word[0] == 'l' ? "Lax" : "None";
    refuse("a cookie's SameSite is Strict, Lax or None", text);
}

} // namespace

void append_cookie(std::string &out, const Cookie &cookie) {
    std::string ascii_name(cookie.name);
    // Clients take UTF-8 in a name, which RFC 6265 does not.
    std::erase_if(ascii_name, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    if (cookie.name.empty() ||
        (!ascii_name.empty() && !csgi_is_token(ascii_name.data(), ascii_name.size())))
        refuse("a cookie's name is a token", cookie.name);
    out += cookie.name;
    out += '=';
    append_value(out, cookie.value);
    if (!cookie.domain.empty()) append_domain(out, cookie.domain);
    if (!cookie.expires_text.empty()) {
        if (!csgi_is_field_value(cookie.expires_text.data(), cookie.expires_text.size()) ||
            cookie.expires_text.find(';') != std::string_view::npos)
            refuse("a cookie's Expires is a date", cookie.expires_text);
        out += "; Expires=";
        out += cookie.expires_text;
    } else if (cookie.expires) {
        char date[CSGI_DATE_LENGTH];
        if (!csgi_date_format(*cookie.expires, date))
            refuse("a cookie's Expires has no date", std::to_string(*cookie.expires));
        out += "; Expires=";
        out.append(date, sizeof date);
    }
    if (cookie.max_age) out += "; Max-Age=" + std::to_string(*cookie.max_age);
    if (cookie.secure || cookie.partitioned) out += "; Secure";
    if (cookie.http_only) out += "; HttpOnly";
    if (cookie.path) {
        out += "; Path=";
        const std::size_t start = out.size();
        out.resize(start + cookie.path->size() * 3);
        out.resize(start + csgi_percent_encode(cookie.path->data(), cookie.path->size(), &safe_path,
                                               out.data() + start, out.size() - start));
    }
    if (!cookie.same_site.empty()) {
        out += "; SameSite=";
        out += same_site_word(cookie.same_site);
    }
    if (cookie.partitioned) out += "; Partitioned";
}

} // namespace csgi
