// SPDX-License-Identifier: MIT
// The blog, tested as Flask's tutorial tests its own: no server, no socket.
#include "examples/flaskr/flaskr.hpp"

#include <csgi/testing.hpp>
#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>

#include <unistd.h>

#include "examples/flaskr/database.hpp"

using namespace csgi;

namespace {

// The tutorial's data.sql: two users, whose passwords are "test" and "other", hashed by Werkzeug;
// and a post by the first.
constexpr const char *data = R"sql(
INSERT INTO user (username, password) VALUES
  ('test', 'pbkdf2:sha256:1000$aCH5svDz$95e04243e6eff1cdb6f62dc4b5adedd18ff9bd1973a5f141f5ceaecd33bf3dd3'),
  ('other', 'pbkdf2:sha256:1000$tHbidtGj$804669ff53d6e6ffb1c8a3be84b68d75efb834d98c9b4998b98141ee428ef9fc');
INSERT INTO post (title, body, author_id, created) VALUES
  ('test title', 'test' || x'0a' || 'body', 1, '2018-01-01 00:00:00');
)sql";

// An application with a database of its own, and a client.
class Blog {
public:
    Blog() {
        char name[] = "/tmp/flaskr-XXXXXX";
        const int file = mkstemp(name);
        REQUIRE(file >= 0);
        close(file);
        path_ = name;
        app = std::make_unique<App>(
            flaskr::create_app_at(FLASKR_DIR, {{"TESTING", true}, {"DATABASE", path_.string()}}));
        flaskr::init_db(*app);
        database().script(data);
        client = std::make_unique<TestClient>(*app);
    }
    ~Blog() { std::filesystem::remove(path_); }

    flaskr::Database database() const { return flaskr::Database(path_.string()); }

    TestResponse login(std::string username = "test", std::string password = "test") {
        return client->post("/auth/login",
                            {.form = {{"username", username}, {"password", password}}});
    }
    TestResponse write(std::string_view path, std::string title, std::string body = "") {
        return client->post(path, {.form = {{"title", title}, {"body", body}}});
    }

    std::unique_ptr<App> app;
    std::unique_ptr<TestClient> client;

private:
    std::filesystem::path path_;
};

bool shows(const TestResponse &response, std::string_view text) {
    return response.text().find(text) != std::string::npos;
}

} // namespace

// ---- test_factory.py

TEST_CASE("flaskr: only who says so is testing") {
    const auto folder = std::filesystem::temp_directory_path();
    App usual = flaskr::create_app({{"DATABASE", (folder / "none.sqlite").string()}});
    usual.finish();
    CHECK(!usual.is_testing());
    Blog blog;
    CHECK(blog.app->is_testing());
}

TEST_CASE("flaskr: hello") {
    Blog blog;
    CHECK(blog.client->get("/hello").text() == "Hello, World!");
}

// ---- test_db.py

TEST_CASE("flaskr: a request has one connection, which is closed behind it") {
    Blog blog;
    Value kept;
    blog.client->get("/", {.inspect = [&kept](Context &ctx) {
                         CHECK(&flaskr::get_db(ctx) == &flaskr::get_db(ctx));
                         kept = ctx.g["db"];
                     }});
    REQUIRE(kept.is(Kind::object));
    auto &database = static_cast<flaskr::Database &>(kept.as_object());
    CHECK_THROWS_WITH_AS(database.query("SELECT 1"), "Cannot operate on a closed database.",
                         flaskr::DatabaseError);
}

TEST_CASE("flaskr: the command init-db makes the tables anew, and says so") {
    Blog blog;
    CHECK(!blog.database().query("SELECT * FROM post").empty());
    const CommandResult result = run_command(*blog.app, {"init-db"});
    CHECK(result.status == 0);
    CHECK(result.output.find("Initialized") != std::string::npos);
    CHECK(blog.database().query("SELECT * FROM post").empty());
}

// ---- test_auth.py

TEST_CASE("flaskr: who registers is sent to log in, and is in the database") {
    Blog blog;
    CHECK(blog.client->get("/auth/register").status == 200);
    const TestResponse response =
        blog.client->post("/auth/register", {.form = {{"username", "a"}, {"password", "a"}}});
    CHECK(response.location() == "/auth/login");
    CHECK(!blog.database().one("SELECT * FROM user WHERE username = 'a'").is_none());
    CHECK(blog.login("a", "a").location() == "/");
}

