// SPDX-License-Identifier: MIT
// Handlers that are classes, against the rules of Flask's View and MethodView.
#include <csgi/app.hpp>
#include <csgi/testing.hpp>

#include <doctest/doctest.h>

using namespace csgi;

namespace {

struct Greeting : View {
    explicit Greeting(std::string words) : words_(std::move(words)) {}
    std::string dispatch_request(Request &request, std::string_view name) {
        ++calls_;
        return std::string(request.method()) + " " + words_ + " " + std::string(name) + " " +
               std::to_string(calls_);
    }
    static constexpr std::array methods = {"GET", "POST"};
    static constexpr bool provide_automatic_options = false;

private:
    std::string words_;
    int calls_ = 0;
};

struct Counter : View {
    static constexpr bool init_every_request = false;
    std::string dispatch_request() { return std::to_string(++calls_); }

private:
    int calls_ = 0;
};

struct Items : MethodView {
    std::string get(int id) const { return "item " + std::to_string(id); }
    std::tuple<Dict, int> put(int id, Json<Value> body) {
        return {Dict{{"id", id}, {"body", body.value}}, 201};
    }
    std::string del(int id) { return "deleted " + std::to_string(id); }
};

struct Special : Items {
    std::string head(int) { return "own head"; }
};

ViewFunction login_required(ViewFunction next) {
    return [next = std::move(next)](Context &ctx, Response &out,
                                    const std::vector<Binding> &bindings) {
        if (ctx.request().args().contains("user")) return next(ctx, out, bindings);
        out = redirect("/login");
    };
}

ViewFunction marked(ViewFunction next) {
    return [next = std::move(next)](Context &ctx, Response &out,
                                    const std::vector<Binding> &bindings) {
        next(ctx, out, bindings);
        out.headers.set("x-marked", "yes");
    };
}

struct Private : View {
    std::string dispatch_request() { return "private"; }
    static std::vector<Decorator> decorators() { return {login_required, marked}; }
};

} // namespace

TEST_CASE("a class view answers the methods that it names, with a new object each time") {
    App app("views");
    app.add_view<Greeting>("/hi/<name>", {.endpoint = "hi"}, std::string("Hello"));
    app.add_view<Greeting>("/bye/<name>", {.endpoint = "bye"}, std::string("Bye"));
    app.add_view<Counter>("/count", {.endpoint = "count"});
    TestClient client(app);
    CHECK(client.get("/hi/you").text() == "GET Hello you 1");
    CHECK(client.post("/hi/you").text() == "POST Hello you 1");
    CHECK(client.get("/bye/you").text() == "GET Bye you 1");
    auto answer = client.put("/hi/you");
    CHECK(answer.status == 405);
    CHECK(answer.header("allow") == "GET, HEAD, POST");
    CHECK(client.options("/hi/you").status == 405);
    CHECK(client.get("/count").text() == "1");
    CHECK(client.get("/count").text() == "2");
    CHECK(client.options("/count").header("allow") == "GET, HEAD, OPTIONS");
}

TEST_CASE("a method view answers by the method's name; HEAD is get() where there is no head()") {
    App app("views");
    app.add_view<Items>("/items/<int:id>", {.endpoint = "items"});
    app.add_view<Special>("/special/<int:id>", {.endpoint = "special"});
    TestClient client(app);
    CHECK(client.get("/items/5").text() == "item 5");
    CHECK(client.del("/items/5").text() == "deleted 5");
    auto answer = client.put("/items/5", {.json = List{1}});
    CHECK(answer.status == 201);
    CHECK(answer.json() == Value(Dict{{"id", 5}, {"body", List{1}}}));
    CHECK(client.head("/items/5").header("content-length") == "6");
    CHECK(client.head("/special/5").header("content-length") == "8");
    answer = client.post("/items/5");
    CHECK(answer.status == 405);
    CHECK(answer.header("allow") == "DELETE, GET, HEAD, OPTIONS, PUT");
    CHECK(client.get("/items/x").status == 404);
}

TEST_CASE("what is put around a handler keeps its name and its rule") {
    App app("views");
    app.add_view<Private>("/private", {.endpoint = "private"});
    app.get("/page/<int:n>",
            [](Context &ctx, int n) {
                return ctx.url_for("page", {{"n", n}});
            })
        .as("page")
        .wrapped(login_required)
        .wrapped(marked);
    TestClient client(app);
    auto answer = client.get("/private");
    CHECK(answer.location() == "/login");
    CHECK(answer.header("x-marked") == "yes");
    CHECK(client.get("/private?user=me").text() == "private");
    CHECK(client.get("/page/3").location() == "/login");
    CHECK(client.get("/page/3?user=me").text() == "/page/3");
}
