// SPDX-License-Identifier: MIT
// The blog as an application.
#pragma once

#include <string>

#include <csgi/app.hpp>

namespace flaskr {

// `settings` win over those it begins with. DATABASE is its file, SECRET_KEY signs its sessions.
csgi::App create_app(const csgi::Dict &settings = {});
// The same for a program that lies elsewhere than the folders templates and static.
csgi::App create_app_at(const std::string &root_path, const csgi::Dict &settings = {});

} // namespace flaskr
