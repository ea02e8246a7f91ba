// SPDX-License-Identifier: MIT
// The one place where the blog's pages are made.
#pragma once

#include <csgi/app.hpp>

#include <string_view>

namespace flaskr {

// The page of that name, with values of its own; it also shows the user and what was flashed.
csgi::Response render(csgi::Context &ctx, std::string_view name, csgi::Dict values = {});

} // namespace flaskr
