// SPDX-License-Identifier: MIT
// Layers round an application from outside, as Flask's `app.wsgi_app = Layer(app.wsgi_app)`.
#include <csgi/app.hpp>
#include <csgi/middleware.h>
#include <csgi/sdk.h>
#include <csgi/testing.hpp>

#include <doctest/doctest.h>

using namespace csgi;

namespace {

// Believes a proxy about the scheme, as ProxyFix does, answers one path itself, and adds a field to
// every answer.
struct Proxied {
    csgi_wrap wrap;

    static csgi_app *round(csgi_app *inner) {
        return &csgi_wrap_new(sizeof(Proxied), handle, inner)->app;
    }
    static csgi_rc handle(csgi_app *app, csgi_request *request) {
        if (csgi_eq(request->path, CSGI_STR("/health"))) return csgi_text(request, 200, "well");
        auto *tap = static_cast<csgi_tap *>(csgi_zalloc(request->exchange, sizeof(csgi_tap)));
        csgi_request *view = tap ? csgi_push(request, tap, 0, part) : nullptr;
        if (!view) return CSGI_NOMEM;
        const csgi_header *scheme = csgi_find(request, CSGI_STR("x-forwarded-proto"));
        if (scheme) view->scheme = scheme->value;
        return csgi_call(reinterpret_cast<csgi_wrap *>(app)->inner, view);
    }
    static csgi_rc part(csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
        if (head) {
            const csgi_rc rc = csgi_head_add(x, head, CSGI_STR("x-layer"), CSGI_STR("was here"));
            if (rc < 0) return rc;
        }
        return csgi_forward(tap, x, part);
    }
};

void note(void *reports, const csgi_lint_report *report) {
    static_cast<std::vector<std::string> *>(reports)->emplace_back(report->message);
}

} // namespace

TEST_CASE("a layer stands round an application: it sees requests first and answers last") {
    App app("wrapped");
    app.get("/url", [](Context &ctx) { return ctx.url_for("/url", {{"_external", true}}); });
    app.get("/fails", []() -> std::string { throw std::runtime_error("no"); });
    int asked = 0;
    app.before_request([&asked] { ++asked; });

    std::vector<std::string> reports;
    csgi_lint_options options{};
    options.struct_size = sizeof options;
    options.report = note;
    options.ctx = &reports;
    csgi_app *whole = csgi_lint(Proxied::round(csgi_lint(app.as_csgi(), &options)), &options);
    TestClient client(whole);

    auto answer = client.get("/url", {.headers = {{"x-forwarded-proto", "https"}}});
    CHECK(answer.text() == "https://localhost/url");
    CHECK(answer.header("x-layer") == "was here");
    CHECK(client.get("/url").text() == "http://localhost/url");
    // What the application answers where something went wrong passes it as well.
    for (const char *path : {"/fails", "/nothing"})
        CHECK(client.get(path).header("x-layer") == "was here");
    CHECK(asked == 4);
    CHECK(client.get("/health").text() == "well");
    CHECK(asked == 4);
    // The client's hooks find the application behind it.
    client.request_context("/url?a=1", [](Context &ctx) { CHECK(ctx.request().arg("a") == "1"); });
    CHECK(reports == std::vector<std::string>());
}
