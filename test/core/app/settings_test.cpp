// SPDX-License-Identifier: MIT
// Settings from every place that Flask takes them from, and what those do that others do not read.
#include <csgi/app.hpp>
#include <csgi/testing.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include "test/core/value/rows.hpp"

using namespace csgi;

namespace {

namespace fs = std::filesystem;

// A folder that becomes the working directory for as long as this lives.
class Folder {
public:
    Folder()
        : before_(fs::current_path()),
          path_(fs::temp_directory_path() / ("csgi-settings-" + std::to_string(getpid()))) {
        fs::create_directories(path_ / "below");
        fs::current_path(path_ / "below");
    }
    ~Folder() {
        fs::current_path(before_);
        fs::remove_all(path_);
    }
    std::string write(const std::string &name, std::string_view text) {
        std::ofstream(path_ / name) << text;
        return (path_ / name).string();
    }

private:
    fs::path before_, path_;
};

struct Defaults {
    int LIMIT = 5;
    std::string NAME = "n";
    int lower = 1;
    CSGI_FIELDS(LIMIT, NAME, lower)
};

} // namespace

TEST_CASE("a .env file is read as python-dotenv reads it") {
    setenv("THERE", "is here", 1);
    for (const Value &row : read_rows(FLASK_VECTORS "/dotenv.jsonl")) {
        Dict values;
        for (const auto &[name, value] : parse_dotenv(row.at("text").as_string()))
            values[name] = value;
        CAPTURE(row.at("text").as_string());
        CAPTURE(dump_json(Value(values)));
        CHECK(Value(values) == row.at("values"));
    }
}

TEST_CASE(
    "a file that was named comes before .env, that before .flaskenv, all after what is there") {
    Folder folder;
    folder.write(".flaskenv", "CSGI_A=flaskenv\nCSGI_B=flaskenv\nCSGI_C=flaskenv\nCSGI_D=x\n");
    folder.write(".env", "CSGI_A=env\nCSGI_B=env\n");
    const std::string named = folder.write("named", "CSGI_A=named\n");
    setenv("CSGI_D", "there", 1);
    CHECK(load_dotenv(named));
    CHECK(std::getenv("CSGI_A") == std::string("named"));
    CHECK(std::getenv("CSGI_B") == std::string("env"));
    CHECK(std::getenv("CSGI_C") == std::string("flaskenv"));
    CHECK(std::getenv("CSGI_D") == std::string("there"));
    CHECK_THROWS_WITH(load_dotenv("/nonexistent/x"),
                      "environment file /nonexistent/x: No such file or directory");
    CHECK(!load_dotenv("", false));
}

TEST_CASE("settings come from files, variables that name files, and structs") {
    Folder folder;
    Config config;
    const std::string path = folder.write("c.json", R"({"FROM_JSON": [1], "lower": 2})");
    CHECK(config.from_json_file(path));
    CHECK(config["FROM_JSON"] == Value(List{1}));
    CHECK(!config.contains("lower"));
    CHECK(config.from_file(path, [](std::string_view text) {
        return Dict{{"SIZE", static_cast<std::int64_t>(text.size())}};
    }));
    CHECK(config["SIZE"] == Value(30));
    CHECK_THROWS_WITH(
        config.from_file(path, [](std::string_view) -> Dict { throw std::runtime_error("bad"); }),
        ("configuration file " + path + ": bad").c_str());
    const std::string broken = folder.write("broken.json", "{");
    CHECK_THROWS_AS(config.from_json_file(broken), std::runtime_error);
    setenv("CSGI_SETTINGS", path.c_str(), 1);
    Config other;
    CHECK(other.from_envvar("CSGI_SETTINGS"));
    CHECK(other["FROM_JSON"] == Value(List{1}));
    CHECK(!other.from_envvar("CSGI_NOT_THERE", true));
    CHECK_THROWS_WITH(other.from_envvar("CSGI_NOT_THERE"),
                      "The environment variable 'CSGI_NOT_THERE' is not set and as such "
                      "configuration could not be loaded. Set this variable and make it point to a "
                      "configuration file");
    other.from_object(Defaults());
    CHECK(other["LIMIT"] == Value(5));
    CHECK(other["NAME"] == Value("n"));
    CHECK(!other.contains("lower"));
}

