// SPDX-License-Identifier: MIT
// HTML escaping as MarkupSafe does it; stretches without a special byte are copied as a whole.
#include <array>
#include <cstdint>

#include <csgi/template/state.hpp>

#include "core/template/buffer.hpp"

namespace csgi::jinja {

namespace {

constexpr std::array<std::uint8_t, 256> make_special() {
    std::array<std::uint8_t, 256> table{};
    table['&'] = 1;
    table['<'] = 2;
    table['>'] = 3;
    table['\''] = 4;
    table['"'] = 5;
    return table;
}
constexpr auto special = make_special();
constexpr std::string_view escapes[] = {"", "&amp;", "&lt;", "&gt;", "&#39;", "&#34;"};

template <class Out>
void escape_to(Out &out, std::string_view text) {
    const char *at = text.data();
    const char *const end = at + text.size();
    const char *plain = at;
    for (; at != end; ++at) {
        const std::uint8_t which = special[static_cast<unsigned char>(*at)];
        if (which == 0) [[likely]]
            continue;
        out.append(std::string_view(plain, static_cast<std::size_t>(at - plain)));
        out.append(escapes[which]);
        plain = at + 1;
    }
    out.append(std::string_view(plain, static_cast<std::size_t>(end - plain)));
}

} // namespace

void escape_into(Buffer &out, std::string_view text) {
    escape_to(out, text);
}

void append_escaped_text(std::string &out, std::string_view text) {
    escape_to(out, text);
}

} // namespace csgi::jinja
