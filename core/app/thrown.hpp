// SPDX-License-Identifier: MIT
// What was thrown, in words.
#pragma once

#include <exception>
#include <initializer_list>
#include <string>
#include <string_view>

#include <csgi/app/context.hpp>

#include "core/gateway/boundary.hpp"

namespace csgi {

// The type and what() of an exception: "std::runtime_error: no such table".
std::string words_of(const std::exception_ptr &thrown);
// What starting an application comes to: OK, or a refusal with what() of what was thrown.
csgi_rc refuse_thrown(const std::exception_ptr &thrown, char *err, std::size_t cap) noexcept;

// Logs, as an error, what happened and, unless it is null, what was thrown. Without memory for the
// words there is no line.
void log_error(const Context &ctx, std::initializer_list<std::string_view> what,
               const std::exception_ptr &thrown = nullptr) noexcept;

} // namespace csgi
