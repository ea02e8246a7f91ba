// SPDX-License-Identifier: MIT
// What the values of fields are made of: lists, sets of key=value, and a value with options.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace csgi {

// All of this reads as leniently and writes as exactly as Werkzeug, but passes over what stands
// behind 64 parameters of one value. [any thread]

// In quotes, with \" and \\, unless it is a token (RFC 9110 5.6.2) and may stand bare.
void append_header_value(std::string &out, std::string_view value, bool bare_token = true);
std::string quote_header_value(std::string_view value, bool bare_token = true);
// Without the quotes, if it has both, and their backslashes.
std::string unquote_header_value(std::string_view value);

// Comma-separated items (RFC 9110 5.6.1); quotes around a whole item are taken off, empty items
// left out. A quoted string that does not end makes the whole list empty.
std::vector<std::string> parse_list_header(std::string_view value);
std::string dump_list_header(const std::vector<std::string> &items);

// key=value items in order; a key alone has no value. Of equal keys the last value counts.
using HeaderDict = std::vector<std::pair<std::string, std::optional<std::string>>>;
// Reads key*=charset''value (RFC 2231 4) for UTF-8, ISO-8859-1 and ASCII.
HeaderDict parse_dict_header(std::string_view value);
std::string dump_dict_header(const HeaderDict &items);
// NULL when there is no such key.
const std::optional<std::string> *find_in(const HeaderDict &items, std::string_view key);

// A value with options: text/html; charset=utf-8
struct OptionsHeader {
    std::string value;
    // In order, keys in lower case.
    std::vector<std::pair<std::string, std::string>> options;

    std::optional<std::string_view> get(std::string_view key) const;
    std::string_view get(std::string_view key, std::string_view fallback) const {
        return get(key).value_or(fallback);
    }
};
// Passes over malformed options; joins continuations and decodes charsets (RFC 2231 3, 4); %22 and
// \" are both a quote.
OptionsHeader parse_options_header(std::string_view value);
// A key that ends in "*" is written without quotes: its value is encoded already. Without a value
// the options stand alone.
std::string dump_options_header(std::optional<std::string_view> value,
                                const std::vector<std::pair<std::string, std::string>> &options);

// The directives of a Content-Security-Policy, in order.
std::vector<std::pair<std::string, std::string>> parse_csp_header(std::string_view value);

} // namespace csgi
