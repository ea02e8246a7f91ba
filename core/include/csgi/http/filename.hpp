// SPDX-License-Identifier: MIT
// Names of files that come from outside, made safe to use.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace csgi {

// A name for a regular file: letters, digits and ._- of ASCII, accents dropped by NFKD, "/" and
// blanks as "_", nothing but letters and digits at the ends. May be empty. [any thread]
std::string secure_filename(std::string_view filename);

// The base with parts of a URL's path behind it; nothing if one of them would lead out of the base
// or is absolute. About names alone: what lies there, perhaps a symbolic link, is not looked at.
std::optional<std::string> safe_join(std::string_view base, std::span<const std::string> parts);

// A Content-Disposition with this name: as it is if it is ASCII; else by RFC 5987, and without its
// accents for whoever does not read that. [any thread]
std::string content_disposition(std::string_view type, std::string_view filename);

} // namespace csgi
