// SPDX-License-Identifier: MIT
// HTML back to text: references resolved, tags taken out.
#pragma once

#include <string>
#include <string_view>

namespace csgi::jinja {

// "&lt;", "&#60;", "&#x3c;" and the 2,231 names of HTML 5, read as browsers do: some also without
// the semicolon. Python's html.unescape().
std::string unescape_html(std::string_view html);

// MarkupSafe's striptags(): tags and comments gone, white space collapsed, references resolved.
std::string strip_tags(std::string_view html);

} // namespace csgi::jinja
