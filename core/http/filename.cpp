// SPDX-License-Identifier: MIT
// Names of files as Werkzeug treats them.
#include <csgi/http/filename.hpp>

#include <vector>

#include <csgi/http/field_value.hpp>

#include "core/http/byte_set.hpp"
#include "core/http/decompose.hpp"
#include "core/http/text.hpp"

namespace csgi {

namespace {

constexpr csgi_byte_set kept = byte_set(ascii_letters_and_digits, "_.-");

// posixpath.normpath(): without "//", "/./" and what ".." takes back; "." for nothing.
std::string normal_path(std::string_view path) {
    std::vector<std::string_view> parts;
    const bool absolute = path.starts_with('/');
    // POSIX leaves the meaning of two slashes at the front to the system, so they stay.
    const bool two = path.starts_with("//") && !path.starts_with("///");
    while (!path.empty()) {
        const std::string_view part = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), part.size() + 1));
        if (part.empty() || part == ".") continue;
        if (part != ".." || (!absolute && parts.empty()) ||
            (!parts.empty() && parts.back() == ".."))
            parts.push_back(part);
        else if (!parts.empty())
            parts.pop_back();
    }
    std::string out = absolute ? (two ? "//" : "/") : "";
    for (const std::string_view &part : parts) {
        if (&part != &parts.front()) out += '/';
        out += part;
    }
    return out.empty() ? "." : out;
}

} // namespace

std::string secure_filename(std::string_view filename) {
    std::string out;
    bool gap = false;
    for (const char c : decompose(filename)) {
        if (static_cast<unsigned char>(c) >= 0x80) continue;
        // As Python's split(): the blanks of ASCII, four separators among them.
        const bool blank =
            c == '/' || c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
        if (blank) {
            gap = !out.empty();
            continue;
        }
        if (gap) out += '_';
        gap = false;
        out += c;
    }
    std::erase_if(out, [](char c) { return !csgi_byte_set_has(&kept, c); });
    return std::string(strip(out, "._"));
}

std::optional<std::string> safe_join(std::string_view base, std::span<const std::string> parts) {
    std::string out(base.empty() ? "." : base);
    for (const std::string &part : parts) {
        if (part.empty()) continue;
        // No path has a NUL, and what the system would read stops there.
        if (part.find('\0') != part.npos) return std::nullopt;
        const std::string normal = normal_path(part);
        if (normal.starts_with('/') || normal == ".." || normal.starts_with("../"))
            return std::nullopt;
        if (!out.ends_with('/')) out += '/';
        out += normal;
    }
    return out;
}

std::string content_disposition(std::string_view type, std::string_view filename) {
    // RFC 5987 3.2.1: attr-char.
    constexpr csgi_byte_set plain = byte_set(ascii_letters_and_digits, "!#$&+-.^_`|~");
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string ascii, encoded = "UTF-8''";
    for (const char c : decompose(filename))
        if (static_cast<unsigned char>(c) < 0x80) ascii += c;
    for (const char c : filename) {
        if (csgi_byte_set_has(&plain, c)) {
            encoded += c;
        } else {
            encoded += '%';
            encoded += hex[static_cast<unsigned char>(c) >> 4];
            encoded += hex[static_cast<unsigned char>(c) & 15];
        }
    }
    if (ascii == filename) return dump_options_header(type, {{"filename", ascii}});
    return dump_options_header(type, {{"filename", ascii}, {"filename*", encoded}});
}

} // namespace csgi
