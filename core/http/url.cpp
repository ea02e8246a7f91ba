// SPDX-License-Identifier: MIT
// Percent-encoding with the sets that WHATWG's URL standard gives each place, as Werkzeug uses it.
#include <csgi/http/url.hpp>

#include "core/http/byte_set.hpp"
#include "core/http/percent.h"
#include "core/http/utf8.hpp"

namespace csgi {

namespace {

constexpr csgi_byte_set safe_path = unreserved_and("!$&'()*+,/:;=@");
constexpr csgi_byte_set safe_segment = unreserved_and("!$&'()*+,:;=@");
constexpr csgi_byte_set safe_query = unreserved_and("!$'()*,/:;?@");
constexpr csgi_byte_set safe_fragment = unreserved_and("!$&'()*+,/:;=?@");

const csgi_byte_set &safe_in(Place place) {
    switch (place) {
    case Place::path: return safe_path;
    case Place::segment: return safe_segment;
    case Place::query: return safe_query;
    case Place::fragment: break;
    }
    return safe_fragment;
}

void append_requoted(std::string &out, std::string_view text) {
    while (!text.empty()) {
        const Utf8Step step = utf8_step(text);
        for (std::size_t i = 0; i < step.length; ++i) {
            if (step.valid) {
                out += text[i];
            } else {
                const auto byte = static_cast<unsigned char>(text[i]);
                out += '%';
                out += "0123456789ABCDEF"[byte >> 4];
                out += "0123456789ABCDEF"[byte & 15];
            }
        }
        text.remove_prefix(step.length);
    }
}

} // namespace

void append_unquoted(std::string &out, std::string_view text, bool plus_is_space, BadBytes bad) {
    const std::size_t start = out.size();
    bool ascii = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '+' && plus_is_space) c = ' ';
        if (c == '%' && text.size() - i > 2) {
            const int high = csgi_hex_value(text[i + 1]), low = csgi_hex_value(text[i + 2]);
            if (high >= 0 && low >= 0) {
                c = static_cast<char>(high * 16 + low);
                i += 2;
            }
        }
        ascii = ascii && static_cast<unsigned char>(c) < 0x80;
        out += c;
    }
    if (ascii || bad == BadBytes::keep) return;
    const std::string_view decoded = std::string_view(out).substr(start);
    if (is_utf8(decoded)) return;
    std::string mended;
    if (bad == BadBytes::requote)
        append_requoted(mended, decoded);
    else
        append_replaced(mended, decoded);
    out.replace(start, out.npos, mended);
}

std::string unquote(std::string_view text, bool plus_is_space, BadBytes bad) {
    std::string out;
    out.reserve(text.size());
    append_unquoted(out, text, plus_is_space, bad);
    return out;
}

void append_quoted(std::string &out, std::string_view text, Place place) {
    const csgi_byte_set &safe = safe_in(place);
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && csgi_byte_set_has(&safe, text[plain])) ++plain;
        out.append(text, 0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        if (text.front() == ' ' && place == Place::query) {
            out += '+';
        } else {
            char escape[3];
            csgi_percent_encode(text.data(), 1, &safe, escape, sizeof escape);
            out.append(escape, sizeof escape);
        }
        text.remove_prefix(1);
    }
}

std::string quote(std::string_view text, Place place) {
    std::string out;
    append_quoted(out, text, place);
    return out;
}

} // namespace csgi
