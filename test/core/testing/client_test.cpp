// SPDX-License-Identifier: MIT
// The test client, against Werkzeug's rules.
#include <csgi/app.hpp>
#include <csgi/testing.hpp>

#include <doctest/doctest.h>

using namespace csgi;

namespace {

App echoing() {
    App app("test");
    app.config["TESTING"] = true;
    const auto echo = [](Request &request) {
        return Dict{{"method", request.method()},
                    {"url", request.url()},
                    {"root", request.root_path()},
                    {"type", request.content_type()},
                    {"data", request.data()},
                    {"cookie", request.header("Cookie", "")},
                    {"auth", request.header("Authorization", "")},
                    {"x", request.header("X-Mine", "")},
                    {"peer", request.remote_addr()}};
    };
    app.route("/echo", {.methods = {"GET", "POST", "PUT", "PATCH", "DELETE"}}, echo);
    app.get("/a/b", [](Request &request) {
        Response response("set");
        response.set_cookie("everywhere", "1");
        Cookie cookie;
        cookie.name = "here";
        cookie.value = "2";
        cookie.path = "/a";
        response.set_cookie(cookie);
        cookie.name = "wide";
        cookie.path = "/";
        cookie.domain = "example.com";
        response.set_cookie(cookie);
        return request.args().contains("delete") ? [] {
            Response gone("gone");
            gone.delete_cookie("everywhere");
            return gone;
        }() : std::move(response);
    });
    app.get("/a/cookies",
            [](Request &request) { return std::string(request.header("cookie", "")); });
    app.get("/cookies", [](Request &request) { return std::string(request.header("cookie", "")); });
    app.route("/to/<int:status>", {.methods = {"GET", "POST"}},
              [](int status) { return redirect("/echo?r=1", status); });
    app.get("/first", [] { return redirect("to/302"); });
    app.get("/loop", [] { return redirect("/loop"); });
    app.get("/away", [] { return redirect("http://example.org/"); });
    app.get("/throw", []() -> std::string { throw std::out_of_range("thrown"); });
    return app;
}

} // namespace

TEST_CASE("a request has what it was given") {
    App app = echoing();
    TestClient client(app);
    auto got = client.get("/echo?a=1").json();
    CHECK(got.at("method") == Value("GET"));
    CHECK(got.at("url") == Value("http://localhost/echo?a=1"));
    CHECK(got.at("peer") == Value("127.0.0.1"));
    got = client
              .put("/echo", {.query_string = "b=2",
                             .headers = {{"X-Mine", "yes"}},
                             .data = "body",
                             .content_type = "text/x",
                             .auth = {{"user", "pass"}},
                             .base_url = "https://example.com:8443/app/",
                             .remote_addr = "10.0.0.1"})
              .json();
    CHECK(got.at("url") == Value("https://example.com:8443/app/echo?b=2"));
    CHECK(got.at("root") == Value("/app"));
    CHECK(got.at("type") == Value("text/x"));
    CHECK(got.at("data") == Value("body"));
    CHECK(got.at("auth") == Value("Basic dXNlcjpwYXNz"));
    CHECK(got.at("x") == Value("yes"));
    CHECK(got.at("peer") == Value("10.0.0.1"));
    got = client.post("/echo", {.json = Dict{{"a", List{1, 2}}}}).json();
    CHECK(got.at("type") == Value("application/json"));
    CHECK(got.at("data") == Value("{\"a\": [1, 2]}"));
    got = client.post("/echo", {.form = {{"a", "b c"}, {"d", "&"}}}).json();
    CHECK(got.at("type") == Value("application/x-www-form-urlencoded"));
    CHECK(got.at("data") == Value("a=b+c&d=%26"));
    CHECK(client.patch("/echo").json().at("method") == Value("PATCH"));
    CHECK(client.del("/echo").json().at("method") == Value("DELETE"));
}

