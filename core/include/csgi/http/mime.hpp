// SPDX-License-Identifier: MIT
// What kind of file a name says it is.
#pragma once

#include <string_view>

namespace csgi {

struct MimeGuess {
    std::string_view type;     // such as "text/html"; empty: unknown
    std::string_view encoding; // a Content-Encoding: "gzip", "br" ...; empty: none
};

// By the suffix in any case, and by the one before it for compressed files ("x.tar.gz"): Python's
// mimetypes.guess_type() on Debian. The texts are constants. [any thread]
MimeGuess guess_mime(std::string_view filename);

} // namespace csgi
