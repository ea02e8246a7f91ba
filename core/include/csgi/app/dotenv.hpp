// SPDX-License-Identifier: MIT
// Environment variables from files, as Flask reads .env and .flaskenv with python-dotenv.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace csgi {

// The variables of such a text; of one that is there twice the last value. A name alone has no
// value and is left out, a malformed line passed over. Values in double quotes know \n, \t and the
// like, those in single quotes \' and \\. ${NAME} and ${NAME:-default} stand for what a line above
// says, or else for the environment.
std::vector<std::pair<std::string, std::string>> parse_dotenv(std::string_view text);

// Puts the variables of files into the environment: of `path`, if it is not empty, then of .env and
// .flaskenv in the working directory or the nearest one above that has them; the first to say so
// counts, and what is there already stays. True if there were any. Throws std::runtime_error,
// naming the file, when `path` cannot be read. Before there are threads.
bool load_dotenv(const std::string &path = {}, bool load_defaults = true);

} // namespace csgi
