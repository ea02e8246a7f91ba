// SPDX-License-Identifier: MIT
// What an application and a blueprint can both be told: routes, hooks, error handlers.
#pragma once

#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <csgi/app/command.hpp>
#include <csgi/app/handler.hpp>
#include <csgi/app/views.hpp>

namespace csgi {

// How much of a body is taken, where it is not what the settings of these names say. Flask has the
// same as attributes of a request; here a body is there before the first hook, so that its limits
// are those of its route. Below them stand the server's own.
struct BodyLimits {
    std::optional<std::int64_t> max_content_length = std::nullopt;   // bytes in all
    std::optional<std::int64_t> max_form_memory_size = std::nullopt; // of a field, or a whole form
                                                                     // without files
    std::optional<std::int64_t> max_form_parts = std::nullopt;

    // What this does not say, as the other says.
    BodyLimits or_else(const BodyLimits &other) const {
        const auto either = [](const auto &a, const auto &b) { return a ? a : b; };
        return {either(max_content_length, other.max_content_length),
                either(max_form_memory_size, other.max_form_memory_size),
                either(max_form_parts, other.max_form_parts)};
    }
};

// How a route differs from the usual one.
struct RouteOptions {
    // The name for url_for(). Empty: the rule itself is the name.
    std::string endpoint = {};
    // Empty: GET, and with it HEAD and OPTIONS.
    std::vector<std::string> methods = {};
    Dict defaults = {};
    std::optional<std::string> subdomain = std::nullopt;
    std::string host = {};
    std::optional<bool> strict_slashes = std::nullopt;
    std::optional<bool> merge_slashes = std::nullopt;
    std::string redirect_to = {};
    // Nothing: yes, unless OPTIONS is among the methods.
    std::optional<bool> provide_automatic_options = std::nullopt;
    BodyLimits limits = {};
};

// A route as it was told, before it joins an application.
struct RouteSpec {
    std::string rule;
    RouteOptions options;
    ViewFunction view;
    std::vector<detail::Shape> shapes; // of the values that the handler takes
    const char *file = "";
    unsigned line = 0;
    std::uint32_t handler = 0; // the same for rules that share one handler
};

// What a route can still be told.
template <class F>
class Registration {
public:
    Registration(std::deque<RouteSpec> &all, RouteSpec &spec) : all_(all), spec_(spec) {}

    // Its name for url_for().
    Registration &as(std::string endpoint) {
        spec_.options.endpoint = std::move(endpoint);
        return *this;
    }
    // More than others may send, or less: app.post("/upload", save).limits({.max_content_length =
    // 100'000'000}). Rules told by also() afterwards have them too.
    Registration &limits(BodyLimits limits) {
        spec_.options.limits = limits;
        return *this;
    }
    // Puts something around the handler, such as a look at who asks; what was told last is
    // outermost. Rules told by also() afterwards have it too.
    Registration &wrapped(const Decorator &decorate) {
        spec_.view = decorate(std::move(spec_.view));
        return *this;
    }
    // Another rule for the same handler and name.
    Registration &also(RuleWithDefaultsFor<F> rule, RouteOptions options = {}) {
        RouteSpec more = spec_;
        more.rule = rule.text();
        more.file = rule.file();
        more.line = rule.line();
        options.endpoint = spec_.options.endpoint.empty() ? spec_.rule : spec_.options.endpoint;
        spec_.options.endpoint = options.endpoint;
        if (options.methods.empty()) options.methods = spec_.options.methods;
        options.limits = options.limits.or_else(spec_.options.limits);
        more.options = std::move(options);
        all_.push_back(std::move(more));
        return *this;
    }

private:
    std::deque<RouteSpec> &all_;
    RouteSpec &spec_;
};

// Hooks and error handlers of an application or of one blueprint.
struct Hooks {
    using Before = std::function<bool(Context &, Response &)>; // true: that is the answer
    using After = std::function<void(Context &, Response &)>;
    using Teardown = std::function<void(Context &, std::exception_ptr)>;
    using Preprocessor = std::function<void(Context &, Dict &)>;
    using Defaults = std::function<void(Context &, std::string_view, Dict &)>;
    using ContextProcessor = std::function<Dict(Context &)>;
    using OnError = std::function<void(Context &, Response &, const HttpError &)>;
    // False: not its type.
    using OnException = std::function<bool(Context &, Response &, const std::exception_ptr &)>;

