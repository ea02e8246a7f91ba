// SPDX-License-Identifier: MIT
// Which route, hook and error handler a request finds, by Flask's rules.
#include <csgi/app.hpp>
#include <csgi/testing.hpp>

#include <doctest/doctest.h>

using namespace csgi;

namespace {

struct First : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct Second : First {
    using First::First;
};

} // namespace

TEST_CASE("each method has its short form, for applications and blueprints alike") {
    Blueprint pages("pages", {.url_prefix = "/pages"});
    App app("lookup");
    const auto tell = [](Scaffold &to) {
        to.get("/get", [] { return "get"; });
        to.post("/post", [] { return "post"; });
        to.put("/put", [] { return "put"; });
        to.patch("/patch", [] { return "patch"; });
        to.del("/delete", [] { return "delete"; });
    };
    tell(app);
    tell(pages);
    app.register_blueprint(pages);
    TestClient client(app);
    for (const std::string prefix : {"", "/pages"}) {
        CHECK(client.get(prefix + "/get").text() == "get");
        CHECK(client.post(prefix + "/post").text() == "post");
        CHECK(client.put(prefix + "/put").text() == "put");
        CHECK(client.patch(prefix + "/patch").text() == "patch");
        CHECK(client.del(prefix + "/delete").text() == "delete");
        CHECK(client.get(prefix + "/put").header("allow") == "OPTIONS, PUT");
    }
}

TEST_CASE(
    "automatic OPTIONS are for the application to switch off, and for a route to have all the "
    "same") {
    App app("lookup");
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = false;
    app.get("/off", [] { return ""; });
    app.route("/on", {.provide_automatic_options = true}, [] { return ""; });
    TestClient client(app);
    CHECK(client.options("/off").status == 405);
    CHECK(client.options("/off").header("allow") == "GET, HEAD");
    CHECK(client.options("/on").status == 200);
    CHECK(client.options("/on").header("allow") == "GET, HEAD, OPTIONS");
}

TEST_CASE("a handler of errors is looked for by status, then by type, from the innermost blueprint "
          "outward") {
    Blueprint inner("inner", {.url_prefix = "/in"});
    inner.get("/<int:status>", [](int status) -> std::string { abort(status); });
    inner.get("/first", []() -> std::string { throw First("1"); });
    inner.get("/second", []() -> std::string { throw Second("2"); });
    inner.errorhandler(404, [] { return "inner 404"; });
    inner.errorhandler<First>([] { return "inner First"; });
    Blueprint outer("outer", {.url_prefix = "/out"});
    outer.errorhandler(404, [] { return "outer 404"; });
    outer.errorhandler(409, [] { return "outer 409"; });
    outer.errorhandler<HttpError>([] { return "outer HttpError"; });
    outer.register_blueprint(inner);
    App app("lookup");
    app.errorhandler(404, [] { return "app 404"; });
    app.errorhandler(410, [] { return "app 410"; });
    app.errorhandler<std::exception>([] { return "app exception"; });
    app.errorhandler<Second>([] { return "app Second"; });
    app.get("/second", []() -> std::string { throw Second("2"); });
    app.get("/first", []() -> std::string { throw First("1"); });
    app.register_blueprint(outer);
    TestClient client(app);
    CHECK(client.get("/out/in/404").text() == "inner 404");
    CHECK(client.get("/out/in/409").text() == "outer 409");
    // A status of the application comes before a type of a blueprint.
    CHECK(client.get("/out/in/410").text() == "app 410");
    CHECK(client.get("/out/in/418").text() == "outer HttpError");
    CHECK(client.get("/out/in/first").text() == "inner First");
    CHECK(client.get("/out/in/second").text() == "inner First");
    CHECK(client.get("/second").text() == "app Second");
    CHECK(client.get("/first").text() == "app exception");
    // No route was found, so that it is nobody's but the application's.
    CHECK(client.get("/out/in/missing/x").text() == "app 404");
}

