// SPDX-License-Identifier: MIT
// Reads the tables of test/vectors/*.md, where a row is: input, expected outcome, why.
#pragma once

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace csgi {

// The cells of one row. In a cell between backquotes, \r \n \t \\ \| and \xHH stand for bytes.
using VectorRow = std::vector<std::string>;

inline std::string vector_cell(const std::string &cell) {
    const auto first = cell.find_first_not_of(' ');
    const auto last = cell.find_last_not_of(' ');
    if (first == std::string::npos) return "";
    std::string text = cell.substr(first, last - first + 1);
    if (text.size() < 2 || text.front() != '`' || text.back() != '`') return text;
    std::string bytes;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] != '\\') {
            bytes += text[i];
            continue;
        }
        const char c = text.at(++i);
        if (c == 'x') {
            bytes += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            bytes += c == 'r' ? '\r' : c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
    }
    // An empty input cannot be written between backquotes in Markdown.
    return bytes == "(empty)" ? "" : bytes;
}

// All rows of the table below the heading `## <title>`; throws when there is none, so that a table
// that was renamed does not pass for one without failures.
inline std::vector<VectorRow> read_vectors(const std::string &path, const std::string &title) {
    std::ifstream file(path);
    std::vector<VectorRow> rows;
    bool inside = false;
    int header = 2; // the names of the columns and the line below them
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("## ", 0) == 0) {
            inside = line == "## " + title;
        } else if (inside && line.rfind('|', 0) == 0 && header-- <= 0) {
            VectorRow row;
            std::string cell;
            for (std::size_t i = 1; i < line.size(); ++i) {
                if (line[i] == '|' && line[i - 1] != '\\') {
                    row.push_back(vector_cell(cell));
                    cell.clear();
                } else {
                    cell += line[i];
                }
            }
            rows.push_back(row);
        }
    }
    if (rows.empty()) throw std::runtime_error(path + " holds no table '" + title + "'");
    return rows;
}

} // namespace csgi