    std::vector<Before> before;
    std::vector<After> after;
    std::vector<Teardown> teardown;
    std::vector<Preprocessor> preprocessors;
    std::vector<Defaults> url_defaults;
    std::vector<ContextProcessor> context_processors;
    std::vector<std::pair<int, OnError>> by_status;
    std::vector<OnException> by_type;

    void append(const Hooks &more);
};

namespace detail {

// Calls what takes some of (ctx, what), in this order.
template <class F, class... A>
decltype(auto) call_with(F &f, Context &ctx, A &&...more) {
    if constexpr (HasOneCall<F>)
        static_assert(!Call<std::decay_t<F>>::Arguments::has_copies,
                      "a hook takes Context, Request and Session by reference: what is done to a "
                      "copy is lost");
    if constexpr (std::is_invocable_v<F &, Context &, A...>)
        return f(ctx, std::forward<A>(more)...);
    else if constexpr (std::is_invocable_v<F &, Request &, A...>)
        return f(ctx.request(), std::forward<A>(more)...);
    else if constexpr (std::is_invocable_v<F &, Session &, A...>)
        return f(ctx.session(), std::forward<A>(more)...);
    else if constexpr (std::is_invocable_v<F &, A...>)
        return f(std::forward<A>(more)...);
    else if constexpr (std::is_invocable_v<F &, Context &>)
        return f(ctx);
    else {
        static_assert(std::is_invocable_v<F &>,
                      "a hook takes nothing, Context&, Request& or Session&, and what it is about");
        return f();
    }
}

template <class F>
Hooks::Before make_before(F hook) {
    return [hook = std::move(hook)](Context &ctx, Response &out) mutable {
        using R = std::remove_cvref_t<decltype(call_with(hook, ctx))>;
        if constexpr (std::is_void_v<R>) {
            call_with(hook, ctx);
            return false;
        } else if constexpr (is_optional<R>) {
            R result = call_with(hook, ctx);
            if (result) answer(ctx, out, *std::move(result));
            return result.has_value();
        } else if constexpr (std::same_as<R, Value>) {
            const Value result = call_with(hook, ctx);
            if (!result.is_none()) answer(ctx, out, result);
            return !result.is_none();
        } else {
            static_assert(is_answer<R>, "before_request returns nothing, std::optional of an "
                                        "answer, or an answer");
            answer(ctx, out, call_with(hook, ctx));
            return true;
        }
    };
}

template <class F>
Hooks::After make_after(F hook) {
    return [hook = std::move(hook)](Context &ctx, Response &response) mutable {
        using R = std::remove_cvref_t<decltype(call_with(hook, ctx, response))>;
        if constexpr (std::same_as<R, Response>) {
            response = call_with(hook, ctx, response);
        } else {
            static_assert(std::is_void_v<R>, "after_request changes the response that it is given, "
                                             "or returns another one");
            call_with(hook, ctx, response);
        }
    };
}

// What an error handler returns may be a text of the error, which is soon gone.
template <class F>
Hooks::OnError make_on_error(F handler) {
    return [handler = std::move(handler)](Context &ctx, Response &out,
                                          const HttpError &error) mutable {
        answer(ctx, out, call_with(handler, ctx, error));
        keep_text(out);
    };
}

template <class E, class F>
Hooks::OnException make_on_exception(F handler) {
    return [handler = std::move(handler)](Context &ctx, Response &out,
                                          const std::exception_ptr &thrown) mutable {
        try {
            std::rethrow_exception(thrown);
        } catch (const E &error) {
            answer(ctx, out, call_with(handler, ctx, error));
            keep_text(out);
            return true;
        }
    };
}

template <class F>
Hooks::Teardown make_teardown(F hook) {
    return [hook = std::move(hook)](Context &ctx, std::exception_ptr error) mutable {
        call_with(hook, ctx, error);
    };
}

template <class F>
Hooks::Preprocessor make_preprocessor(F hook) {
    return [hook = std::move(hook)](Context &ctx, Dict &values) mutable {
        call_with(hook, ctx, values);
    };
}

template <class F>
Hooks::ContextProcessor make_context_processor(F hook) {
    return [hook = std::move(hook)](Context &ctx) mutable -> Dict { return call_with(hook, ctx); };
}

template <class F>
Hooks::Defaults make_url_defaults(F hook) {
    return [hook = std::move(hook)](Context &ctx, std::string_view endpoint, Dict &values) mutable {
        call_with(hook, ctx, endpoint, values);
    };
}

template <class E>
concept HasCode = requires {
    { E::code } -> std::convertible_to<int>;
};

template <class E, class F>
void add_error_handler(Hooks &hooks, F handler) {
    if constexpr (HasCode<E>)
        hooks.by_status.emplace_back(
            E::code, [handler = std::move(handler)](Context &ctx, Response &out,
                                                    const HttpError &error) mutable {
                const E *exact = dynamic_cast<const E *>(&error);
                const E other(error.description());
                answer(ctx, out, call_with(handler, ctx, exact ? *exact : other));
                keep_text(out);
            });
    else
        hooks.by_type.push_back(make_on_exception<E>(std::move(handler)));
}

} // namespace detail

// Told before the first request; afterwards an application refuses.
class Scaffold {
public:
    using MaxAge = std::function<std::optional<std::int64_t>(std::string_view filename)>;

