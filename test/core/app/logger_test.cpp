// SPDX-License-Identifier: MIT
// Where an application's lines go.
#include <csgi/app.hpp>
#include <csgi/testing.hpp>

#include <doctest/doctest.h>

using namespace csgi;

TEST_CASE("lines go to the server's log, above the logger's level") {
    App app("logging");
    app.logger.set_level(CSGI_LOG_INFO);
    app.get("/", [](Context &ctx) {
        ctx.app.logger.debug("no");
        ctx.app.logger.info("info");
        ctx.app.logger.warning("warning");
        ctx.app.logger.error("error");
        ctx.app.logger.critical("critical");
        ctx.log(CSGI_LOG_INFO, "about this request");
        CHECK(!ctx.app.logger.is_enabled_for(CSGI_LOG_DEBUG));
        return "";
    });
    TestClient client(app);
    client.get("/");
    CHECK(client.log() ==
          std::vector<std::string>{"info", "warning", "error", "critical", "about this request"});
}

TEST_CASE("a handler of one's own takes the lines instead, also of what nobody caught") {
    App app("logging");
    std::vector<std::pair<std::int32_t, std::string>> lines;
    app.logger.add_handler([&](std::int32_t level, std::string_view text) {
        lines.emplace_back(level, std::string(text));
    });
    app.post("/fail/<int:n>", [](int) -> std::string { throw std::out_of_range("far out"); });
    app.get("/caught", [](Context &ctx) {
        try {
            throw std::runtime_error("inner");
        } catch (const std::exception &) {
            ctx.app.logger.exception("it went wrong", std::current_exception());
        }
        return "";
    });
    TestClient client(app);
    CHECK(client.post("/fail/1").status == 500);
    client.get("/caught");
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].first == CSGI_LOG_ERROR);
    CHECK(lines[0].second == "Exception on /fail/1 [POST]: std::out_of_range: far out");
    CHECK(lines[1].second == "it went wrong: std::runtime_error: inner");
    CHECK(client.log().empty());
}

TEST_CASE("an application that outlives its server logs on its own again") {
    App app("left");
    std::make_unique<TestClient>(app)->get("/");
    CHECK(app.logger.is_enabled_for(CSGI_LOG_DEBUG)); // nobody else has a say
    app.logger.warning("behind the server");
    auto first = std::make_unique<TestClient>(app);
    TestClient second(app);
    first.reset();
    app.logger.warning("behind the first of two");
}
