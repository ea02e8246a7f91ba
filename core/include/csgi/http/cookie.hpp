// SPDX-License-Identifier: MIT
// Cookies: those a client sends, and those it is asked to keep.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <csgi/http/query.hpp>

namespace csgi {

// Takes the next cookie off the front of a Cookie field's value and gives its name and raw value,
// which may be in quotes: decode_cookie() takes those off. What is malformed is passed over up to
// the next ";", as Werkzeug does. False when none is left. [any thread]
bool next_cookie(std::string_view &rest, std::string_view &name, std::string_view &raw);

// The first cookie of a name without parsing the rest into a list; raw, as above.
std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name);

// A raw value without quotes and backslashes: \ooo is a byte, \x is x, and what is then not UTF-8
// becomes U+FFFD. A value without quotes is returned as it is.
std::string decode_cookie(std::string_view raw);

// All cookies, in order, decoded. The result refers to `header`.
MultiDict parse_cookies(std::string_view header);

// A cookie to be set: Werkzeug's dump_cookie(). Texts are borrowed until it is written.
struct Cookie {
    std::string_view name; // a token (RFC 6265 4.1.1), or UTF-8 beyond ASCII
    std::string_view value;
    std::optional<std::int64_t> max_age;        // seconds; adds no Expires by itself
    std::optional<std::int64_t> expires;        // seconds since 1970
    std::string_view expires_text;              // instead, as it shall be written
    std::optional<std::string_view> path = "/"; // percent-encoded where needed
    std::string_view domain;                    // a port and leading dots are cut off; ASCII
    bool secure = false;
    bool http_only = false;
    std::string_view same_site; // "Strict", "Lax" or "None" in any case; empty: not written
    bool partitioned = false;   // makes it secure
};

// Appends the value of a Set-Cookie field. A value that RFC 6265 does not allow is put in quotes,
// with \ooo for its bytes. Throws std::invalid_argument, naming what is wrong: a name, SameSite,
// domain or date that no cookie has. [any thread]
void append_cookie(std::string &out, const Cookie &cookie);

// The size above which browsers drop cookies silently.
inline constexpr std::size_t cookie_size_limit = 4093;

} // namespace csgi