TEST_CASE(
    "the whole order of a request: preprocessors, hooks, handler, answer, session, teardown") {
    std::string order;
    Blueprint pages("pages", {.url_prefix = "/<lang>"});
    pages.url_value_preprocessor([&](Context &, Dict &values) {
        order += "values-pages ";
        values.erase("lang");
    });
    pages.before_request([&] { order += "before-pages "; });
    pages.after_request([&](Response &) { order += "after-pages "; });
    pages.teardown_request([&] { order += "teardown-pages "; });
    pages.app_url_value_preprocessor([&](Context &, Dict &) { order += "values-app-wide "; });
    pages.before_app_request([&] { order += "before-app-wide "; });
    pages.after_app_request([&](Response &) { order += "after-app-wide "; });
    pages.get("/x", [&](Context &ctx) {
        order += "view ";
        ctx.after_this_request([&](Response &) { order += "this "; });
        ctx.session()["seen"] = true;
        return "";
    });
    App app("lookup");
    app.config["SECRET_KEY"] = "k";
    app.url_value_preprocessor([&](Context &, Dict &) { order += "values "; });
    app.before_request([&] { order += "before "; });
    app.after_request([&](Context &ctx, Response &response) {
        order += response.headers.contains("set-cookie") ? "saved " : "after ";
        CHECK(ctx.session().is_modified());
    });
    app.teardown_request([&] { order += "teardown "; });
    app.teardown_appcontext([&] { order += "context "; });
    app.register_blueprint(pages);
    TestClient client(app);
    CHECK(client.get("/de/x").header("set-cookie").starts_with("session="));
    CHECK(order == "values values-app-wide values-pages before before-app-wide before-pages view "
                   "this after-pages after-app-wide after teardown-pages teardown context ");
}

TEST_CASE("an answer to an error keeps the session too") {
    App app("lookup");
    app.config["SECRET_KEY"] = "k";
    app.get("/fail", [](Session &session) -> std::string {
        session["n"] = 1;
        throw std::runtime_error("oops");
    });
    app.get("/abort", [](Session &session) -> std::string {
        session["n"] = 2;
        abort(403);
    });
    app.get("/n", [](Session &session) { return Dict{{"n", session.get("n")}}; });
    TestClient client(app);
    CHECK(client.get("/fail").status == 500);
    CHECK(client.get("/n").json().at("n") == Value(1));
    CHECK(client.get("/abort").status == 403);
    CHECK(client.get("/n").json().at("n") == Value(2));
}

TEST_CASE("routes lie on subdomains and hosts where that is asked for; those of blueprints join") {
    Blueprint inner("inner", {.subdomain = "api"});
    inner
        .get("/",
             [](Context &ctx) {
                 std::string names;
                 for (const std::string_view name : ctx.blueprints())
                     names += std::string(name) + " ";
                 return names;
             })
        .as("index");
    Blueprint outer("outer", {.subdomain = "shop"});
    outer.register_blueprint(inner);
    App app("lookup");
    app.config["SERVER_NAME"] = "example.com";
    app.subdomain_matching = true;
    app.get("/", [](Context &ctx) { return ctx.url_for("outer.inner.index"); });
    app.route("/", {.subdomain = "<user>"}, [](std::string_view user) { return user; });
    app.register_blueprint(outer);
    TestClient client(app);
    CHECK(client.get("/", {.base_url = "http://example.com"}).text() ==
          "http://api.shop.example.com/");
    CHECK(client.get("/", {.base_url = "http://api.shop.example.com"}).text() ==
          "outer.inner outer ");
    CHECK(client.get("/", {.base_url = "http://me.example.com"}).text() == "me");
    // What Werkzeug calls a foreign host, which the variable matches there too.
    CHECK(client.get("/", {.base_url = "http://example.org"}).text() == "<invalid>");

    App hosts("hosts", {.static_folder = ""});
    hosts.url_map.host_matching = true;
    hosts.route("/", {.endpoint = "a", .host = "a.com"}, [] { return "a"; });
    hosts.route("/", {.endpoint = "b", .host = "<name>.b.com"},
                [](std::string_view name) { return name; });
    TestClient hosted(hosts);
    CHECK(hosted.get("/", {.base_url = "http://a.com"}).text() == "a");
    CHECK(hosted.get("/", {.base_url = "http://x.b.com"}).text() == "x");
    CHECK(hosted.get("/", {.base_url = "http://c.com"}).status == 404);
}

