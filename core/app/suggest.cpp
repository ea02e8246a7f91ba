// SPDX-License-Identifier: MIT
// The closest rule to a name that none has.
#include "core/app/suggest.hpp"

#include <algorithm>

#include "core/app/python_text.hpp"

namespace csgi {

namespace {

// The characters that both have in their longest common block and, on each side of it, in those of
// what is left. Of equally long blocks the one that begins first in `a`, then in `b`, counts.
std::size_t common(std::string_view a, std::string_view b) {
    std::size_t longest = 0, in_a = 0, in_b = 0;
    std::vector<std::size_t> before(b.size() + 1), now(b.size() + 1);
    for (std::size_t i = 0; i < a.size(); ++i) {
        for (std::size_t j = 0; j < b.size(); ++j) {
            now[j + 1] = a[i] == b[j] ? before[j] + 1 : 0;
            if (now[j + 1] <= longest) continue;
            longest = now[j + 1];
            in_a = i + 1 - longest;
            in_b = j + 1 - longest;
        }
        std::swap(before, now);
    }
    if (longest == 0) return 0;
    return longest + common(a.substr(0, in_a), b.substr(0, in_b)) +
           common(a.substr(in_a + longest), b.substr(in_b + longest));
}

bool contains(const std::vector<std::string> &names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

double score(const Rule &rule, std::string_view endpoint, const Dict &values,
             std::string_view method) {
    bool all_known = true;
    for (const Dict::Entry &entry : values)
        all_known = all_known && contains(rule.arguments, entry.key.as_string());
    const bool takes = rule.methods && !method.empty() && rule.methods->contains(method);
    return 0.98 * likeness(rule.endpoint, endpoint) + 0.01 * all_known + 0.01 * takes;
}

} // namespace

double likeness(std::string_view a, std::string_view b) {
    // Longer names than these are nobody's slip, and the effort grows with their product.
    constexpr std::size_t most = 199;
    a = a.substr(0, most);
    b = b.substr(0, most);
    if (a.empty() && b.empty()) return 1.0;
    return 2.0 * static_cast<double>(common(a, b)) / static_cast<double>(a.size() + b.size());
}

std::string build_error_text(const Router &router, std::string_view endpoint, const Dict &values,
                             std::string_view method) {
    std::string text = "Could not build url for endpoint " + python_repr(endpoint);
    if (!method.empty()) text += " (" + python_repr(method) + ")";
    std::vector<std::string> names;
    for (const Dict::Entry &entry : values) names.emplace_back(entry.key.as_string());
    if (!names.empty()) text += " with values " + python_names(names);
    text += ".";

    const Rule *closest = nullptr;
    double best = -1;
    for (const Rule *rule : router.rules()) {
        const double points = score(*rule, endpoint, values, method);
        if (points <= best) continue;
        best = points;
        closest = rule;
    }
    if (!closest) return text;
    if (closest->endpoint != endpoint)
        return text + " Did you mean " + python_repr(closest->endpoint) + " instead?";
    if (!method.empty() && closest->methods && !closest->methods->contains(method))
        text += " Did you mean to use methods " + python_names(closest->methods->names()) + "?";
    std::vector<std::string> missing;
    for (const std::string &name : closest->arguments)
        if (!contains(names, name)) missing.push_back(name);
    if (!missing.empty())
        text += " Did you forget to specify values " + python_names(missing) + "?";
    return text;
}

} // namespace csgi
