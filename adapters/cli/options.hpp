// SPDX-License-Identifier: MIT
// The arguments of the command.
#pragma once

#include "adapters/cli/operation.hpp"
#include <csgi/serve.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace csgi {

// A module's file with the text that its `create` is given.
struct ModuleName {
    std::string file, config;
    std::string factory = {}; // the name of one; empty: the module's only, or first
};

struct Options {
    enum class Verb { run, check, routes, render, templates, tool, help, words };
    Verb verb = Verb::run;
    ModuleName target;
    std::vector<ModuleName> layers; // outermost first
    // run
    std::vector<std::string> listen; // empty: what systemd passes on, or else the usual address
    std::vector<std::string> tls_listen;
    std::vector<std::string> fastcgi_listen; // then none of the two above
    bool fastcgi_public = false;             // may be reached from other machines
    std::string tls_cert, tls_key;           // files; empty: none
    bool tls_only = false;                   // wherever it listens
    Operation operation;
    bool debug = false, lint = false;
    csgi_serve_options serve = {}; // limits and log_level only
    // check
    std::vector<std::string> paths;
    std::chrono::milliseconds limit{0}; // for each step
    // routes
    std::string sort = "endpoint";
    bool all_methods = false;
    // words
    std::string target_text; // as it was given
    std::vector<std::string> words;
    // tool
    std::string tool;
    // render and templates check: a file or folder, and what is in the context
    std::string templates, context;
};

// The command to carry out; nothing when all was said already (help, version). Throws Fault.
std::optional<Options> parse(int argc, char **argv);

} // namespace csgi
