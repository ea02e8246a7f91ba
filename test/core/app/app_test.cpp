// SPDX-License-Identifier: MIT
// An application told as one tells Flask, asked through the test client.
#include <csgi/app.hpp>
#include <csgi/sdk.h>
#include <csgi/testing.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

#include "test/core/value/rows.hpp"

using namespace csgi;

namespace {

struct Post {
    std::string title;
    std::optional<std::string> body;
    std::vector<int> tags;
    CSGI_FIELDS(title, body, tags)
};

struct Broken : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::string setup_error(App &app) {
    try {
        app.finish();
    } catch (const SetupError &error) {
        return error.what();
    }
    return "taken";
}

Generator count_to(int n) {
    for (int i = 1; i <= n; ++i) co_yield std::to_string(i) + "\n";
}

} // namespace

TEST_CASE("a handler returns what Flask's may: text, JSON, tuples, responses") {
    App app("test");
    app.get("/text", [] { return "Hello, <world>!"; });
    app.get("/string", [] { return std::string("made"); });
    app.get("/dict", [] { return Dict{{"b", 1}, {"a", List{true, Value(), "x"}}}; });
    app.get("/value", [] { return Value(List{1, 2}); });
    app.get("/created", [] { return std::tuple("done", 201); });
    app.get("/fields", [] {
        return std::tuple("x", 202, Headers{{"X-Mine", "1"}, {"Content-Type", "text/plain"}});
    });
    app.get("/response", [] {
        Response response("r", 203, "text/x-r");
        response.set_cookie("c", "v");
        return response;
    });
    app.get("/redirect", [] { return redirect("/text"); });
    app.get("/bytes", [] { return std::vector<unsigned char>{0, 1, 255}; });
    app.get("/post", [] { return Post{"t", std::nullopt, {1, 2}}; });
    app.get("/posts", [] { return std::vector<Post>{{"t", std::nullopt, {1, 2}}}; });
    app.get("/names", [] { return std::tuple(std::vector<std::string>{"a", "b"}, 201); });
    app.get("/nothing", [] { return std::optional<std::string>(); });
    app.get("/none", [] { return Value(); });
    app.get("/empty", [] { return std::tuple("ignored", 204); });
    TestClient client(app);

    auto answer = client.get("/text");
    CHECK(answer.status == 200);
    CHECK(answer.text() == "Hello, <world>!");
    CHECK(answer.header("content-type") == "text/html; charset=utf-8");
    CHECK(answer.header("content-length") == "15");
    CHECK(client.get("/string").text() == "made");
    answer = client.get("/dict");
    CHECK(answer.text() == "{\"a\":[true,null,\"x\"],\"b\":1}\n");
    CHECK(answer.header("content-type") == "application/json");
    CHECK(client.get("/value").text() == "[1,2]\n");
    CHECK(client.get("/posts").json().at(std::size_t{0}) == client.get("/post").json());
    answer = client.get("/names");
    CHECK(answer.status == 201);
    CHECK(answer.text() == "[\"a\",\"b\"]\n");
    CHECK(answer.header("Content-Type") == "application/json"); // in any case
    CHECK(answer.all_headers("Content-TYPE").size() == 1);
    CHECK(client.get("/created").status == 201);
    answer = client.get("/fields");
    CHECK(answer.status == 202);
    CHECK(answer.header("x-mine") == "1");
    CHECK(answer.all_headers("content-type").size() == 1);
    CHECK(answer.header("content-type") == "text/plain");
    answer = client.get("/response");
    CHECK(answer.status == 203);
    CHECK(answer.header("set-cookie") == "c=v; Path=/");
    CHECK(client.get_cookie("c") == "v");
    answer = client.get("/redirect");
    CHECK(answer.status == 302);
    CHECK(answer.location() == "/text");
    CHECK(client.get("/bytes").text() == std::string("\0\1\xff", 3));
    CHECK(client.get("/post").text() == "{\"body\":null,\"tags\":[1,2],\"title\":\"t\"}\n");
    CHECK(client.get("/empty").text() == "");
    CHECK(client.get("/nothing").status == 500);
    CHECK(client.get("/none").status == 500);
    CHECK(
        client.log().back().find("The view function for '/none' did not return a valid response") !=
        std::string::npos);
}

