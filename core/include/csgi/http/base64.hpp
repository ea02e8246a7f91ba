// SPDX-License-Identifier: MIT
// Bytes as text: base64 and its alphabet for URLs. RFC 4648, sections 4 and 5.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace csgi {

// With padding.
void append_base64(std::string &out, std::string_view bytes);
std::string base64(std::string_view bytes);
// With "-" and "_" and without padding.
void append_base64_url(std::string &out, std::string_view bytes);

// Both alphabets are taken, with or without padding at the end. Nothing for any other byte, for a
// length that no bytes have, and for bits left over that are not zero (RFC 4648 3.5): two texts are
// never the same bytes, but for their padding and alphabet.
std::optional<std::string> decode_base64(std::string_view text);

} // namespace csgi
