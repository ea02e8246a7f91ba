// SPDX-License-Identifier: MIT
// urlize: addresses in a text become links.
#include "core/template/filter_tables.hpp"

#include <algorithm>
#include <set>

#include "core/template/python.hpp"
#include "core/template/unicode.hpp"

namespace csgi::jinja {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool starts_with_any_case(std::string_view text, std::string_view start) {
    return text.size() >= start.size() && std::equal(start.begin(), start.end(), text.begin(),
                                                     [](char a, char b) { return a == lower(b); });
}

// One part of a domain between dots: letters of any script, digits, "_", "%" and "-".
bool is_label(std::string_view text, bool hyphen = true) {
    while (!text.empty()) {
        const char32_t c = first_character(take_character(text));
        if (c != '%' && !(hyphen && c == '-') && !is_word(c)) return false;
    }
    return true;
}

bool is_top_level(std::string_view text) {
    if (starts_with_any_case(text, "xn--")) {
        const std::size_t size = count_characters(text.substr(4));
        if (size >= 2 && size <= 59 && is_label(text.substr(4), false)) return true;
    }
    return text.size() >= 2 && text.size() <= 63 &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return lower(c) >= 'a' && lower(c) <= 'z'; });
}

// Before the last label, if any, all are labels of a least size.
bool are_labels(std::string_view text, std::size_t least, std::size_t most) {
    while (!text.empty()) {
        const std::size_t dot = text.find('.');
        const std::string_view label = text.substr(0, dot);
        const std::size_t size = count_characters(label);
        if (size < least || size > most || !is_label(label)) return false;
        text.remove_prefix(dot + 1); // the text ends with a dot
    }
    return true;
}

std::pair<std::string_view, std::string_view> last_label(std::string_view host) {
    const std::size_t dot = host.rfind('.');
    return dot == host.npos ? std::pair(std::string_view(), host)
                            : std::pair(host.substr(0, dot + 1), host.substr(dot + 1));
}

bool is_ipv4(std::string_view host) {
    int parts = 0;
    for (;; ++parts) {
        const std::size_t dot = host.find('.');
        std::string_view part = host.substr(0, dot);
        const std::size_t size = count_characters(part);
        if (size < 1 || size > 3) return false;
        while (!part.empty())
            if (!is_decimal(first_character(take_character(part)))) return false;
        if (dot == host.npos) return parts == 3;
        host.remove_prefix(dot + 1);
    }
}

// What stands in the brackets: two groups with their colons, then up to six pieces.
bool is_ipv6(std::string_view text) {
    std::size_t groups = 0, pieces = 0;
    for (;;) {
        std::size_t size = 0;
        while (size < text.size()) {
            const char c = lower(text[size]);
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) break;
            ++size;
        }
        const bool colon = size < text.size() && text[size] == ':';
        if (size < text.size() && !colon) return false;
        if (groups < 2) {
            if (!colon || size > 4) return false;
            ++groups;
        } else {
            pieces += colon ? std::max<std::size_t>((size + 3) / 4, 1) : (size + 3) / 4;
        }
        text.remove_prefix(size + colon);
        if (!colon) break;
        if (text.empty()) break;
    }
    return groups == 2 && pieces <= 6;
}

// A port, then a path, query or fragment, or nothing.
bool is_rest(std::string_view text) {
    if (text.starts_with(':')) {
        text.remove_prefix(1);
        std::size_t digits = 0;
        while (!text.empty() && is_decimal(first_character(text)) && digits < 5) {
            take_character(text);
            ++digits;
        }
        if (!digits) return false;
    }
    return text.empty() || text.front() == '/' || text.front() == '?' || text.front() == '#';
}

