// SPDX-License-Identifier: MIT
// Three bytes to four letters and back.
#include <csgi/http/base64.hpp>

#include <cstdint>

namespace csgi {

namespace {

void append(std::string &out, std::string_view bytes, const char *alphabet, bool pad) {
    std::size_t i = 0;
    const auto byte = [&bytes](std::size_t at) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at]));
    };
    out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
    for (; bytes.size() - i >= 3; i += 3) {
        const std::uint32_t word = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        const char four[] = {alphabet[word >> 18], alphabet[word >> 12 & 63],
                             alphabet[word >> 6 & 63], alphabet[word & 63]};
        out.append(four, 4);
    }
    const std::size_t left = bytes.size() - i;
    if (left == 0) return;
    const std::uint32_t word = byte(i) << 16 | (left == 2 ? byte(i + 1) << 8 : 0);
    out += alphabet[word >> 18];
    out += alphabet[word >> 12 & 63];
    if (left == 2) out += alphabet[word >> 6 & 63];
    if (pad) out.append(3 - left, '=');
}

int value_of(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return -1;
}

} // namespace

void append_base64(std::string &out, std::string_view bytes) {
    append(out, bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
}

std::string base64(std::string_view bytes) {
    std::string out;
    append_base64(out, bytes);
    return out;
}

void append_base64_url(std::string &out, std::string_view bytes) {
    append(out, bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false);
}

std::optional<std::string> decode_base64(std::string_view text) {
    // At most two, or four letters less than four.
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
    std::string out;
    out.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t word = 0;
    int bits = 0;
    for (const char c : text) {
        const int value = value_of(c);
        if (value < 0) return std::nullopt;
        word = word << 6 | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        out += static_cast<char>(word >> bits & 0xff);
    }
    if (bits == 6 || (word & ((1u << bits) - 1)) != 0) return std::nullopt;
    return out;
}

} // namespace csgi
