// SPDX-License-Identifier: MIT
// Kinds of files against Python's mimetypes on Debian.
#include <csgi/http/mime.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace csgi;

TEST_CASE("a name tells its type and encoding as Python's mimetypes does") {
    // mimetypes.guess_type(name) with Debian's media-types 10.0.0
    struct Row {
        const char *name, *type, *encoding;
    };
    for (const Row &row : {
             Row{"index.html", "text/html", ""},
             Row{"a.HTM", "text/html", ""},
             Row{"style.css", "text/css", ""},
             Row{"app.js", "text/javascript", ""},
             Row{"x.json", "application/json", ""},
             Row{"x.svg", "image/svg+xml", ""},
             Row{"x.svgz", "image/svg+xml", "gzip"},
             Row{"x.tar.gz", "application/x-tar", "gzip"},
             Row{"x.TGZ", "application/x-tar", "gzip"},
             Row{"x.tar.Z", "application/x-tar", "compress"},
             Row{"x.gz", "", "gzip"},
             Row{"x.txt.br", "text/plain", "br"},
             Row{"x.woff2", "font/woff2", ""},
             Row{"x.webp", "image/webp", ""},
             Row{"x.mjs", "text/javascript", ""},
             Row{"x.wasm", "application/wasm", ""},
             Row{"README", "", ""},
             Row{".html", "", ""},
             Row{"..html", "", ""},
             Row{"a.b/c", "", ""},
             Row{"x.unknownsuffix", "", ""},
             Row{"", "", ""},
             Row{"x.", "", ""},
             Row{"dir.d/x.pdf", "application/pdf", ""},
             Row{"x.mp4", "video/mp4", ""},
             Row{"x.ico", "image/vnd.microsoft.icon", ""},
             Row{"x.xml", "application/xml", ""},
             Row{"x.7z", "application/x-7z-compressed", ""},
         }) {
        CAPTURE(row.name);
        const MimeGuess guess = guess_mime(row.name);
        CHECK(guess.type == row.type);
        CHECK(guess.encoding == row.encoding);
    }
}
