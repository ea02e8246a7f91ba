// SPDX-License-Identifier: MIT
// Contexts with and without a request, and hooks around them.
#include <csgi/app.hpp>
#include <csgi/testing.hpp>

#include <doctest/doctest.h>

using namespace csgi;

namespace {

Generator slow_page(Context &ctx) {
    co_yield "begun ";
    // Still there, although the handler is long over.
    co_yield ctx.request().arg("name");
    co_yield ctx.g["mark"].as_string();
}

} // namespace

TEST_CASE("a context without a request has the application, g and URLs, and says what it has not") {
    App app("context");
    std::string order;
    app.teardown_appcontext([&](Context &ctx, std::exception_ptr) {
        order += ctx.has_request() ? "after request " : "left ";
    });
    app.config["SERVER_NAME"] = "example.com";
    app.get("/page", [] { return "page"; }).as("page");
    {
        const auto ctx = app.app_context();
        CHECK(&ctx->app == &app);
        CHECK(!ctx->has_request());
        ctx->g["x"] = 1;
        CHECK(ctx->g["x"] == Value(1));
        CHECK(ctx->url_for("page") == "http://example.com/page");
        CHECK_THROWS_WITH_AS(
            ctx->request(),
            "Working outside of request context.\n\nThis typically means that you attempted to use "
            "functionality that needed\nan active HTTP request. Consult the documentation on "
            "testing for\ninformation about how to avoid this problem.",
            std::runtime_error);
        CHECK_THROWS_AS(ctx->session(), std::runtime_error);
        CHECK_THROWS_AS(ctx->flash("x"), std::runtime_error);
        CHECK(order == "");
    }
    CHECK(order == "left ");
    TestClient client(app);
    client.get("/page");
    CHECK(order == "left after request ");
}

TEST_CASE("URLs outside a request need a server's name, and take root and scheme from settings") {
    App bare("context");
    bare.get("/page", [] { return "page"; }).as("page");
    CHECK_THROWS_WITH_AS(bare.app_context()->url_for("page"),
                         "Unable to build URLs outside an active request without 'SERVER_NAME' "
                         "configured. Also configure 'APPLICATION_ROOT' and 'PREFERRED_URL_SCHEME' "
                         "as needed.",
                         std::runtime_error);
    App app("context");
    app.config["SERVER_NAME"] = "example.com:8443";
    app.config["APPLICATION_ROOT"] = "/app";
    app.config["PREFERRED_URL_SCHEME"] = "https";
    app.get("/page/<int:n>", [](int) { return "page"; }).as("page");
    app.finish();
    CHECK(app.url_for("page", {{"n", 1}}) == "https://example.com:8443/app/page/1");
    CHECK(app.url_for("page", {{"n", 1}, {"_external", false}}) == "/app/page/1");
    CHECK(app.url_for("page", {{"n", 1}, {"_anchor", "a b"}, {"q", 2}}) ==
          "https://example.com:8443/app/page/1?q=2#a%20b");
    CHECK_THROWS_WITH_AS(app.url_for("page", {{"_external", false}, {"_scheme", "http"}}),
                         "When specifying '_scheme', '_external' must be True.",
                         std::invalid_argument);
}

TEST_CASE("a test stands inside a request, whose route was found and whose hooks were not called") {
    App app("context");
    std::string order;
    app.before_request([&] { order += "before "; });
    app.after_request([&](Response &) { order += "after "; });
    app.teardown_request([&] { order += "teardown "; });
    app.get("/hello/<name>", [](std::string_view) { return ""; }).as("hello");
    TestClient client(app);
    bool was_there = false;
    client.request_context(
        "/hello/you?x=1",
        [&](Context &ctx) {
            was_there = true;
            CHECK(ctx.has_request());
            CHECK(ctx.request().path() == "/hello/you");
            CHECK(ctx.request().method() == "POST");
            CHECK(ctx.request().arg("x") == "1");
            CHECK(ctx.request().form_value("y") == "2");
            CHECK(ctx.routing_error() == 405);
        },
        {.form = {{"y", "2"}}}, "POST");
    CHECK(was_there);
    CHECK(order == "teardown ");
    client.request_context("/hello/you", [&](Context &ctx) {
        CHECK(ctx.endpoint() == "hello");
        CHECK(ctx.routing_error() == 0);
        CHECK(ctx.view_args() == Dict{{"name", "you"}});
        CHECK(ctx.url_for("hello", {{"name", "me"}}) == "/hello/me");
    });
    client.request_context("/nowhere", [&](Context &ctx) {
        CHECK(ctx.endpoint() == "");
        CHECK(ctx.routing_error() == 404);
    });
    CHECK_THROWS_WITH_AS(
        client.request_context("/", [](Context &) { throw std::out_of_range("thrown"); }), "thrown",
        std::out_of_range);
}

TEST_CASE("the context lives as long as a streamed answer") {
    App app("context");
    std::string order;
    app.get("/", [&](Context &ctx) {
        ctx.g["mark"] = "!";
        return slow_page(ctx);
    });
    app.teardown_request([&] { order += "teardown"; });
    TestClient client(app);
    std::string seen;
    const auto answer = client.get("/?name=you", {.on_body = [&](std::string_view piece) {
                                       seen += piece;
                                       return true;
                                   }});
    CHECK(seen == "begun you!");
    CHECK(answer.text() == "begun you!");
    CHECK(order == "teardown");
}

TEST_CASE("two requests to two applications inside each other keep their contexts apart") {
    App inner("inner");
    inner.get("/x", [](Context &ctx) {
        CHECK(ctx.g.empty());
        ctx.g["who"] = "inner";
        return std::string(ctx.g["who"].as_string()) + " in " + ctx.app.name();
    });
    App app("outer");
    TestClient to_inner(inner);
    app.get("/", [&](Context &ctx) {
        ctx.g["who"] = "outer";
        const std::string theirs = to_inner.get("/x").text();
        return theirs + ", " + std::string(ctx.g["who"].as_string()) + " in " + ctx.app.name();
    });
    TestClient client(app);
    CHECK(client.get("/").text() == "inner in inner, outer in outer");
}

TEST_CASE("every teardown runs with what was thrown, also when one of them throws") {
    App app("context");
    std::string order;
    app.teardown_request([&](std::exception_ptr error) { order += error ? "first! " : "first "; });
    app.teardown_request([&]() { throw std::runtime_error("in teardown"); });
    Blueprint pages("pages", {.url_prefix = "/pages"});
    pages.teardown_request([&] { order += "pages "; });
    pages.teardown_app_request([&] { order += "app-wide "; });
    pages.get("/fail", []() -> std::string { throw std::runtime_error("oops"); });
    app.register_blueprint(pages);
    app.get("/", [] { return "ok"; });
    TestClient client(app);
    client.get("/");
    CHECK(order == "app-wide first ");
    order.clear();
    CHECK(client.get("/pages/fail").status == 500);
    CHECK(order == "pages app-wide first! ");
    CHECK(client.log().back().find("in teardown") != std::string::npos);
}