bool is_web_address(std::string_view text) {
    std::string_view rest = text;
    bool scheme = false, www = false;
    for (const std::string_view start : {"https://", "http://"})
        if (!scheme && starts_with_any_case(rest, start)) {
            rest.remove_prefix(start.size());
            scheme = true;
        }
    if (!scheme && starts_with_any_case(rest, "www.")) www = true;
    if (scheme && rest.starts_with('[')) {
        const std::size_t end = rest.find(']');
        return end != rest.npos && is_ipv6(rest.substr(1, end - 1)) &&
               is_rest(rest.substr(end + 1));
    }
    const std::size_t end = std::min(rest.find_first_of(":/?#"), rest.size());
    const std::string_view host = rest.substr(0, end);
    if (!is_rest(rest.substr(end))) return false;
    const auto [labels, last] = last_label(host);
    if (scheme) return (is_top_level(last) && are_labels(labels, 1, SIZE_MAX)) || is_ipv4(host);
    if (www) {
        const auto [before, top] = last_label(host.substr(4));
        if (is_top_level(top) && are_labels(before, 1, SIZE_MAX)) return true;
    }
    std::string known;
    for (const char c : last) known += lower(c);
    for (const std::string_view name : {"com", "net", "int", "edu", "gov", "org", "info", "mil"})
        if (known == name) return !labels.empty() && are_labels(labels, 2, 63);
    return false;
}

bool is_mail_address(std::string_view text) {
    const std::size_t at = text.rfind('@');
    if (at == text.npos || at == 0) return false;
    std::string_view host = text.substr(at + 1);
    const std::size_t dot = host.rfind('.');
    if (dot == host.npos || dot == 0 || dot + 1 == host.size()) return false;
    for (std::string_view last = host.substr(dot + 1); !last.empty();)
        if (!is_word(first_character(take_character(last)))) return false;
    if (!is_word(first_character(host))) return false;
    while (!host.empty()) {
        const char32_t c = first_character(take_character(host));
        if (c != '.' && c != '-' && !is_word(c)) return false;
    }
    return true;
}

std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t n = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++n;
    return n;
}

struct Links {
    std::int64_t limit = -1; // characters of an address that are shown; below 0: all
    // What stands there and is no number: the first link fails.
    State *state = nullptr;
    const Value *no_limit = nullptr;
    std::string attributes; // rel and target
    std::vector<std::string> schemes;

    // A word between white space, escaped already.
    void append(std::string &out, std::string_view word) const {
        std::string_view rest = word;
        while (rest.starts_with('(') || rest.starts_with('<') || rest.starts_with("&lt;"))
            rest.remove_prefix(rest.starts_with('&') ? 4 : 1);
        const std::string_view head = word.substr(0, word.size() - rest.size());
        std::string_view middle = rest;
        for (bool more = true; more && !middle.empty();) {
            if (std::string_view(")>.,").find(middle.back()) != std::string_view::npos)
                middle.remove_suffix(1);
            else if (middle.ends_with("&gt;"))
                middle.remove_suffix(4);
            else
                more = false;
        }
        std::string_view tail = rest.substr(middle.size());
        // Brackets that the address opens are its own.
        constexpr std::string_view brackets[][2] = {{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}};
        for (const auto &[open, close] : brackets) {
            const std::size_t opened = count_of(middle, open);
            if (opened <= count_of(middle, close)) continue;
            for (std::size_t n = std::min(opened, count_of(tail, close)); n > 0; --n) {
                const std::size_t end = tail.find(close) + close.size();
                middle = rest.substr(0, middle.size() + end);
                tail.remove_prefix(end);
            }
        }
        out += head;
        link(out, middle);
        out += tail;
    }

private:
    void link(std::string &out, std::string_view text) const {
        if (is_web_address(text)) {
            const bool whole = text.starts_with("https://") || text.starts_with("http://");
            out.append("<a href=\"").append(whole ? "" : "https://").append(text).append("\"");
            out.append(attributes).append(">");
            if (no_limit) {
                state->check(*no_limit);
                throw TypeError("'>' not supported between instances of 'int' and '" +
                                std::string(no_limit->type_name()) + "'");
            }
            if (limit >= 0 && static_cast<std::int64_t>(count_characters(text)) > limit)
                out.append(text.substr(0, character_offset(text, static_cast<std::size_t>(limit))))
                    .append("...");
            else
                out += text;
            out += "</a>";
        } else if (text.starts_with("mailto:") && is_mail_address(text.substr(7))) {
            out.append("<a href=\"").append(text).append("\">").append(text.substr(7)) += "</a>";
        } else if (text.find('@') != text.npos && !text.starts_with("www.") &&
                   !text.starts_with('@') && text.find(':') == text.npos && is_mail_address(text)) {
            out.append("<a href=\"mailto:").append(text).append("\">").append(text) += "</a>";
        } else {
            for (const std::string &scheme : schemes)
                if (text != scheme && text.starts_with(scheme)) {
                    out.append("<a href=\"").append(text).append("\"").append(attributes);
                    out.append(">").append(text) += "</a>";
                    return;
                }
            out += text;
        }
    }
};

