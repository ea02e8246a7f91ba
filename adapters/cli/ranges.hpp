// SPDX-License-Identifier: MIT
// What numbers on the command line may be.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

namespace csgi {

// Like CLI::Range, but says it with few digits.
inline CLI::Validator between(double least, double most) {
    auto judge = [=](std::string &text) {
        double value = 0;
        if (CLI::detail::lexical_cast(text, value) && value >= least && value <= most)
            return std::string();
        char words[96];
        std::snprintf(words, sizeof words, "%.15g is the least and %.15g the most", least, most);
        return std::string(words);
    };
    return CLI::Validator(judge, "");
}

} // namespace csgi
