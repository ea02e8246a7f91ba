// SPDX-License-Identifier: MIT
// Whom a request was sent to, as far as that can be believed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace csgi {

// Whether a Host value is well formed (a name or address, perhaps a port) and, if there is a list,
// on it: a name that begins with "." stands for all its subdomains and itself; ports are not
// compared. [any thread]
bool host_is_trusted(std::string_view host, std::span<const std::string> trusted = {});

// host:port of a request, without the port that its scheme has anyway: from the Host field or, when
// there is none, from the server's own address. Empty if neither is there or the value is
// malformed.
std::string get_host(std::string_view scheme, std::optional<std::string_view> host_field,
                     std::optional<std::pair<std::string_view, int>> server = std::nullopt);

} // namespace csgi
