// SPDX-License-Identifier: MIT
// URLs in their parts, and between the form that people read and the one that HTTP sends.
#include <csgi/http/url.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "core/http/byte_set.hpp"
#include "core/http/percent.h"
#include "core/http/punycode.hpp"
#include "core/http/text.hpp"
#include "core/http/utf8.hpp"

namespace csgi {

namespace {

constexpr csgi_byte_set safe_path = unreserved_and("%!$&'()*+,/:;=@");
constexpr csgi_byte_set safe_query = unreserved_and("%!$&'()*+,/:;=?@");
constexpr csgi_byte_set safe_fragment = unreserved_and("%!#$&'()*+,/:;=?@");
constexpr csgi_byte_set safe_user = unreserved_and("%!$&'()*+,;=");
constexpr csgi_byte_set scheme_bytes = byte_set(ascii_letters_and_digits, "+-.");

[[noreturn]] void refuse(const char *what, std::string_view url) {
    throw std::invalid_argument(std::string(what) + ": '" + std::string(url.substr(0, 80)) + "'");
}

// Schemes whose URLs have "//" even without a host: Python's list.
bool has_netloc(std::string_view scheme) {
    for (const char *name :
         {"ftp",     "http",  "gopher", "nntp",         "telnet", "imap",     "wais",
          "file",    "mms",   "https",  "shttp",        "snews",  "prospero", "rtsp",
          "rtspu",   "rsync", "svn",    "svn+ssh",      "sftp",   "nfs",      "git",
          "git+ssh", "ws",    "wss",    "itms-services"})
        if (scheme == name) return true;
    return false;
}

struct Netloc {
    std::optional<std::string_view> user, password;
    std::string host; // in lower case, without brackets
    std::optional<int> port;
};

Netloc split_netloc(std::string_view netloc) {
    Netloc parts;
    const std::size_t at = netloc.rfind('@');
    if (at != netloc.npos) {
        const std::string_view info = netloc.substr(0, at);
        const std::size_t colon = info.find(':');
        parts.user = info.substr(0, colon);
        if (colon != info.npos) parts.password = info.substr(colon + 1);
        netloc.remove_prefix(at + 1);
    }
    std::string_view port;
    const std::size_t open = netloc.find('[');
    if (open != netloc.npos) {
        const std::string_view bracketed = netloc.substr(open + 1);
        const std::size_t close = std::min(bracketed.find(']'), bracketed.size());
        parts.host = lower(bracketed.substr(0, close));
        const std::string_view behind = bracketed.substr(std::min(close + 1, bracketed.size()));
        if (behind.find(':') != behind.npos) port = behind.substr(behind.find(':') + 1);
    } else {
        const std::size_t colon = netloc.find(':');
        parts.host = lower(netloc.substr(0, colon));
        if (colon != netloc.npos) port = netloc.substr(colon + 1);
    }
    if (!port.empty()) {
        const bool digits = port.find_first_not_of("0123456789") == port.npos;
        const auto number = digits ? whole_number(port) : std::nullopt;
        if (!number || *number > 65535) refuse("a port is a number up to 65535", port);
        parts.port = static_cast<int>(*number);
    }
    return parts;
}

std::string encode(std::string_view text, const csgi_byte_set &safe) {
    std::string out(text.size() * 3, '\0');
    out.resize(csgi_percent_encode(text.data(), text.size(), &safe, out.data(), out.size()));
    return out;
}

// Undoes escapes but those of controls, space, "%" and `kept`, and of what is not UTF-8.
std::string decode(std::string_view text, std::string_view kept) {
    const auto stays = [kept](unsigned char byte) {
        return byte <= 0x20 || byte == '%' || byte == 0x7f ||
               kept.find(static_cast<char>(byte)) != kept.npos;
    };
    std::string out, run; // run: escaped bytes in a row
    const auto flush = [&] {
        std::string_view bytes = run;
        while (!bytes.empty()) {
            const Utf8Step step = utf8_step(bytes);
            const std::string_view piece = bytes.substr(0, step.length);
            if (step.valid)
                out += piece;
            else
                out += encode(piece, byte_set(""));
            bytes.remove_prefix(step.length);
        }
        run.clear();
    };
    for (std::size_t i = 0; i < text.size();) {
        const int high = text.size() - i > 2 && text[i] == '%' ? csgi_hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? csgi_hex_value(text[i + 2]) : -1;
        const int byte = low >= 0 ? high * 16 + low : -1;
        if (byte >= 0 && !stays(static_cast<unsigned char>(byte))) {
            run += static_cast<char>(byte);
            i += 3;
            continue;
        }
        flush();
        const std::size_t length = byte >= 0 ? 3 : 1;
        out += text.substr(i, length);
        i += length;
    }
    flush();
    return out;
}

} // namespace

SplitUrl split_url(std::string_view url) {
    // As browsers do: no controls or spaces in front, no tabs and newlines anywhere.
    while (!url.empty() && static_cast<unsigned char>(url.front()) <= 0x20) url.remove_prefix(1);
    std::string clean(url);
    std::erase_if(clean, [](char c) { return c == '\t' || c == '\r' || c == '\n'; });
    std::string_view rest = clean;
    SplitUrl parts;
    const std::size_t colon = rest.find(':');
    if (colon != rest.npos && colon > 0 && lower(rest[0]) >= 'a' && lower(rest[0]) <= 'z' &&
        all_in(scheme_bytes, rest.substr(0, colon))) {
        parts.scheme = lower(rest.substr(0, colon));
        rest.remove_prefix(colon + 1);
    }
    if (rest.starts_with("//")) {
        rest.remove_prefix(2);
        parts.netloc = rest.substr(0, rest.find_first_of("/?#"));
        rest.remove_prefix(parts.netloc.size());
        const bool open = parts.netloc.find('[') != std::string::npos;
        if (open != (parts.netloc.find(']') != std::string::npos))
            refuse("brackets that do not match in a URL's host", parts.netloc);
    }
    if (const std::size_t hash = rest.find('#'); hash != rest.npos) {
        parts.fragment = rest.substr(hash + 1);
        rest = rest.substr(0, hash);
    }
    if (const std::size_t mark = rest.find('?'); mark != rest.npos) {
        parts.query = rest.substr(mark + 1);
        rest = rest.substr(0, mark);
    }
    parts.path = rest;
    return parts;
}

std::string join_url(const SplitUrl &parts) {
    std::string out = parts.path;
    if (!parts.netloc.empty() || (has_netloc(parts.scheme) && !out.starts_with("//"))) {
        if (!out.empty() && out[0] != '/') out.insert(0, "/");
        out = "//" + parts.netloc + out;
    }
    if (!parts.scheme.empty()) out = parts.scheme + ":" + out;
    if (!parts.query.empty()) out += "?" + parts.query;
    if (!parts.fragment.empty()) out += "#" + parts.fragment;
    return out;
}

namespace {

template <class Host, class Part>
void map_netloc(SplitUrl &parts, Host map_host, Part map_part) {
    const Netloc netloc = split_netloc(parts.netloc);
    std::string out = netloc.host.empty() ? "" : map_host(netloc.host);
    if (out.find(':') != out.npos) out = "[" + out + "]";
    if (netloc.port) out += ":" + std::to_string(*netloc.port);
    if (netloc.user) {
        std::string info = map_part(*netloc.user);
        if (netloc.password) info += ":" + map_part(*netloc.password);
        out = info + "@" + out;
    }
    parts.netloc = out;
}

} // namespace

std::string iri_to_uri(std::string_view iri) {
    SplitUrl parts = split_url(iri);
    parts.path = encode(parts.path, safe_path);
    parts.query = encode(parts.query, safe_query);
    parts.fragment = encode(parts.fragment, safe_fragment);
    map_netloc(
        parts,
        [](const std::string &host) {
            const auto ascii = host_to_ascii(host);
            if (!ascii) refuse("a host name that IDNA refuses", host);
            return *ascii;
        },
        [](std::string_view part) { return encode(part, safe_user); });
    return join_url(parts);
}

std::string uri_to_iri(std::string_view uri) {
    SplitUrl parts = split_url(uri);
    parts.path = decode(parts.path, "/?#");
    parts.query = decode(parts.query, "&=+#");
    parts.fragment = decode(parts.fragment, "");
    map_netloc(
        parts, [](const std::string &host) { return host_to_unicode(host); },
        [](std::string_view part) { return decode(part, ":@/?#"); });
    return join_url(parts);
}

} // namespace csgi
