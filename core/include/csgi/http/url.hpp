// SPDX-License-Identifier: MIT
// Percent-encoding as Werkzeug and Python apply it to the parts of a URL.
#pragma once

#include <string>
#include <string_view>

namespace csgi {

// What to do with decoded bytes that are not UTF-8.
enum class BadBytes {
    keep,    // hand them on
    replace, // by U+FFFD, as Python's errors="replace"
    requote, // encode them again, as Werkzeug does in queries and forms
};

// Undoes percent-encoding once; a "%" without two hexadecimal digits after it stays. With
// `plus_is_space` a "+" becomes a space, as in queries and forms. [any thread]
void append_unquoted(std::string &out, std::string_view text, bool plus_is_space = false,
                     BadBytes bad = BadBytes::keep);
std::string unquote(std::string_view text, bool plus_is_space = false,
                    BadBytes bad = BadBytes::keep);

// Percent-encodes for the place where the text will stand; hexadecimal digits are upper case. In
// every place letters, digits and -._~ stay, and besides:
//   path      !$&'()*+,/:;=@       what routes are built with
//   segment   the same without /
//   query     !$'()*,/:;?@         a name or value; a space becomes "+"
//   fragment  !$&'()*+,/:;=?@
enum class Place { path, segment, query, fragment };
void append_quoted(std::string &out, std::string_view text, Place place);
std::string quote(std::string_view text, Place place);

// A URL in its parts, as Python's urlsplit() takes it apart.
struct SplitUrl {
    std::string scheme; // in lower case; empty: none
    std::string netloc; // user, host and port as they stand
    std::string path, query, fragment;
};
// Throws std::invalid_argument for brackets that do not match.
SplitUrl split_url(std::string_view url);
std::string join_url(const SplitUrl &parts);

// A URL with characters beyond ASCII as one without (RFC 3987 3.1): percent-encoded, the host in
// Punycode. What is encoded already stays. Throws std::invalid_argument for a port that is none and
// a host that IDNA refuses.
std::string iri_to_uri(std::string_view iri);
// The reverse, for people to read: escapes of valid UTF-8 are undone where the meaning stays.
std::string uri_to_iri(std::string_view uri);

} // namespace csgi
