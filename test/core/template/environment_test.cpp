// SPDX-License-Identifier: MIT
// The engine as a program uses it: loaders, cache, pieces, blocks, limits, errors. What is expected
// is what Jinja 3.1 does with the same templates.
#include <csgi/template/environment.hpp>
#include <csgi/template/function.hpp>
#include <csgi/template/meta.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

using namespace csgi;
using namespace csgi::jinja;

namespace {

using Texts = std::vector<std::pair<std::string, std::string>>;

std::unique_ptr<Loader> texts(Texts given) {
    return std::make_unique<DictLoader>(std::move(given));
}

class Folder {
public:
    Folder() {
        char name[] = "/tmp/csgi-templates-XXXXXX";
        REQUIRE(mkdtemp(name));
        path = name;
    }
    ~Folder() { std::filesystem::remove_all(path); }
    void write(const std::string &name, const std::string &text) const {
        std::filesystem::create_directories((path / name).parent_path());
        std::ofstream(path / name) << text;
    }

    std::filesystem::path path;
};

} // namespace

TEST_CASE("files are found below the first folder that has them, and never outside") {
    const Folder first, second;
    first.write("a.txt", "first");
    second.write("a.txt", "second");
    second.write("sub/b.txt", "b");
    const Environment env(Syntax(), std::make_unique<FileSystemLoader>(std::vector<std::string>{
                                        first.path.string(), second.path.string()}));
    CHECK(env.get_template("a.txt").render() == "first");
    CHECK(env.get_template("sub/b.txt").render() == "b");
    CHECK(env.loader->list() == std::vector<std::string>{"a.txt", "sub/b.txt"});
    for (const char *name : {"../a.txt", "sub/../a.txt", "/etc/passwd", "none.txt", ""})
        CHECK_THROWS_AS(env.get_template(name), TemplateNotFound);
}

TEST_CASE("loaders are put together by prefix, by choice and by function") {
    auto one = std::make_shared<DictLoader>(Texts{{"x", "one"}});
    auto two = std::make_shared<DictLoader>(Texts{{"x", "two"}, {"y", "two's y"}});
    const Environment prefixed(
        Syntax(),
        std::make_unique<PrefixLoader>(
            std::vector<std::pair<std::string, std::shared_ptr<Loader>>>{{"1", one}, {"2", two}}));
    CHECK(prefixed.get_template("2/x").render() == "two");
    CHECK_THROWS_AS(prefixed.get_template("x"), TemplateNotFound);
    const Environment choice(
        Syntax(), std::make_unique<ChoiceLoader>(std::vector<std::shared_ptr<Loader>>{one, two}));
    CHECK(choice.get_template("x").render() == "one");
    CHECK(choice.get_template("y").render() == "two's y");
    const Environment made(Syntax(), std::make_unique<FunctionLoader>([](const std::string &name) {
                               return name == "f"
                                          ? std::optional<Source>(
                                                {.text = "made", .path = {}, .is_current = {}})
                                          : std::nullopt;
                           }));
    CHECK(made.get_template("f").render() == "made");
    CHECK(made.select_template({"e", "f"}).render() == "made");
    CHECK_THROWS_AS(made.select_template({"d", "e"}), TemplateNotFound);
}

TEST_CASE("a file that changes is read again, unless that is switched off") {
    const Folder folder;
    folder.write("a.txt", "old");
    Environment env(Syntax(), std::make_unique<FileSystemLoader>(
                                  std::vector<std::string>{folder.path.string()}));
    CHECK(env.get_template("a.txt").render() == "old");
    const auto change = [&](const char *text, int seconds) {
        folder.write("a.txt", text);
        const auto file = folder.path / "a.txt";
        std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) +
                                                   std::chrono::seconds(seconds));
    };
    change("new", 10);
    CHECK(env.get_template("a.txt").render() == "new");
    env.auto_reload = false;
    change("newest", 20);
    CHECK(env.get_template("a.txt").render() == "new");
}

TEST_CASE("a page comes in pieces that make the whole, and a block by itself") {
    const Environment env(
        Syntax(), texts({{"base", "<{% block b %}base{% endblock %}>"},
                         {"page", "{% extends 'base' %}{% block b %}{% for i in range(n) %}{{ i }},"
                                  "{% endfor %}{% endblock %}"}}));
    const Template page = env.get_template("page");
    const Dict context{{"n", 2000}};
    std::string all;
    std::size_t pieces = 0;
    page.stream(
        context,
        [&](std::string_view piece) {
            all += piece;
            ++pieces;
        },
        1000);
    CHECK(pieces > 5);
    CHECK(all == page.render(context));
    CHECK(page.render_block("b", {{"n", 3}}) == "0,1,2,");
    CHECK_THROWS_AS(page.render_block("none"), std::out_of_range);
}

