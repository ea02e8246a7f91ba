// SPDX-License-Identifier: MIT
// What a handler reads of a request besides its path.
#include <csgi/app.hpp>
#include <csgi/testing.hpp>

#include <doctest/doctest.h>

using namespace csgi;

TEST_CASE("the parts of a request's URL are WSGI's and Flask's") {
    App app("request");
    TestClient client(app);
    client.request_context(
        "/a%20b/c?x=1&y",
        [](Context &ctx) {
            const Request &request = ctx.request();
            CHECK(request.method() == "GET");
            CHECK(request.scheme() == "https");
            CHECK(request.is_secure());
            CHECK(request.path() == "/a b/c");
            CHECK(request.full_path() == "/a b/c?x=1&y");
            CHECK(request.query_string() == "x=1&y");
            CHECK(request.root_path() == "/app");
            CHECK(request.host() == "example.com:8443");
            CHECK(request.url() == "https://example.com:8443/app/a%20b/c?x=1&y");
            CHECK(request.base_url() == "https://example.com:8443/app/a%20b/c");
            CHECK(request.root_url() == "https://example.com:8443/app/");
            CHECK(request.host_url() == "https://example.com:8443/");
            CHECK(request.remote_addr() == "10.1.2.3");
        },
        {.base_url = "https://example.com:8443/app/", .remote_addr = "10.1.2.3"});
}

