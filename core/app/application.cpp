// SPDX-License-Identifier: MIT
// Hooks, handler, error handlers and answer, in Flask's order.
#include "core/app/application.hpp"

#include <csgi/sdk.h>

#include <new>
#include <span>

#include <csgi/app/test_hooks.hpp>
#include <csgi/http/host.hpp>

#include "core/app/python_text.hpp"
#include "core/app/receiving.hpp"
#include "core/app/sending.hpp"
#include "core/app/thrown.hpp"

namespace csgi {

namespace {

TestHooks *hooks_of(const csgi_request *raw) {
    if (!raw->attrs) return nullptr;
    const void *hooks = csgi_attr_get(raw, csgi_str_n(TestHooks::id.data(), TestHooks::id.size()));
    return static_cast<TestHooks *>(const_cast<void *>(hooks));
}

} // namespace

// What happens to one request. All static: its state is the Context's.
class Serving {
public:
    static void find_route(Context &ctx);
    static csgi_rc run(Context &ctx, int failed_with) noexcept;
    static void end(Context &ctx) noexcept;
    static void end_context(Context &ctx) noexcept;

private:
    using Scopes = std::span<const std::uint32_t>;

    static Scopes scopes(const Context &ctx) {
        static constexpr std::uint32_t own[] = {0};
        return ctx.route_ ? Scopes(ctx.route_->scopes) : Scopes(own);
    }
    static const Hooks &hooks(const Context &ctx, std::uint32_t scope) {
        return ctx.app.scopes_[scope];
    }
    static void dispatch(Context &ctx, Response &out, int failed_with);
    static void route_failed(Context &ctx, Response &out);
    static bool known_error(Context &ctx, Response &out, const std::exception_ptr &error);
    static void user_error(Context &ctx, Response &out, const std::exception_ptr &error);
    static void http_error(Context &ctx, Response &out, const HttpError &error,
                           const std::exception_ptr &thrown);
    static bool by_type(Context &ctx, Response &out, const std::exception_ptr &thrown);
    static void finalize(Context &ctx, Response &out);
    static void server_error(Context &ctx, Response &out, const std::exception_ptr &error);
    static void automatic_options(Context &ctx, Response &out);
    static bool is_trapped(const App &app, const HttpError &error);
    static void check_cookies(const Context &ctx, const Response &out);
};

// ---- Finding the route ------------------------------------------------------------------------

void Serving::find_route(Context &ctx) {
    App &app = ctx.app;
    std::string_view domain = app.url_map.default_subdomain;
    UrlAdapter adapter;
    if (app.url_map.host_matching || app.subdomain_matching) {
        adapter = ctx.adapter();
        domain = adapter.domain();
    }
    const csgi_request *raw = ctx.raw_;
    app.url_map.match(domain, ctx.request_.path(), raw->method_id, ctx.request_.method(), false,
                      ctx.match_);
    if (ctx.match_.is_found()) ctx.route_ = &app.table_[ctx.match_.rule->handler];
}

// What the router said instead of a route.
void Serving::route_failed(Context &ctx, Response &out) {
    const Request &request = ctx.request();
    const UrlAdapter adapter = ctx.adapter();
    const std::string target = adapter.redirect(ctx.match_, request.path(), request.method());
    if (!target.empty()) {
        out = redirect(target, 308);
        return;
    }
    if (ctx.match_.outcome == Match::Outcome::method_not_allowed) {
        MethodNotAllowed error;
        const MethodSet methods =
            ctx.app.url_map.allowed_methods(adapter.domain(), request.path(), request.method());
        error.valid_methods = methods.names();
        error.headers.emplace_back("allow", methods.allow());
        return http_error(ctx, out, error, nullptr);
    }
    if (ctx.match_.outcome == Match::Outcome::websocket_mismatch)
        return http_error(ctx, out, BadRequest(), nullptr);
    http_error(ctx, out, NotFound(), nullptr);
}

void Serving::automatic_options(Context &ctx, Response &out) {
    const UrlAdapter adapter = ctx.adapter();
    out.headers.add("content-type", html_type);
    out.headers.add(
        "allow", ctx.app.url_map.allowed_methods(adapter.domain(), ctx.request().path()).allow());
}

// ---- Answering --------------------------------------------------------------------------------

void Serving::dispatch(Context &ctx, Response &out, int failed_with) {
    if (TestHooks *test = hooks_of(ctx.raw_); test && (test->session || test->enter)) {
        // A test changes the session, where saving it is all there is to do, or looks around.
        if (test->session)
            test->session(ctx.session());
        else
            test->thrown = caught([&] { test->enter(ctx); });
        return;
    }
    const Scopes chain = scopes(ctx);
    if (!ctx.app.trusted_hosts_.empty() &&
        !host_is_trusted(ctx.request().host(), ctx.app.trusted_hosts_))
        return http_error(ctx, out, BadRequest(), nullptr);
    for (const std::uint32_t scope : chain)
        for (const Hooks::Preprocessor &hook : hooks(ctx, scope).preprocessors)
            if (ctx.route_) hook(ctx, ctx.view_args());
    for (const std::uint32_t scope : chain)
        for (const Hooks::Before &hook : hooks(ctx, scope).before)
            if (hook(ctx, out)) return;
    if (!ctx.route_) return route_failed(ctx, out);
    if (ctx.match_.rule->may_redirect()) {
        const std::string target =
            ctx.adapter().redirect(ctx.match_, ctx.request().path(), ctx.request().method());
        if (!target.empty()) {
            out = redirect(target, 308);
            return;
        }
    }
    if (failed_with) throw HttpError(failed_with);
    if (ctx.raw_->method_id == CSGI_METHOD_OPTIONS && ctx.route_->automatic_options)
        return automatic_options(ctx, out);
    ctx.route_->view(ctx, out, ctx.route_->bindings);
}

// Whether an error of HTTP is to be seen as any other exception.
bool Serving::is_trapped(const App &app, const HttpError &error) {
    if (app.traps_http_) return true;
    if (app.traps_bad_requests_) return error.status() == 400;
    return app.is_debug_ && app.config["TRAP_BAD_REQUEST_ERRORS"].is_none() &&
           dynamic_cast<const BadRequestKeyError *>(&error);
}

bool Serving::by_type(Context &ctx, Response &out, const std::exception_ptr &thrown) {
    const Scopes chain = scopes(ctx);
    for (std::size_t i = chain.size(); i-- > 0;) {
        const auto &all = hooks(ctx, chain[i]).by_type;
        for (std::size_t handler = all.size(); handler-- > 0;) {
            bool is_its = false;
            // Not its type: what it rethrew comes back as it was.
            const std::exception_ptr other =
                caught([&] { is_its = all[handler](ctx, out, thrown); });
            if (is_its) return true;
            if (other && other != thrown) std::rethrow_exception(other);
        }
    }
    return false;
}

void Serving::http_error(Context &ctx, Response &out, const HttpError &error,
                         const std::exception_ptr &thrown) {
    out = Response();
    const Scopes chain = scopes(ctx);
    for (std::size_t i = chain.size(); i-- > 0;) {
        const auto &all = hooks(ctx, chain[i]).by_status;
        for (std::size_t handler = all.size(); handler-- > 0;)
            if (all[handler].first == error.status()) return all[handler].second(ctx, out, error);
    }
    bool has_types = false;
    for (const std::uint32_t scope : chain)
        has_types = has_types || !hooks(ctx, scope).by_type.empty();
    if (has_types && by_type(ctx, out, thrown ? thrown : std::make_exception_ptr(error))) return;
    out = Response();
    const auto *key = dynamic_cast<const BadRequestKeyError *>(&error);
    if (key && (ctx.app.is_debug_ || ctx.app.traps_bad_requests_))
        detail::set_error(
            out, BadRequest(error.description() + "\nKeyError: " + python_repr(key->key())));
    else
        detail::set_error(out, error);
}

// True: of a kind that the framework answers.
bool Serving::known_error(Context &ctx, Response &out, const std::exception_ptr &error) {
    try {
        std::rethrow_exception(error);
    } catch (const HttpError &http) {
        if (is_trapped(ctx.app, http)) return false;
        http_error(ctx, out, http, error);
    } catch (const AbortedWith &aborted) {
        out = std::move(*aborted.response);
    } catch (const TooLarge &) {
        http_error(ctx, out, RequestEntityTooLarge(), error);
    } catch (const FieldError &field) {
        http_error(ctx, out, UnprocessableEntity(field.what()), error);
    }
    return true;
}

void Serving::user_error(Context &ctx, Response &out, const std::exception_ptr &error) {
    out = Response();
    bool known = false;
    // What is of no such kind comes back as it was.
    const std::exception_ptr other = caught([&] { known = known_error(ctx, out, error); });
    if (known) return;
    if (other && other != error) std::rethrow_exception(other);
    if (!by_type(ctx, out, error)) std::rethrow_exception(error);
}

void Serving::server_error(Context &ctx, Response &out, const std::exception_ptr &error) {
    log_error(ctx, {"Exception on ", ctx.request().path(), " [", ctx.request().method(), "]: "},
              error);
    InternalServerError page;
    page.original = error;
    const std::exception_ptr again = caught([&] { http_error(ctx, out, page, nullptr); });
    if (!again) return;
    log_error(ctx, {"The handler of errors failed: "}, again);
    out = Response();
    detail::set_error(out, page);
}

// Browsers drop larger cookies without a word.
void Serving::check_cookies(const Context &ctx, const Response &out) {
    const auto most = static_cast<std::size_t>(ctx.app.max_cookie_size_);
    if (!out.has_cookies() || !most) return;
    for (const HeaderView line : out.headers) {
        if (line.name != "set-cookie" || line.value.size() <= most) continue;
        const std::string_view name = line.value.substr(0, line.value.find('='));
        const std::string_view pair = line.value.substr(0, line.value.find(';'));
        const std::size_t value = pair.size() - std::min(pair.size(), name.size() + 1);
        ctx.log(CSGI_LOG_WARNING,
                "The '" + std::string(name) + "' cookie is too large: the value was " +
                    std::to_string(value) + " bytes but the header required " +
                    std::to_string(line.value.size() - value) +
                    " extra bytes. The final size was " + std::to_string(line.value.size()) +
                    " bytes but the limit is " + std::to_string(most) +
                    " bytes. Browsers may silently ignore cookies larger than this.");
    }
}

void Serving::finalize(Context &ctx, Response &out) {
    for (const auto &call : ctx.after_) call(out);
    const Scopes chain = scopes(ctx);
    const TestHooks *test = hooks_of(ctx.raw_);
    const bool is_request = !test || (!test->session && !test->enter);
    for (std::size_t i = is_request ? chain.size() : 0; i-- > 0;) {
        const auto &all = hooks(ctx, chain[i]).after;
        for (std::size_t hook = all.size(); hook-- > 0;) all[hook](ctx, out);
    }
    if (ctx.session_) ctx.app.session_interface().save(ctx.app, ctx.request(), *ctx.session_, out);
    check_cookies(ctx, out);
}

csgi_rc Serving::run(Context &ctx, int failed_with) noexcept {
    Response out;
    csgi_request *raw = ctx.raw_;
    TestHooks *test = hooks_of(raw);
    std::exception_ptr error = caught([&] { dispatch(ctx, out, failed_with); });
    if (error) error = caught([&] { user_error(ctx, out, std::exception_ptr(error)); });
    if (!error) {
        error = caught([&] { finalize(ctx, out); });
    }
    if (error) {
        if (test && ctx.app.propagates_) test->thrown = error;
        if (caught([&] { server_error(ctx, out, error); })) {
            out = Response(); // no memory for more
            out.status = 500;
        }
        const std::exception_ptr later = caught([&] { finalize(ctx, out); });
        if (later)
            log_error(ctx, {"Request finalizing failed with an error while handling an error: "},
                      later);
    }
    ctx.error_ = error;
    if (test && test->inspect) {
        const std::exception_ptr failed = caught([&] { test->inspect(ctx); });
        if (failed) test->thrown = failed;
    }
    csgi_rc rc = CSGI_APP;
    bool is_kept = false;
    const std::exception_ptr unsent =
        caught([&] { rc = Sending::send(ctx, raw, out, Serving::end, is_kept); });
    if (is_kept) return rc;
    Sending::close(ctx, out);
    if (rc < 0 && rc != CSGI_GONE) {
        log_error(ctx,
                  {"the answer to ", ctx.request().path(),
                   " was refused: ", unsent ? "" : csgi_rc_name(rc)},
                  unsent);
        rc = csgi_fail(raw, rc == CSGI_TRUNC ? 400 : rc == CSGI_LIMIT ? 413 : 500);
    }
    end(ctx);
    return rc;
}

void Serving::end(Context &ctx) noexcept {
    const Scopes chain = scopes(ctx);
    for (std::size_t i = chain.size(); i-- > 0;) {
        const auto &all = hooks(ctx, chain[i]).teardown;
        for (std::size_t hook = all.size(); hook-- > 0;) {
            const std::exception_ptr error = caught([&] { all[hook](ctx, ctx.error_); });
            if (error) log_error(ctx, {"teardown_request failed: "}, error);
        }
    }
    end_context(ctx);
    ctx.~Context();
}

void Serving::end_context(Context &ctx) noexcept {
    const auto &all = ctx.app.teardown_context_;
    for (std::size_t hook = all.size(); hook-- > 0;) {
        const std::exception_ptr error = caught([&] { all[hook](ctx, ctx.error_); });
        if (error) log_error(ctx, {"teardown_appcontext failed: "}, error);
    }
}

void App::LeaveContext::operator()(Context *ctx) const noexcept {
    Serving::end_context(*ctx);
    delete ctx;
}

std::unique_ptr<Context, App::LeaveContext> App::app_context() {
    finish();
    return std::unique_ptr<Context, LeaveContext>(new Context(*this));
}

// ---- The contract -----------------------------------------------------------------------------

Application::Application(App &app) : csgi_app{}, app_(&app) {
    struct_size = sizeof(csgi_app);
    handle = answer;
    start = begin;
    // The worker may be gone before the application: then lines are the program's again.
    stop = [](csgi_app *self) {
        Logger &logger = static_cast<Application *>(self)->app_->logger;
        logger.api_ = nullptr;
        logger.worker_ = nullptr;
    };
}

Application::Application(std::unique_ptr<App> app) : Application(*app) {
    own_ = std::move(app);
    destroy = [](csgi_app *self) { delete static_cast<Application *>(self); };
}

csgi_rc Application::begin(csgi_app *self, csgi_worker *worker, char *err,
                           std::size_t cap) noexcept {
    const auto *application = static_cast<Application *>(self);
    application->app_->logger.api_ = worker->api;
    application->app_->logger.worker_ = worker;
    return refuse_thrown(caught([&] { application->app_->finish(); }), err, cap);
}

csgi_rc Application::answer(csgi_app *self, csgi_request *raw) noexcept {
    const auto *application = static_cast<Application *>(self);
    void *memory = csgi_alloc(raw->exchange, sizeof(Context));
    if (!memory) return CSGI_NOMEM;
    Context *ctx = nullptr;
    csgi_rc rc = CSGI_APP;
    const std::exception_ptr error = caught([&] {
        ctx = new (memory) Context(*application->app_, raw);
        Serving::find_route(*ctx);
        const TestHooks *test = hooks_of(raw);
        const bool is_read =
            (ctx->route_ || (test && test->enter)) && raw->flags & CSGI_REQ_HAS_BODY;
        rc = is_read ? Receiving::start(*ctx, Serving::run, Serving::end) : Serving::run(*ctx, 0);
        ctx = nullptr;
    });
    if (!error) return rc;
    if (ctx) {
        log_error(*ctx, {"Exception on ", ctx->request().path(), ": "}, error);
        ctx->~Context();
    }
    return csgi_fail(raw, 500);
}

csgi_app *App::as_csgi() {
    if (!served_) served_ = std::make_unique<Application>(*this);
    return served_.get();
}

} // namespace csgi
