// SPDX-License-Identifier: MIT
// Labels of host names in letters that DNS takes. RFC 3492, RFC 3490.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace csgi {

// Each label that is not ASCII as "xn--..."; nothing for one that is empty or too long for DNS.
std::optional<std::string> host_to_ascii(std::string_view host);
// Each label that begins with "xn--" decoded, if that can be done and undone.
std::string host_to_unicode(std::string_view host);

} // namespace csgi
