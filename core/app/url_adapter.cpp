// SPDX-License-Identifier: MIT
// From an endpoint to its URL, and to where a request should have gone.
#include <csgi/app/router.hpp>

#include <algorithm>

#include <csgi/http/query.hpp>
#include <csgi/http/url.hpp>

#include "core/app/join.hpp"
#include "core/app/segment.hpp"
#include "core/app/suggest.hpp"

namespace csgi {

namespace {

std::string_view without_slashes(std::string_view text, bool at_end) {
    while (!text.empty() && text.front() == '/') text.remove_prefix(1);
    while (at_end && !text.empty() && text.back() == '/') text.remove_suffix(1);
    return text;
}

// A list stands for as many pairs of one name.
void add_pairs(std::vector<std::pair<std::string_view, const Value *>> &pairs,
               std::string_view name, const Value &value) {
    if (value.is_list() || value.is_tuple())
        for (const Value &item : value.as_list()) pairs.emplace_back(name, &item);
    else
        pairs.emplace_back(name, &value);
}

// Whether a rule builds a URL of these values.
bool is_suitable(const Rule &rule, const Dict &values, std::string_view method) {
    if (!method.empty() && rule.methods && !rule.methods->contains(method)) return false;
    const Dict &defaults = rule.options.defaults;
    for (const std::string &name : rule.arguments)
        if (!defaults.contains(name) && !values.contains(name)) return false;
    for (const Dict::Entry &entry : defaults) {
        const Value *given = values.find(entry.key);
        if (given && !(*given == entry.value)) return false;
    }
    return true;
}

} // namespace

std::string UrlAdapter::host_of(std::string_view domain) const {
    if (router->host_matching) return std::string(domain);
    if (domain.empty()) return std::string(server_name);
    return std::string(domain) + "." + std::string(server_name);
}

std::string UrlAdapter::redirect_to(std::string_view quoted_path, std::string_view domain) const {
    std::string path(without_slashes(script_name, true));
    path += '/';
    path += without_slashes(quoted_path, false);
    std::string url = std::string(scheme.empty() ? "http" : scheme) + "://" + host_of(domain);
    if (path[0] != '/') url += '/';
    url += path;
    if (!query.empty()) {
        url += '?';
        url += query;
    }
    return url;
}

std::string UrlAdapter::redirect(const Match &match, std::string_view path,
                                 std::string_view method) const {
    using Outcome = Match::Outcome;
    switch (match.outcome) {
    case Outcome::add_slash: return redirect_to(quote(path, Place::path) + "/", domain());
    case Outcome::merge_slashes:
        return redirect_to(quote(merged_slashes(path), Place::path), domain());
    case Outcome::merge_and_add:
        return redirect_to(quote(merged_slashes(path), Place::path) + "/", domain());
    case Outcome::found: break;
    default: return "";
    }
    const Rule &rule = *match.rule;
    if (rule.options.alias && router->redirect_defaults) {
        Build how;
        how.method = method;
        how.external = true;
        how.append_unknown = false;
        std::string url = build(rule.endpoint, match.arguments(), how);
        if (!query.empty()) {
            url += '?';
            url += query;
        }
        return url;
    }
    if (router->redirect_defaults && !rule.default_rules_.empty()) {
        Dict values = match.arguments();
        for (const Rule *other : rule.default_rules_) {
            if (!is_suitable(*other, values, method)) continue;
            for (const Dict::Entry &entry : other->options.defaults)
                values.set(entry.key, entry.value);
            if (const auto built = fill(*other, values, true))
                return redirect_to(built->path, built->domain);
        }
    }
    if (!rule.options.redirect_with && rule.options.redirect_to.empty()) return "";
    std::string target;
    const Dict values = match.arguments();
    if (rule.options.redirect_with) {
        target = rule.options.redirect_with(values);
    } else {
        std::string_view rest = rule.options.redirect_to;
        while (!rest.empty()) {
            const std::size_t open = rest.find('<'), close = rest.find('>', open);
            if (open == rest.npos || close == rest.npos) break;
            const std::string_view name = rest.substr(open + 1, close - open - 1);
            const std::size_t variable = rule.variable(name);
            const Value *value = values.find(name);
            if (!value || variable == rule.variables.size())
                throw std::invalid_argument("the redirect of " + rule.text +
                                            " names no variable of the rule: " + std::string(name));
            target += rest.substr(0, open);
            target += rule.variables[variable].value->to_url(*value);
            rest.remove_prefix(close + 1);
        }
        target += rest;
    }
    return join_url(std::string(scheme.empty() ? "http" : scheme) + "://" +
                        (subdomain.empty() ? "" : std::string(subdomain) + ".") +
                        std::string(server_name) + std::string(script_name) + "/",
                    target);
}

std::optional<UrlAdapter::Built> UrlAdapter::fill(const Rule &rule, const Dict &values,
                                                  bool append_unknown) const {
    Built built{"", "", rule.options.websocket};
    const auto write = [&](const std::vector<Rule::Piece> &pieces, std::string &out) {
        for (const Rule::Piece &piece : pieces) {
            if (piece.variable < 0) {
                out += piece.text;
                continue;
            }
            const Rule::Variable &variable =
                rule.variables[static_cast<std::size_t>(piece.variable)];
            const Value *value = rule.options.defaults.find(variable.name);
            out += variable.value->to_url(value ? *value : values.find(variable.name)[0]);
        }
    };
    try {
        write(rule.domain_pieces_, built.domain);
        write(rule.path_pieces_, built.path);
    } catch (const ValidationError &) {
        return std::nullopt;
    }
    if (!append_unknown) return built;
    std::vector<std::pair<std::string_view, const Value *>> pairs;
    for (const Dict::Entry &entry : values) {
        const std::string_view name = entry.key.as_string();
        if (rule.variable(name) == rule.variables.size() && !rule.options.defaults.contains(name))
            add_pairs(pairs, name, entry.value);
    }
    if (router->sort_parameters)
        std::stable_sort(pairs.begin(), pairs.end(), [](const auto &a, const auto &b) {
            if (a.first != b.first) return a.first < b.first;
            return Value::compare(*a.second, *b.second) < 0;
        });
    std::string encoded;
    for (const auto &[name, value] : pairs)
        if (!value->is_none()) append_query(encoded, name, query_text(*value));
    if (!encoded.empty()) built.path += "?" + encoded;
    return built;
}

std::optional<UrlAdapter::Built> UrlAdapter::find(std::string_view endpoint, const Dict &values,
                                                  std::string_view method,
                                                  bool append_unknown) const {
    std::optional<Built> first;
    const std::vector<Rule *> *rules = router->rules_of(endpoint);
    if (!rules) return first;
    for (const Rule *rule : *rules) {
        if (!is_suitable(*rule, values, method)) continue;
        std::optional<Built> built = fill(*rule, values, append_unknown);
        if (!built) continue;
        // On several hosts, this one is better.
        if (!router->host_matching || built->domain == server_name) return built;
        if (!first) first = std::move(built);
    }
    return first;
}

void UrlAdapter::fail(std::string_view endpoint, const Dict &values,
                      std::string_view method) const {
    throw BuildError(build_error_text(*router, endpoint, values, method), std::string(endpoint));
}

std::string UrlAdapter::build(std::string_view endpoint, const Dict &given) const {
    return build(endpoint, given, Build());
}

std::string UrlAdapter::build(std::string_view endpoint, const Dict &given,
                              const Build &how) const {
    Dict some;
    const Dict *values = &given;
    for (const Dict::Entry &entry : given) {
        if (how.keep_none || !entry.value.is_none()) continue;
        for (const Dict::Entry &kept : given)
            if (!kept.value.is_none()) some.set(kept.key, kept.value);
        values = &some;
        break;
    }
    std::optional<Built> built;
    if (how.method.empty()) built = find(endpoint, *values, default_method, how.append_unknown);
    if (!built) built = find(endpoint, *values, how.method, how.append_unknown);
    if (!built) fail(endpoint, *values, how.method);

    const std::string host = host_of(built->domain);
    std::string_view by = how.scheme.empty() ? scheme : how.scheme;
    const bool is_secure = by == "https" || by == "wss";
    bool is_external = how.external;
    if (built->websocket) {
        is_external = true;
        by = is_secure ? "wss" : "ws";
    } else if (!by.empty()) {
        by = is_secure ? "https" : "http";
    }
    std::string url;
    if (is_external || (router->host_matching ? host != server_name : built->domain != subdomain)) {
        if (!by.empty()) {
            url += by;
            url += ':';
        }
        url += "//" + host;
    }
    url += script_name;
    url += '/';
    url += without_slashes(built->path, false);
    return url;
}

} // namespace csgi
