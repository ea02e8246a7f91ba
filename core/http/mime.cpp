// SPDX-License-Identifier: MIT
// Looks suffixes up in a table, as Python's mimetypes does.
#include <csgi/http/mime.hpp>

#include <algorithm>
#include <string>

#include "core/http/text.hpp"

namespace csgi {

namespace {

struct Row {
    std::string_view suffix, type;
};

constexpr Row rows[] = {
#define CSGI_MIME(suffix, type) {suffix, type},
#include "core/http/mime.def"
#undef CSGI_MIME
};

// A suffix with its dot, and what stands for it.
constexpr Row short_forms[] = {{".svgz", ".svg.gz"}, {".tgz", ".tar.gz"},   {".taz", ".tar.gz"},
                               {".tz", ".tar.gz"},   {".tbz2", ".tar.bz2"}, {".txz", ".tar.xz"}};
// In this case alone: .Z is not .z.
constexpr Row encodings[] = {
    {".gz", "gzip"}, {".Z", "compress"}, {".bz2", "bzip2"}, {".xz", "xz"}, {".br", "br"}};

// Where the suffix of the last segment begins; dots at its front begin none.
std::size_t suffix_at(std::string_view name) {
    const std::size_t slash = name.rfind('/'), dot = name.rfind('.');
    const std::size_t first = slash == name.npos ? 0 : slash + 1;
    if (dot == name.npos || dot < first) return name.size();
    return name.find_first_not_of('.', first) < dot ? dot : name.size();
}

} // namespace

MimeGuess guess_mime(std::string_view filename) {
    MimeGuess guess;
    std::string name(filename);
    std::size_t at = suffix_at(name);
    for (const Row &form : short_forms)
        if (lower(std::string_view(name).substr(at)) == form.suffix) {
            name.replace(at, name.npos, form.type);
            at = suffix_at(name);
            break;
        }
    for (const Row &form : encodings)
        if (std::string_view(name).substr(at) == form.suffix) {
            guess.encoding = form.type;
            name.resize(at);
            at = suffix_at(name);
            break;
        }
    if (at == name.size()) return guess;
    const std::string suffix = lower(std::string_view(name).substr(at + 1));
    const auto *row =
        std::lower_bound(std::begin(rows), std::end(rows), suffix,
                         [](const Row &a, const std::string &b) { return a.suffix < b; });
    if (row != std::end(rows) && row->suffix == suffix) guess.type = row->type;
    return guess;
}

} // namespace csgi
