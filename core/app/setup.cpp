// SPDX-License-Identifier: MIT
// What was told becomes a table of routes.
#include <csgi/app/app.hpp>
#include <csgi/app/templating.hpp>

#include <algorithm>

#include "core/app/application.hpp"
#include "core/app/cookie_session.hpp"
#include "core/app/paths.hpp"
#include "core/app/python_text.hpp"
#include "core/app/setting.hpp"

namespace csgi {

void Hooks::append(const Hooks &more) {
    const auto add = [](auto &to, const auto &from) {
        to.insert(to.end(), from.begin(), from.end());
    };
    add(before, more.before);
    add(after, more.after);
    add(teardown, more.teardown);
    add(preprocessors, more.preprocessors);
    add(url_defaults, more.url_defaults);
    add(context_processors, more.context_processors);
    add(by_status, more.by_status);
    add(by_type, more.by_type);
}

void Scaffold::must_be_error(int status) {
    if (status < 400 || status > 599)
        throw SetupError(std::to_string(status) +
                         " is not the status of an error; a handler of errors is for 400 to 599");
}

void Scaffold::changing(const char *what) const {
    if (identity_ && identity_->is_registered)
        throw SetupError(std::string("The setup method '") + what +
                         "' can no longer be called on the blueprint " +
                         python_repr(identity_->name) +
                         ". It has already been registered at least once, any changes will not be "
                         "applied consistently.");
    if (!is_served_) return;
    throw SetupError(std::string("The setup method '") + what +
                     "' can no longer be called on the application. It has already handled its "
                     "first request, any changes will not be applied consistently.");
}

Blueprint::Blueprint(std::string name, BlueprintOptions options)
    : name_(std::move(name)), options_(std::move(options)) {
    if (name_.empty()) throw SetupError("'name' may not be empty.");
    if (name_.find('.') != name_.npos)
        throw SetupError("'name' may not contain a dot '.' character.");
    identity_ = std::make_shared<Identity>(Identity{name_});
    if (!options_.static_folder.empty())
        add_static(options_.static_folder, options_.static_url_path);
}

Blueprint::Blueprint(const Blueprint &other) = default;

void Blueprint::register_blueprint(const Blueprint &inner, BlueprintOptions options) {
    if (&inner == this) throw SetupError("Cannot register a blueprint on itself");
    changing("register_blueprint");
    inner_.push_back({std::shared_ptr<Blueprint>(new Blueprint(inner)), std::move(options)});
    inner.identity_->is_registered = true;
}

App::App(std::string name, AppOptions options)
    : logger(name), name_(std::move(name)),
      root_path_(options.root_path.empty() ? folder_of_this_code() : options.root_path),
      template_folder_(joined_path(root_path_, options.template_folder)),
      instance_path_(joined_path(
          root_path_, options.instance_path.empty() ? "instance" : options.instance_path)) {
    if (options.static_folder.empty()) return;
    static_folder_ = joined_path(root_path_, options.static_folder);
    add_static(static_folder_, options.static_url_path, std::move(options.static_host));
}
App::App(App &&) noexcept = default;
App &App::operator=(App &&) noexcept = default;
App::~App() = default;

void App::register_blueprint(const Blueprint &blueprint, BlueprintOptions options) {
    changing("register_blueprint");
    pending_.push_back(
        {std::shared_ptr<const Blueprint>(new Blueprint(blueprint)), std::move(options)});
    add_templating(blueprint);
    blueprint.identity_->is_registered = true;
}

jinja::Environment &App::template_environment() {
    return templating().environment();
}

// At once, so that what is told last counts, be it here or there.
void App::add_templating(const Blueprint &blueprint) {
    for (const auto &add : blueprint.templating_) add(template_environment());
    for (const Blueprint::Inner &inner : blueprint.inner_) add_templating(*inner.blueprint);
}

void App::set_session_interface(std::unique_ptr<SessionInterface> sessions) {
    changing("set_session_interface");
    sessions_ = std::move(sessions);
}

void App::no_sessions_yet() {
    throw std::logic_error("sessions are kept by the settings that are there when the application "
                           "is finished: there is no session interface before finish()");
}

namespace {

std::string joined(const std::string &prefix, const std::string &rule) {
    if (prefix.empty()) return rule;
    if (rule.empty()) return prefix;
    const std::size_t end = prefix.find_last_not_of('/');
    const std::size_t begin = std::min(rule.find_first_not_of('/'), rule.size());
    return prefix.substr(0, end == prefix.npos ? 0 : end + 1) + "/" + rule.substr(begin);
}

std::string place_of(const RouteSpec &spec) {
    return std::string(spec.file) + ":" + std::to_string(spec.line) + ": ";
}

std::optional<std::int64_t> limit_of(const std::string &what, std::optional<std::int64_t> most) {
    if (most && *most < 0)
        throw SetupError(what + " is " + std::to_string(*most) +
                         ", not a whole number of 0 or more");
    return most;
}

// The names of the values that a handler is given: its own rule's variables, then those of its
// subdomain or host, then defaults. `own`: how many are the rule's.
std::vector<std::string> names_of(const RouteSpec &spec, std::size_t &own) {
    std::vector<std::string> names;
    const auto add = [&names](const std::string &text) {
        RuleText reader(text);
        for (auto token = reader.next();
             token.kind != RuleText::Kind::end && token.kind != RuleText::Kind::malformed;
             token = reader.next())
            if (token.kind == RuleText::Kind::variable) names.emplace_back(token.variable);
    };
    add(spec.rule);
    own = names.size();
    add(spec.options.subdomain.value_or(""));
    add(spec.options.host);
    for (const Dict::Entry &entry : spec.options.defaults)
        if (std::find(names.begin(), names.end(), entry.key.text()) == names.end())
            names.emplace_back(entry.key.text());
    return names;
}

bool shape_fits(detail::Shape shape, std::string_view converter) {
    using detail::Shape;
    if (shape == Shape::value || shape == Shape::own) return true;
    if (converter == "int") return shape == Shape::integer;
    if (converter == "float") return shape == Shape::number;
    if (converter == "uuid") return shape == Shape::uuid;
    if (converter == "default" || converter == "string" || converter == "path" ||
        converter == "any")
        return shape == Shape::text;
    return true; // a converter of the application's own
}

} // namespace

void App::add_routes(const Scaffold &from, const std::string &prefix, const std::string &name,
                     const std::optional<std::string> &subdomain, const Dict &defaults,
                     const BodyLimits &limits, const std::vector<std::uint32_t> &scopes) {
    for (const RouteSpec &spec : from.routes_) {
        const std::string place = place_of(spec) + "URL rule " + python_repr(spec.rule) + ": ";
        RuleOptions options;
        options.defaults = defaults;
        for (const Dict::Entry &entry : spec.options.defaults)
            options.defaults.set(entry.key, entry.value);
        options.subdomain = spec.options.subdomain ? spec.options.subdomain : subdomain;
        options.host = spec.options.host;
        options.strict_slashes = spec.options.strict_slashes;
        options.merge_slashes = spec.options.merge_slashes;
        options.redirect_to = spec.options.redirect_to;
        std::vector<std::string> methods = spec.options.methods;
        if (methods.empty()) methods = {"GET"};
        MethodSet set;
        for (const std::string &method : methods) set.add(method);
        bool is_automatic =
            !set.contains("OPTIONS") && config["PROVIDE_AUTOMATIC_OPTIONS"].truthy();
        if (spec.options.provide_automatic_options)
            is_automatic = *spec.options.provide_automatic_options;
        if (is_automatic) methods.push_back("OPTIONS");
        options.methods = std::move(methods);

        Route route;
        const std::string own = spec.options.endpoint.empty() ? spec.rule : spec.options.endpoint;
        route.endpoint = name.empty() ? own : name + "." + own;
        route.blueprint = name;
        route.view = spec.view;
        route.scopes = scopes;
        route.automatic_options = is_automatic;
        const BodyLimits own_limits = spec.options.limits.or_else(limits);
        route.max_content_length =
            limit_of(place + "max_content_length", own_limits.max_content_length)
                .value_or(max_content_length_);
        route.form_limits = form_limits_;
        if (const auto most =
                limit_of(place + "max_form_memory_size", own_limits.max_form_memory_size))
            route.form_limits.field_bytes = static_cast<std::size_t>(*most);
        if (const auto most = limit_of(place + "max_form_parts", own_limits.max_form_parts))
            route.form_limits.parts = static_cast<std::size_t>(*most);
        route.file = spec.file;
        route.line = spec.line;
        if (!spec.options.endpoint.empty()) {
            if (own.find('.') != own.npos && !name.empty())
                throw SetupError(place + "'endpoint' may not contain a dot '.' character.");
            for (const RouteSpec &other : from.routes_) {
                if (&other == &spec) break;
                const std::string &taken =
                    other.options.endpoint.empty() ? other.rule : other.options.endpoint;
                if (taken == own && other.handler != spec.handler)
                    throw SetupError(place + "endpoint " + python_repr(own) +
                                     " is taken already, by the handler of " +
                                     python_repr(other.rule) + " at " + other.file + ":" +
                                     std::to_string(other.line));
            }
        }
        Rule *rule = nullptr;
        try {
            rule = &url_map.add(joined(prefix, spec.rule), route.endpoint, std::move(options));
        } catch (const std::invalid_argument &error) {
            throw SetupError(place_of(spec) + error.what());
        }
        std::size_t own_variables = 0;
        const std::vector<std::string> names = names_of(spec, own_variables);
        if (names.size() < spec.shapes.size())
            throw SetupError(place + "the handler takes " + std::to_string(spec.shapes.size()) +
                             " values, the rule and its defaults have " +
                             std::to_string(names.size()));
        for (std::size_t i = 0; i < spec.shapes.size(); ++i) {
            Binding binding;
            binding.name = names[i];
            const std::size_t at = rule->variable(names[i]);
            if (at < rule->variables.size()) {
                binding.variable = static_cast<std::int32_t>(at);
                if (!shape_fits(spec.shapes[i], rule->variables[at].converter))
                    throw SetupError(place + "the handler's argument for " + python_repr(names[i]) +
                                     " is not of the kind that '" + rule->variables[at].converter +
                                     "' gives");
                // Its text may be another one than that of the path.
                binding.is_translated =
                    spec.shapes[i] == detail::Shape::text &&
                    rule->variables[at].value->known() == Converter::Known::none;
            }
            route.bindings.push_back(std::move(binding));
        }
        // More variables than values are fine where a prefix brought them, not of its own.
        if (own_variables > spec.shapes.size() && !spec.options.defaults.size())
            throw SetupError(place + "the rule has " + std::to_string(own_variables) +
                             " variables, the handler takes " + std::to_string(spec.shapes.size()));
        rule->handler = static_cast<std::uint32_t>(table_.size());
        route.rule = rule;
        table_.push_back(std::move(route));
    }
}

void App::add_blueprint(const Blueprint &blueprint, const BlueprintOptions &options,
                        const std::string &outer_name, const std::string &outer_prefix,
                        const std::optional<std::string> &outer_subdomain,
                        const Dict &outer_defaults, const BodyLimits &outer_limits,
                        std::vector<std::uint32_t> scopes) {
    const std::string own = options.name.empty() ? blueprint.name_ : options.name;
    const std::string name = outer_name.empty() ? own : outer_name + "." + own;
    if (std::find(scope_names_.begin(), scope_names_.end(), name) != scope_names_.end())
        throw SetupError("The name " + python_repr(name) +
                         " is already registered for a blueprint. Use 'name=' to provide a unique "
                         "name.");
    const std::string &given =
        options.url_prefix.empty() ? blueprint.options_.url_prefix : options.url_prefix;
    const std::string prefix = joined(outer_prefix, given);
    std::optional<std::string> subdomain =
        options.subdomain ? options.subdomain : blueprint.options_.subdomain;
    if (subdomain && outer_subdomain)
        subdomain = *subdomain + "." + *outer_subdomain;
    else if (!subdomain)
        subdomain = outer_subdomain;
    Dict defaults = outer_defaults;
    for (const Dict *more : {&blueprint.options_.url_defaults, &options.url_defaults})
        for (const Dict::Entry &entry : *more) defaults.set(entry.key, entry.value);

    if (!blueprint.options_.template_folder.empty())
        templating().add_folder(joined_path(root_path_, blueprint.options_.template_folder),
                                "blueprint " + python_repr(blueprint.name_));
    scopes.push_back(static_cast<std::uint32_t>(scopes_.size()));
    const std::optional<std::string> &group =
        options.cli_group ? options.cli_group : blueprint.options_.cli_group;
    cli.merge(blueprint.cli, group.value_or(name));
    scopes_.push_back(blueprint.hooks_);
    scope_names_.push_back(name);
    const void *identity = blueprint.identity_.get();
    if (std::find(known_blueprints_.begin(), known_blueprints_.end(), identity) ==
        known_blueprints_.end()) {
        known_blueprints_.push_back(identity);
        scopes_[0].append(blueprint.app_hooks_);
    }
    const BodyLimits limits =
        options.limits.or_else(blueprint.options_.limits).or_else(outer_limits);
    add_routes(blueprint, prefix, name, subdomain, defaults, limits, scopes);
    for (const Blueprint::Inner &inner : blueprint.inner_)
        add_blueprint(*inner.blueprint, inner.options, name, prefix, subdomain, defaults, limits,
                      scopes);
}

void App::finish() {
    if (is_served_) return;
    is_debug_ = config["DEBUG"].truthy();
    is_testing_ = config["TESTING"].truthy();
    const Value &propagate = config["PROPAGATE_EXCEPTIONS"];
    propagates_ = propagate.is_none() ? is_testing_ || is_debug_ : propagate.truthy();
    traps_http_ = config["TRAP_HTTP_EXCEPTIONS"].truthy();
    traps_bad_requests_ = config["TRAP_BAD_REQUEST_ERRORS"].truthy();
    json_ = json.compact.value_or(!is_debug_) ? JsonFormat::compacted() : JsonFormat::indented();
    json_.sort_keys = json.sort_keys;
    json_.ensure_ascii = json.ensure_ascii;
    const auto limit = [this](const char *name) {
        const std::optional<std::int64_t> most = size_setting(config, name);
        return most ? static_cast<std::size_t>(*most) : SIZE_MAX;
    };
    max_content_length_ = size_setting(config, "MAX_CONTENT_LENGTH").value_or(-1);
    form_limits_.field_bytes = limit("MAX_FORM_MEMORY_SIZE");
    form_limits_.parts = limit("MAX_FORM_PARTS");
    max_cookie_size_ = size_setting(config, "MAX_COOKIE_SIZE").value_or(0);
    send_file_max_age_ = size_setting(config, "SEND_FILE_MAX_AGE_DEFAULT");
    server_name_ = text_setting(config, "SERVER_NAME").value_or("");
    // What url_for() needs outside a request.
    (void)text_setting(config, "APPLICATION_ROOT");
    (void)text_setting(config, "PREFERRED_URL_SCHEME");
    trusted_hosts_ = texts_setting(config, "TRUSTED_HOSTS");
    if (!sessions_) sessions_ = std::make_unique<CookieSessions>(*this);

    scopes_.assign(1, hooks_);
    scope_names_.assign(1, "");
    add_routes(*this, "", "", std::nullopt, {}, {}, {0});
    for (const Pending &pending : pending_)
        add_blueprint(*pending.blueprint, pending.options, "", "", std::nullopt, {}, {}, {0});
    url_map.finish();
    is_served_ = true;
    if (templating_) templating_->set_up(*this);
}

} // namespace csgi
