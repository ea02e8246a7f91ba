// SPDX-License-Identifier: MIT
// Credentials and challenges: Authorization and WWW-Authenticate. RFC 9110 11.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <csgi/http/field_value.hpp>

namespace csgi {

// Either a token or parameters, by what stands behind the scheme.
struct Authorization {
    std::string type; // the scheme, in lower case
    std::optional<std::string> token;
    HeaderDict parameters; // of "basic": username and password

    // A parameter's value; nothing also for one without a value.
    std::optional<std::string_view> get(std::string_view key) const;
    std::optional<std::string_view> username() const { return get("username"); }
    std::optional<std::string_view> password() const { return get("password"); }
};

// Nothing for an empty field, and for basic credentials that are not UTF-8 in base64.
std::optional<Authorization> parse_authorization(std::string_view value);
// The same without a meaning for "basic": a challenge has none of these.
std::optional<Authorization> parse_www_authenticate(std::string_view value);
std::string dump_www_authenticate(const Authorization &challenge);

} // namespace csgi