TEST_CASE("cookies go back to the hosts and paths that they came from") {
    App app = echoing();
    TestClient client(app);
    client.get("/a/b");
    CHECK(client.get("/a/cookies").text() == "everywhere=1; here=2");
    CHECK(client.get("/cookies").text() == "everywhere=1");
    CHECK(client.get("/cookies", {.base_url = "http://other/"}).text() == "");
    client.get("/a/b", {.base_url = "http://example.com/"});
    CHECK(client.get("/cookies", {.base_url = "http://sub.example.com/"}).text() == "wide=2");
    CHECK(client.get("/cookies", {.base_url = "http://badexample.com/"}).text() == "");
    client.get("/a/b?delete=1");
    CHECK(!client.get_cookie("everywhere"));
    client.set_cookie("mine", "x", "localhost", "/a");
    CHECK(client.get("/a/cookies").text() == "here=2; mine=x");
    CHECK(client.get("/cookies").text() == "");
    client.delete_cookie("mine", "localhost", "/a");
    CHECK(client.get_cookie("here", "localhost", "/a") == "2");
    TestClient without(app, false);
    without.get("/a/b");
    CHECK(without.get("/cookies").text() == "");
}

TEST_CASE("redirects are followed with their history; 307 and 308 keep method and body") {
    App app = echoing();
    TestClient client(app);
    auto answer = client.get("/first", {.follow_redirects = true});
    CHECK(answer.status == 200);
    CHECK(answer.request_path == "/echo");
    REQUIRE(answer.history.size() == 2);
    CHECK(answer.history[0].request_path == "/first");
    CHECK(answer.history[1].request_path == "/to/302");
    for (const char *path : {"/to/301", "/to/302", "/to/303"}) {
        const Value got = client.post(path, {.data = "body", .follow_redirects = true}).json();
        CHECK(got.at("method") == Value("GET"));
        CHECK(got.at("data") == Value(""));
        CHECK(got.at("url") == Value("http://localhost/echo?r=1"));
    }
    for (const char *path : {"/to/307", "/to/308"}) {
        const Value got =
            client.post(path, {.data = "body", .content_type = "text/x", .follow_redirects = true})
                .json();
        CHECK(got.at("method") == Value("POST"));
        CHECK(got.at("data") == Value("body"));
        CHECK(got.at("type") == Value("text/x"));
    }
    CHECK(client.get("/to/302", {.base_url = "http://localhost/app"}).location() == "/echo?r=1");
    CHECK_THROWS_WITH_AS(client.get("/loop", {.follow_redirects = true}),
                         "Loop detected: A 302 redirect to /loop was already made.", RedirectError);
    CHECK_THROWS_WITH_AS(client.get("/away", {.follow_redirects = true}),
                         "Following external redirects is not supported.", RedirectError);
}

TEST_CASE("what a handler throws reaches the test that asked for it") {
    App app = echoing();
    TestClient client(app);
    CHECK_THROWS_WITH_AS(client.get("/throw"), "thrown", std::out_of_range);
    App quiet("quiet");
    quiet.get("/throw", []() -> std::string { throw std::out_of_range("thrown"); });
    TestClient other(quiet);
    CHECK(other.get("/throw").status == 500);
}

TEST_CASE("an application that refuses to start says why to the test") {
    App app("test");
    app.get(runtime("/<a"), [] { return ""; });
    CHECK_THROWS_AS(TestClient client(app), std::runtime_error);
}

TEST_CASE("redirects to subdomains are followed where that is asked for") {
    App app("test");
    app.get("/", [](Request &request) {
        return redirect(request.host() == "localhost" ? "http://sub.localhost/there"
                                                      : "http://localhost/there");
    });
    app.get("/there", [](Request &request) { return request.host(); });
    TestClient client(app);
    CHECK_THROWS_WITH_AS(client.get("/", {.follow_redirects = true}),
                         "Following subdomain redirects is not enabled.", RedirectError);
    const auto answer =
        client.get("/", {.follow_redirects = true, .allow_subdomain_redirects = true});
    CHECK(answer.text() == "sub.localhost");
    CHECK(answer.history.size() == 1);
}
