// SPDX-License-Identifier: MIT
// What a handler can say of its answer.
#include <csgi/app.hpp>
#include <csgi/testing.hpp>

#include <doctest/doctest.h>

using namespace csgi;

TEST_CASE("cookies are set with all that they may have, and deleted") {
    App app("response");
    app.get("/", [] {
        Response response("");
        Cookie cookie;
        cookie.name = "c";
        cookie.value = "v";
        cookie.max_age = 10;
        cookie.expires = 0;
        cookie.domain = "example.com";
        cookie.path = "/p";
        cookie.http_only = true;
        cookie.same_site = "strict";
        cookie.partitioned = true;
        response.set_cookie(cookie);
        response.delete_cookie("d", "/p", "example.com");
        return response;
    });
    app.get("/bad", [] {
        Response response("");
        response.headers.set("x", "a\r\nSet-Cookie: b=c");
        return response;
    });
    TestClient client(app);
    const auto answer = client.get("/");
    const auto cookies = answer.all_headers("set-cookie");
    REQUIRE(cookies.size() == 2);
    CHECK(cookies[0] == "c=v; Domain=example.com; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
                        "Max-Age=10; Secure; HttpOnly; Path=/p; SameSite=Strict; Partitioned");
    CHECK(cookies[1] ==
          "d=; Domain=example.com; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/p");
    const auto refused = client.get("/bad");
    CHECK(refused.status == 500);
    CHECK(refused.header("set-cookie") == "");
}

TEST_CASE("a body that is sent in pieces has no entity-tag made of it") {
    Response response;
    response.forward_to(nullptr);
    response.add_etag(); // nothing was put in its place
    CHECK(response.etag().tag == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    csgi_app other{};
    response.forward_to(&other);
    CHECK_THROWS_AS(response.add_etag(true), std::logic_error);
    response.set_etag("its own");
    response.add_etag();
    CHECK(response.etag().tag == "its own");
}

TEST_CASE("entity-tags, dates and Cache-Control are set, read and compared") {
    App app("response");
    app.get("/", [](Request &request) {
        Response response("body");
        response.add_etag();
        response.set_last_modified(784111777);
        response.set_expires(784111778);
        CacheControl control = response.cache_control();
        control.is_public = true;
        control.max_age = 60;
        response.set_cache_control(control);
        CHECK(response.etag().tag == "02083f4579e08a612425c0c1a17ee47add783b94");
        CHECK(response.last_modified() == 784111777);
        CHECK(response.expires() == 784111778);
        CHECK(response.cache_control().max_age == 60);
        response.make_conditional(request, true, 4);
        return response;
    });
    TestClient client(app);
    auto answer = client.get("/");
    CHECK(answer.header("last-modified") == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(answer.header("cache-control") == "public, max-age=60");
    const std::string etag(answer.header("etag"));
    CHECK(client.get("/", {.headers = {{"If-None-Match", etag}}}).status == 304);
    answer = client.get("/", {.headers = {{"Range", "bytes=1-2"}}});
    CHECK(answer.status == 206);
    CHECK(answer.text() == "od");
    CHECK(answer.header("content-range") == "bytes 1-2/4");
    answer = client.get("/", {.headers = {{"Range", "bytes=9-"}}});
    CHECK(answer.status == 416);
    CHECK(answer.header("content-range") == "bytes */4");
}

TEST_CASE("an answer without a body has none, and no length where HTTP wants none") {
    App app("response");
    app.route("/<int:status>", {.methods = {"GET"}},
              [](int status) { return std::tuple("text", status); });
    TestClient client(app);
    for (const int status : {204, 304}) {
        const auto answer = client.get("/" + std::to_string(status));
        CHECK(answer.status == status);
        CHECK(answer.text() == "");
        CHECK(answer.header("content-length") == "");
    }
    CHECK(client.head("/200").text() == "");
    CHECK(client.head("/200").header("content-length") == "4");
    CHECK(client.get("/404").header("content-length") == "4");
}

TEST_CASE("a result becomes a response that can still be changed, now or after the handler") {
    App app("response");
    app.get("/", [](Context &ctx) {
        ctx.after_this_request([](Response &response) { response.headers.set("x-after", "1"); });
        Response response = make_response(ctx, std::tuple(Dict{{"a", 1}}, 201));
        response.headers.set("x-mine", "2");
        return response;
    });
    TestClient client(app);
    const auto answer = client.get("/");
    CHECK(answer.status == 201);
    CHECK(answer.text() == "{\"a\":1}\n");
    CHECK(answer.header("x-after") == "1");
    CHECK(answer.header("x-mine") == "2");
}

TEST_CASE("a response that is thrown is the answer, whatever handlers of errors there are") {
    App app("response");
    app.get("/", []() -> std::string { abort(Response("stop", 418)); });
    app.errorhandler(418, [] { return "not asked"; });
    app.after_request([](Response &response) { response.headers.set("x-after", "1"); });
    TestClient client(app);
    const auto answer = client.get("/");
    CHECK(answer.status == 418);
    CHECK(answer.text() == "stop");
    CHECK(answer.header("x-after") == "1");
}

TEST_CASE("a redirect has a page for who cannot follow, with its target escaped") {
    App app("response");
    app.get("/", [] { return redirect("/to?a=1&b=%22", 303); });
    TestClient client(app);
    const auto answer = client.get("/");
    CHECK(answer.status == 303);
    CHECK(answer.location() == "/to?a=1&b=%22");
    CHECK(answer.text().find("<a href=\"/to?a=1&amp;b=%22\">/to?a=1&amp;b=%22</a>") !=
          std::string::npos);
}

TEST_CASE("a client that leaves ends a streamed answer") {
    App app("response");
    int closed = 0, made = 0;
    app.get("/", [&] {
        struct Endless final : BodySource {
            int &count;
            explicit Endless(int &n) : count(n) {}
            bool next(std::string &out) override {
                ++count;
                out = std::string(1000, 'x');
                return true;
            }
        };
        Response response;
        response.set_source(std::make_unique<Endless>(made));
        response.call_on_close([&] { ++closed; });
        return response;
    });
    TestClient client(app);
    std::size_t got = 0;
    const auto answer = client.get("/", {.on_body = [&](std::string_view piece) {
                                       got += piece.size();
                                       return got < 5'000;
                                   }});
    CHECK(!answer.is_complete);
    CHECK(closed == 1);
    CHECK(made < 10'000);
}