    Scaffold(Scaffold &&) noexcept = default;
    Scaffold &operator=(Scaffold &&) noexcept = default;

    // Commands for `csgi app.so NAME`.
    Commands cli;

    // A handler takes, in any order, Context&, Request&, Session&, Json<T>, and the values of its
    // path in their order. It returns text, bytes, a Value, a Dict or list, a struct with
    // CSGI_FIELDS, a Response, a tuple of one of these with status and Headers, a Generator, an
    // HttpError, or forward_to(app). A text by view or pointer is not copied: it has to outlive the
    // request, as a literal does, or be of the request itself.
    template <class F>
    Registration<F> get(RuleFor<std::type_identity_t<F>> rule, F handler) {
        return add(rule, with("GET", {}), std::move(handler));
    }
    template <class F>
    Registration<F> post(RuleFor<std::type_identity_t<F>> rule, F handler) {
        return add(rule, with("POST", {}), std::move(handler));
    }
    template <class F>
    Registration<F> put(RuleFor<std::type_identity_t<F>> rule, F handler) {
        return add(rule, with("PUT", {}), std::move(handler));
    }
    template <class F>
    Registration<F> patch(RuleFor<std::type_identity_t<F>> rule, F handler) {
        return add(rule, with("PATCH", {}), std::move(handler));
    }
    template <class F>
    Registration<F> del(RuleFor<std::type_identity_t<F>> rule, F handler) {
        return add(rule, with("DELETE", {}), std::move(handler));
    }
    // GET alone, or what the options say.
    template <class F>
    Registration<F> route(RuleFor<std::type_identity_t<F>> rule, F handler) {
        return add(rule, RouteOptions(), std::move(handler));
    }
    template <class F>
    Registration<F> route(RuleWithDefaultsFor<std::type_identity_t<F>> rule, RouteOptions options,
                          F handler) {
        return add(rule, std::move(options), std::move(handler));
    }

    // A class as the handler, of View or MethodView; `arguments` are its constructor's. The
    // options' methods are the class's unless they are given.
    template <class V, class... A>
    Registration<detail::ViewHandler<V>> add_view(RuleWithDefaultsFor<detail::ViewHandler<V>> rule,
                                                  RouteOptions options, A... arguments) {
        if (options.methods.empty()) options.methods = detail::view_methods<V>();
        if constexpr (requires { V::provide_automatic_options; })
            if (!options.provide_automatic_options)
                options.provide_automatic_options = V::provide_automatic_options;
        return add_made<detail::ViewHandler<V>>(rule, std::move(options),
                                                detail::class_view<V>(std::move(arguments)...));
    }

    // How many seconds a client may keep a static file without asking again, by its name; nothing:
    // as the application says. Flask's get_send_file_max_age().
    void set_send_file_max_age(MaxAge max_age) {
        changing("set_send_file_max_age");
        *max_age_ = std::move(max_age);
    }