TEST_CASE("a handler takes what it needs: values of the path, the request, a JSON body") {
    App app("test");
    app.get("/int/<int:n>", [](int n) { return std::to_string(n + 1); });
    app.get("/small/<int:n>", [](unsigned char n) { return std::to_string(n); });
    app.get("/mix/<name>/<float:x>/<path:rest>",
            [](Context &ctx, std::string_view name, double x, const std::string &rest) {
                return Dict{{"name", name}, {"x", x}, {"rest", rest}, {"at", ctx.endpoint()}};
            });
    app.get("/uuid/<uuid:u>", [](Uuid u) { return u.text(); });
    app.get("/value/<any(a,b):v>", [](const Value &v) { return v; });
    app.get("/args", [](Request &request) {
        return std::string(request.arg("q")) + " " + std::to_string(request.args().get("page", 7)) +
               " " + std::to_string(request.args().get_all("q").size());
    });
    app.post("/json", [](Json<Post> post) { return post->title + post->body.value_or("-"); });
    app.post("/posts", [](Json<std::vector<Post>> posts) { return posts->back().title; });
    app.post("/any", [](Json<Value> any) { return any.value; });
    app.post("/form", [](const Request &request) {
        return std::string(request.form_value("name")) + "/" +
               std::string(request.form().get("other", "none"));
    });
    app.post("/file", [](Request &request) {
        UploadedFile *file = request.file("doc");
        if (!file) abort(400);
        return file->filename + ":" + file->content.text() + ":" +
               std::string(request.form_value("name"));
    });
    app.post("/raw", [](Request &request) { return std::string(request.data()); });
    TestClient client(app);

    CHECK(client.get("/int/41").text() == "42");
    CHECK(client.get("/int/x").status == 404);
    CHECK(client.get("/int/99999999999").status == 404);
    CHECK(client.get("/small/256").status == 404);
    CHECK(client.get("/mix/a%20b/1.5/c/d%2Fe").json() ==
          Value(Dict{{"name", "a b"},
                     {"x", 1.5},
                     {"rest", "c/d/e"},
                     {"at", "/mix/<name>/<float:x>/<path:rest>"}}));
    CHECK(client.get("/uuid/12345678-1234-5678-1234-56781234ABCD").text() ==
          "12345678-1234-5678-1234-56781234abcd");
    CHECK(client.get("/value/b").text() == "b");
    CHECK(client.get("/args?q=a+b&q=c&page=x").text() == "a b 7 2");
    CHECK(client.get("/args", {.query = {{"q", "\u00fc&"}, {"page", 3}}}).text() == "\u00fc& 3 1");
    CHECK(client.get("/args").status == 400);

    CHECK(client.post("/json", {.json = Dict{{"title", "T"}, {"tags", List{}}}}).text() == "T-");
    CHECK(client.post("/json", {.json = Dict{{"tags", List{}}}}).status == 422);
    auto answer = client.post("/json", {.json = Dict{{"title", 5}, {"tags", List{}}}});
    CHECK(answer.status == 422);
    CHECK(answer.text().find("title: is int, not a string") != std::string::npos);
    CHECK(client.post("/json", {.json = List{}}).status == 422);
    const Value post = Dict{{"title", "T"}, {"tags", List{}}};
    CHECK(client.post("/posts", {.json = List{post, post}}).text() == "T");
    answer = client.post("/posts", {.json = post});
    CHECK(answer.status == 422);
    CHECK(answer.text().find("the body: is dict, not a list") != std::string::npos);
    CHECK(client.post("/posts", {.json = List{post, 1}}).status == 422);
    CHECK(client.post("/json", {.data = "{", .content_type = "application/json"}).status == 400);
    CHECK(client.post("/json", {.data = "{}", .content_type = "text/plain"}).status == 415);
    CHECK(client.post("/any", {.data = "[1]", .content_type = "application/x+json"}).text() ==
          "[1]\n");
    CHECK(client.post("/form", {.form = {{"name", "a b&c"}}}).text() == "a b&c/none");
    CHECK(client.post("/form").status == 400);
    CHECK(client.post("/file", {.form = {{"name", "n"}}, .files = {{"doc", "f.txt", "content"}}})
              .text() == "f.txt:content:n");
    CHECK(client.post("/file", {.form = {{"name", "n"}}}).status == 400);
    CHECK(client.post("/raw", {.data = std::string(100'000, 'x')}).text().size() == 100'000);
}

TEST_CASE("routing errors and automatic methods are Werkzeug's") {
    App app("test");
    app.get("/branch/", [] { return "b"; });
    app.route("/both", {.endpoint = "both", .methods = {"GET", "POST"}},
              [](Request &request) { return std::string(request.method()); });
    app.post("/post", [] { return "p"; });
    app.route("/own", {.methods = {"GET", "OPTIONS"}}, [] { return "own"; });
    app.route("/none", {.provide_automatic_options = false}, [] { return "none"; });
    TestClient client(app);

    auto answer = client.get("/branch?x=1");
    CHECK(answer.status == 308);
    CHECK(answer.location() == "http://localhost/branch/?x=1");
    answer = client.get("/missing");
    CHECK(answer.status == 404);
    CHECK(answer.text().find("<h1>Not Found</h1>") != std::string::npos);
    answer = client.get("/post");
    CHECK(answer.status == 405);
    CHECK(answer.header("allow") == "OPTIONS, POST");
    CHECK(client.post("/both").text() == "POST");
    answer = client.head("/both");
    CHECK(answer.status == 200);
    CHECK(answer.text() == "");
    CHECK(answer.header("content-length") == "4");
    answer = client.options("/both");
    CHECK(answer.status == 200);
    CHECK(answer.text() == "");
    CHECK(answer.header("allow") == "GET, HEAD, OPTIONS, POST");
    CHECK(client.options("/own").text() == "own");
    CHECK(client.options("/none").status == 405);
    CHECK(client.get("//branch/").status == 200);
    CHECK(client.get("/branch//").status == 308);
}

TEST_CASE("defaults give a handler what the rule does not have") {
    App app("test");
    app.route("/users/", {.endpoint = "users", .defaults = {{"page", 1}}},
              [](int page) { return "page " + std::to_string(page); })
        .also("/users/page/<int:page>");
    TestClient client(app);
    CHECK(client.get("/users/").text() == "page 1");
    CHECK(client.get("/users/page/2").text() == "page 2");
    CHECK(client.get("/users/page/1").location() == "http://localhost/users/");
}

TEST_CASE("hooks run in Flask's order, around handlers and errors alike") {
    App app("test");
    std::string order;
    app.before_request([&] { order += "before1 "; });
    app.before_request([&](Request &request) -> std::optional<std::string> {
        order += "before2 ";
        if (request.path() == "/short") return "short";
        return std::nullopt;
    });
    app.after_request([&](Response &response) {
        order += "after1 ";
        response.headers.set("X-After", "1");
    });
    app.after_request([&](Context &, Response &) { order += "after2 "; });
    app.teardown_request(
        [&](Context &, std::exception_ptr error) { order += error ? "teardown! " : "teardown1 "; });
    app.teardown_request([&] { order += "teardown2 "; });
    app.get("/", [&](Context &ctx) {
        order += "view ";
        ctx.after_this_request([&](Response &) { order += "this "; });
        return "ok";
    });
    app.get("/fail", []() -> std::string { throw std::runtime_error("oops"); });
    TestClient client(app);

    CHECK(client.get("/").header("x-after") == "1");
    CHECK(order == "before1 before2 view this after2 after1 teardown2 teardown1 ");
    order.clear();
    CHECK(client.get("/short").text() == "short");
    CHECK(order == "before1 before2 after2 after1 teardown2 teardown1 ");
    order.clear();
    CHECK(client.get("/missing").header("x-after") == "1");
    CHECK(order == "before1 before2 after2 after1 teardown2 teardown1 ");
    order.clear();
    CHECK(client.get("/fail").status == 500);
    CHECK(order == "before1 before2 after2 after1 teardown2 teardown! ");
    REQUIRE(!client.log().empty());
    CHECK(client.log().back() == "Exception on /fail [GET]: std::runtime_error: oops");
}

TEST_CASE("errors find their handlers: by status, then by type; the rest is a page") {
    App app("test");
    app.get("/abort/<int:status>", [](int status) -> std::string { abort(status); });
    app.get("/teapot", []() -> std::string { abort(418, "short <and> stout"); });
    app.get("/broken", []() -> std::string { throw Broken("b"); });
    app.get("/int", []() -> std::string { throw 42; });
    app.get("/long", []() -> std::string { throw 42L; });
    app.get("/logic", []() -> std::string { throw std::logic_error("l"); });
    app.get("/returned", [] { return Conflict("no"); });
    app.errorhandler(404, [](const HttpError &error) {
        return std::tuple("gone: " + std::string(error.name()), 404);
    });
    app.errorhandler<Forbidden>([](const Forbidden &) { return std::tuple("forbidden", 403); });
    app.errorhandler<std::runtime_error>([] { return std::tuple("runtime", 501); });
    app.errorhandler<long>([] { return std::tuple("no std::exception", 503); });
    app.errorhandler<Broken>([](const Broken &error) { return std::tuple(error.what(), 502); });
    app.errorhandler(500, [](const HttpError &error) {
        return std::tuple(error.original ? "500 by exception" : "500 by abort", 500);
    });
    TestClient client(app);

    CHECK(client.get("/missing").text() == "gone: Not Found");
    CHECK(client.get("/abort/404").text() == "gone: Not Found");
    CHECK(client.get("/abort/403").text() == "forbidden");
    CHECK(client.get("/abort/500").text() == "500 by abort");
    CHECK(client.get("/broken").status == 502);
    CHECK(client.get("/broken").text() == "b");
    CHECK(client.get("/int").text() == "500 by exception");
    CHECK(client.get("/long").text() == "no std::exception");
    CHECK(client.get("/logic").text() == "500 by exception");
    CHECK(client.get("/abort/299").text() == "500 by exception");
    CHECK(client.get("/returned").status == 409);
    auto answer = client.get("/teapot");
    CHECK(answer.status == 418);
    CHECK(answer.text().find("<p>short &lt;and&gt; stout</p>") != std::string::npos);
}

TEST_CASE("the pages of errors are Werkzeug's, byte for byte") {
    for (const Value &row : read_rows(FLASK_VECTORS "/errors.jsonl")) {
        const int status = static_cast<int>(row.at("status").as_int());
        CAPTURE(status);
        try {
            abort(status, std::string(row.at("given").as_string()));
        } catch (const HttpError &error) {
            CHECK(error.page() == row.at("page").as_string());
            CHECK(error.name() == row.at("name").as_string());
            CHECK(error.what() == row.at("text").as_string());
        }
    }
}

TEST_CASE("blueprints bring prefix, names, hooks and error handlers, one inside the other") {
    std::string order;
    Blueprint inner("inner", {.url_prefix = "/in"});
    inner.get("/x/<int:n>",
              [](Context &ctx, int n) {
                  return ctx.url_for(".x", {{"n", n + 1}});
              })
        .as("x");
    inner.before_request([&] { order += "inner "; });
    Blueprint outer("outer", {.url_prefix = "/out"});
    outer.get("/", [](Context &ctx) { return std::string(ctx.endpoint()); }).as("index");
    outer.get("/fail", []() -> std::string { abort(403); });
    outer.before_request([&] { order += "outer "; });
    outer.after_request([&](Response &) { order += "after-outer "; });
    outer.errorhandler(403, [] { return std::tuple("outer's", 403); });
    outer.before_app_request([&] { order += "app-wide "; });
    outer.register_blueprint(inner);
    App app("test");
    app.before_request([&] { order += "app "; });
    app.get("/fail", []() -> std::string { abort(403); });
    app.register_blueprint(outer);
    app.register_blueprint(outer, {.url_prefix = "/again", .name = "again"});
    TestClient client(app);

    CHECK(client.get("/out/").text() == "outer.index");
    CHECK(order == "app app-wide outer after-outer ");
    order.clear();
    CHECK(client.get("/out/in/x/4").text() == "/out/in/x/5");
    CHECK(order == "app app-wide outer inner after-outer ");
    CHECK(client.get("/again/in/x/4").text() == "/again/in/x/5");
    CHECK(client.get("/out/fail").text() == "outer's");
    CHECK(client.get("/fail").text().find("<h1>Forbidden</h1>") != std::string::npos);
}

TEST_CASE("a prefix may have variables, which preprocessors take care of") {
    Blueprint pages("pages", {.url_prefix = "/<lang>"});
    pages.url_value_preprocessor([](Context &ctx, Dict &values) {
        ctx.g["lang"] = values["lang"];
        values.erase("lang");
    });
    pages.url_defaults([](Context &ctx, std::string_view, Dict &values) {
        if (!values.contains("lang")) values["lang"] = ctx.g["lang"];
    });
    pages
        .get("/p/<int:n>",
             [](Context &ctx, int n) {
                 return std::string(ctx.g["lang"].as_string()) + std::to_string(n) +
                        ctx.url_for(".p", {{"n", 2}});
             })
        .as("p");
    App app("test");
    app.register_blueprint(pages);
    TestClient client(app);
    CHECK(client.get("/de/p/1").text() == "de1/de/p/2");
}

TEST_CASE("URLs are built as by Flask's url_for()") {
    App app("test");
    app.get("/u/<name>",
            [](Context &ctx, std::string_view) {
                return List{
                    ctx.url_for("user", {{"name", "a b"}, {"q", List{1, 2}}}),
                    ctx.url_for("user", {{"name", "x"}, {"_external", true}}),
                    ctx.url_for("user", {{"name", "x"}, {"_external", true}, {"_scheme", "https"}}),
                    ctx.url_for("user", {{"name", "x"}, {"_anchor", "x y"}})};
            })
        .as("user");
    app.get("/err", [](Context &ctx) { return ctx.url_for("usr", {{"name", "x"}}); });
    app.config["TESTING"] = true;
    TestClient client(app);
    CHECK(client.get("/u/x").json() == Value(List{"/u/a%20b?q=1&q=2", "http://localhost/u/x",
                                                  "https://localhost/u/x", "/u/x#x%20y"}));
    CHECK(client.get("/u/x", {.base_url = "https://host:8443/app"}).json() ==
          Value(List{"/app/u/a%20b?q=1&q=2", "https://host:8443/app/u/x",
                     "https://host:8443/app/u/x", "/app/u/x#x%20y"}));
    CHECK_THROWS_WITH_AS(
        client.get("/err"),
        "Could not build url for endpoint 'usr' with values ['name']. Did you mean "
        "'user' instead?",
        BuildError);
    CHECK_THROWS_AS(app.url_for("user", {{"name", "x"}}), std::runtime_error);
}

TEST_CASE("a body is streamed as a coroutine yields it") {
    App app("test");
    app.get("/few", [] { return count_to(3); });
    app.get("/many", [] { return count_to(100'000); });
    app.get("/typed", [] {
        Response response("", 200, "text/plain");
        response.set_source(count_to(2));
        return response;
    });
    app.get("/breaks", []() -> Generator {
        co_yield "begun";
        throw std::runtime_error("in the middle");
    });
    int closed = 0;
    app.get("/close", [&] {
        Response response("x");
        response.call_on_close([&] { ++closed; });
        return response;
    });
    app.get("/refused", [&] {
        Response response("x");
        response.headers.add("connection", "close"); // the host's own
        response.call_on_close([&] { ++closed; });
        return response;
    });
    app.get("/no-status", [&] {
        Response response("x", 700);
        response.call_on_close([&] { ++closed; });
        return response;
    });
    int torn_down = 0;
    app.teardown_request([&] { ++torn_down; });
    TestClient client(app);
    CHECK(client.get("/few").text() == "1\n2\n3\n");
    CHECK(client.get("/many").text().size() == 588'895);
    CHECK(client.get("/typed").header("content-type") == "text/plain");
    CHECK(client.get("/typed").text() == "1\n2\n");
    CHECK(!client.get("/breaks").is_complete);
    CHECK(client.log().back() ==
          "the body of /breaks broke off: std::runtime_error: in the middle");
    const TestResponse head = client.head("/few");
    CHECK(head.text() == "");
    CHECK(head.header("content-length") == ""); // nobody counted
    CHECK(client.get("/close").text() == "x");
    CHECK(closed == 1);
    CHECK(client.get("/refused").status == 500);
    CHECK(client.log().back().starts_with("the answer to /refused was refused: "));
    CHECK(closed == 2);
    CHECK(client.get("/no-status").status == 500);
    CHECK(closed == 3);
    CHECK(torn_down == 9);
}

namespace {

// A layer that waits for nobody.
struct Impatient : csgi_app {
    explicit Impatient(csgi_app *around) : csgi_app{}, child(around) {
        struct_size = sizeof(csgi_app);
        inner = &child;
        ninner = 1;
        handle = [](csgi_app *self, csgi_request *req) {
            const csgi_rc rc = self->inner[0]->handle(self->inner[0], req);
            return rc == CSGI_PENDING ? csgi_text(req, 504, "late\n") : rc;
        };
    }
    csgi_app *child;
};

} // namespace

TEST_CASE("a layer that answers while a form is awaited ends the request: its teardown runs") {
    App app("test");
    int handled = 0, torn_down = 0;
    app.post("/", [&] { return ++handled, "read"; });
    app.teardown_request([&] { ++torn_down; });
    Impatient layer(app.as_csgi());
    TestClient client(&layer);
    int pieces = 0;
    TestRequest request;
    request.content_type = "multipart/form-data; boundary=b";
    request.input_stream = [&](std::string &out) {
        out = pieces ? "x" : "--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n";
        return ++pieces < 3;
    };
    CHECK(client.post("/", std::move(request)).status == 504);
    CHECK(handled == 0);
    CHECK(torn_down == 1);
}

TEST_CASE("what an application was put together wrongly is told at start-up, with its place") {
    {
        App app("test");
        app.get("/a", [] { return "a"; }).as("same");
        app.get("/b", [] { return "b"; }).as("same");
        const std::string error = setup_error(app);
        CHECK(error.find("app_test.cpp:") != std::string::npos);
        CHECK(
            error.find("URL rule '/b': endpoint 'same' is taken already, by the handler of '/a'") !=
            std::string::npos);
    }
    {
        App app("test");
        app.get(runtime("/<int:n>"), [](std::string n) { return n; });
        CHECK(setup_error(app).find("the handler's argument for 'n' is not of the kind that 'int' "
                                    "gives") != std::string::npos);
    }
    {
        App app("test");
        app.get(runtime("/"), [](int n) { return std::to_string(n); });
        CHECK(
            setup_error(app).find("the handler takes 1 values, the rule and its defaults have 0") !=
            std::string::npos);
    }
    {
        App app("test");
        app.get(runtime("/<a"), [] { return ""; });
        CHECK(setup_error(app).find("malformed url rule") != std::string::npos);
    }
    {
        App app("test");
        app.get("/<what:x>", [](const Value &x) { return x; });
        CHECK(setup_error(app).find("the converter 'what' does not exist") != std::string::npos);
    }
    {
        App app("test");
        app.register_blueprint(Blueprint("b"));
        app.register_blueprint(Blueprint("b"));
        CHECK(setup_error(app).find("The name 'b' is already registered") != std::string::npos);
        CHECK_THROWS_AS(Blueprint("a.b"), SetupError);
    }
    {
        App app("test");
        app.finish();
        CHECK_THROWS_AS(app.get("/late", [] { return ""; }), SetupError);
    }
}

TEST_CASE("limits of a body are kept, known or not") {
    App app("test");
    app.config["MAX_CONTENT_LENGTH"] = 10;
    app.post("/", [](Request &request) { return std::to_string(request.data().size()); });
    TestClient client(app);
    CHECK(client.post("/", {.data = "0123456789"}).text() == "10");
    CHECK(client.post("/", {.data = "0123456789a"}).status == 413);
    App forms("test");
    forms.config["MAX_FORM_PARTS"] = 2;
    forms.config["MAX_FORM_MEMORY_SIZE"] = 100;
    forms.post("/", [](Request &request) { return std::to_string(request.form().size()); });
    TestClient other(forms);
    CHECK(other.post("/", {.form = {{"a", "1"}}, .files = {{"f", "n", "x"}}}).text() == "1");
    CHECK(other.post("/", {.form = {{"a", "1"}, {"b", "2"}}, .files = {{"f", "n", "x"}}}).status ==
          413);
    CHECK(other.post("/", {.form = {{"a", std::string(101, 'x')}}}).status == 413);
}

TEST_CASE("a route or a blueprint takes more of a body, or less, than the settings say") {
    App app("test");
    app.config["MAX_CONTENT_LENGTH"] = 10;
    const auto size = [](Request &request) { return std::to_string(request.data().size()); };
    const auto parts = [](Request &request) {
        return std::to_string(request.form().size() + request.files().size());
    };
    app.post("/", size);
    app.post("/more", size).limits({.max_content_length = 20}).also("/as-much");
    app.route("/less", {.methods = {"POST"}, .limits = {.max_content_length = 5}}, size);
    app.post("/form", parts)
        .limits({.max_content_length = 10'000, .max_form_memory_size = 20, .max_form_parts = 2});
    Blueprint api("api", {.url_prefix = "/api", .limits = {.max_content_length = 30}});
    api.post("/", size);
    api.post("/less", size).limits({.max_content_length = 5});
    Blueprint inner("inner", {.url_prefix = "/inner"});
    inner.post("/", size);
    api.register_blueprint(inner);
    app.register_blueprint(api);
    TestClient client(app);
    const auto longest = [&client](const char *path) {
        int most = -1;
        for (int n = 0; n < 40; ++n)
            if (client.post(path, {.data = std::string(static_cast<std::size_t>(n), 'x')}).status ==
                200)
                most = n;
        return most;
    };
    CHECK(longest("/") == 10);
    CHECK(longest("/more") == 20);
    CHECK(longest("/as-much") == 20);
    CHECK(longest("/less") == 5);
    CHECK(longest("/api/") == 30);
    CHECK(longest("/api/less") == 5);
    CHECK(longest("/api/inner/") == 30);
    // Of a length that nobody knew before.
    const auto streamed = [&client](const char *path, std::size_t n) {
        bool is_sent = false;
        const auto piece = [&](std::string &out) {
            if (!is_sent) out += std::string(n, 'x');
            return !std::exchange(is_sent, true);
        };
        return client.post(path, {.input_stream = piece}).status;
    };
    CHECK(streamed("/more", 20) == 200);
    CHECK(streamed("/more", 21) == 413);
    const auto form = [&client](std::size_t fields, std::size_t bytes,
                                std::vector<TestFile> files) {
        TestRequest request;
        request.files = std::move(files);
        for (std::size_t i = 0; i < fields; ++i)
            request.form.emplace_back("f", std::string(bytes, 'x'));
        return client.post("/form", request).status;
    };
    CHECK(form(1, 18, {}) == 200); // f=xxxx
    CHECK(form(1, 19, {}) == 413);
    CHECK(form(1, 20, {{"file", "n", std::string(100, 'x')}}) == 200);
    CHECK(form(1, 21, {{"file", "n", std::string(100, 'x')}}) == 413);
    CHECK(form(2, 1, {{"file", "n", "x"}}) == 413);
    App wrong("wrong");
    wrong.post("/", size).limits({.max_form_parts = -1});
    CHECK(setup_error(wrong).ends_with(
        "URL rule '/': max_form_parts is -1, not a whole number of 0 or more"));
}

TEST_CASE("a limit that cannot be is refused at start-up, with its name and value") {
    const auto refused = [](const char *name, Value value) {
        App app("test");
        app.config[name] = std::move(value);
        return setup_error(app);
    };
    CHECK(refused("MAX_CONTENT_LENGTH", -1) ==
          "MAX_CONTENT_LENGTH is -1, not a whole number of 0 or more");
    CHECK(refused("MAX_FORM_PARTS", "many") ==
          "MAX_FORM_PARTS is 'many', not a whole number of 0 or more");
    CHECK(refused("MAX_FORM_MEMORY_SIZE", 1.5) ==
          "MAX_FORM_MEMORY_SIZE is 1.5, not a whole number of 0 or more");
    CHECK(refused("MAX_CONTENT_LENGTH", Value::integer("99999999999999999999")) ==
          "MAX_CONTENT_LENGTH is 99999999999999999999, not a whole number of 0 or more");
    // One host instead of a list would otherwise trust every host.
    CHECK(refused("TRUSTED_HOSTS", "example.com") ==
          "TRUSTED_HOSTS is 'example.com', not a list of texts");
    CHECK(refused("TRUSTED_HOSTS", List{"a", 1}) ==
          "TRUSTED_HOSTS is ['a', 1], not a list of texts");
    CHECK(refused("SERVER_NAME", 80) == "SERVER_NAME is 80, not a text");
    CHECK(refused("MAX_FORM_PARTS", Value()) == "taken");
    App app("test");
    app.config["TRUSTED_HOSTS"] = Value::tuple({"localhost"});
    app.get("/", [] { return "ok"; });
    TestClient client(app);
    CHECK(client.get("/").status == 200);
    CHECK(client.get("http://elsewhere/").status == 400);
}

TEST_CASE("text that a handler owns is kept as long as its answer needs it") {
    struct Owned {
        std::string text = std::string(100, 'o');
        operator std::string_view() const { return text; }
    };
    struct Name {
        explicit Name(const Value &value) : text(value.as_string()) {}
        std::string text;
    };
    const std::string long_name(100, 'n');
    App app("test");
    app.get("/owned", [] { return Owned(); });
    app.get("/maybe", [] { return std::optional(std::pair(Owned(), 201)); });
    app.before_request([](Request &request) {
        return request.path() == "/before" ? std::optional(Owned()) : std::nullopt;
    });
    app.errorhandler(418, [] { return std::tuple(Owned(), 418); });
    app.get("/teapot", []() -> std::string { abort(418); });
    // What the path gave is made for the call alone.
    app.get("/view/<name>", [](const std::string &name) { return std::string_view(name); });
    app.get("/reference/<name>",
            [](const std::string &name) -> const std::string & { return name; });
    app.get("/letters/<name>",
            [](const std::string &name) { return std::tuple(name.c_str(), 200); });
    app.get("/own/<name>", [](const Name &name) { return std::string_view(name.text); });
    app.post("/json", [](const Json<Post> &post) { return std::string_view(post->title); });
    TestClient client(app);
    CHECK(client.get("/owned").text() == std::string(100, 'o'));
    CHECK(client.get("/maybe").text() == std::string(100, 'o'));
    CHECK(client.get("/maybe").status == 201);
    CHECK(client.get("/before").text() == std::string(100, 'o'));
    CHECK(client.get("/teapot").text() == std::string(100, 'o'));
    for (const char *path : {"/view/", "/reference/", "/letters/", "/own/"})
        CHECK(client.get(path + long_name).text() == long_name);
    CHECK(client.post("/json", {.json = Dict{{"title", long_name}, {"tags", List()}}}).text() ==
          long_name);
}

TEST_CASE("a text of the path is what its converter makes of it") {
    struct Loud final : Converter {
        std::string pattern() const override { return "loud"; }
        bool matches(std::string_view text) const override {
            return !text.empty() && text.find('/') == text.npos;
        }
        Value to_value(std::string_view text) const override {
            return Value(std::string(text) + "!");
        }
    };
    App app("test");
    app.add_converter("loud", [](const ConverterArguments &) { return std::make_unique<Loud>(); });
    app.get("/string/<loud:x>", [](std::string x) { return x; });
    app.get("/view/<loud:x>", [](std::string_view x) { return x; });
    app.get("/value/<loud:x>", [](const Value &x) { return x; });
    TestClient client(app);
    for (const char *path : {"/string/", "/view/", "/value/"})
        CHECK(client.get(std::string(path) + "a-longer-word").text() == "a-longer-word!");
}

TEST_CASE("Vary gains names and loses none") {
    const auto vary = [](const Headers &had, const char *name) {
        Response response;
        response.headers = had;
        response.add_vary(name);
        std::string all;
        for (const std::string_view line : response.headers.get_all("vary"))
            all += "[" + std::string(line) + "]";
        return all;
    };
    // As Werkzeug's response.vary.add().
    CHECK(vary({}, "Cookie") == "[Cookie]");
    CHECK(vary({{"Vary", "Cookie"}}, "Cookie") == "[Cookie]");
    CHECK(vary({{"Vary", "Accept, cookie"}}, "Cookie") == "[Accept, cookie]");
    CHECK(vary({{"Vary", "Accept"}, {"Vary", "Origin"}}, "Cookie") == "[Accept, Origin, Cookie]");
    CHECK(vary({{"Vary", "X-Cookie"}}, "Cookie") == "[X-Cookie, Cookie]");
    CHECK(vary({{"Vary", "*"}}, "Cookie") == "[*]");
}

TEST_CASE("an error's fields may repeat, and an answer's status is one of HTTP") {
    App app("test");
    app.get("/login", []() -> std::string {
        Unauthorized error;
        error.headers = {{"WWW-Authenticate", "Basic realm=\"a\""},
                         {"WWW-Authenticate", "Bearer"},
                         {"Content-Type", "text/plain"}};
        throw error;
    });
    app.get("/<int:status>", [](std::int64_t status) { return std::tuple("x", status); });
    app.get("/away", [] { return redirect("http://b\xc3\xbc.example/\xc3\xa4 x?q=%20"); });
    TestClient client(app);
    auto answer = client.get("/login");
    CHECK(answer.status == 401);
    REQUIRE(answer.all_headers("www-authenticate").size() == 2);
    CHECK(answer.all_headers("www-authenticate")[1] == "Bearer");
    CHECK(answer.all_headers("content-type") == std::vector<std::string_view>{"text/plain"});
    CHECK(client.get("/299").status == 299);
    for (const char *status : {"/0", "/100", "/600", "/65736", "/4294967496"})
        CHECK(client.get(status).status == 500);
    CHECK(client.log().back() ==
          "the answer to /4294967496 was refused: std::invalid_argument: no answer has the status "
          "0");
    CHECK(client.get("/away").location() == "http://xn--b-eha.example/%C3%A4%20x?q=%20");
}

TEST_CASE("the settings of an application come from Flask's places") {
    App app("test");
    CHECK(app.config["PERMANENT_SESSION_LIFETIME"] == Value(2'678'400));
    CHECK(app.config.values().size() == 29);
    setenv("CSGITEST_NUMBER", "5", 1);
    setenv("CSGITEST_TEXT", "a b", 1);
    setenv("CSGITEST_IN__NER", "[1]", 1);
    app.config.from_prefixed_env("CSGITEST");
    CHECK(app.config["NUMBER"] == Value(5));
    CHECK(app.config["TEXT"] == Value("a b"));
    CHECK(app.config["IN"].at("NER") == Value(List{1}));
    app.config.from_mapping({{"UPPER", 1}, {"lower", 2}});
    CHECK(app.config["UPPER"] == Value(1));
    CHECK(app.config["lower"].is_none());
    CHECK(app.config.get_namespace("SESSION_COOKIE_").find("httponly")->truthy());
    CHECK(!app.config.from_json_file("/nonexistent/x.json", true));
    CHECK_THROWS_WITH(app.config.from_json_file("/nonexistent/x.json"),
                      "configuration file /nonexistent/x.json: No such file or directory");
}

TEST_CASE("an application answers through another one") {
    App inner("inner");
    inner.get("/x", [] { return "from inner"; });
    inner.finish();
    App app("test");
    app.get("/x", [&] { return forward_to(inner.as_csgi()); });
    TestClient client(app);
    CHECK(client.get("/x").text() == "from inner");
}
