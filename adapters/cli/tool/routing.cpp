// SPDX-License-Identifier: MIT
// `csgi tool routing`: a URL map, and what it makes of paths and endpoints, as Werkzeug's.
#include "adapters/cli/tool/tool.hpp"

#include <algorithm>

#include <csgi/app/router.hpp>
#include <csgi/http/host.hpp>
#include <csgi/http/query.hpp>
#include <csgi/value/tagged.hpp>

#include "core/http/punycode.hpp"

namespace csgi {

namespace {

// JSON's null as the name of an endpoint.
constexpr std::string_view no_endpoint("\0null", 5);

std::string lower(std::string_view text) {
    std::string out(text);
    for (char &c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    return out;
}

std::string upper(std::string_view text) {
    std::string out(text);
    for (char &c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c & ~0x20);
    return out;
}

// A member that is an object, or else an empty one.
Value part_of(const Question &question, std::string_view name) {
    Value part = question.is_set(name) ? question.get(name) : Value(Dict());
    if (!part.is_dict()) throw ToolError("value", "not an object: '" + std::string(name) + "'");
    return part;
}

std::string endpoint_of(const Question &question) {
    return std::string(question.text("endpoint", no_endpoint));
}

Value names_of(const MethodSet &methods) {
    List names;
    for (const std::string &name : methods.names()) names.emplace_back(name);
    return Value(std::move(names));
}

// ---- The map ----------------------------------------------------------------------------------

std::optional<bool> maybe_flag(const Question &rule, std::string_view name) {
    return rule.is_set(name) ? std::optional(rule.flag(name, false)) : std::nullopt;
}

void add_rule(Router &router, const Value &given) {
    const Question rule(given);
    RuleOptions options;
    if (rule.is_set("methods")) {
        options.methods.emplace();
        for (const Value &method : rule.get("methods").as_list())
            options.methods->emplace_back(method.as_string());
    }
    if (rule.is_set("defaults")) options.defaults = untag(rule.get("defaults")).as_dict();
    if (rule.is_set("subdomain")) options.subdomain = rule.text("subdomain");
    options.host = rule.text("host", "");
    options.strict_slashes = maybe_flag(rule, "strict_slashes");
    options.merge_slashes = maybe_flag(rule, "merge_slashes");
    options.redirect_to = rule.text("redirect_to", "");
    options.build_only = rule.flag("build_only", false);
    options.alias = rule.flag("alias", false);
    options.websocket = rule.flag("websocket", false);
    router.add(rule.text("rule"), endpoint_of(rule), std::move(options));
}

Router router_of(const Question &question) {
    Router router;
    try {
        const Value members = part_of(question, "map");
        const Question map(members);
        router.default_subdomain = map.text("default_subdomain", "");
        router.strict_slashes = map.flag("strict_slashes", true);
        router.merge_slashes = map.flag("merge_slashes", true);
        router.redirect_defaults = map.flag("redirect_defaults", true);
        router.sort_parameters = map.flag("sort_parameters", false);
        router.host_matching = map.flag("host_matching", false);
        for (const Value &rule : question.get("rules").as_list()) add_rule(router, rule);
        router.finish();
    } catch (const DuplicateRule &error) {
        throw ToolError("duplicate_rule", error.what());
    } catch (const std::exception &error) {
        throw ToolError("invalid_rule", error.what());
    }
    return router;
}

// ---- What it is bound to ----------------------------------------------------------------------

// A query as text, or as an object whose lists repeat.
std::string query_of(const Question &question, std::string_view name) {
    if (!question.is_set(name)) return "";
    const Value &given = question.get(name);
    if (!given.is_dict()) return std::string(question.text(name));
    std::string query;
    const auto add = [&](std::string_view key, const Value &value) {
        if (!value.is_none()) append_query(query, key, query_text(value));
    };
    for (const Dict::Entry &entry : untag(given).as_dict()) {
        const std::string_view key = entry.key.as_string();
        if (entry.value.is_list() || entry.value.is_tuple())
            for (const Value &item : entry.value.as_list()) add(key, item);
        else
            add(key, entry.value);
    }
    return query;
}

// Python's "idna" codec on the name before a port.
std::string host_of(std::string_view name) {
    const std::string host = lower(name.substr(0, name.find(':')));
    const std::string port(name.substr(std::min(name.find(':'), name.size())));
    const bool is_ascii = std::all_of(host.begin(), host.end(),
                                      [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!is_ascii) {
        if (auto ascii = host_to_ascii(host)) return *ascii + port;
        throw ToolError("bind", "no name of a host: '" + host + "'");
    }
    for (std::string_view rest = host; !rest.empty();) {
        const std::size_t end = std::min(rest.find('.'), rest.size());
        // The last label may be empty.
        if (end > 63 || (end == 0 && rest.size() > 0))
            throw ToolError("bind", "a label is empty or too long: '" + host + "'");
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return host + port;
}

// An adapter with the texts that it refers to.
class Bound {
public:
    Bound(const Router &router, const Question &question) {
        adapter.router = &router;
        const Value map = part_of(question, "map");
        const bool by_request = question.is_set("bind_request");
        const Value given = part_of(question, by_request ? "bind_request" : "bind");
        if (by_request)
            from_request(router, Question(given));
        else
            by_hand(Question(given));
        if (router.host_matching) {
            if (subdomain_)
                throw ToolError("bind", "host matching enabled and a subdomain was provided");
        } else if (!subdomain_ || !Question(map).flag("subdomain_matching", true)) {
            subdomain_ = router.default_subdomain;
        }
        server_name_ = host_of(server_name_);
        if (script_name_.ends_with('/')) script_name_.pop_back();
        adapter.server_name = server_name_;
        adapter.script_name = script_name_;
        adapter.subdomain = subdomain_ ? std::string_view(*subdomain_) : std::string_view();
        adapter.scheme = scheme_;
        adapter.default_method = default_method_;
        adapter.query = query_;
        websocket = scheme_ == "ws" || scheme_ == "wss";
    }
    Bound(const Bound &) = delete;

    UrlAdapter adapter;
    std::string path = "/";
    bool websocket;

private:
    void by_hand(const Question &bind) {
        server_name_ = bind.text("server_name", "localhost");
        script_name_ = bind.text("script_name", "/");
        if (bind.is_set("subdomain")) subdomain_ = bind.text("subdomain");
        scheme_ = bind.text("url_scheme", "http");
        default_method_ = bind.text("default_method", "GET");
        path = bind.text("path_info", "/");
        query_ = query_of(bind, "query_args");
    }

    static bool is_upgrade(const Question &headers) {
        std::string fields = lower(headers.text("Connection", "")) + ",";
        bool upgrade = false;
        for (std::size_t comma; (comma = fields.find(',')) != fields.npos;
             fields.erase(0, comma + 1)) {
            const std::size_t first = fields.find_first_not_of(" \t");
            const std::size_t last = fields.find_last_not_of(" \t", comma - 1);
            if (comma > 0 && first < comma)
                upgrade |= fields.substr(first, last + 1 - first) == "upgrade";
        }
        return upgrade && lower(headers.text("Upgrade", "")) == "websocket";
    }

    void from_request(const Router &router, const Question &request) {
        const Value fields = part_of(request, "headers");
        const Question headers(fields);
        scheme_ = request.text("scheme", "http");
        std::optional<std::string_view> field;
        if (headers.is_set("Host")) field = headers.text("Host");
        std::pair<std::string_view, int> server("localhost", scheme_ == "https" ? 443 : 80);
        if (request.is_set("server")) {
            const List &parts = request.get("server").as_list();
            if (parts.size() != 2) throw ToolError("value", "not [name, port]: 'server'");
            server.first = parts[0].as_string();
            server.second = parts[1].is_string()
                                ? static_cast<int>(Value::integer(parts[1].text()).as_int())
                                : static_cast<int>(parts[1].as_int());
        }
        const std::string host = lower(get_host(scheme_, field, server));
        if (is_upgrade(headers)) scheme_ = scheme_ == "https" ? "wss" : "ws";
        server_name_ = host;
        if (request.is_set("server_name")) {
            server_name_ = lower(request.text("server_name"));
            const bool is_secure = scheme_ == "https" || scheme_ == "wss";
            const std::string_view usual = is_secure ? ":443" : ":80";
            if (server_name_.ends_with(usual))
                server_name_.resize(server_name_.size() - usual.size());
        }
        if (request.is_set("subdomain"))
            subdomain_ = request.text("subdomain");
        else if (!router.host_matching)
            subdomain_ = subdomain_in(host);
        script_name_ = request.text("script_name", "");
        default_method_ = request.text("method", "GET");
        path = request.text("path", "/");
        query_ = request.text("query", "");
    }

    // What Host has before the server's name: whole labels, empty ones left out.
    std::string subdomain_in(std::string_view host) const {
        const bool is_below =
            host.ends_with(server_name_) && (host.size() == server_name_.size() ||
                                             host[host.size() - server_name_.size() - 1] == '.');
        if (!is_below) return "<invalid>"; // which no rule matches
        std::string subdomain;
        std::string_view rest = host.substr(0, host.size() - server_name_.size());
        while (!rest.empty()) {
            const std::string_view label = rest.substr(0, rest.find('.'));
            if (!label.empty()) subdomain += (subdomain.empty() ? "" : ".") + std::string(label);
            rest.remove_prefix(std::min(label.size() + 1, rest.size()));
        }
        return subdomain;
    }

    std::string server_name_, script_name_, scheme_, default_method_, query_;
    std::optional<std::string> subdomain_;
};

// ---- Requests ---------------------------------------------------------------------------------

std::string path_of(const Question &request, const Bound &bound) {
    std::string path(request.is_set("path") ? request.text("path") : bound.path);
    if (!path.empty()) path.replace(0, std::min(path.find_first_not_of('/'), path.size()), "/");
    return path;
}

Dict do_match(const Question &request, const Bound &bound) {
    UrlAdapter adapter = bound.adapter;
    const std::string query = query_of(request, "query_args");
    if (request.is_set("query_args")) adapter.query = query;
    const std::string path = path_of(request, bound);
    std::string method(request.text("method", ""));
    method = upper(method.empty() ? std::string(adapter.default_method) : method);
    const bool websocket = request.flag("websocket", bound.websocket);
    Match match;
    adapter.router->match(adapter.domain(), path, method_id(method), method, websocket, match);
    const std::string redirect = adapter.redirect(match, path, method);
    if (!redirect.empty()) return {{"redirect", redirect}, {"code", 308}};
    switch (match.outcome) {
    case Match::Outcome::found: {
        const std::string &name = match.rule->endpoint;
        return {{"endpoint", name == no_endpoint ? Value() : Value(name)},
                {"values", tag(Value(match.arguments()))}};
    }
    case Match::Outcome::method_not_allowed:
        return {{"error", "method_not_allowed"},
                {"methods", names_of(adapter.router->allowed_methods(adapter.domain(), path, method,
                                                                     websocket))}};
    case Match::Outcome::websocket_mismatch: return {{"error", "websocket_mismatch"}};
    default: return {{"error", "not_found"}};
    }
}

Dict do_build(const Question &request, const Bound &bound) {
    UrlAdapter adapter = bound.adapter;
    if (request.is_set("url_scheme")) adapter.scheme = request.text("url_scheme");
    UrlAdapter::Build how;
    how.method = request.text("method", "");
    how.external = request.flag("force_external", false);
    how.append_unknown = request.flag("append_unknown", true);
    Dict values = untag(part_of(request, "values")).as_dict();
    if (request.flag("multi", false)) {
        how.keep_none = true;
        Dict several;
        for (const Dict::Entry &entry : values) {
            const List &all = entry.value.as_list();
            if (all.size() == 1)
                several.set(entry.key, all[0]);
            else if (!all.empty())
                several.set(entry.key, entry.value);
        }
        values = std::move(several);
    }
    return {{"url", adapter.build(endpoint_of(request), values, how)}};
}

Dict do_test(const Question &request, const Bound &bound) {
    const Dict found = do_match(request, bound);
    return {{"matches", !found.contains("error")}};
}

Dict do_allowed_methods(const Question &request, const Bound &bound) {
    const UrlAdapter &adapter = bound.adapter;
    const MethodSet methods = adapter.router->allowed_methods(
        adapter.domain(), path_of(request, bound), "--", bound.websocket);
    return {{"methods", names_of(methods)}};
}

struct Operation {
    std::string_view name;
    Dict (*run)(const Question &request, const Bound &bound);
};
constexpr Operation operations[] = {{"match", do_match},
                                    {"build", do_build},
                                    {"test", do_test},
                                    {"allowed_methods", do_allowed_methods}};

Dict answer(const Value &given, const Bound &bound) {
    const auto failed = [](std::string_view kind, const std::exception &error) {
        return Dict{{"error", kind}, {"message", error.what()}};
    };
    try {
        const Question request(given);
        const std::string_view op = request.text("op");
        for (const Operation &operation : operations)
            if (operation.name == op) return operation.run(request, bound);
        throw ToolError("value", "no operation '" + std::string(op) + "'");
    } catch (const BuildError &error) {
        return failed("build", error);
    } catch (const std::exception &error) {
        return failed("value", error);
    }
}

} // namespace

Dict answer_routing(const Value &given) {
    const Question question(given);
    const Router router = router_of(question);
    const Bound bound(router, question);
    List results;
    if (question.is_set("requests"))
        for (const Value &request : question.get("requests").as_list())
            results.emplace_back(answer(request, bound));
    return {{"results", results}};
}

} // namespace csgi
