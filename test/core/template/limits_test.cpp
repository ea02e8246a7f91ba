// SPDX-License-Identifier: MIT
// What a hostile template tries: values inside themselves, values shared a million times, work that
// looks like one step. The errors are those of Jinja 3.1 on CPython, or of the environment's
// limits.
#include <csgi/template/environment.hpp>

#include <doctest/doctest.h>

using namespace csgi;
using namespace csgi::jinja;

namespace {

Syntax with_do() {
    Syntax syntax;
    syntax.do_statement = true;
    return syntax;
}

std::string outcome(const Environment &env, const std::string &source) {
    try {
        return env.from_string(source).render();
    } catch (const PythonError &error) {
        return std::string(error.kind()) + ": " + error.message();
    } catch (const SecurityError &) {
        return "SecurityError";
    }
}

// `statement` 5,000 times with `ns` at hand, then what follows.
std::string repeated(const std::string &statement, const std::string &then) {
    return "{% set ns = namespace(x=[], y=[], t=(), g=[1]) %}{% for i in range(5000) %}" +
           statement + "{% endfor %}" + then;
}

} // namespace

TEST_CASE("what stands inside itself is written once, and compared until that is too deep") {
    const Environment env(with_do());
    const std::string ns = "{% set ns = namespace() %}";
    const std::string circles = "{% set a = [] %}{% set b = [] %}{% do a.append(b) %}"
                                "{% do b.append(a) %}";
    const std::string open = "{% do a.clear() %}"; // or they would never be freed
    CHECK(outcome(env, ns + "{% set ns.x = ns %}{{ ns }}{% set ns.x = 1 %}") ==
          "<Namespace {'x': <Namespace {...}>}>");
    CHECK(outcome(env, ns + "{% set ns.x = [ns, 1] %}{{ ns }}{% set ns.x = 1 %}") ==
          "<Namespace {'x': [<Namespace {...}>, 1]}>");
    CHECK(outcome(env, circles + "{{ a }}" + open) == "[[[...]]]");
    for (const char *question : {"a == b", "a != b", "a < b", "[a] == [b]", "{1: a} == {1: b}",
                                 "a in [b]", "[b, a]|sort", "a is eq b"}) {
        CAPTURE(question);
        // What fails cannot clean up, so it does with lists that are not kept.
        const Value a{List{}}, b{List{}};
        Value(a).list_in_place().push_back(b);
        Value(b).list_in_place().push_back(a);
        try {
            env.from_string("{{ " + std::string(question) + " }}").render({{"a", a}, {"b", b}});
            FAIL("it came to an end");
        } catch (const PythonError &error) {
            CHECK(error.kind() == "RecursionError");
            CHECK(error.message() == "maximum recursion depth exceeded in comparison");
        }
        Value(a).list_in_place().clear();
    }
}

TEST_CASE("values nest as deeply as a template likes, and end as RecursionError or not at all") {
    const Environment env;
    const std::string refused = "RecursionError: maximum recursion depth exceeded";
    CHECK(outcome(env, repeated("{% set ns.x = [ns.x] %}", "{{ ns.x }}")) ==
          refused + " while getting the repr of an object");
    CHECK(outcome(env, repeated("{% set ns.x = [ns.x] %}", "{{ ns.x|tojson }}")) ==
          refused + " while encoding a JSON object");
    CHECK(outcome(env, repeated("{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}",
                                "{{ ns.x == ns.y }}")) == refused + " in comparison");
    CHECK(outcome(env, repeated("{% set ns.t = (ns.t,) %}", "{{ {ns.t: 1} }}")) == refused);
    CHECK(outcome(env, repeated("{% set ns.g = ns.g|map('string') %}", "{{ ns.g|list }}")) ==
          refused);
    // Nobody asks them for anything, but their end must come to its end.
    const std::string chain = "{% set ns.x = namespace(x=ns.x) %}";
    CHECK(outcome(env, repeated(chain + chain + chain + chain + chain, "ok")) == "ok");
    CHECK(outcome(env, repeated("{% set ns.x = [ns.x] %}", "ok")) == "ok");
    CHECK(outcome(env, repeated("{% set ns.g = ns.g|map('string') %}", "ok")) == "ok");
    CHECK(outcome(env, repeated("{% set ns.g = ns.g|batch(2) %}", "ok")) == "ok");
}

