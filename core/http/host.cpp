// SPDX-License-Identifier: MIT
// Host values by Werkzeug's rules.
#include <csgi/http/host.hpp>

#include <charconv>

#include "core/http/byte_set.hpp"
#include "core/http/text.hpp"

namespace csgi {

namespace {

constexpr csgi_byte_set name_bytes = byte_set(ascii_letters_and_digits, ".-");
constexpr csgi_byte_set address_bytes = byte_set("0123456789abcdefABCDEF:.");

// The host before a port of 1 to 65535 without zeros in front; empty if malformed.
std::string_view without_port(std::string_view text) {
    const std::size_t end = text.starts_with('[') ? text.find(']') : text.find(':');
    std::string_view host = text.substr(0, end), port;
    if (text.starts_with('[')) {
        if (end == text.npos) return {};
        host = text.substr(0, end + 1);
        port = text.substr(end + 1);
        // At least one ":" that has hexadecimal digits alone before it, and something behind.
        const std::string_view address = text.substr(1, end - 1);
        const std::size_t colon = address.find(':');
        if (colon == address.npos || colon + 1 == address.size() || address.find('.') < colon ||
            !all_in(address_bytes, address))
            return {};
    } else {
        if (end != text.npos) port = text.substr(end);
        if (!all_in(name_bytes, host)) return {};
    }
    if (port.empty()) return host;
    const std::string_view digits = port.substr(1);
    if (port[0] != ':' || digits.empty() || digits.size() > 5 || digits[0] == '0' ||
        digits.find_first_not_of("0123456789") != digits.npos)
        return {};
    int number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number <= 65535 ? host : std::string_view();
}

} // namespace

bool host_is_trusted(std::string_view text, std::span<const std::string> trusted) {
    const std::string_view host = without_port(text);
    if (host.empty()) return false;
    if (trusted.empty()) return true;
    for (const std::string &entry : trusted) {
        std::string_view name = entry;
        const bool suffix = name.starts_with('.');
        if (suffix) name.remove_prefix(1);
        name = name.substr(0, name.find(':'));
        if (name == host) return true;
        if (suffix && host.size() > name.size() && host.ends_with(name) &&
            host[host.size() - name.size() - 1] == '.')
            return true;
    }
    return false;
}

std::string get_host(std::string_view scheme, std::optional<std::string_view> host_field,
                     std::optional<std::pair<std::string_view, int>> server) {
    std::string host;
    if (host_field) {
        host = *host_field;
    } else if (server) {
        const std::string name(server->first);
        const bool bare_v6 = name.find(':') != name.npos && name[0] != '[';
        host = (bare_v6 ? "[" + name + "]" : name) + ":" + std::to_string(server->second);
    } else {
        return "";
    }
    const bool plain = scheme == "http" || scheme == "ws";
    const bool secure = scheme == "https" || scheme == "wss";
    if (plain && host.ends_with(":80")) host.resize(host.size() - 3);
    if (secure && host.ends_with(":443")) host.resize(host.size() - 4);
    return host_is_trusted(host) ? host : "";
}

} // namespace csgi
