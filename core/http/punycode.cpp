// SPDX-License-Identifier: MIT
// The bootstring algorithm with Punycode's parameters, RFC 3492 section 6.
#include "core/http/punycode.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/http/decompose.hpp"
#include "core/http/text.hpp"
#include "core/http/utf8.hpp"

namespace csgi {

namespace {

constexpr std::uint32_t base = 36, least = 1, most = 26, skew = 38, damp = 700;
constexpr std::uint32_t first_bias = 72, first_code = 128;
constexpr std::size_t longest_label = 63; // RFC 1035 2.3.4

using Codes = std::vector<char32_t>;

Codes codes_of(std::string_view text) {
    Codes codes;
    while (!text.empty()) {
        const Utf8Step step = utf8_step(text);
        codes.push_back(step.code);
        text.remove_prefix(step.length);
    }
    return codes;
}

std::uint32_t adapt(std::uint32_t delta, std::uint32_t points, bool first) {
    delta = first ? delta / damp : delta / 2;
    delta += delta / points;
    std::uint32_t k = 0;
    for (; delta > (base - least) * most / 2; k += base) delta /= base - least;
    return k + (base - least + 1) * delta / (delta + skew);
}

std::uint32_t threshold(std::uint32_t k, std::uint32_t bias) {
    return k <= bias ? least : std::min(k - bias, most);
}

char digit(std::uint32_t value) {
    return static_cast<char>(value < 26 ? 'a' + value : '0' + (value - 26));
}

std::string encode(const Codes &codes) {
    std::string out;
    for (const char32_t code : codes)
        if (code < first_code) out += static_cast<char>(code);
    const std::size_t ascii = out.size();
    std::size_t done = ascii;
    if (ascii != 0) out += '-';
    std::uint32_t n = first_code, delta = 0, bias = first_bias;
    while (done < codes.size()) {
        char32_t next = 0x10ffff;
        for (const char32_t code : codes)
            if (code >= n) next = std::min(next, code);
        delta += (next - n) * static_cast<std::uint32_t>(done + 1);
        n = next;
        for (const char32_t code : codes) {
            if (code < n) ++delta;
            if (code != n) continue;
            std::uint32_t q = delta;
            for (std::uint32_t k = base;; k += base) {
                const std::uint32_t t = threshold(k, bias);
                if (q < t) break;
                out += digit(t + (q - t) % (base - t));
                q = (q - t) / (base - t);
            }
            out += digit(q);
            bias = adapt(delta, static_cast<std::uint32_t>(done + 1), done == ascii);
            delta = 0;
            ++done;
        }
        ++delta;
        ++n;
    }
    return out;
}

std::optional<Codes> decode(std::string_view text) {
    Codes codes;
    if (const std::size_t dash = text.rfind('-'); dash != text.npos) {
        for (const char c : text.substr(0, dash)) codes.push_back(static_cast<unsigned char>(c));
        text.remove_prefix(dash + 1);
    }
    std::uint64_t i = 0;
    std::uint32_t n = first_code, bias = first_bias;
    while (!text.empty()) {
        const std::uint64_t before = i;
        std::uint64_t weight = 1;
        for (std::uint32_t k = base;; k += base) {
            if (text.empty()) return std::nullopt;
            const char c = lower(text.front());
            text.remove_prefix(1);
            const int value = c >= 'a' && c <= 'z'   ? c - 'a'
                              : c >= '0' && c <= '9' ? c - '0' + 26
                                                     : -1;
            if (value < 0) return std::nullopt;
            i += static_cast<std::uint64_t>(value) * weight;
            if (i > UINT32_MAX) return std::nullopt;
            const std::uint32_t t = threshold(k, bias);
            if (static_cast<std::uint32_t>(value) < t) break;
            weight *= base - t;
            if (weight > UINT32_MAX) return std::nullopt;
        }
        const std::uint64_t size = codes.size() + 1;
        bias = adapt(static_cast<std::uint32_t>(i - before), static_cast<std::uint32_t>(size),
                     before == 0);
        n += static_cast<std::uint32_t>(i / size);
        i %= size;
        if (n > 0x10ffff || (n >= 0xd800 && n < 0xe000)) return std::nullopt;
        codes.insert(codes.begin() + static_cast<std::ptrdiff_t>(i), n);
        ++i;
    }
    return codes;
}

bool is_ascii(std::string_view text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

std::optional<std::string> label_to_ascii(std::string_view label) {
    std::string out(label);
    if (!is_ascii(label)) {
        out = fold(label);
        if (!is_ascii(out)) out = "xn--" + encode(codes_of(out));
    }
    if (out.empty() || out.size() > longest_label) return std::nullopt;
    return out;
}

std::string label_to_unicode(std::string_view label) {
    if (!is_ascii(label) || !same_word(label.substr(0, 4), "xn--")) return std::string(label);
    const auto codes = decode(label.substr(4));
    if (!codes) return std::string(label);
    std::string out;
    for (const char32_t code : *codes) {
        if (code < 0xa0 && (code < 0x20 || code >= 0x7f)) return std::string(label); // a control
        append_utf8(out, code);
    }
    const auto again = label_to_ascii(out);
    return again && same_word(*again, label) ? out : std::string(label);
}

// What IDNA takes for a dot: U+3002, U+FF0E and U+FF61 too. RFC 3490 3.1.
std::string with_plain_dots(std::string_view host) {
    std::string out;
    for (const char32_t code : codes_of(host))
        append_utf8(out, code == 0x3002 || code == 0xff0e || code == 0xff61 ? U'.' : code);
    return out;
}

} // namespace

std::optional<std::string> host_to_ascii(std::string_view host) {
    if (!is_utf8(host)) return std::nullopt;
    const std::string plain = with_plain_dots(host);
    std::string_view rest = plain;
    std::string out;
    for (;;) {
        const std::size_t dot = rest.find('.');
        const auto label = label_to_ascii(rest.substr(0, dot));
        // A dot may end the name.
        if (!label && !(rest.empty() && !out.empty())) return std::nullopt;
        out += label.value_or("");
        if (dot == rest.npos) return out;
        out += '.';
        rest.remove_prefix(dot + 1);
    }
}

std::string host_to_unicode(std::string_view host) {
    std::string out;
    for (;;) {
        const std::size_t dot = host.find('.');
        out += label_to_unicode(host.substr(0, dot));
        if (dot == host.npos) return out;
        out += '.';
        host.remove_prefix(dot + 1);
    }
}

} // namespace csgi
