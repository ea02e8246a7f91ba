// SPDX-License-Identifier: MIT
// Schemes with a token or with parameters behind them, as Werkzeug tells them apart.
#include <csgi/http/authorization.hpp>

#include <csgi/http/base64.hpp>

#include "core/http/text.hpp"
#include "core/http/utf8.hpp"

namespace csgi {

namespace {

std::optional<Authorization> parse(std::string_view value, bool basic) {
    if (value.empty()) return std::nullopt;
    const std::size_t space = value.find(' ');
    Authorization out{lower(value.substr(0, space)), std::nullopt, {}};
    const std::string_view rest = space == value.npos ? "" : strip(value.substr(space + 1));
    if (basic && out.type == "basic") {
        // Of base64 the plain alphabet alone, with at least its padding.
        const std::size_t end = rest.find_last_not_of('=') + 1; // npos + 1 is 0
        const std::size_t padding = rest.size() - end, missing = (4 - end % 4) % 4;
        const auto text = decode_base64(rest);
        if (!text || padding > 2 || padding < missing || rest.find_first_of("-_") != rest.npos ||
            !is_utf8(*text))
            return std::nullopt;
        const std::size_t colon = text->find(':');
        out.parameters.emplace_back("username", text->substr(0, colon));
        out.parameters.emplace_back("password", colon == text->npos ? "" : text->substr(colon + 1));
        return out;
    }
    const std::size_t last = rest.find_last_not_of('=');
    if (last != rest.npos && rest.substr(0, last + 1).find('=') != rest.npos)
        out.parameters = parse_dict_header(rest);
    else
        out.token = rest;
    return out;
}

// Python's title(): a capital after each byte that is no letter.
std::string title(std::string_view text) {
    std::string out(text);
    bool start = true;
    for (char &c : out) {
        const bool letter = lower(c) >= 'a' && lower(c) <= 'z';
        if (letter && start) c = static_cast<char>(lower(c) - 32);
        start = !letter;
    }
    return out;
}

bool always_quoted(std::string_view key) {
    for (const char *name : {"realm", "domain", "nonce", "opaque", "qop"})
        if (key == name) return true;
    return false;
}

} // namespace

std::optional<std::string_view> Authorization::get(std::string_view key) const {
    const std::optional<std::string> *value = find_in(parameters, key);
    if (!value || !*value) return std::nullopt;
    return **value;
}

std::optional<Authorization> parse_authorization(std::string_view value) {
    return parse(value, true);
}

std::optional<Authorization> parse_www_authenticate(std::string_view value) {
    return parse(value, false);
}

std::string dump_www_authenticate(const Authorization &challenge) {
    const std::string type = title(challenge.type);
    if (challenge.token) return type + " " + *challenge.token;
    if (challenge.parameters.empty()) return type;
    if (challenge.type != "digest") return type + " " + dump_dict_header(challenge.parameters);
    std::string out;
    for (const auto &[key, value] : challenge.parameters) {
        out += out.empty() ? "Digest " : ", ";
        out += key;
        out += '=';
        append_header_value(out, value.value_or("None"), !always_quoted(key));
    }
    return out;
}

} // namespace csgi
