// SPDX-License-Identifier: MIT
// What was thrown, in words.
#pragma once

#include <exception>
#include <string>

#include "core/gateway/boundary.hpp"

namespace csgi {

// The type and what() of an exception: "std::runtime_error: no such table".
std::string words_of(const std::exception_ptr &thrown);
// what() alone.
std::string message_of(const std::exception_ptr &thrown);

} // namespace csgi
