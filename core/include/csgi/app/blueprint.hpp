// SPDX-License-Identifier: MIT
// A part of an application: its routes and hooks under a name and a prefix.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <csgi/app/scaffold.hpp>
#include <csgi/template/function.hpp>

namespace csgi {

struct BlueprintOptions {
    std::string url_prefix = {};
    std::optional<std::string> subdomain = std::nullopt;
    Dict url_defaults = {}; // for all its routes
    std::string name = {};  // when registered: instead of its own
    // Of a blueprint, not of its registration. Relative to the application's root_path.
    std::string static_folder = {};                            // empty: none
    std::optional<std::string> static_url_path = std::nullopt; // "/" and the folder's name
    std::string template_folder = {};                          // empty: none
    // Of a blueprint's routes, and those inside it, that do not say otherwise.
    BodyLimits limits = {};
    // The group of its commands; empty: none, they are the application's own. Nothing: its name.
    std::optional<std::string> cli_group = std::nullopt;
};

// Flask's Blueprint. Registering it copies what it was told; after that it refuses to be told more.
class Blueprint : public Scaffold {
public:
    // Throws SetupError for a name that is empty or has a dot in it.
    explicit Blueprint(std::string name, BlueprintOptions options = {});
    Blueprint(Blueprint &&) noexcept = default;

    const std::string &name() const { return name_; }
    // A blueprint inside this one: its endpoints are outer.inner.name, its prefix stands behind.
    void register_blueprint(const Blueprint &inner, BlueprintOptions options = {});

    // Hooks for all requests of the application, not only for this blueprint's.
    template <class F>
    void before_app_request(F hook) {
        changing("before_app_request");
        app_hooks_.before.push_back(detail::make_before(std::move(hook)));
    }
    template <class F>
    void after_app_request(F hook) {
        changing("after_app_request");
        app_hooks_.after.push_back(detail::make_after(std::move(hook)));
    }
    template <class F>
    void teardown_app_request(F hook) {
        changing("teardown_app_request");
        app_hooks_.teardown.push_back(detail::make_teardown(std::move(hook)));
    }
    template <class F>
    void app_url_value_preprocessor(F hook) {
        changing("app_url_value_preprocessor");
        app_hooks_.preprocessors.push_back(detail::make_preprocessor(std::move(hook)));
    }
    template <class F>
    void app_url_defaults(F hook) {
        changing("app_url_defaults");
        app_hooks_.url_defaults.push_back(detail::make_url_defaults(std::move(hook)));
    }
    template <class F>
    void app_context_processor(F hook) {
        changing("app_context_processor");
        app_hooks_.context_processors.push_back(detail::make_context_processor(std::move(hook)));
    }
    template <class E, class F>
    void app_errorhandler(F handler) {
        changing("app_errorhandler");
        detail::add_error_handler<E>(app_hooks_, std::move(handler));
    }
    template <class F>
    void app_errorhandler(int status, F handler) {
        changing("app_errorhandler");
        must_be_error(status);
        app_hooks_.by_status.emplace_back(status, detail::make_on_error(std::move(handler)));
    }

    // Filters, tests and globals for all templates of the application, as App::template_filter()
    // and kin take them.
    template <class F>
    void app_template_filter(std::string name, F filter) {
        changing("app_template_filter");
        templating_.push_back(
            [name = std::move(name), filter = jinja::as_filter(std::move(filter))](
                jinja::Environment &to) { to.add_filter(name, filter); });
    }
    template <class F>
    void app_template_test(std::string name, F test) {
        changing("app_template_test");
        templating_.push_back([name = std::move(name), test = jinja::as_test(std::move(test))](
                                  jinja::Environment &to) { to.add_test(name, test); });
    }
    template <class F>
    void app_template_global(std::string name, F function) {
        changing("app_template_global");
        templating_.push_back(
            [name = std::move(name), value = jinja::as_global(std::move(function))](
                jinja::Environment &to) { to.globals()[name] = value; });
    }

private:
    friend class App;
    struct Inner {
        std::shared_ptr<Blueprint> blueprint;
        BlueprintOptions options;
    };
    Blueprint(const Blueprint &other);

    std::string name_;
    BlueprintOptions options_;
    Hooks app_hooks_;
    std::vector<std::function<void(jinja::Environment &)>> templating_;
    std::vector<Inner> inner_;
};

} // namespace csgi