TEST_CASE("flaskr: a registration that lacks something is told what") {
    struct {
        std::string username, password, message;
    } const cases[] = {{"", "", "Username is required."},
                       {"a", "", "Password is required."},
                       {"test", "test", "already registered"}};
    for (const auto &[username, password, message] : cases) {
        Blog blog;
        const TestResponse response = blog.client->post(
            "/auth/register", {.form = {{"username", username}, {"password", password}}});
        CHECK(shows(response, message));
    }
}

TEST_CASE("flaskr: who logs in is known afterwards") {
    Blog blog;
    CHECK(blog.client->get("/auth/login").status == 200);
    CHECK(blog.login().location() == "/");
    blog.client->get("/", {.inspect = [](Context &ctx) {
                         CHECK(ctx.session().get("user_id") == Value(1));
                         CHECK(ctx.g["user"].at("username") == Value("test"));
                     }});
}

TEST_CASE("flaskr: a wrong name and a wrong password are told apart") {
    Blog blog;
    CHECK(shows(blog.login("a", "test"), "Incorrect username."));
    CHECK(shows(blog.login("test", "a"), "Incorrect password."));
}

TEST_CASE("flaskr: who logs out is unknown again") {
    Blog blog;
    blog.login();
    blog.client->get("/auth/logout",
                     {.inspect = [](Context &ctx) { CHECK(!ctx.session().contains("user_id")); }});
}

// ---- test_blog.py

TEST_CASE("flaskr: the index shows the posts, and to their author how to change them") {
    Blog blog;
    const TestResponse before = blog.client->get("/");
    CHECK(before.status == 200);
    CHECK(shows(before, "test title"));
    blog.login();
    const TestResponse after = blog.client->get("/");
    CHECK(shows(after, "test title"));
    CHECK(shows(after, "test"));
}

TEST_CASE("flaskr: who is not logged in is sent to log in") {
    Blog blog;
    for (const char *path : {"/create", "/1/update", "/1/delete"})
        CHECK(blog.client->post(path).location() == "/auth/login");
}

TEST_CASE("flaskr: another's post cannot be changed or deleted") {
    Blog blog;
    blog.database().script("UPDATE post SET author_id = 2 WHERE id = 1");
    blog.login();
    CHECK(blog.client->post("/1/update").status == 403);
    CHECK(blog.client->post("/1/delete").status == 403);
    CHECK(!shows(blog.client->get("/"), "href=\"/1/update\""));
}

TEST_CASE("flaskr: a post that there is not cannot be changed or deleted") {
    Blog blog;
    blog.login();
    for (const char *path : {"/2/update", "/2/delete"}) {
        const TestResponse response = blog.client->post(path);
        CHECK(response.status == 404);
        CHECK(shows(response, "Post id 2 doesn&#39;t exist."));
    }
}

TEST_CASE("flaskr: a post is created") {
    Blog blog;
    blog.login();
    CHECK(blog.client->get("/create").status == 200);
    CHECK(blog.write("/create", "created").location() == "/");
    CHECK(blog.database().one("SELECT COUNT(id) AS n FROM post").at("n") == Value(2));
}

TEST_CASE("flaskr: a post is changed") {
    Blog blog;
    blog.login();
    CHECK(blog.client->get("/1/update").status == 200);
    CHECK(blog.write("/1/update", "updated").location() == "/");
    CHECK(blog.database().one("SELECT * FROM post WHERE id = 1").at("title") == Value("updated"));
}

TEST_CASE("flaskr: a post without a title is refused") {
    Blog blog;
    blog.login();
    for (const char *path : {"/create", "/1/update"})
        CHECK(shows(blog.write(path, ""), "Title is required."));
}

TEST_CASE("flaskr: a post is deleted") {
    Blog blog;
    blog.login();
    CHECK(blog.client->post("/1/delete").location() == "/");
    CHECK(blog.database().one("SELECT * FROM post WHERE id = 1").is_none());
}

// ---- Beyond the tutorial's

TEST_CASE("flaskr: a moment is read from the database as one") {
    Blog blog;
    const Value post = blog.database().one("SELECT created FROM post");
    REQUIRE(post.at("created").is(Kind::datetime));
    CHECK(post.at("created").as_datetime().seconds == 1514764800);
}

TEST_CASE("flaskr: a database that cannot be opened is an error that names it") {
    const App app = flaskr::create_app({{"DATABASE", "/tmp"}});
    CHECK_THROWS_AS(flaskr::Database("/tmp"), flaskr::DatabaseError);
}
