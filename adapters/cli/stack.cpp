// SPDX-License-Identifier: MIT
// An application's module with the layers round it.
#include "adapters/cli/stack.hpp"

#include "adapters/cli/console.hpp"
#include "core/gateway/boundary.hpp"
#include "core/gateway/tree.h"
#include <csgi/ext/draft/factory.h>
#include <cstring>

namespace csgi {

namespace {

// err[0, cap) as it is lent to a module, with room behind it: who writes too far is told by
// `csgi check`, and should do no harm here.
class Lent {
public:
    static constexpr size_t cap = reason_bytes;
    char *data() { return bytes_; }

    std::string reason(const char *call, csgi_rc rc) const {
        size_t n = strnlen(bytes_, cap);
        if (n && n < cap) return {bytes_, n};
        return std::string("[LOAD-8] ") + call + " failed with " + std::to_string(rc) +
               " and left no reason";
    }

private:
    char bytes_[cap + 64] = "";
};

[[noreturn]] void refused(const csgi_entry *entry, const ModuleName &name,
                          const std::string &reason) {
    throw Fault::of(reason, name.file,
                    "mend its configuration" +
                        (name.config.empty() ? ", which is empty" : ": " + name.config),
                    std::string("'") + entry->name + "' refuses to be set up: ");
}

const csgi_factory *factories_of(const csgi_entry *entry) {
    const void *found = entry->ext ? entry->ext(CSGI_EXT_FACTORY) : nullptr;
    return static_cast<const csgi_factory *>(found);
}

csgi_rc create_one(const csgi_module &module, const ModuleName &name, csgi_app **inner,
                   csgi_app **out, char *err, size_t cap) {
    if (name.factory.empty())
        return csgi_module_create(&module, str_of(name.config), inner, *inner ? 1 : 0, out, err,
                                  cap);
    return factories_of(module.entry)
        ->create(str_of(name.factory), str_of(name.config), inner, *inner ? 1 : 0, out, err, cap);
}

// A factory that a module does not have is known before anything is made.
void judge_factory(const csgi_entry *entry, const ModuleName &name) {
    if (name.factory.empty()) return;
    const csgi_factory *factories = factories_of(entry);
    if (!factories)
        throw Fault("'" + std::string(entry->name) + "' offers no factories by name", name.file,
                    "name the file alone");
    const std::string names(view_of(factories->names()));
    if ((", " + names + ", ").find(", " + name.factory + ", ") == names.npos)
        throw Fault("'" + std::string(entry->name) + "' has no factory '" + name.factory + "'",
                    name.file, "one of: " + names);
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
        judge_factory(module.opened.entry, module.name);
    }
}

void Stack::check() const {
    for (const Module &module : modules_) {
        const csgi_entry *entry = module.opened.entry;
        Lent err;
        if (!entry->check) continue;
        csgi_rc rc =
            guarded([&] { return entry->check(str_of(module.name.config), err.data(), err.cap); },
                    err.data(), err.cap);
        if (rc < 0) refused(entry, module.name, err.reason("check", rc));
    }
}

csgi_app *Stack::create(const csgi_lint_options *lint, csgi_app *inner) const {
    csgi_app *app = inner;
    for (size_t i = modules_.size(); i-- > 0;) {
        const Module &module = modules_[i];
        csgi_app *outer = nullptr;
        Lent err;
        csgi_rc rc = guarded(
            [&] {
                return create_one(module.opened, module.name, &app, &outer, err.data(), err.cap);
            },
            err.data(), err.cap);
        if (rc < 0) {
            destroy(app);
            refused(module.opened.entry, module.name, err.reason("create", rc));
        }
        app = linted(outer, lint, module.opened.entry->name);
    }
    return app;
}

} // namespace csgi
