// SPDX-License-Identifier: MIT
// What an environment keeps: its filters and tests by name, compiled templates, idle renderers.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/template/code.hpp"

namespace csgi::jinja {

class Renderer;

struct Environment::Tables {
    std::map<std::string, code::FilterEntry, std::less<>> filters;
    std::map<std::string, code::TestEntry, std::less<>> tests;

    const code::FilterEntry *filter(std::string_view name) const {
        const auto found = filters.find(name);
        return found == filters.end() ? nullptr : &found->second;
    }
    const code::TestEntry *test(std::string_view name) const {
        const auto found = tests.find(name);
        return found == tests.end() ? nullptr : &found->second;
    }

    // The most recently used first.
    struct Cached {
        std::string name;
        std::shared_ptr<const code::Unit> unit;
    };
    mutable std::mutex mutex;
    mutable std::list<Cached> cached;
    mutable std::unordered_map<std::string, std::list<Cached>::iterator> by_name;
    // The template of that name, now the most recently used; NULL if there is none.
    std::shared_ptr<const code::Unit> recent(const std::string &name) const;
    // Unless there is another by now.
    void forget(const std::string &name, const std::shared_ptr<const code::Unit> &unit) const;
    // Renderers that wait for the next rendering, so that it needs no new memory.
    mutable std::vector<std::unique_ptr<Renderer>> idle;

    Tables();
    ~Tables();
};

} // namespace csgi::jinja
