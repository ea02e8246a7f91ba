// SPDX-License-Identifier: MIT
// All rules of an application in one tree: Werkzeug's Map, its order, redirects and URLs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <csgi/app/rule.hpp>
#include <csgi/app/rule_text.hpp>

namespace csgi {

// No rule builds a URL for what was asked; the message is Werkzeug's, with its suggestion.
class BuildError : public std::runtime_error {
public:
    BuildError(const std::string &what, std::string an_endpoint)
        : std::runtime_error(what), endpoint(std::move(an_endpoint)) {}
    std::string endpoint;
};

// A rule that is already there, with the same methods and defaults.
class DuplicateRule : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

// What a path came to. Lies wherever its owner likes; finding it needs no memory.
struct Match {
    enum class Outcome : std::uint8_t {
        found,
        add_slash,          // the path with a "/" behind it is one
        merge_slashes,      // the path with single slashes is one
        merge_and_add,      // the path with single slashes and a "/" behind it is one
        not_found,          //
        method_not_allowed, // other methods are: allowed_methods() tells which
        websocket_mismatch, // there is a rule, but for websockets, or only for them
    };
    Outcome outcome = Outcome::not_found;
    const Rule *rule = nullptr; // if found
    // Of rule->variables; lie in the path and in the domain that were asked about.
    std::string_view values[rule_variables_most];

    bool is_found() const { return outcome == Outcome::found; }
    // Variables and defaults by name.
    Dict arguments() const;
};

class Router {
public:
    Router();
    Router(Router &&) noexcept;
    Router &operator=(Router &&) noexcept;
    ~Router();

    // What rules do that say nothing else.
    bool strict_slashes = true;
    bool merge_slashes = true;
    bool redirect_defaults = true;
    bool host_matching = false; // rules have hosts instead of subdomains
    // What goes into the query of a built URL is in the order of names, then of values.
    bool sort_parameters = false;
    std::string default_subdomain;

    // A converter of our own, or in place of one that is there; before the rules that use it.
    void add_converter(std::string name, ConverterFactory factory);

    // Throws std::invalid_argument, naming the rule and what is wrong with it: a malformed one, an
    // unknown converter, a variable twice, more than rule_variables_most of them; DuplicateRule
    // for a rule that is already there.
    Rule &add(std::string_view text, std::string endpoint, RuleOptions options = {});

    // In the order in which Werkzeug lists them: those of one endpoint together.
    std::vector<const Rule *> rules() const;
    const std::vector<Rule *> *rules_of(std::string_view endpoint) const; // NULL: there are none
    // Whether some rule of the endpoint takes an argument of this name.
    bool is_expecting(std::string_view endpoint, std::string_view argument) const;

    // `path` begins with a single "/" or is empty, its escapes undone; `domain` is the subdomain or
    // the host. `id` is CSGI_METHOD_*, with 0 the name counts, in upper case. Nothing is allocated.
    // Several threads may ask once all rules are there and finish() was called.
    void match(std::string_view domain, std::string_view path, std::uint32_t id,
               std::string_view method, bool websocket, Match &out) const;
    // What the rules that match this path take instead of the method; of all of them by default.
    MethodSet allowed_methods(std::string_view domain, std::string_view path,
                              std::string_view method = "--", bool websocket = false) const;
    // Brings the tree in order. To be called after the last add().
    void finish();

private:
    friend class UrlAdapter;
    struct State;
    struct Part;
    struct Leaf;
    struct Search;

    void parse(Rule &rule, std::string_view text, std::vector<Rule::Piece> &pieces,
               std::vector<Part> &parts) const;
    void insert(Rule &rule, std::vector<Part> &parts);
    static void order(State &state);
    std::vector<Rule *> &endpoint_rules(const std::string &endpoint);

    std::map<std::string, ConverterFactory, std::less<>> converters_;
    std::vector<std::unique_ptr<Rule>> rules_;
    std::vector<std::pair<std::string, std::vector<Rule *>>> endpoints_; // as they came
    std::unordered_map<std::string_view, std::size_t> endpoint_index_;
    std::unique_ptr<State> root_;
    // Where a path without a domain stands behind its first slash, if no other way leads there.
    const State *top_ = nullptr;
};

// A router as one request sees it: Werkzeug's MapAdapter. Borrows everything. [any thread]
class UrlAdapter {
public:
    const Router *router = nullptr;
    std::string_view server_name;      // host, and its port if not the scheme's own
    std::string_view script_name = ""; // where the application is mounted, without "/" behind it
    std::string_view subdomain = "";
    std::string_view scheme = "http"; // empty: URLs without one
    std::string_view default_method = "GET";
    std::string_view query = ""; // kept in redirects

    std::string_view domain() const { return router->host_matching ? server_name : subdomain; }
    // Where the match sends the client, an absolute URL; empty when the match stands. May add to
    // the values of a match that was found: it then is a redirect because of defaults.
    std::string redirect(const Match &match, std::string_view path, std::string_view method) const;

    struct Build {
        std::string_view method = ""; // empty: the default one is preferred
        bool external = false;
        bool append_unknown = true;   // values that are no variables go into the query
        bool keep_none = false;       // None is a value too
        std::string_view scheme = ""; // empty: as above
    };
    // The URL of an endpoint. None values count as not there; lists repeat in the query. Throws
    // BuildError, std::invalid_argument for a value that its converter cannot write, or TypeError
    // for values that cannot be sorted.
    std::string build(std::string_view endpoint, const Dict &values, const Build &how) const;
    std::string build(std::string_view endpoint, const Dict &values = {}) const;

private:
    struct Built {
        std::string domain, path;
        bool websocket;
    };
    std::optional<Built> find(std::string_view endpoint, const Dict &values,
                              std::string_view method, bool append_unknown) const;
    std::optional<Built> fill(const Rule &rule, const Dict &values, bool append_unknown) const;
    std::string host_of(std::string_view domain) const;
    std::string redirect_to(std::string_view quoted_path, std::string_view domain) const;
    [[noreturn]] void fail(std::string_view endpoint, const Dict &values,
                           std::string_view method) const;
};

} // namespace csgi