TEST_CASE("undefined values do what their type says") {
    Environment env;
    CHECK(env.from_string("[{{ x }}]").render() == "[]");
    CHECK_THROWS_AS(env.from_string("{{ x.y }}").render(), UndefinedError);
    env.undefined = UndefinedType::strict;
    CHECK_THROWS_WITH_AS(env.from_string("{{ x }}").render(), doctest::Contains("'x' is undefined"),
                         UndefinedError);
    env.undefined = UndefinedType::chainable;
    CHECK(env.from_string("[{{ x.y['z'] }}]").render() == "[]");
    env.undefined = UndefinedType::debug;
    CHECK(env.from_string("{{ x }}").render() == "{{ x }}");
}

TEST_CASE(
    "an error tells the way to its place: each template, its line, and the text of that line") {
    const Environment env(Syntax(), texts({{"outer", "one\n{% include 'inner' %}"},
                                           {"inner", "one\ntwo\n{{ 1 // zero }}"},
                                           {"broken", "one\n{% endfor %}"}}));
    try {
        env.get_template("outer").render({{"zero", 0}});
        FAIL("no error");
    } catch (const TemplateError &error) {
        CHECK(error.kind() == "ZeroDivisionError");
        REQUIRE(error.places().size() == 2);
        CHECK(error.places()[0].name == "outer");
        CHECK(error.places()[0].line == 2);
        CHECK(error.places()[1].name == "inner");
        CHECK(error.places()[1].line == 3);
        CHECK(error.places()[1].excerpt == "{{ 1 // zero }}");
    }
    CHECK_THROWS_WITH_AS(env.get_template("broken"),
                         doctest::Contains("Encountered unknown tag 'endfor'"),
                         TemplateSyntaxError);
}

