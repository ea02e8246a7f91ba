// SPDX-License-Identifier: MIT
// Text made safe to stand in HTML, as MarkupSafe does it.
#pragma once

#include <string>
#include <string_view>

namespace csgi {

inline void append_html(std::string &out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&#34;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
}

// What a visitor sent, to be put into HTML by hand: markupsafe.escape().
inline std::string escape(std::string_view text) {
    std::string out;
    append_html(out, text);
    return out;
}

} // namespace csgi
