// SPDX-License-Identifier: MIT
// The application: what was told becomes answers to requests.
#pragma once

#include <csgi.h>
#include <csgi/ext/draft/factory.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <csgi/app/blueprint.hpp>
#include <csgi/app/config.hpp>
#include <csgi/app/logger.hpp>
#include <csgi/app/router.hpp>
#include <csgi/app/scaffold.hpp>
#include <csgi/value/tagged.hpp>

namespace csgi {

// What of an application the session cookie needs: Flask's SessionInterface.
class SessionInterface {
public:
    virtual ~SessionInterface() = default;
    // Never null: an empty session if there is none, or none that can be believed.
    virtual std::unique_ptr<Session> open(App &app, const Request &request) = 0;
    virtual void save(App &app, const Request &request, Session &session, Response &response) = 0;
};

// A rule's way to its handler.
struct Route {
    const Rule *rule = nullptr;
    std::string endpoint, blueprint;
    ViewFunction view;
    std::vector<Binding> bindings;
    std::vector<std::uint32_t> scopes; // whose hooks run, from the outermost inward
    bool automatic_options = true;
    std::int64_t max_content_length = -1; // below 0: any
    FormLimits form_limits;
    const char *file = "";
    unsigned line = 0;
};

class Application;
class Templating;

// Where an application has what it does not carry inside.
struct AppOptions {
    // What relative folders and files start from; empty: where the module or program lies.
    std::string root_path = {};
    // Files that are sent as they are, below static_url_path; empty: none.
    std::string static_folder = "static";
    std::optional<std::string> static_url_path = std::nullopt; // "/" and the folder's name
    std::string static_host = {};                              // with url_map.host_matching
    std::string template_folder = "templates";
    // For what does not belong into a repository; empty: "instance" below root_path.
    std::string instance_path = {};
};

// How App::run() serves.
struct RunOptions {
    // Empty, and 0: of SERVER_NAME, or else 127.0.0.1 and 5000.
    std::string host = {};
    int port = -1;                            // 0: the kernel chooses
    std::optional<bool> debug = std::nullopt; // instead of the setting DEBUG
};

// Flask's. One instance serves one worker, on its thread. Movable until it serves.
class App : public Scaffold {
public:
    // `name` stands in log lines.
    explicit App(std::string name = "app", AppOptions options = {});
    App(App &&) noexcept;
    App &operator=(App &&) noexcept;
    ~App();

    const std::string &name() const { return name_; }
    // All absolute, unless root_path was given as a relative one.
    const std::string &root_path() const { return root_path_; }
    const std::string &static_folder() const { return static_folder_; } // empty: none
    const std::string &template_folder() const { return template_folder_; }
    const std::string &instance_path() const { return instance_path_; }
    // Read by finish(): what is changed later only the application itself sees.
    Config config;
    Logger logger;
    // How JSON is written and what type it has; `compact` is what DEBUG says unless it is set. Read
    // by finish() as well.
    struct Json {
        bool ensure_ascii = true, sort_keys = true;
        std::optional<bool> compact = std::nullopt;
        std::string mimetype = "application/json";
    } json;
    // Kinds of values that its sessions keep beside Flask's: session_tags.add({...}).
    Tags session_tags;
    Router url_map; // its switches, and converters of the application's own
    // Whether subdomains of SERVER_NAME, or whole hosts (url_map.host_matching), tell rules apart.
    bool subdomain_matching = false;

    void register_blueprint(const Blueprint &blueprint, BlueprintOptions options = {});
    void add_converter(std::string converter, ConverterFactory factory) {
        changing("add_converter");
        url_map.add_converter(std::move(converter), std::move(factory));
    }
    void set_session_interface(std::unique_ptr<SessionInterface> sessions);
    // The one that was set, or, after finish(), Flask's; throws std::logic_error before.
    SessionInterface &session_interface() {
        if (!sessions_) no_sessions_yet();
        return *sessions_;
    }

    // Puts routes, hooks and settings in place; whoever serves calls it, once. Throws SetupError,
    // naming file, line and rule: a malformed rule, arguments that do not fit, an endpoint twice.
    void finish();
    bool is_finished() const { return is_served_; }
    // After finish(): which route each rule leads to.
    const std::vector<Route> &routes() const { return table_; }

