// SPDX-License-Identifier: MIT
// Pages from templates, as Flask makes them: expected texts are what Flask 3.1 answers.
#include <csgi/app.hpp>
#include <csgi/testing.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

using namespace csgi;
namespace fs = std::filesystem;

namespace {

// A folder of its own with templates, gone with it.
class Site {
public:
    Site() {
        char name[] = "/tmp/csgi-templating-XXXXXX";
        root = mkdtemp(name);
    }
    ~Site() { fs::remove_all(root); }
    void add(const std::string &path, const std::string &text) const {
        fs::create_directories(fs::path(root + "/" + path).parent_path());
        std::ofstream(root + "/" + path) << text;
    }
    App app() const {
        AppOptions options;
        options.root_path = root;
        App made("site", options);
        made.config["SECRET_KEY"] = "secret";
        return made;
    }

    std::string root;
};

struct Author {
    std::string name;
    CSGI_FIELDS(name)
};

struct Post {
    std::string title;
    Author author;
    std::vector<int> stars;
    CSGI_FIELDS(title, author, stars)
};

} // namespace

TEST_CASE("a page is rendered with values, escaped by the end of its name") {
    Site site;
    site.add("templates/page.html", "<p>{{ text }}</p>");
    site.add("templates/page.txt", "{{ text }}");
    App app = site.app();
    app.get("/html", [](Context &ctx) {
        return render_template(ctx, "page.html", {{"text", "<&>"}});
    });
    app.get("/txt", [](Context &ctx) {
        return render_template(ctx, "page.txt", {{"text", "<&>"}});
    });
    app.get("/string", [](Context &ctx) {
        return render_template_string(ctx, "{{ text }}", {{"text", "<&>"}});
    });
    app.get("/first", [](Context &ctx) {
        return render_template(ctx, std::vector<std::string>{"none.html", "page.html"},
                               {{"text", 1}});
    });
    TestClient client(app.as_csgi());
    CHECK(client.get("/html").text() == "<p>&lt;&amp;&gt;</p>");
    CHECK(client.get("/txt").text() == "<&>");
    CHECK(client.get("/string").text() == "&lt;&amp;&gt;");
    CHECK(client.get("/first").text() == "<p>1</p>");
}

