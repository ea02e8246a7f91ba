// SPDX-License-Identifier: MIT
// Questions about routing and their answers, as test/vectors/flask/routing_vectors.py writes them.
#pragma once

#include <memory>
#include <string>

#include <csgi/app/router.hpp>
#include <csgi/value/json.hpp>

namespace csgi {

// Two letters; of them "no" is no value after all.
class TwoLetters final : public Converter {
public:
    std::string pattern() const override { return "[a-z]{2}"; }
    int weight() const override { return 60; }
    bool matches(std::string_view text) const override {
        return text.size() == 2 &&
               text.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == text.npos;
    }
    bool accepts(std::string_view text) const override { return text != "no"; }
    Value to_value(std::string_view text) const override { return Value(cased(text, 'a', 'A')); }
    std::string to_url(const Value &value) const override {
        // What Python's str has and a number has not.
        if (!value.is_string()) throw std::invalid_argument("not a string");
        if (value.text() == "skip") throw ValidationError("skip");
        return cased(value.text(), 'A', 'a');
    }

private:
    static std::string cased(std::string_view text, char from, char to) {
        std::string out(text);
        for (char &c : out)
            if (c >= from && c < from + 26) c = static_cast<char>(c - from + to);
        return out;
    }
};

// Any number of segments, as many as there can be.
class Segments final : public Converter {
public:
    std::string pattern() const override { return "[a-z/]+"; }
    int weight() const override { return 150; }
    bool is_isolating() const override { return false; }
    bool matches(std::string_view text) const override {
        return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz/") == text.npos;
    }
};

template <class T>
std::unique_ptr<Converter> make_converter(const ConverterArguments &) {
    return std::make_unique<T>();
}

inline Router router_of(const Value &row) {
    Router router;
    router.add_converter("two", make_converter<TwoLetters>);
    router.add_converter("rest", make_converter<Segments>);
    const Value &options = row.at("options");
    const auto flag = [&](const char *name, bool &out) {
        if (const Value *value = options.find(name)) out = value->as_bool();
    };
    flag("strict_slashes", router.strict_slashes);
    flag("merge_slashes", router.merge_slashes);
    flag("redirect_defaults", router.redirect_defaults);
    flag("host_matching", router.host_matching);
    for (const Value &given : row.at("rules").as_list()) {
        RuleOptions rule;
        const auto maybe = [&](const char *name, std::optional<bool> &out) {
            if (const Value *value = given.find(name)) out = value->as_bool();
        };
        maybe("strict_slashes", rule.strict_slashes);
        maybe("merge_slashes", rule.merge_slashes);
        const auto is_set = [&](const char *name) {
            const Value *value = given.find(name);
            return value && value->truthy();
        };
        rule.alias = is_set("alias");
        rule.build_only = is_set("build_only");
        rule.websocket = is_set("websocket");
        if (const Value *methods = given.find("methods")) {
            rule.methods.emplace();
            for (const Value &method : methods->as_list())
                rule.methods->emplace_back(method.as_string());
        }
        if (const Value *defaults = given.find("defaults")) rule.defaults = defaults->as_dict();
        if (const Value *value = given.find("subdomain")) rule.subdomain = value->as_string();
        if (const Value *value = given.find("host")) rule.host = value->as_string();
        if (const Value *value = given.find("redirect_to")) rule.redirect_to = value->as_string();
        router.add(given.at("rule").as_string(), std::string(given.at("endpoint").as_string()),
                   std::move(rule));
    }
    router.finish();
    return router;
}

inline UrlAdapter adapter_of(const Router &router, const Value &bind) {
    UrlAdapter adapter;
    adapter.router = &router;
    const auto text = [&](const char *name, std::string_view &out) {
        if (const Value *value = bind.find(name)) out = value->as_string();
    };
    text("server_name", adapter.server_name);
    text("script_name", adapter.script_name);
    text("subdomain", adapter.subdomain);
    text("url_scheme", adapter.scheme);
    text("query_args", adapter.query);
    if (adapter.script_name == "/") adapter.script_name = "";
    return adapter;
}

inline Value names_of(const MethodSet &methods) {
    List names;
    for (const std::string &name : methods.names()) names.emplace_back(name);
    return Value(std::move(names));
}

// The answer to one of row["matches"].
inline Value matched(const UrlAdapter &adapter, const Value &question) {
    std::string path(question.at("path").as_string());
    if (!path.empty()) path = "/" + path.substr(std::min(path.find_first_not_of('/'), path.size()));
    const bool websocket = question.at("websocket").as_bool();
    MethodSet upper;
    upper.add(question.at("method").as_string());
    const std::string method = upper.names()[0];
    Match match;
    adapter.router->match(adapter.domain(), path, method_id(method), method, websocket, match);
    const std::string redirect = adapter.redirect(match, path, method);
    Dict answer;
    if (!redirect.empty()) {
        answer["redirect"] = redirect;
    } else if (match.is_found()) {
        answer["endpoint"] = match.rule->endpoint;
        answer["rule"] = match.rule->text;
        Dict values;
        for (const Dict::Entry &entry : match.arguments()) {
            Value value = entry.value;
            if (value.is(Kind::uuid)) {
                std::string hex;
                for (const char c : value.text()) {
                    hex += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
                    hex += "0123456789abcdef"[c & 15];
                }
                value = Value(Dict{{"uuid", Value(hex)}});
            }
            values.set(entry.key, value);
        }
        answer["values"] = Value(values);
    } else if (match.outcome == Match::Outcome::method_not_allowed) {
        answer["status"] = 405;
        answer["allow"] =
            names_of(adapter.router->allowed_methods(adapter.domain(), path, method, websocket));
    } else {
        answer["status"] = match.outcome == Match::Outcome::not_found ? 404 : 400;
    }
    return Value(answer);
}

// The answer to one of row["builds"].
inline Value built(const UrlAdapter &adapter, const Value &question) {
    UrlAdapter::Build how;
    const Value &given = question.at("how");
    UrlAdapter bound = adapter;
    if (const Value *method = given.find("method")) how.method = method->as_string();
    if (const Value *flag = given.find("force_external")) how.external = flag->as_bool();
    if (const Value *flag = given.find("append_unknown")) how.append_unknown = flag->as_bool();
    if (const Value *scheme = given.find("url_scheme")) bound.scheme = scheme->as_string();
    Dict answer;
    try {
        answer["url"] =
            bound.build(question.at("endpoint").as_string(), question.at("values").as_dict(), how);
    } catch (const BuildError &error) {
        answer["error"] = error.what();
    } catch (const std::invalid_argument &error) {
        answer["value_error"] = error.what();
    }
    return Value(answer);
}

} // namespace csgi
