// SPDX-License-Identifier: MIT
// Reads test/vectors/flask/*.jsonl: one JSON object on each line.
#pragma once

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <csgi/value/json.hpp>

namespace csgi {

// Throws when there are none, so that a file that was renamed does not pass.
inline std::vector<Value> read_rows(const std::string &path) {
    std::ifstream file(path);
    std::vector<Value> rows;
    for (std::string line; std::getline(file, line);) rows.push_back(parse_json(line));
    if (rows.empty()) throw std::runtime_error(path + " holds no rows");
    return rows;
}

} // namespace csgi
