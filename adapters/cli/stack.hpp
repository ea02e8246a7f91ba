// SPDX-License-Identifier: MIT
// An application's module with the layers round it: opened, judged, and made into one csgi_app.
#pragma once

#include "adapters/cli/options.hpp"
#include "core/gateway/module.h"
#include <csgi/middleware.h>

#include <deque>
#include <functional>

namespace csgi {

// Enough for what modules have to say; longer reasons are cut.
constexpr size_t reason_bytes = 2048;

class Stack {
public:
    // Opens all of it; throws Fault.
    Stack(const ModuleName &target, const std::vector<ModuleName> &layers, uint64_t caps);
    Stack(const Stack &) = delete;

    // Asks each module whether it likes its configuration; throws Fault.
    void check() const;

    // An instance of all of it round `inner` (which may be NULL), with a lint round each layer and
    // the application when there are options for one. The result owns what is inside it, `inner`
    // too. Throws Fault.
    csgi_app *create(const csgi_lint_options *lint, csgi_app *inner = nullptr) const;

    const csgi_entry *entry() const { return modules_.back().opened.entry; }

private:
    struct Module {
        ModuleName name;
        csgi_module opened;
    };
    std::deque<Module> modules_; // outermost first; the application is the last
};

// Ends an application that was never started, and all inside it.
void destroy(csgi_app *app);

} // namespace csgi