    // How long a file may be kept: as set_send_file_max_age() says, or SEND_FILE_MAX_AGE_DEFAULT.
    std::optional<std::int64_t> send_file_max_age(std::string_view file) const;

    bool is_debug() const { return is_debug_; }
    bool is_testing() const { return is_testing_; }
    const JsonFormat &json_format() const { return json_; }

    // A URL outside any request: of SERVER_NAME, APPLICATION_ROOT and PREFERRED_URL_SCHEME. Throws
    // std::runtime_error without SERVER_NAME.
    std::string url_for(std::string_view endpoint, Dict values = {}) const;

    // When a context ends, that of a request or one of app_context(): takes nothing, Context&,
    // std::exception_ptr or both. Last told first.
    template <class F>
    void teardown_appcontext(F hook) {
        changing("teardown_appcontext");
        teardown_context_.push_back(detail::make_teardown(std::move(hook)));
    }
    // A context without a request, for work beside them: it has g, url_for() and log(), and what
    // asks for its request throws. It ends with its owner; must not outlive this object. Calls
    // finish().
    struct LeaveContext {
        void operator()(Context *ctx) const noexcept;
    };
    std::unique_ptr<Context, LeaveContext> app_context();

    // A filter, a test or a global for its templates. A filter's or test's first argument is what
    // stands before "|" or "is"; those that may be left out are std::optional; what else it may
    // take: <csgi/template/function.hpp>. A global is a function, or a value.
    //     app.template_filter("reverse", [](std::string text) { return ...; });
    template <class F>
    void template_filter(std::string_view name, F filter) {
        changing("template_filter");
        template_environment().add_filter(name, jinja::as_filter(std::move(filter)));
    }
    template <class F>
    void template_test(std::string_view name, F test) {
        changing("template_test");
        template_environment().add_test(name, jinja::as_test(std::move(test)));
    }
    template <class F>
    void template_global(std::string_view name, F function) {
        changing("template_global");
        template_environment().globals()[name] = jinja::as_global(std::move(function));
    }
    // Its templates, whose environment has the switches, to be set before the first page. Belongs
    // to this object.
    Templating &templating();
    // What the context processors say to a page of this context.
    void add_template_values(Context &ctx, Dict &values);

    // The application as others see it: a host, a middleware, forward_to(). Belongs to this object,
    // which must not move any more; finish() is called by its start.
    csgi_app *as_csgi();

    // Serves, in a program with its own main(), until it is told to end, and returns the status to
    // exit with. Where `csgi` made this application, it does nothing. The server comes with
    // #include <csgi/run.hpp> and has to be linked: -lcsgi-serve.
    template <class Options = RunOptions>
    int run(const Options &options = {}) {
        static_assert(
            requires { serve_app(*this, options); },
            "App::run() needs #include <csgi/run.hpp>, and -lcsgi-serve");
        return serve_app(*this, options);
    }

private:
    friend class Application;
    friend class Context;
    friend class Receiving;
    friend class Serving;

    [[noreturn]] static void no_sessions_yet();
    jinja::Environment &template_environment();
    void add_templating(const Blueprint &blueprint);
    void add_routes(const Scaffold &from, const std::string &prefix, const std::string &name,
                    const std::optional<std::string> &subdomain, const Dict &defaults,
                    const BodyLimits &limits, const std::vector<std::uint32_t> &scopes);
    void add_blueprint(const Blueprint &blueprint, const BlueprintOptions &options,
                       const std::string &outer_name, const std::string &outer_prefix,
                       const std::optional<std::string> &outer_subdomain,
                       const Dict &outer_defaults, const BodyLimits &outer_limits,
                       std::vector<std::uint32_t> scopes);

    struct Pending {
        std::shared_ptr<const Blueprint> blueprint;
        BlueprintOptions options;
    };