TEST_CASE("what never ends, nests without end or grows without end is an error") {
    Environment env(Syntax(), texts({{"self", "{% include 'self' %}"}}));
    CHECK_THROWS_AS(env.get_template("self").render(), TemplateError);
    CHECK_THROWS_AS(env.from_string("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}").render(),
                    TemplateError);
    env.limits.steps = 1000;
    CHECK_THROWS_AS(
        env.from_string(
               "{% for a in range(100) %}{% for b in range(100) %}{% endfor %}{% endfor %}")
            .render(),
        SecurityError);
    env.limits.bytes = 10'000;
    CHECK_THROWS_AS(env.from_string("{{ 'x' * 1000000 }}").render(), SecurityError);
    CHECK_THROWS_AS(env.from_string("{{ " + std::string(100'000, '(')), TemplateSyntaxError);
}

TEST_CASE("a template tells what it needs before it is rendered") {
    const Environment env(Syntax(), texts({{"page", "{% extends 'base' %}{% include name %}"
                                                    "{% set a = b %}{{ a + c }}{{ range(2) }}"}}));
    const Template page = env.get_template("page");
    CHECK(find_undeclared_variables(page) == std::set<std::string>{"b", "c", "name"});
    CHECK(find_referenced_templates(page) ==
          std::vector<std::optional<std::string>>{"base", std::nullopt});
}

TEST_CASE("filters, tests and globals of one's own are found, and finalize sees each value") {
    Environment env;
    env.add_filter("twice", [](State &state, const Arguments &arguments) {
        const std::string text = state.str(*arguments.positional.data());
        return Value(text + text);
    });
    env.add_test("short", [](State &state, const Arguments &arguments) {
        return state.length(*arguments.positional.data()) < 3;
    });
    env.globals()["site"] = "here";
    CHECK(env.from_string("{{ 'ab'|twice }} {{ 'ab' is short }} {{ site }}").render() ==
          "abab True here");
    CHECK_THROWS_AS(env.from_string("{{ 1|thrice }}"), TemplateSyntaxError);
    Environment blank;
    blank.finalize = [](State &, const Arguments &arguments) {
        const Value &value = *arguments.positional.data();
        return value.is_none() ? Value("") : value;
    };
    CHECK(blank.from_string("[{{ none }}{{ 1 }}]").render() == "[1]");
}

// Expected: what Jinja 3.1.6 renders with a function and a filter that have pass_context.
TEST_CASE(
    "a function sees what the loop or block that calls it has set, a filter the context alone") {
    Environment env;
    const auto see = [](State &state, std::string_view name) {
        const Value *value = state.resolve(name);
        return value ? state.str(*value) : std::string("-");
    };
    env.globals()["see"] = jinja::function(see);
    env.add_filter("seen", jinja::filter(see));
    const auto render = [&env](std::string_view text) { return env.from_string(text).render(); };
    CHECK(render("{% for i in [1, 2] %}{{ see('x') }}{% set x = i %}{{ see('x') }}{{ 'x'|seen }}"
                 "{{ see('i') }};{% endfor %}{{ see('x') }}") == "-1--;-2--;-");
    CHECK(render("{% set x = 0 %}{% for i in [1, 2] %}{{ see('x') }}{% set x = i %}{{ see('x') }};"
                 "{% endfor %}{{ see('x') }}") == "01;02;0");
    CHECK(render("{% for i in [1, 2] %}{% if i == 2 %}{% set x = i %}{% endif %}{{ see('x') }};"
                 "{% endfor %}") == "-;2;");
    CHECK(render("{% for i in [1] %}{% set a, b = 1, 2 %}{% set c %}3{% endset %}"
                 "{{ see('a') }}{{ see('b') }}{{ see('c') }}{% endfor %}") == "123");
    CHECK(render("{% for i in [1] %}{% set x = 1 %}{% with y = 2 %}{{ see('x') }}{{ see('y') }}"
                 "{% endwith %}{% for j in [1] %}{{ see('x') }}{% endfor %}{% endfor %}") == "---");
    CHECK(render("{% macro m(x) %}{{ see('x') }}{{ 'y'|seen }}{% set z = 1 %}{{ see('z') }}"
                 "{% endmacro %}{% for i in [1] %}{% set y = 5 %}{{ m(3) }}{{ see('y') }}"
                 "{% endfor %}") == "---5");
    CHECK(render("{% block b %}{{ see('y') }}{% set y = 1 %}{{ see('y') }}{% if true %}"
                 "{% set z = 2 %}{% endif %}{{ see('z') }}{{ 'y'|seen }}{% for i in [1] %}"
                 "{{ see('y') }}{% endfor %}{% endblock %}{{ see('y') }}") == "-12---");
    CHECK(render("{% for i in [[[]], []] recursive %}{% set n = loop.depth %}{{ see('n') }}"
                 "{{ loop(i) }}{{ see('n') }};{% endfor %}") == "122;1;11;");
    CHECK(render("{% for i in [1] %}{% set x = 1 %}{{ {'f': see}.f('x') }}"
                 "{{ see(see('x') and 'x') }}{% endfor %}") == "11");
    // Jinja forgets it here: a loop inside makes the variables anew that are its own as well.
    CHECK(render("{% for i in [1] %}{% set x = i %}{% for j in [1] %}{% endfor %}{{ see('x') }}"
                 "{% endfor %}") == "1");
}

TEST_CASE("an overlay is the same environment with other settings") {
    Environment env(Syntax(), texts({{"page", "{{ greeting|shout }} <% 'x' %>"}}));
    env.globals()["greeting"] = "hello";
    env.policies()["truncate.leeway"] = 0;
    env.undefined = UndefinedType::strict;
    env.add_filter("shout", [](State &state, const Arguments &arguments) {
        return Value(state.str(arguments.positional[0]) + "!");
    });
    Syntax syntax = env.syntax;
    syntax.variable_start = "<%";
    syntax.variable_end = "%>";
    const auto overlay = env.overlay(syntax);
    overlay->globals()["greeting"] = "good bye";
    CHECK(overlay->get_template("page").render() == "{{ greeting|shout }} x");
    CHECK(overlay->from_string("<% greeting|shout %>").render() == "good bye!");
    CHECK(overlay->from_string("<% 'abcd'|truncate(3) %>").render() == "...");
    CHECK_THROWS_AS(overlay->from_string("<% missing %>").render(), UndefinedError);
    CHECK(env.get_template("page").render() == "hello! <% 'x' %>");
    // A setting alone.
    const auto debug = env.overlay();
    debug->undefined = UndefinedType::debug;
    CHECK(debug->from_string("{{ missing }}").render() == "{{ missing }}");
    CHECK_THROWS_AS(env.from_string("{{ missing }}").render(), UndefinedError);
}

TEST_CASE("macros and variables of a template are there for the program") {
    Environment env(Syntax(),
                    texts({{"m", "{% macro hello(name, sign='!') %}Hello {{ name }}{{ sign }}"
                                 "{% endmacro %}{% set answer = 42 %}{% set _own = 1 %}text"}}));
    env.autoescape = [](std::optional<std::string_view>) { return true; };
    const Template page = env.get_template("m");
    const Value hello = page.module_attribute("hello");
    const Value text = call(hello, {"<World>"});
    CHECK(text.is_markup());
    CHECK(text.text() == "Hello &lt;World&gt;!");
    CHECK(call(hello, {"you", "?"}).text() == "Hello you?");
    CHECK(env.from_string("{{ hello('me', sign='.') }}").render({{"hello", hello}}) == "Hello me.");
    CHECK_THROWS_AS(call(hello, {1, 2, 3}), TemplateError);
    CHECK(page.module_attribute("answer") == Value(42));
    for (const char *name : {"missing", "_own"}) {
        CAPTURE(name);
        try {
            page.module_attribute(name);
            FAIL("it was found");
        } catch (const PythonError &error) {
            CHECK(error.kind() == "AttributeError");
        }
    }
}

TEST_CASE("cyclers and joiners show what they are made of") {
    const Environment env;
    CHECK(env.from_string("{% set c = cycler('a', 'b') %}{{ c.items }}{{ c.pos }}{{ c.next() }}"
                          "{{ c.pos }}{{ c.current }}")
              .render() == "('a', 'b')0a1b");
    CHECK(env.from_string("{% set j = joiner('|') %}{{ j.sep }}{{ j.used }}{{ j() }}{{ j.used }}"
                          "{{ j() }}")
              .render() == "|FalseTrue|");
}
