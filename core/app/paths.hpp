// SPDX-License-Identifier: MIT
// Where an application's own files lie.
#pragma once

#include <string>

namespace csgi {

// The folder of the module or program that this code is part of; where that cannot be told, the
// working directory.
std::string folder_of_this_code();

// Python's os.path.join(): an absolute path stands by itself.
std::string joined_path(const std::string &root, const std::string &path);

} // namespace csgi
