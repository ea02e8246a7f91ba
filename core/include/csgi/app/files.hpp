// SPDX-License-Identifier: MIT
// Files as answers: Flask's send_file() and send_from_directory().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <csgi/app/context.hpp>

namespace csgi {

struct SendFile {
    std::string mimetype = {}; // empty: by the name
    // Whether a browser should save it instead of showing it, and under which name; without one
    // that of the file.
    bool as_attachment = false;
    std::string download_name = {};
    // Answers 304, 206 or 416 where the request asks for it.
    bool conditional = true;
    // With an entity-tag of the file's time, size and path; or with one of one's own.
    bool etag = true;
    std::string etag_text = {};
    std::optional<std::int64_t> last_modified = std::nullopt; // seconds since 1970
    // How long a client may keep it without asking again; nothing: what the application says.
    std::optional<std::int64_t> max_age = std::nullopt;
};

// A file, relative to the application's root_path; it is not read here but sent by the server. The
// path is trusted: never one that a client gave. Throws std::system_error, naming the path, when it
// cannot be opened, and RequestedRangeNotSatisfiable.
Response send_file(Context &ctx, const std::string &path, const SendFile &how = {});

// Bytes as if they were a file. Throws TypeError, in Flask's words, where it would take a name to
// know their type or what to save them as.
Response send_bytes(Context &ctx, std::string bytes, const SendFile &how = {});

// A file below a directory, whose path may come from a client: NotFound for one that leads out of
// the directory, or where there is no regular file. Symbolic links in it are followed, also out of
// it, as by Flask: only the path is looked at, so whoever may make links there chooses what is
// sent.
Response send_from_directory(Context &ctx, const std::string &directory, std::string_view path,
                             const SendFile &how = {});

} // namespace csgi
