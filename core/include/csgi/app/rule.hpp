// SPDX-License-Identifier: MIT
// One rule of a URL map: which paths it matches, and which it builds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <csgi/app/converter.hpp>
#include <csgi/value/value.hpp>

namespace csgi {

// Which methods a rule takes: a bit for each that has a number in the contract, names for others.
struct MethodSet {
    std::uint32_t known = 0; // 1 << CSGI_METHOD_*
    std::vector<std::string> others;

    void add(std::string_view method); // in any case
    void remove(std::string_view method);
    bool contains(std::string_view method) const; // in upper case
    bool contains(std::uint32_t id, std::string_view method) const {
        return id ? (known >> id & 1u) != 0 : contains(method);
    }
    bool empty() const { return known == 0 && others.empty(); }
    void merge(const MethodSet &more);
    std::vector<std::string> names() const; // sorted
    std::string allow() const;              // as in Allow: sorted, ", " between them
};
// CSGI_METHOD_* of a name in upper case, 0 for one without a number.
std::uint32_t method_id(std::string_view method);
std::string_view method_name(std::uint32_t id); // empty for 0

// Werkzeug's arguments to Rule(), with its defaults.
struct RuleOptions {
    // Nothing: every method. HEAD comes with GET.
    std::optional<std::vector<std::string>> methods = std::nullopt;
    // Values of variables, which need not be in the rule.
    Dict defaults = {};
    std::optional<std::string> subdomain = std::nullopt;
    std::string host = {};
    std::optional<bool> strict_slashes = std::nullopt; // nothing: as the router says
    std::optional<bool> merge_slashes = std::nullopt;
    // Where to send who asks: a text with <names> of variables, relative to the application.
    std::string redirect_to = {};
    // The same, computed from the variables; wins.
    std::function<std::string(const Dict &values)> redirect_with = nullptr;
    bool build_only = false; // matches nothing
    bool alias = false;      // redirects to another rule of the same endpoint
    bool websocket = false;
};

// A rule of a router. Does not change once added.
class Rule {
public:
    // A piece of the text: static, or the variable of that number.
    struct Piece {
        std::string text;
        std::int32_t variable = -1;
    };
    struct Variable {
        std::string name;
        std::string converter; // its name
        std::unique_ptr<const Converter> value;
    };

    std::string text; // as given
    std::string endpoint;
    RuleOptions options;
    std::optional<MethodSet> methods; // nothing: all
    bool strict_slashes = true, merge_slashes = true;
    std::vector<Variable> variables;    // the domain's first
    std::vector<std::string> arguments; // names of variables and of defaults, each once, sorted
    // For whoever registered it: the router does not look.
    std::uint32_t handler = 0;

    bool takes(std::uint32_t id, std::string_view method) const {
        return !methods || methods->contains(id, method);
    }
    // Whether a match may be sent elsewhere all the same: UrlAdapter::redirect() tells.
    bool may_redirect() const {
        return options.alias || !default_rules_.empty() || !options.redirect_to.empty() ||
               options.redirect_with;
    }
    std::size_t variable(std::string_view name) const; // its number; variables.size(): none
    // As Werkzeug compares rules: by their texts and the names of their variables.
    bool is_same_as(const Rule &other) const;

private:
    friend class Router;
    friend class UrlAdapter;
    std::vector<Piece> domain_pieces_, path_pieces_;
    // Rules of the same endpoint that say the same by their defaults, to be redirected to.
    std::vector<const Rule *> default_rules_;
};

} // namespace csgi