TEST_CASE("tojson writes what Flask's does, safe inside a script") {
    Site site;
    App app = site.app();
    app.get("/", [](Context &ctx) {
        return render_template_string(ctx, "{{ {'b': '<script>', 'a': at}|tojson }}",
                                      {{"at", Value(DateTime{.seconds = 1'700'000'000})}});
    });
    TestClient client(app.as_csgi());
    // As Flask 3.1 answers for datetime.fromtimestamp(1_700_000_000, timezone.utc).
    CHECK(client.get("/").text() ==
          "{\"a\": \"Tue, 14 Nov 2023 22:13:20 GMT\", \"b\": \"\\u003cscript\\u003e\"}");
}

TEST_CASE("a struct with fields is a value: members, members of members, lists") {
    Site site;
    App app = site.app();
    app.get("/", [](Context &ctx) {
        const Post post{"T<", {"Ann"}, {1, 2}};
        return render_template_string(
            ctx, "{{ post.title }} {{ post['author'].name }} {{ post.stars|sum }} {{ n }}",
            {{"post", post}, {"n", std::vector<Post>{post, post}.size()}});
    });
    TestClient client(app.as_csgi());
    CHECK(client.get("/").text() == "T&lt; Ann 3 2");
}

TEST_CASE("Flask's globals are those of the request, also in imported templates") {
    Site site;
    site.add("templates/page.html", "{% from 'parts.html' import path %}{{ path() }} "
                                    "{{ url_for('user', name='a b', q=1) }} {{ g.who }} "
                                    "{{ session['n'] }} {{ config.DEBUG }} {{ request.args.x }}");
    site.add("templates/parts.html", "{% macro path() %}{{ request.path }}{% endmacro %}");
    App app = site.app();
    app.get("/user/<name>", [](const std::string &name) { return name; }).as("user");
    app.get("/page", [](Context &ctx) {
        ctx.g["who"] = "Bob";
        ctx.session()["n"] = 3;
        return render_template(ctx, "page.html");
    });
    TestClient client(app.as_csgi());
    CHECK(client.get("/page?x=7").text() == "/page /user/a%20b?q=1 Bob 3 False 7");
}

TEST_CASE("messages that were flashed are shown once") {
    Site site;
    App app = site.app();
    app.get("/flash", [](Context &ctx) {
        ctx.flash("saved", "info");
        ctx.flash("<lost>");
        return "";
    });
    app.get("/", [](Context &ctx) {
        return render_template_string(
            ctx, "{% for c, m in get_flashed_messages(with_categories=true) %}{{ c }}:{{ m }};"
                 "{% endfor %}");
    });
    TestClient client(app.as_csgi());
    client.get("/flash");
    CHECK(client.get("/").text() == "info:saved;message:&lt;lost&gt;;");
    CHECK(client.get("/").text() == "");
}

TEST_CASE("context processors add variables, and what the view gives wins") {
    Site site;
    App app = site.app();
    app.context_processor([] { return Dict{{"a", "app"}, {"b", "app"}}; });
    app.get("/", [](Context &ctx) {
        return render_template_string(ctx, "{{ a }} {{ b }} {{ c }}", {{"b", "view"}});
    });
    Blueprint part("part", {.url_prefix = "/part"});
    part.context_processor([](Context &) { return Dict{{"c", "part"}}; });
    part.get("/",
             [](Context &ctx) { return render_template_string(ctx, "{{ a }} {{ b }} {{ c }}"); });
    app.register_blueprint(part);
    TestClient client(app.as_csgi());
    CHECK(client.get("/").text() == "app view ");
    CHECK(client.get("/part/").text() == "app app part");
}

TEST_CASE("a blueprint's folder is searched after the application's") {
    Site site;
    site.add("templates/both.html", "application");
    site.add("part/templates/both.html", "blueprint");
    site.add("part/templates/own.html", "own");
    App app = site.app();
    Blueprint part("part", {.template_folder = "part/templates"});
    part.get("/both", [](Context &ctx) { return render_template(ctx, "both.html"); });
    part.get("/own", [](Context &ctx) { return render_template(ctx, "own.html"); });
    app.register_blueprint(part);
    TestClient client(app.as_csgi());
    CHECK(client.get("/both").text() == "application");
    CHECK(client.get("/own").text() == "own");
}

TEST_CASE("filters, tests and globals are plain functions with typed arguments") {
    Site site;
    App app = site.app();
    jinja::Environment &env = app.templating().environment();
    env.add_filter("repeat", jinja::filter([](std::string_view text, std::optional<int> times) {
                       std::string out;
                       for (int i = 0; i < times.value_or(2); ++i) out += text;
                       return out;
                   }));
    env.add_test("short", jinja::test([](std::string_view text) { return text.size() < 3; }));
    env.globals()["add"] = jinja::function([](int a, int b) { return a + b; });
    app.get("/", [](Context &ctx) {
        return render_template_string(ctx, "{{ 'ab'|repeat }} {{ 'ab'|repeat(3) }} "
                                           "{{ 'ab' is short }} {{ add(2, 3) }}");
    });
    app.get("/wrong", [](Context &ctx) {
        try {
            return render_template_string(ctx, "a\n{{ add('2', 3) }}");
        } catch (const jinja::TemplateError &error) {
            return std::to_string(error.line()) + " " + error.kind();
        }
    });
    TestClient client(app.as_csgi());
    CHECK(client.get("/").text() == "abab ababab True 5");
    CHECK(client.get("/wrong").text() == "2 TypeError");
}

TEST_CASE("a template that is missing says so, with its name") {
    Site site;
    App app = site.app();
    app.get("/", [](Context &ctx) {
        try {
            return render_template(ctx, "none.html");
        } catch (const jinja::TemplateNotFound &error) {
            return error.kind() + " " + error.message();
        }
    });
    TestClient client(app.as_csgi());
    CHECK(client.get("/").text() == "TemplateNotFound none.html");
}

TEST_CASE("a streamed page is the same page") {
    Site site;
    site.add("templates/page.html", "{% for i in range(n) %}{{ i }} {% endfor %}");
    App app = site.app();
    app.get("/", [](Context &ctx) { return stream_template(ctx, "page.html", {{"n", 3}}); });
    TestClient client(app.as_csgi());
    CHECK(client.get("/").text() == "0 1 2 ");
}