    std::string name_, root_path_, static_folder_, template_folder_, instance_path_;
    std::vector<Pending> pending_;
    std::vector<Hooks::Teardown> teardown_context_;
    std::vector<Route> table_;
    std::vector<Hooks> scopes_; // the application's own, then one for each blueprint's name
    std::vector<std::string> scope_names_;
    std::vector<const void *> known_blueprints_;
    std::unique_ptr<SessionInterface> sessions_;
    std::unique_ptr<Application> served_;
    std::unique_ptr<Templating> templating_;

    // Settings that each request needs.
    JsonFormat json_;
    FormLimits form_limits_;
    bool is_debug_ = false, is_testing_ = false, propagates_ = false, traps_http_ = false,
         traps_bad_requests_ = false;
    std::optional<std::int64_t> send_file_max_age_;
    std::int64_t max_content_length_ = -1, max_cookie_size_ = 0;
    std::string server_name_;
    std::vector<std::string> trusted_hosts_;
};

// ---- A module ---------------------------------------------------------------------------------

namespace detail {

// Makes an application. One that takes the settings puts them where they belong itself.
struct Factory {
    App (*plain)();
    App (*with_settings)(const Dict &settings);
};
constexpr Factory factory_of(App (*make)()) {
    return {make, nullptr};
}
constexpr Factory factory_of(App (*make)(const Dict &)) {
    return {nullptr, make};
}

constexpr auto factories_of(auto... make) {
    return std::array{factory_of(make)...};
}

csgi_rc create_module(Factory factory, csgi_str text, std::size_t inner, csgi_app **out, char *err,
                      std::size_t cap) noexcept;
// The same by its name, of as many as there are names.
csgi_rc create_named(const Factory *factories, std::string_view names, csgi_str name, csgi_str text,
                     std::size_t inner, csgi_app **out, char *err, std::size_t cap) noexcept;
// What the framework answers to entry->ext, but for the module's own table of factories.
const void *module_ext(const char *id, const csgi_factory *factory) noexcept;

template <class Module>
csgi_rc create_instance(csgi_str text, csgi_app **, std::size_t inner, csgi_app **out, char *err,
                        std::size_t cap) {
    return create_module(Module::factories[0], text, inner, out, err, cap);
}

template <class Module>
inline constexpr csgi_factory factory_table{
    sizeof(csgi_factory), 0,
    [] {
        return csgi_str{Module::names.data(), Module::names.size()};
    },
    [](csgi_str name, csgi_str text, csgi_app **, std::size_t inner, csgi_app **out, char *err,
       std::size_t cap) {
        return create_named(Module::factories, Module::names, name, text, inner, out, err, cap);
    }};

template <class Module>
constexpr csgi_entry entry_of(const char *name, const char *version = "0") {
    csgi_entry entry{};
    entry.struct_size = sizeof entry;
    entry.abi_minor = CSGI_ABI_MINOR;
    entry.name = name;
    entry.version = version;
    entry.create = create_instance<Module>;
    entry.ext = [](const char *id) { return module_ext(id, &factory_table<Module>); };
    return entry;
}

} // namespace detail

} // namespace csgi

// Makes this file a module: CSGI_APP_MODULE(create_app, "name", "version"), where create_app is a
// function `csgi::App create_app()`. Each worker calls it once. What `csgi run` hands over as
// key=value becomes settings, as from_prefixed_env() reads them; a function
// `csgi::App create_app(const csgi::Dict &settings)` is given them instead.
#define CSGI_APP_MODULE(factory, ...) CSGI_APP_MODULES((__VA_ARGS__), factory)

// The same with several, which `csgi run app.so:create_admin` and the like tell apart; the first is
// what app.so stands for: CSGI_APP_MODULES(("name", "version"), create_app, create_admin).
#define CSGI_APP_MODULES(name_and_version, ...)                                \
    namespace {                                                                \
    struct CsgiModule {                                                        \
        static constexpr auto all = ::csgi::detail::factories_of(__VA_ARGS__); \
        static constexpr const ::csgi::detail::Factory *factories = &all[0];   \
        static constexpr std::string_view names = #__VA_ARGS__;                \
    };                                                                         \
    }                                                                          \
    extern "C" CSGI_EXPORT constexpr csgi_entry csgi_entry_v1 =                \
        ::csgi::detail::entry_of<CsgiModule> name_and_version
