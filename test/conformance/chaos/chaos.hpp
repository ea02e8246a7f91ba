// SPDX-License-Identifier: MIT
// The host of chaos: a stack of modules is served without sockets under a schedule drawn from a
// seed, and the lint and the answers say whether all went as it should.
#pragma once

#include "core/gateway/module.h"
#include "test/conformance/chaos/requests.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace csgi::chaos {

// One module of the stack, open.
struct Part {
    std::string path, config;
    csgi_module module{};
};

struct Stack {
    std::vector<std::unique_ptr<Part>> parts; // outermost first; the last is the application

    // Opens `path` or `path:config`. False: it cannot be, and the reason is in `error`.
    bool add(const std::string &argument, std::string &error);
    std::string application() const;
};

struct Options {
    bool with_threads = true; // also requests that wait for a thread
    bool tell = false;        // each step on stderr
};

struct Result {
    std::vector<std::string> faults; // empty: all went well
    unsigned exchanges = 0, complete = 0, steps = 0;
};

// One schedule.
Result run(const Stack &stack, uint64_t seed, const Options &options);

} // namespace csgi::chaos