TEST_CASE("a host with characters that no host has is refused") {
    App app("lookup");
    app.get("/", [] { return "reached"; });
    TestClient client(app);
    for (const char *host : {"a b", "a<b", "a\"b", "a@b", "a/b", "exa mple.com:80", "a\\b"})
        CHECK(client.get("/", {.headers = {{"Host", host}}, .base_url = ""}).status == 400);
}

TEST_CASE("messages are shown by category") {
    App app("lookup");
    app.config["SECRET_KEY"] = "k";
    app.get("/flash", [](Context &ctx) {
        ctx.flash("a");
        ctx.flash("b", "error");
        ctx.flash("c", "info");
        return "";
    });
    app.get("/show", [](Context &ctx) {
        List out;
        for (const auto &[category, message] : ctx.get_flashed_messages({"error", "info"}))
            out.push_back(List{category, message});
        return out;
    });
    TestClient client(app);
    client.get("/flash");
    CHECK(client.get("/show").json() == Value(List{List{"error", "b"}, List{"info", "c"}}));
    CHECK(client.get("/show").json() == Value(List{}));
}

TEST_CASE("a blueprint that was registered is told nothing more, in Flask's words") {
    const auto refused = [](const char *method) {
        return "The setup method '" + std::string(method) +
               "' can no longer be called on the blueprint 'pages'. It has already been registered "
               "at least once, any changes will not be applied consistently.";
    };
    Blueprint pages("pages"), around("around");
    pages.get("/", [] { return "page"; });
    SUBCASE("with an application") {
        App app("lookup");
        app.register_blueprint(pages);
    }
    SUBCASE("with another one") {
        around.register_blueprint(pages);
    }
    CHECK_THROWS_WITH_AS(pages.get("/more", [] { return ""; }), refused("route").c_str(),
                         SetupError);
    CHECK_THROWS_WITH_AS(pages.before_request([] {}), refused("before_request").c_str(),
                         SetupError);
    CHECK_THROWS_WITH_AS(pages.app_errorhandler(404, [] { return ""; }),
                         refused("app_errorhandler").c_str(), SetupError);
    CHECK_THROWS_WITH_AS(pages.app_template_global("x", 1), refused("app_template_global").c_str(),
                         SetupError);
    CHECK_THROWS_WITH_AS(pages.register_blueprint(Blueprint("inner")),
                         refused("register_blueprint").c_str(), SetupError);
    // Again, under another name, it may be registered.
    App app("lookup");
    app.register_blueprint(pages, {.url_prefix = "/a"});
    app.register_blueprint(pages, {.url_prefix = "/b", .name = "b"});
    TestClient client(app);
    CHECK(client.get("/a/").text() == "page");
    CHECK(client.get("/b/").text() == "page");
}

TEST_CASE("a handler of errors is for the status of an error, and a hook may take the session") {
    App app("lookup");
    app.config["SECRET_KEY"] = "k";
    for (const int status : {0, 200, 302, 399, 600})
        CHECK_THROWS_WITH_AS(app.errorhandler(status, [] { return ""; }),
                             (std::to_string(status) + " is not the status of an error; a handler "
                                                       "of errors is for 400 to 599")
                                 .c_str(),
                             SetupError);
    app.before_request([](Session &session) { session["n"] = session.get("n", 0).as_int() + 1; });
    app.errorhandler(404, [](Session &session, const HttpError &error) {
        return std::tuple(std::string(error.name()) + " " + dump_json(session.get("n")), 404);
    });
    TestClient client(app);
    CHECK(client.get("/").text() == "Not Found 1");
    CHECK(client.get("/").text() == "Not Found 2");
}
