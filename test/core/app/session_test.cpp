// SPDX-License-Identifier: MIT
// Sessions and flashed messages, in cookies that Flask reads.
#include <csgi/app.hpp>
#include <csgi/crypto/serializer.hpp>
#include <csgi/testing.hpp>

#include <doctest/doctest.h>

#include <chrono>

using namespace csgi;

namespace {

// As exact as the framework's: std::time() may be behind it.
std::int64_t now() {
    using namespace std::chrono;
    return floor<seconds>(system_clock::now().time_since_epoch()).count();
}

App counting() {
    App app("test");
    app.config["SECRET_KEY"] = "dev-secret";
    app.get("/count", [](Session &session) {
        session["n"] = session.get("n", 0).as_int() + 1;
        return std::to_string(session.get("n").as_int());
    });
    app.get("/peek", [](Session &session) { return session.contains("n") ? "yes" : "no"; });
    app.get("/clear", [](Session &session) {
        session.clear();
        return "cleared";
    });
    app.get("/keep", [](Session &session) {
        session.set_permanent();
        return "kept";
    });
    app.get("/other", [] { return "no session"; });
    app.get("/flash", [](Context &ctx) {
        ctx.flash("Hi");
        ctx.flash("No", "error");
        return "flashed";
    });
    app.get("/show", [](Context &ctx) {
        std::string out;
        for (const auto &[category, message] : ctx.get_flashed_messages())
            out += category + ":" + std::string(message.as_string()) + " ";
        return out;
    });
    return app;
}

} // namespace

TEST_CASE("a session is kept from one request to the next, and signed as Flask signs it") {
    App app = counting();
    TestClient client(app);
    auto answer = client.get("/count");
    CHECK(answer.text() == "1");
    CHECK(answer.header("vary") == "Cookie");
    const std::string field(answer.header("set-cookie"));
    CHECK(field.starts_with("session=eyJuIjoxfQ."));
    CHECK(field.ends_with("; HttpOnly; Path=/"));
    CHECK(client.get("/count").text() == "2");
    const Serializer serializer = Serializer::for_sessions("dev-secret");
    const Loaded loaded = serializer.loads(*client.get_cookie("session"), now(), 2'678'400);
    CHECK(loaded.outcome == Loaded::ok);
    CHECK(loaded.value == Value(Dict{{"n", 2}}));
}

TEST_CASE("a cookie is written when the session changed, and Vary where it was looked at") {
    App app = counting();
    TestClient client(app);
    CHECK(client.get("/other").header("vary") == "");
    auto answer = client.get("/peek");
    CHECK(answer.text() == "no");
    CHECK(answer.header("vary") == "Cookie");
    CHECK(answer.header("set-cookie") == "");
    client.get("/count");
    answer = client.get("/peek");
    CHECK(answer.text() == "yes");
    CHECK(answer.header("set-cookie") == "");
    answer = client.get("/clear");
    CHECK(answer.header("set-cookie").find("Max-Age=0") != std::string::npos);
    CHECK(!client.get_cookie("session"));
    CHECK(client.get("/keep").header("set-cookie").find("Expires=") != std::string::npos);
    // Refreshed with each request that looks at it.
    CHECK(client.get("/peek").header("set-cookie") != "");
}

TEST_CASE("a forged, foreign or broken cookie is an empty session") {
    App app = counting();
    TestClient client(app);
    for (const char *cookie : {"", "x", "eyJuIjoxfQ.ZVPxAA.AAAAAAAAAAAAAAAAAAAAAAAAAAA",
                               "eyJuIjoxfQ.", "....", "\"unbalanced"}) {
        client.set_cookie("session", cookie);
        CHECK(client.get("/peek").text() == "no");
    }
    const Serializer foreign = Serializer::for_sessions("another");
    client.set_cookie("session", foreign.dumps(Dict{{"n", 1}}, now()));
    CHECK(client.get("/peek").text() == "no");
}

