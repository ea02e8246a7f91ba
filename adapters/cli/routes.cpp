// SPDX-License-Identifier: MIT
// csgi routes: asks a module for its rules and prints them as a table.
#include "adapters/cli/routes.hpp"

#include <csgi/ext/draft/routes.h>

#include "adapters/cli/console.hpp"
#include "adapters/cli/stack.hpp"

#include <algorithm>
#include <cstdio>

namespace csgi {

namespace {

using Row = std::vector<std::string>;

struct Table {
    std::vector<Row> rows; // endpoint, methods, domain, rule
    bool all_methods = false, by_host = false, has_domain = false;

    void add(const csgi_route &route) {
        std::vector<std::string> methods;
        for (size_t i = 0; i < route.nmethods; i++) {
            std::string method(view_of(route.methods[i]));
            if (all_methods || (method != "HEAD" && method != "OPTIONS"))
                methods.push_back(std::move(method));
        }
        std::sort(methods.begin(), methods.end());
        std::string joined;
        for (const std::string &method : methods) joined += (joined.empty() ? "" : ", ") + method;
        by_host |= (route.flags & CSGI_ROUTE_HOST) != 0;
        has_domain |= route.domain.n != 0;
        rows.push_back({readable(view_of(route.endpoint)), joined, readable(view_of(route.domain)),
                        readable(view_of(route.rule))});
    }

    void sort(const std::string &by) {
        static constexpr const char *names[] = {"endpoint", "methods", "domain", "rule"};
        if (by == "domain" && !has_domain) return;
        for (size_t column = 0; column < 4; column++)
            if (by == names[column])
                std::stable_sort(rows.begin(), rows.end(), [column](const Row &a, const Row &b) {
                    return a[column] < b[column];
                });
    }

    void print() const {
        std::vector<Row> all{{"Endpoint", "Methods", by_host ? "Host" : "Subdomain", "Rule"}};
        all.insert(all.end(), rows.begin(), rows.end());
        size_t widths[4] = {};
        for (const Row &row : all)
            for (size_t column = 0; column < 4; column++)
                widths[column] = std::max(widths[column], row[column].size());
        Row line_below;
        for (const size_t width : widths) line_below.push_back(std::string(width, '-'));
        all.insert(all.begin() + 1, line_below);
        for (const Row &row : all) {
            std::string line;
            for (size_t column = 0; column < 4; column++) {
                if (column == 2 && !has_domain) continue;
                line += (line.empty() ? "" : "  ") + row[column] +
                        std::string(widths[column] - row[column].size(), ' ');
            }
            std::printf("%s\n", line.c_str());
        }
    }
};

// An application that was never started is destroyed when this goes.
struct Made {
    csgi_app *app;
    ~Made() { destroy(app); }
};

} // namespace

int routes(const Options &options) {
    Stack stack(options.target, {}, ~uint64_t{0});
    const csgi_entry *entry = stack.entry();
    const void *found = entry->ext ? entry->ext(CSGI_EXT_ROUTES) : nullptr;
    if (!found)
        throw Fault("'" + std::string(entry->name) + "' does not tell its routes",
                    options.target.file,
                    "name a module made with the framework, or offer " CSGI_EXT_ROUTES);
    const auto *table = static_cast<const csgi_routes *>(found);
    Made made{stack.create(nullptr)};
    Table rows;
    rows.all_methods = options.all_methods;
    const csgi_rc rc = table->list(
        made.app,
        [](void *arg, const csgi_route *route) -> csgi_rc {
            static_cast<Table *>(arg)->add(*route);
            return CSGI_OK;
        },
        &rows);
    if (rc < 0)
        throw Fault("listing the routes failed with " + std::to_string(rc), options.target.file,
                    "debug the module");
    if (rows.rows.empty()) {
        std::puts("No routes were registered.");
        return exit_fine;
    }
    rows.sort(options.sort);
    rows.print();
    return exit_fine;
}

} // namespace csgi
