// SPDX-License-Identifier: MIT
// Relative URLs made whole.
#pragma once

#include <string>
#include <string_view>

namespace csgi {

// What a reference means to whoever reads it at `base`, an absolute URL of http or https with a
// path: RFC 3986, 5.2, as Python's urljoin() does it.
std::string join_url(std::string_view base, std::string_view reference);

} // namespace csgi
