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
        return render_template(ctx, {"none.html", "page.html"}, {{"text", 1}});
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

TEST_CASE("tojson asks the application's JSON provider") {
    Site site;
    App app = site.app();
    app.get("/", [](Context &ctx) {
        return render_template_string(ctx,
                                      "{{ {'b': 'ü<', 'a': 1}|tojson }} {{ {'a': 1}|tojson(2) }}");
    });
    app.get("/wrong",
            [](Context &ctx) { return render_template_string(ctx, "{{ nothing|tojson }}"); });
    app.json.ensure_ascii = false;
    app.json.sort_keys = false;
    app.config["TESTING"] = true;
    SUBCASE("Jinja's policy has the last word about sorting") {
        TestClient client(app);
        CHECK(client.get("/").text() == "{\"a\": 1, \"b\": \"ü\\u003c\"} {\n  \"a\": 1\n}");
        CHECK_THROWS_WITH(client.get("/wrong"),
                          doctest::Contains("Object of type Undefined is not JSON serializable"));
    }
    SUBCASE("without one the provider has it") {
        app.templating().environment().policies()["json.dumps_kwargs"] = Value(Dict());
        TestClient client(app);
        CHECK(client.get("/").text() == "{\"b\": \"ü\\u003c\", \"a\": 1} {\n  \"a\": 1\n}");
    }
    SUBCASE("a text to indent with") {
        app.get("/text", [](Context &ctx) {
            return render_template_string(ctx, "{{ {'a': [1]}|tojson('<-') }}");
        });
        TestClient client(app);
        CHECK(client.get("/text").text() == "{\n\\u003c-\"a\": [\n\\u003c-\\u003c-1\n\\u003c-]\n}");
    }
    SUBCASE("an argument that json.dumps() has not is refused") {
        app.templating().environment().policies()["json.dumps_kwargs"] =
            Value(Dict{{"nice", true}});
        TestClient client(app);
        CHECK_THROWS_WITH(client.get("/"),
                          doctest::Contains("dumps() got an unexpected keyword argument 'nice'"));
    }
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
    app.template_filter("repeat", [](std::string_view text, std::optional<int> times) {
        std::string out;
        for (int i = 0; i < times.value_or(2); ++i) out += text;
        return out;
    });
    app.template_test("short", [](std::string_view text) { return text.size() < 3; });
    app.template_global("add", [](int a, int b) { return a + b; });
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

int doubled(int n) {
    return 2 * n;
}

TEST_CASE("a blueprint's filters, tests and globals are for all templates, and the last one told "
          "counts") {
    Site site;
    App app = site.app();
    const auto page = [](Context &ctx) {
        return render_template_string(ctx, "{{ 1|own }} {{ 2|again }} {{ 'x' is long }} "
                                           "{{ twice(4) }} {{ version }}");
    };
    app.get("/", page);
    app.template_filter("again", [](int) { return "application"; });
    Blueprint inner("inner", {.url_prefix = "/inner"});
    inner.app_template_filter("own", [](jinja::State &, const Arguments &arguments) -> Value {
        return "inner " + std::to_string(arguments.positional[0].as_int());
    });
    Blueprint part("part", {.url_prefix = "/part"});
    part.get("/", page);
    part.app_template_filter("again", [](int) { return "blueprint"; });
    part.app_template_test("long", [](std::string_view text) { return text.size() > 3; });
    part.app_template_global("twice", doubled);
    part.app_template_global("version", "1.0");
    part.register_blueprint(inner);
    app.register_blueprint(part);
    SUBCASE("the blueprint's, which came later") {
        TestClient client(app);
        CHECK(client.get("/").text() == "inner 1 blueprint False 8 1.0");
        CHECK(client.get("/part/").text() == "inner 1 blueprint False 8 1.0");
        CHECK_THROWS_AS(app.template_filter("late", doubled), SetupError);
    }
    SUBCASE("the application's") {
        app.template_filter("again", [](int) { return "application again"; });
        TestClient client(app);
        CHECK(client.get("/").text() == "inner 1 application again False 8 1.0");
    }
}

// The lines of a log that begin so, joined; a folder's name is replaced.
std::string told(const TestClient &client, const std::string &root) {
    std::string out;
    for (std::string line : client.log()) {
        for (std::size_t at = 0; (at = line.find(root)) != line.npos;)
            line.replace(at, root.size(), "ROOT");
        if (line.starts_with("Locating")) out += line + "\n";
    }
    return out;
}

// Flask's words but for the class of the loader, and what it knows of itself.
TEST_CASE("EXPLAIN_TEMPLATE_LOADING tells in the log where a template was looked for") {
    Site site;
    site.add("templates/page.html", "application's");
    site.add("part/page.html", "blueprint's");
    site.add("part/own.html", "own");
    App app = site.app();
    app.config["EXPLAIN_TEMPLATE_LOADING"] = true;
    const auto show = [](Context &ctx, const std::string &name) {
        return render_template(ctx, name);
    };
    app.get("/<name>", show);
    Blueprint inner("inner", {.url_prefix = "/inner"});
    inner.get("/<name>", show);
    Blueprint part("part", {.url_prefix = "/part", .template_folder = "part"});
    part.get("/<name>", show);
    part.register_blueprint(inner);
    app.register_blueprint(part);
    const std::string loader = "\n       class: csgi::jinja::FileSystemLoader\n       searchpath:\n"
                               "         - ROOT/";
    const std::string first = "    1: trying loader of application 'site'" + loader +
                              "templates\n       -> ",
                      second = "\n    2: trying loader of blueprint 'part'" + loader +
                               "part\n       -> ";
    TestClient client(app);
    SUBCASE("one has it") {
        CHECK(client.get("/part/own.html").text() == "own");
        CHECK(told(client, site.root) == "Locating template 'own.html':\n" + first + "no match" +
                                             second + "found ('ROOT/part/own.html')\n");
    }
    SUBCASE("several have it") {
        CHECK(client.get("/page.html").text() == "application's");
        CHECK(told(client, site.root) ==
              "Locating template 'page.html':\n" + first + "found ('ROOT/templates/page.html')" +
                  second +
                  "found ('ROOT/part/page.html')\n"
                  "Warning: multiple loaders returned a match for the template.\n");
    }
    SUBCASE("none has it") {
        CHECK(client.get("/part/inner/missing.html").status == 500);
        CHECK(told(client, site.root) ==
              "Locating template 'missing.html':\n" + first + "no match" + second +
                  "no match\n"
                  "Error: the template could not be found.\n"
                  "  The template was looked up from an endpoint that belongs to the blueprint "
                  "'part.inner'.\n"
                  "  Maybe you did not place a template in the right folder?\n"
                  "  See https://flask.palletsprojects.com/blueprints/#templates\n");
    }
}

TEST_CASE("TEMPLATES_AUTO_RELOAD decides whether a changed file is read again, else DEBUG does") {
    Site site;
    site.add("templates/page.html", "old");
    App app = site.app();
    app.get("/", [](Context &ctx) { return render_template(ctx, "page.html"); });
    app.get("/included",
            [](Context &ctx) { return render_template_string(ctx, "{% include 'page.html' %}"); });
    // Before its settings are known.
    app.template_global("early", 1);
    const auto after_change = [&](const std::string &path) {
        TestClient client(app);
        CHECK(client.get(path).text() == "old");
        site.add("templates/page.html", "new");
        const fs::path page = site.root + "/templates/page.html";
        fs::last_write_time(page, fs::last_write_time(page) + std::chrono::seconds(10));
        return client.get(path).text();
    };
    SUBCASE("nothing said") {
        CHECK(after_change("/") == "old");
    }
    SUBCASE("nothing said, first asked for by another") {
        CHECK(after_change("/included") == "old");
    }
    SUBCASE("nothing said, debugging") {
        app.config["DEBUG"] = true;
        CHECK(after_change("/") == "new");
    }
    SUBCASE("yes") {
        app.config["TEMPLATES_AUTO_RELOAD"] = true;
        CHECK(after_change("/included") == "new");
    }
    SUBCASE("no, debugging") {
        app.config["DEBUG"] = true;
        app.config["TEMPLATES_AUTO_RELOAD"] = false;
        CHECK(after_change("/") == "old");
    }
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

TEST_CASE("a macro of a template is called from C++, with the request at hand") {
    Site site;
    site.add("templates/_cider.html",
             "{% macro hello(name) %}Hello {{ name }} at {{ request.path }}!{% endmacro %}"
             "{% set best = ['dry', 'sweet'] %}");
    App app = site.app();
    app.config["TESTING"] = true; // what a handler throws reaches the client
    app.get("/tell", [](Context &ctx) {
        const Value hello = get_template_attribute(ctx, "_cider.html", "hello");
        const Value best = get_template_attribute(ctx, "_cider.html", "best");
        return std::string(call(hello, {"<World>"}).text()) + " " + dump_json(best);
    });
    app.get("/missing", [](Context &ctx) {
        return dump_json(get_template_attribute(ctx, "_cider.html", "nothing"));
    });
    TestClient client(app.as_csgi());
    CHECK(client.get("/tell").text() == "Hello &lt;World&gt; at /tell! [\"dry\", \"sweet\"]");
    CHECK_THROWS_AS(client.get("/missing"), jinja::PythonError);
}
