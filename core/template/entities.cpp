// SPDX-License-Identifier: MIT
// The names of HTML's characters stand in entities.def.
#include "core/template/entities.hpp"

#include <algorithm>
#include <iterator>

#include "core/http/utf8.hpp"
#include "core/template/unicode.hpp"

namespace csgi::jinja {

namespace {

struct Entity {
    std::string_view name, text;
};

constexpr Entity entities[] = {
#define CSGI_ENTITY(name, text) {name, text},
#include "core/template/entities.def"
#undef CSGI_ENTITY
};

// The longest name, "CounterClockwiseContourIntegral;".
constexpr std::size_t longest_name = 32;

const Entity *find_entity(std::string_view name) {
    const Entity *found =
        std::lower_bound(std::begin(entities), std::end(entities), name,
                         [](const Entity &e, std::string_view wanted) { return e.name < wanted; });
    return found != std::end(entities) && found->name == name ? found : nullptr;
}

// What numbers from 0x80 to 0x9f mean in old pages: HTML, numeric character reference end state.
constexpr char32_t windows_1252[] = {
    0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};

void append_number(std::string &out, char32_t number) {
    if (number == 0 || (number >= 0xd800 && number <= 0xdfff) || number > 0x10ffff) {
        append_utf8(out, 0xfffd);
        return;
    }
    if (number == 0x0d) {
        out += '\r';
        return;
    }
    if (number >= 0x80 && number <= 0x9f) {
        append_utf8(out, windows_1252[number - 0x80]);
        return;
    }
    // What no page may hold is left out.
    const bool control =
        number <= 0x08 || number == 0x0b || (number >= 0x0e && number <= 0x1f) || number == 0x7f;
    const bool no_character = (number >= 0xfdd0 && number <= 0xfdef) || (number & 0xfffe) == 0xfffe;
    if (!control && !no_character) append_utf8(out, number);
}

// After "&#". How many bytes it takes; 0: it is none.
std::size_t number_reference(std::string &out, std::string_view text) {
    const bool hexadecimal = text.starts_with('x') || text.starts_with('X');
    std::size_t at = hexadecimal;
    char32_t number = 0;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        const char lower = static_cast<char>(c | 0x20);
        const bool decimal = c >= '0' && c <= '9';
        if (!decimal && !(hexadecimal && lower >= 'a' && lower <= 'f')) break;
        const auto digit = static_cast<char32_t>(decimal ? c - '0' : lower - 'a' + 10);
        if (number <= 0x10ffff) number = number * (hexadecimal ? 16 : 10) + digit;
    }
    if (at == static_cast<std::size_t>(hexadecimal)) return 0;
    append_number(out, number);
    return at + text.substr(at).starts_with(';');
}

// After "&": what might be a name, with its semicolon.
std::string_view name_at(std::string_view text) {
    std::size_t size = 0;
    while (size < text.size() && size < longest_name &&
           std::string_view("\t\n\f <&#;").find(text[size]) == std::string_view::npos)
        ++size;
    return text.substr(0, size + (size && text.substr(size).starts_with(';')));
}

} // namespace

std::string unescape_html(std::string_view html) {
    std::string out;
    out.reserve(html.size());
    for (;;) {
        const std::size_t at = html.find('&');
        out += html.substr(0, at);
        if (at == html.npos) return out;
        html.remove_prefix(at + 1);
        if (html.starts_with('#')) {
            const std::size_t used = number_reference(out, html.substr(1));
            if (!used) {
                out += '&';
                continue;
            }
            html.remove_prefix(1 + used);
            continue;
        }
        const std::string_view name = name_at(html);
        const Entity *found = find_entity(name);
        // Old names are known without what follows them.
        std::size_t used = name.size();
        while (!found && used > 2) found = find_entity(name.substr(0, --used));
        if (!found) {
            out += '&';
            continue;
        }
        out += found->text;
        html.remove_prefix(used);
    }
}

std::string strip_tags(std::string_view html) {
    std::string text;
    std::size_t from = 0;
    for (std::size_t start; (start = html.find('<', from)) != html.npos;) {
        const bool comment = html.substr(start).starts_with("<!--");
        const std::size_t end = comment ? html.find("-->", start + 4) : html.find('>', start);
        if (end == html.npos) break;
        text += html.substr(from, start - from);
        from = end + (comment ? 3 : 1);
    }
    text += html.substr(from);
    std::string collapsed;
    for (std::string_view rest = strip(text, Edge::left); !rest.empty();) {
        std::string_view word = rest;
        while (!word.empty() && !is_white(first_character(word))) take_character(word);
        if (!collapsed.empty()) collapsed += ' ';
        collapsed += rest.substr(0, rest.size() - word.size());
        rest = strip(word, Edge::left);
    }
    return unescape_html(collapsed);
}

} // namespace csgi::jinja