TEST_CASE("older keys are believed while they are listed") {
    App app = counting();
    app.config["SECRET_KEY_FALLBACKS"] = List{"old"};
    TestClient client(app);
    client.set_cookie("session", Serializer::for_sessions("old").dumps(Dict{{"n", 6}}, now()));
    CHECK(client.get("/count").text() == "7");
}

TEST_CASE("a setting of the session that cannot be is refused at start-up") {
    const auto refused = [](const char *name, Value value) {
        App app = counting();
        app.config[name] = std::move(value);
        try {
            app.finish();
        } catch (const SetupError &error) {
            return std::string(error.what());
        }
        return std::string("taken");
    };
    CHECK(refused("SECRET_KEY_FALLBACKS", "one-key") ==
          "SECRET_KEY_FALLBACKS is a list of keys, not one key");
    CHECK(refused("SECRET_KEY_FALLBACKS", List{"old", Value()}) ==
          "SECRET_KEY_FALLBACKS has a NoneType, where a key is a text or bytes");
    // Whoever forged a cookie with an empty key would be believed.
    CHECK(refused("SECRET_KEY_FALLBACKS", List{""}) == "SECRET_KEY_FALLBACKS has an empty key");
    CHECK(refused("SECRET_KEY", 12) == "SECRET_KEY has a int, where a key is a text or bytes");
    CHECK(refused("SESSION_COOKIE_NAME", 7) == "SESSION_COOKIE_NAME is 7, not a text");
    CHECK(refused("SESSION_COOKIE_NAME", "a b") ==
          "SESSION_COOKIE_NAME, _DOMAIN or _SAMESITE: a cookie's name is a token: 'a b'");
    CHECK(refused("SESSION_COOKIE_SAMESITE", "some") ==
          "SESSION_COOKIE_NAME, _DOMAIN or _SAMESITE: a cookie's SameSite is Strict, Lax or None: "
          "'some'");
    CHECK(refused("PERMANENT_SESSION_LIFETIME", "week") ==
          "PERMANENT_SESSION_LIFETIME is 'week', not a whole number of 0 or more");
    CHECK(refused("PERMANENT_SESSION_LIFETIME", INT64_MAX) ==
          "PERMANENT_SESSION_LIFETIME is 9223372036854775807 seconds, more than 3155760000");
    CHECK(refused("SESSION_COOKIE_SAMESITE", "Lax") == "taken");
}

TEST_CASE("messages wait for the next page that shows them, and for one only") {
    App app = counting();
    TestClient client(app);
    client.get("/flash");
    CHECK(client.get("/other").status == 200);
    CHECK(client.get("/show").text() == "message:Hi error:No ");
    CHECK(client.get("/show").text() == "");
}

TEST_CASE("without a secret key a session can be read but not written") {
    App app("test");
    app.config["TESTING"] = true;
    app.get("/read", [](Session &session) { return session.contains("x") ? "yes" : "no"; });
    app.get("/write", [](Session &session) {
        session["x"] = 1;
        return "";
    });
    TestClient client(app);
    CHECK(client.get("/read").text() == "no");
    CHECK_THROWS_WITH_AS(client.get("/write"),
                         "The session is unavailable because no secret key was set.  Set the "
                         "secret_key on the application to something unique and secret.",
                         std::logic_error);
}

TEST_CASE("a test reads and changes the session") {
    App app = counting();
    TestClient client(app);
    client.session_transaction([](Session &session) { session["n"] = 41; });
    CHECK(client.get("/count").text() == "42");
    std::int64_t seen = 0;
    client.session_transaction([&](Session &session) { seen = session.get("n").as_int(); });
    CHECK(seen == 42);
    Value inside;
    client.get("/count", {.inspect = [&](Context &ctx) { inside = ctx.session().get("n"); }});
    CHECK(inside == Value(43));
}