    // Before the handler: takes nothing, Context&, Request& or Session&; returns nothing, or an
    // answer (std::optional: perhaps) that is then given instead.
    template <class F>
    void before_request(F hook) {
        changing("before_request");
        hooks_.before.push_back(detail::make_before(std::move(hook)));
    }
    // After it, also after an error: takes Response&, or Context& and Response&. Last told first.
    template <class F>
    void after_request(F hook) {
        changing("after_request");
        hooks_.after.push_back(detail::make_after(std::move(hook)));
    }
    // When the answer is on its way: takes nothing, Context&, std::exception_ptr (null: all went
    // well) or both. Last told first; what it throws is logged.
    template <class F>
    void teardown_request(F hook) {
        changing("teardown_request");
        hooks_.teardown.push_back(detail::make_teardown(std::move(hook)));
    }
    // Before the hooks above: may change the values of the path. Takes Dict&, or Context& first.
    template <class F>
    void url_value_preprocessor(F hook) {
        changing("url_value_preprocessor");
        hooks_.preprocessors.push_back(detail::make_preprocessor(std::move(hook)));
    }
    // May add values to what url_for() was given. Takes (endpoint, Dict&), or Context& first.
    template <class F>
    void url_defaults(F hook) {
        changing("url_defaults");
        hooks_.url_defaults.push_back(detail::make_url_defaults(std::move(hook)));
    }
    // Variables for the templates of these routes: takes nothing or Context&, returns a Dict.
    template <class F>
    void context_processor(F hook) {
        changing("context_processor");
        hooks_.context_processors.push_back(detail::make_context_processor(std::move(hook)));
    }
    // What answers when a status is an error: takes const HttpError&, Context& or both, or nothing.
    // The status of the answer is 200 unless it says another. Throws SetupError for a status that
    // is none of an error.
    template <class F>
    void errorhandler(int status, F handler) {
        changing("errorhandler");
        must_be_error(status);
        hooks_.by_status.emplace_back(status, detail::make_on_error(std::move(handler)));
    }
    // What answers when a handler throws an E: takes const E&, Context& or both, or nothing. Of
    // several that fit, the one told last counts: so tell those for base classes first.
    template <class E, class F>
    void errorhandler(F handler) {
        changing("errorhandler");
        detail::add_error_handler<E>(hooks_, std::move(handler));
    }

protected:
    friend class App;
    Scaffold() = default;
    Scaffold(const Scaffold &) = default;
    ~Scaffold() = default;

    // A route "static" to a folder, below `url_path`; nothing: its name.
    void add_static(const std::string &folder, const std::optional<std::string> &url_path,
                    std::string host = {});

    // Throws SetupError when it is too late.
    void changing(const char *what) const;
    static void must_be_error(int status);

    // Of a blueprint, shared by its copies: what is for the whole application is told once, however
    // often this is registered. NULL: an application.
    struct Identity {
        std::string name;
        bool is_registered = false;
    };
    std::shared_ptr<Identity> identity_;

    std::deque<RouteSpec> routes_;
    Hooks hooks_;
    std::shared_ptr<MaxAge> max_age_ = std::make_shared<MaxAge>(); // shared with the static route
    bool is_served_ = false;                                       // nothing may be added any more
    std::uint32_t handlers_ = 0;

private:
    static RouteOptions with(const char *method, RouteOptions options) {
        options.methods = {method};
        return options;
    }
    template <class Rule, class F>
    Registration<F> add(const Rule &rule, RouteOptions options, F handler) {
        return add_made<F>(rule, std::move(options), make_view(std::move(handler)));
    }
    // `F` is what the handler takes.
    template <class F, class Rule>
    Registration<F> add_made(const Rule &rule, RouteOptions options, ViewFunction view) {
        changing("route");
        RouteSpec spec;
        spec.rule = rule.text();
        spec.file = rule.file();
        spec.line = rule.line();
        spec.options = std::move(options);
        spec.handler = handlers_++;
        if constexpr (detail::HasOneCall<F>) {
            using Taken = typename detail::Call<F>::Arguments;
            constexpr auto shapes = Taken::shapes();
            spec.shapes.assign(shapes.begin(), shapes.begin() + Taken::path_count);
        }
        spec.view = std::move(view);
        routes_.push_back(std::move(spec));
        return Registration<F>(routes_, routes_.back());
    }
};

} // namespace csgi
