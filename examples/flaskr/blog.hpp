// SPDX-License-Identifier: MIT
// Posts: reading, writing, changing and deleting them.
#pragma once

#include <csgi/app.hpp>

namespace flaskr {

// The blueprint "blog", at /.
csgi::Blueprint make_blog();

} // namespace flaskr
