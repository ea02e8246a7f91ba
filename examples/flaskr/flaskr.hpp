// SPDX-License-Identifier: MIT
// The blog as an application.
#pragma once

#include <csgi/app.hpp>

namespace flaskr {

// `settings` win over those it begins with. DATABASE is its file, SECRET_KEY signs its sessions.
csgi::App create_app(const csgi::Dict &settings = {});

} // namespace flaskr