TEST_CASE("what is shared a million times costs a million times its length") {
    Environment env;
    env.limits.steps = 1'000'000;
    env.limits.bytes = 10'000'000;
    const std::string doubled = "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(40) %}"
                                "{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}"
                                "{% endfor %}";
    const std::string tupled = "{% set ns = namespace(a=(1,)) %}{% for i in range(40) %}"
                               "{% set ns.a = (ns.a, ns.a) %}{% endfor %}";
    CHECK(outcome(env, doubled + "{{ ns.a }}") == "SecurityError");
    CHECK(outcome(env, doubled + "{{ ns.a|tojson }}") == "SecurityError");
    CHECK(outcome(env, doubled + "{{ ns.a|pprint }}") == "SecurityError");
    CHECK(outcome(env, doubled + "{{ ns.a == ns.b }}") == "SecurityError");
    CHECK(outcome(env, doubled + "{{ ns.a < ns.b }}") == "SecurityError");
    CHECK(outcome(env, doubled + "{{ ns.a in [ns.b] }}") == "SecurityError");
    CHECK(outcome(env, doubled + "{{ '%s' % [ns.a] }}") == "SecurityError");
    CHECK(outcome(env, tupled + "{{ {ns.a: 1}|length }}") == "SecurityError");
    const std::string text = "{% set s = 'x' * 1000000 %}";
    CHECK(outcome(env, text + "{{ [s, s, s, s, s, s, s, s, s, s] }}") == "SecurityError");
    CHECK(outcome(env, text + "{{ [s, s, s, s, s, s, s, s, s, s]|tojson }}") == "SecurityError");
}

TEST_CASE("one call is no way round the limits") {
    Environment env;
    env.limits.steps = 1'000'000;
    env.limits.bytes = 10'000'000;
    const std::string text = "{% set s = 'x' * 1000000 %}";
    for (const char *call : {
             "{{ s.translate({120: s}) }}",
             "{{ '{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}'.format(s) }}",
             "{{ ('{0}' * 11).format(s) }}",
             "{{ ('{0}' * 11)|safe|attr('format')(s) }}",
             "{{ ('%(a)s' * 11) % {'a': s} }}",
             "{{ s.replace('x', s) }}",
             "{{ s.split('x') }}",
             "{{ s.rsplit('x') }}",
             "{{ ('x ' * 1000000).split() }}",
             "{{ ('x ' * 1000000).rsplit() }}",
             "{{ ('x\\n' * 1000000).splitlines() }}",
             "{{ s.join(['', '', '', '', '', '', '', '', '', '', '', '']) }}",
             "{{ ('x' * 500000) in s }}{{ ('x' * 500000 ~ 'y') in s }}",
             "{{ s.find('x' * 500000 ~ 'y') }}",
             "{{ s.count('x' * 500000 ~ 'y') }}",
             "{{ s.replace('x' * 500000 ~ 'y', '') }}",
             "{{ s.partition('x' * 500000 ~ 'y') }}",
             "{% set n = ('9' * 4300)|int %}{% for i in range(1000) %}{% if n // 7 ** 2000 %}"
             "{% endif %}{% endfor %}",
             "{% for i in range(1000) %}{% if 7 ** 5000 %}{% endif %}{% endfor %}",
             "{% for i in range(1000) %}{% if ('f' * 3500)|int(0, 16) %}{% endif %}{% endfor %}",
         }) {
        CAPTURE(call);
        CHECK(outcome(env, text + call) == "SecurityError");
    }
    CHECK(outcome(env, "{{ ('f' * 100000)|int(0, 16) }}") ==
          "OverflowError: an integer of more than 4300 digits");
}

TEST_CASE("a generator ends with its rendering") {
    Environment env;
    Value kept;
    env.globals()["keep"] = function("keep", [&kept](const Arguments &arguments) {
        kept = arguments.positional[0];
        return Value();
    });
    for (const char *source : {"{{ keep([1, 2]|map('string')) }}", "{{ keep([1, 2]|select) }}",
                               "{{ keep([1, 2]|batch(2)) }}", "{{ keep({1: 2}|items) }}"}) {
        CAPTURE(source);
        CHECK(env.from_string(source).render() == "None");
        REQUIRE(kept.is_object());
        CHECK_THROWS_AS(env.from_string("{{ kept|list }}").render({{"kept", kept}}), PythonError);
        const auto items = kept.as_object().iterate();
        Value item;
        CHECK_THROWS_AS(items->next(item), TypeError);
    }
}