void add_words(std::set<std::string> &words, std::string_view text) {
    for (std::string_view rest = strip(text, Edge::left); !rest.empty();
         rest = strip(rest, Edge::left)) {
        std::string_view after = rest;
        while (!after.empty() && !is_white(first_character(after))) take_character(after);
        words.emplace(rest.substr(0, rest.size() - after.size()));
        rest = after;
    }
}

// Two letters or more, a colon, and up to two slashes.
bool is_scheme(std::string_view text) {
    for (int slashes = 0; slashes < 2 && text.ends_with('/'); ++slashes) text.remove_suffix(1);
    if (!text.ends_with(':')) return false;
    text.remove_suffix(1);
    if (count_characters(text) < 2) return false;
    while (!text.empty()) {
        const char32_t c = first_character(take_character(text));
        if (c != '.' && c != '+' && c != '-' && !is_word(c)) return false;
    }
    return true;
}

Value urlize(State &state, const Arguments &arguments) {
    const Bound<6> given("do_urlize",
                         {"value", "trim_url_limit", "nofollow", "target", "rel", "extra_schemes"},
                         1, arguments);
    const auto text_of = [&](const Value *value) -> std::string {
        if (!value || !state.truthy(*value)) return {};
        if (!value->is_string())
            throw PythonError("AttributeError", "'" + std::string(value->type_name()) +
                                                    "' object has no attribute 'split'");
        return std::string(value->text());
    };
    Links links;
    if (given[1] && !given[1]->is_none()) {
        if (is_integer(*given[1]))
            links.limit = std::max<std::int64_t>(integer_argument(state, given[1], 0), 0);
        else
            links.no_limit = given[1], links.state = &state;
    }
    std::set<std::string> rel;
    add_words(rel, text_of(given[4]));
    if (flag_argument(state, given[2], false)) rel.emplace("nofollow");
    add_words(rel, text_of(state.policy("urlize.rel")));
    if (!rel.empty()) {
        std::string all;
        for (const std::string &word : rel) all += (all.empty() ? "" : " ") + word;
        links.attributes += " rel=\"";
        append_escaped_text(links.attributes, all);
        links.attributes += '"';
    }
    const Value *target = given[3];
    if (!target || target->is_none()) target = state.policy("urlize.target");
    if (target && state.truthy(*target)) {
        links.attributes += " target=\"";
        state.append_escaped(links.attributes, *target);
        links.attributes += '"';
    }
    const Value *schemes = given[5];
    if (!schemes || schemes->is_none()) schemes = state.policy("urlize.extra_schemes");
    if (schemes && state.truthy(*schemes)) {
        Items items(state, *schemes);
        while (const Value *scheme = items.next()) {
            if (!scheme->is_string())
                throw TypeError("expected string or bytes-like object, got '" +
                                std::string(scheme->type_name()) + "'");
            if (!is_scheme(scheme->text()))
                throw FilterArgumentError(state.repr(*scheme) +
                                          " is not a valid URI scheme prefix.");
            links.schemes.emplace_back(scheme->text());
        }
    }
    std::string text, out;
    state.append_escaped(text, *given[0]);
    state.step(text.size());
    for (std::string_view rest = text; !rest.empty();) {
        std::string_view after = rest;
        while (!after.empty() && !is_white(first_character(after))) take_character(after);
        links.append(out, rest.substr(0, rest.size() - after.size()));
        rest = after;
        while (!after.empty() && is_white(first_character(after))) take_character(after);
        out += rest.substr(0, rest.size() - after.size());
        rest = after;
    }
    state.grow(out.size());
    return state.autoescape() ? Value::markup(out) : Value(out);
}

constexpr NamedFilter filters[] = {{"urlize", urlize}};

} // namespace

std::span<const NamedFilter> link_filters() {
    return filters;
}

} // namespace csgi::jinja
