// SPDX-License-Identifier: MIT
// Options of a server's daily life: workers, logs, limits.
#pragma once

#include <csgi/serve.h>

#include <string>

namespace CLI {
class App;
}

namespace csgi {

struct Operation {
    unsigned workers = 1; // 0: in this process, without a supervisor
    double hang = 30;     // seconds; 0: never
    std::string access_log = "off", error_log, health;
};

// What is read lands in these two, which outlive the parsing.
void add_operation(CLI::App *run, Operation &operation, csgi_serve_options &serve);

// Judges what CLI11 cannot; throws Fault.
void judge_operation(const Operation &operation);

} // namespace csgi