TEST_CASE("fields of a request are read as what they mean") {
    App app("request");
    TestClient client(app);
    client.request_context(
        "/",
        [](Context &ctx) {
            const Request &request = ctx.request();
            CHECK(request.content_type() == "Text/HTML; Charset=\"utf-8\"");
            CHECK(request.mimetype() == "text/html");
            REQUIRE(request.mimetype_params().size() == 1);
            CHECK(request.mimetype_params()[0].first == "charset");
            CHECK(request.content_encoding() == "gzip");
            CHECK(request.content_length() == 4);
            CHECK(request.data() == "body");
            constexpr std::string_view offers[] = {"text/html", "application/json"};
            CHECK(request.accept_mimetypes().best_match(offers) == "application/json");
            CHECK(request.accept_mimetypes().accept_json());
            CHECK(request.accept_encodings().quality("br") == 0.5);
            constexpr std::string_view languages[] = {"fr", "de"};
            CHECK(request.accept_languages().best_match(languages) == "de");
            REQUIRE(request.authorization());
            CHECK(request.authorization()->type == "basic");
            CHECK(request.authorization()->username() == "user");
            CHECK(request.authorization()->password() == "p:w");
            CHECK(request.if_none_match().contains_weak("b"));
            CHECK(request.if_modified_since() == 784111777);
            CHECK(request.range()->parts[0].start == 5);
            CHECK(request.cache_control().max_age == 0);
            CHECK(request.date() == 784111777);
            CHECK(request.max_forwards() == 3);
            CHECK(request.user_agent() == "agent");
            CHECK(request.referrer() == "http://from/");
            CHECK(request.origin() == "http://origin");
            CHECK(request.access_route() == std::vector<std::string>{"1.1.1.1", "2.2.2.2"});
            CHECK(request.header("x-NUMBER", "") == "12");
            CHECK(request.header_as<int>("x-number") == 12);
            CHECK(request.header_as<double>("X-Number") == 12.0);
            CHECK(!request.header_as<signed char>("max-forwards-none"));
            CHECK(!request.header_as<int>("user-agent"));
            CHECK(request.headers("x-two").size() == 2);
            CHECK(!request.header("x-none"));
            CHECK(request.cookies().get("a", "") == "1");
            CHECK(request.cookies().get("q", "") == "x\ty");
            CHECK(request.cookies().get_all("a").size() == 2);
        },
        {.headers = {{"Content-Encoding", "gzip"},
                     {"Accept", "text/html;q=0.5, application/json"},
                     {"Accept-Encoding", "br;q=0.5, gzip"},
                     {"Accept-Language", "en;q=0.3, de-AT"},
                     {"If-None-Match", "\"a\", W/\"b\""},
                     {"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"},
                     {"Range", "bytes=5-"},
                     {"Cache-Control", "max-age=0"},
                     {"Date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                     {"Max-Forwards", "3"},
                     {"User-Agent", "agent"},
                     {"Referer", "http://from/"},
                     {"Origin", "http://origin"},
                     {"X-Forwarded-For", "1.1.1.1, 2.2.2.2"},
                     {"X-Number", "12"},
                     {"X-Two", "1"},
                     {"X-Two", "2"},
                     {"Cookie", "a=1; a=2; q=\"x\\011y\""}},
         .data = "body",
         .content_type = "Text/HTML; Charset=\"utf-8\"",
         .auth = {{"user", "p:w"}}},
        "POST");
    client.request_context("/", [](Context &ctx) {
        CHECK(!ctx.request().authorization());
        CHECK(!ctx.request().range());
        CHECK(!ctx.request().date());
        CHECK(ctx.request().accept_mimetypes().empty());
        CHECK(ctx.request().access_route() == std::vector<std::string>{"127.0.0.1"});
    });
}

TEST_CASE("values are those of the query, then those of the form") {
    App app("request");
    TestClient client(app);
    const auto values = [](Context &ctx) {
        std::string out;
        for (const std::string_view value : ctx.request().values("x")) out += value;
        return out + std::string(ctx.request().value("y").value_or("none"));
    };
    client.request_context(
        "/?x=1", [&](Context &ctx) { CHECK(values(ctx) == "12y"); },
        {.form = {{"x", "2"}, {"y", "y"}}}, "POST");
    client.request_context("/?x=1", [&](Context &ctx) { CHECK(values(ctx) == "1none"); });
}

TEST_CASE("JSON is read where it is said to be, or where it is forced") {
    App app("request");
    TestClient client(app);
    client.request_context(
        "/",
        [](Context &ctx) {
            const Request &request = ctx.request();
            CHECK(!request.is_json());
            CHECK_THROWS_AS(request.json(), UnsupportedMediaType);
            CHECK(request.get_json(false, true).is_none());
            CHECK(request.get_json(true).at("a") == Value(1));
        },
        {.data = "{\"a\": 1}", .content_type = "text/plain"}, "POST");
    client.request_context(
        "/",
        [](Context &ctx) {
            CHECK(ctx.request().is_json());
            CHECK_THROWS_AS(ctx.request().json(), BadRequest);
            CHECK(ctx.request().get_json(false, true).is_none());
        },
        {.data = "{", .content_type = "application/problem+json; charset=utf-8"}, "POST");
}

TEST_CASE("a body of unknown length is read, and refused once it is too long") {
    App app("request");
    app.config["MAX_CONTENT_LENGTH"] = 10;
    app.post("/", [](Request &request) { return std::string(request.data()); });
    TestClient client(app);
    const auto pieces = [](int count) {
        return [n = 0, count](std::string &out) mutable {
            out = "abc";
            return ++n < count;
        };
    };
    CHECK(client.post("/", {.input_stream = pieces(3)}).text() == "abcabcabc");
    CHECK(client.post("/", {.input_stream = pieces(4)}).status == 413);
}

TEST_CASE("a file of a form is read, saved, and kept on the disk when it is large") {
    App app("request");
    app.post("/", [](Request &request) {
        UploadedFile *file = request.file("f");
        REQUIRE(file);
        return Dict{{"name", file->name},
                    {"filename", file->filename},
                    {"type", file->content_type},
                    {"size", static_cast<std::int64_t>(file->content.size())},
                    {"disk", file->content.on_disk()}};
    });
    TestClient client(app);
    const TestFile small{"f", "a b.txt", "content", "text/x"};
    CHECK(client.post("/", {.files = {small}}).json() == Value(Dict{{"name", "f"},
                                                                    {"filename", "a b.txt"},
                                                                    {"type", "text/x"},
                                                                    {"size", 7},
                                                                    {"disk", false}}));
    const auto answer = client.post("/", {.files = {{"f", "n", std::string(600'000, 'x')}}});
    CHECK(answer.json().at("disk") == Value(true));
}