TEST_CASE("TRAP_BAD_REQUEST_ERRORS and DEBUG say which key was missing, or let the error through") {
    const auto make = [](Dict settings) {
        App app("settings");
        app.config.from_mapping(settings);
        app.get("/arg", [](Request &request) { return std::string(request.arg("na<me")); });
        app.get("/bad", []() -> std::string { abort(400); });
        app.get("/gone", []() -> std::string { abort(410); });
        return app;
    };
    App plain = make({});
    TestClient client(plain);
    CHECK(client.get("/arg").status == 400);
    CHECK(client.get("/arg").text().find("KeyError") == std::string::npos);
    // In debug mode the key error alone is let through; propagation is off to see the page.
    App debug = make({{"DEBUG", true}, {"PROPAGATE_EXCEPTIONS", false}});
    TestClient debugged(debug);
    CHECK(debugged.get("/arg").status == 500);
    CHECK(debugged.get("/bad").status == 400);
    App shown = make({{"DEBUG", true}, {"TRAP_BAD_REQUEST_ERRORS", false}});
    TestClient showing(shown);
    CHECK(showing.get("/arg").status == 400);
    CHECK(showing.get("/arg").text().find("<br>KeyError: &#39;na&lt;me&#39;") != std::string::npos);
    App trapping = make({{"TRAP_BAD_REQUEST_ERRORS", true}});
    TestClient trapped(trapping);
    CHECK(trapped.get("/bad").status == 500);
    CHECK(trapped.get("/gone").status == 410);
    App all = make({{"TRAP_HTTP_EXCEPTIONS", true}});
    TestClient all_trapped(all);
    CHECK(all_trapped.get("/gone").status == 500);
    App testing = make({{"TESTING", true}, {"TRAP_HTTP_EXCEPTIONS", true}});
    TestClient thrown(testing);
    CHECK_THROWS_AS(thrown.get("/gone"), Gone);
}

TEST_CASE("a cookie above MAX_COOKIE_SIZE is told in the log, in Werkzeug's words") {
    App app("settings");
    app.config["MAX_COOKIE_SIZE"] = 100;
    app.get("/<int:n>", [](std::size_t n) {
        Response response("set");
        response.set_cookie("c", std::string(n, 'x'));
        return response;
    });
    TestClient client(app);
    client.get("/89");
    client.get("/90");
    CHECK(client.log().empty());
    client.get("/91");
    REQUIRE(client.log().size() == 1);
    CHECK(client.log()[0] ==
          "The 'c' cookie is too large: the value was 91 bytes but the header required 10 extra "
          "bytes. The final size was 101 bytes but the limit is 100 bytes. Browsers may silently "
          "ignore cookies larger than this.");
}

TEST_CASE("JSON is written as the application's provider says") {
    App app("settings");
    app.json.sort_keys = false;
    app.json.ensure_ascii = false;
    app.json.compact = false;
    app.json.mimetype = "application/vnd.mine+json";
    app.get("/", [] { return Dict{{"b", "\u00fc"}, {"a", 1}}; });
    app.get("/made", [](Context &ctx) { return ctx.jsonify(Dict{{"b", 1}, {"a", 2}}); });
    TestClient client(app);
    auto answer = client.get("/");
    CHECK(answer.text() == "{\n  \"b\": \"\u00fc\",\n  \"a\": 1\n}\n");
    CHECK(answer.header("content-type") == "application/vnd.mine+json");
    CHECK(client.get("/made").header("content-type") == "application/vnd.mine+json");
    App debug("settings");
    debug.config["DEBUG"] = true;
    debug.get("/", [] { return List{1}; });
    TestClient debugged(debug);
    CHECK(debugged.get("/").text() == "[\n  1\n]\n");
}

TEST_CASE("the cookie of a session is what the settings say") {
    App app("settings");
    app.config.from_mapping({{"SECRET_KEY", "k"},
                             {"SESSION_COOKIE_NAME", "sid"},
                             {"SESSION_COOKIE_DOMAIN", "example.com"},
                             {"SESSION_COOKIE_PATH", "/app"},
                             {"SESSION_COOKIE_HTTPONLY", false},
                             {"SESSION_COOKIE_SECURE", true},
                             {"SESSION_COOKIE_PARTITIONED", true},
                             {"SESSION_COOKIE_SAMESITE", "Lax"},
                             {"PERMANENT_SESSION_LIFETIME", 60}});
    app.get("/", [](Session &session) {
        session["x"] = 1;
        return "";
    });
    TestClient client(app);
    const std::string field(client.get("/").header("set-cookie"));
    CHECK(field.starts_with("sid="));
    CHECK(field.ends_with("; Domain=example.com; Secure; Path=/app; SameSite=Lax; Partitioned"));
}

TEST_CASE("hosts that are not trusted are refused") {
    App app("settings");
    app.config["TRUSTED_HOSTS"] = List{"example.com", ".example.org"};
    app.get("/", [](Request &request) { return request.host(); });
    TestClient client(app);
    CHECK(client.get("/", {.base_url = "http://example.com"}).text() == "example.com");
    CHECK(client.get("/", {.base_url = "http://a.example.org:81"}).text() == "a.example.org:81");
    CHECK(client.get("/", {.base_url = "http://evil.com"}).status == 400);
    CHECK(client.get("/", {.base_url = "http://badexample.com"}).status == 400);
    CHECK(client.get("/nowhere", {.base_url = "http://evil.com"}).status == 400);
}
