// SPDX-License-Identifier: MIT
// An application's module with the layers round it.
#include "adapters/cli/stack.hpp"

#include "adapters/cli/console.hpp"
#include "core/gateway/boundary.hpp"
#include "core/gateway/tree.h"

namespace csgi {

namespace {

[[noreturn]] void refused(const csgi_entry *entry, const ModuleName &name, const char *reason) {
    throw Fault::of(reason, name.file,
                    "mend its configuration" +
                        (name.config.empty() ? ", which is empty" : ": " + name.config),
                    std::string("'") + entry->name + "' refuses to be set up: ");
}

csgi_app *linted(csgi_app *app, const csgi_lint_options *lint, const char *name) {
    if (!lint) return app;
    csgi_lint_options options = *lint;
    options.name = name;
    if (csgi_app *outer = csgi_lint(app, &options)) return outer;
    destroy(app);
    throw Fault("out of memory", name, "free some");
}

} // namespace

void destroy(csgi_app *app) {
    csgi_tree tree;
    char err[256];
    if (app && csgi_tree_init(&tree, app, err, sizeof err) == CSGI_OK) csgi_tree_destroy(&tree);
}

Stack::Stack(const ModuleName &target, const std::vector<ModuleName> &layers, uint64_t caps) {
    for (const ModuleName &name : layers) modules_.push_back({name, {}});
    modules_.push_back({target, {}});
    for (Module &module : modules_) {
        char err[reason_bytes] = "";
        if (csgi_module_open(&module.opened, module.name.file.c_str(), caps, err, sizeof err) < 0)
            throw Fault::of(err, module.name.file, "name another file");
    }
}

void Stack::check() const {
    for (const Module &module : modules_) {
        const csgi_entry *entry = module.opened.entry;
        char err[reason_bytes] = "";
        if (!entry->check) continue;
        csgi_rc rc =
            guarded([&] { return entry->check(str_of(module.name.config), err, sizeof err); }, err,
                    sizeof err);
        if (rc >= 0) continue;
        err[sizeof err - 1] = 0;
        if (!err[0])
            std::snprintf(err, sizeof err, "[LOAD-8] check failed with %d and gave no reason",
                          static_cast<int>(rc));
        refused(entry, module.name, err);
    }
}

csgi_app *Stack::create(const csgi_lint_options *lint, csgi_app *inner) const {
    csgi_app *app = inner;
    for (size_t i = modules_.size(); i-- > 0;) {
        const Module &module = modules_[i];
        csgi_app *outer = nullptr;
        char err[reason_bytes] = "";
        csgi_rc rc = guarded(
            [&] {
                return csgi_module_create(&module.opened, str_of(module.name.config), &app,
                                          app ? 1 : 0, &outer, err, sizeof err);
            },
            err, sizeof err);
        if (rc < 0) {
            destroy(app);
            err[sizeof err - 1] = 0;
            refused(module.opened.entry, module.name, err);
        }
        app = linted(outer, lint, module.opened.entry->name);
    }
    return app;
}

} // namespace csgi
