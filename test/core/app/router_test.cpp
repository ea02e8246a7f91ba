// SPDX-License-Identifier: MIT
// The router against Werkzeug's.
#include "test/core/app/oracle.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

#include "test/core/value/rows.hpp"

using namespace csgi;

namespace {

std::string said(std::string_view rule, RuleOptions options = {}) {
    Router router;
    router.add("/there/<x>", "there");
    try {
        router.add(rule, "new", std::move(options));
    } catch (const std::invalid_argument &error) {
        return error.what();
    }
    return "taken";
}

void compare(const std::string &file) {
    for (const Value &row : read_rows(file)) {
        const Router router = router_of(row);
        const UrlAdapter adapter = adapter_of(router, row.at("bind"));
        CAPTURE(dump_json(row.at("rules")));
        CAPTURE(dump_json(row.at("options")));
        for (const Value &question : row.at("matches").as_list()) {
            CAPTURE(dump_json(question));
            CHECK(dump_json(matched(adapter, question)) == dump_json(question.at("answer")));
            std::string path(question.at("path").as_string());
            if (!path.empty())
                path = "/" + path.substr(std::min(path.find_first_not_of('/'), path.size()));
            CHECK(names_of(router.allowed_methods(adapter.domain(), path)) ==
                  question.at("allowed"));
        }
        for (const Value &question : row.at("builds").as_list()) {
            CAPTURE(dump_json(question));
            CHECK(dump_json(built(adapter, question)) == dump_json(question.at("answer")));
        }
    }
}

} // namespace

TEST_CASE("paths are matched and URLs built as by Werkzeug") {
    compare(FLASK_VECTORS "/routing.jsonl");
}

TEST_CASE("rules that get in each other's way are sorted out as by Werkzeug") {
    compare(FLASK_VECTORS "/routing_random.jsonl");
}

TEST_CASE("rules that the oracle has just made up are sorted out as by Werkzeug") {
    const char *rows = std::getenv("ROUTING_ROWS");
    if (!rows) {
        MESSAGE("SKIP: routing_oracle_test.py names the file, where there is an oracle");
        return;
    }
    compare(rows);
    std::puts("# the oracle's rows were compared");
}

TEST_CASE("a rule that cannot be says what is wrong with it") {
    CHECK(said("x") == "URL rule 'x' must start with a slash.");
    CHECK(said("/<x") == "URL rule '/<x': malformed url rule");
    CHECK(said("/<int:>") == "URL rule '/<int:>': malformed url rule");
    CHECK(said("/<int(1:x>") == "URL rule '/<int(1:x>': malformed url rule");
    CHECK(said("/<8:x>") == "URL rule '/<8:x>': malformed url rule");
    CHECK(said("/<what:x>") == "URL rule '/<what:x>': the converter 'what' does not exist");
    CHECK(said("/<x>/<x>") == "URL rule '/<x>/<x>': the variable 'x' stands there twice");
    CHECK(said("/<int(digits=3):x>") ==
          "URL rule '/<int(digits=3):x>': converter 'int' takes no argument 'digits'");
    CHECK(said("/<int(min=-3):x>") ==
          "URL rule '/<int(min=-3):x>': Cannot parse converter argument 'min=-3'");
    CHECK(said("/<int(1,2,3,4,5):x>") ==
          "URL rule '/<int(1,2,3,4,5):x>': converter 'int' takes at most 4 arguments");
    CHECK(said("/<string(length='x'):x>") ==
          "URL rule \"/<string(length='x'):x>\": 'length' is 'x', not a length");
    CHECK(said("/there/<x>") ==
          "URL rule '/there/<x>': the rule is there already, for endpoint 'there'");
    CHECK(said("/there/<y>") == "taken");
    std::string many;
    for (int i = 0; i < 17; ++i) many += "/<v" + std::to_string(i) + ">";
    CHECK(said(many) == "URL rule '" + many + "': more than 16 variables");
    RuleOptions socket;
    socket.websocket = true;
    socket.methods = {"POST"};
    CHECK(said("/ws", socket) == "URL rule '/ws': WebSocket rules can only use 'GET', 'HEAD', and "
                                 "'OPTIONS' methods.");
}

TEST_CASE("the arguments of a converter are read as Python would") {
    const ConverterArguments all =
        parse_converter_arguments("a, 'b,c' ,\"d\", 1, 2.5, True, None, n = 3, u'x'");
    List positional = all.positional;
    CHECK(dump_json(Value(positional)) == R"(["a", "b,c", "d", 1, 2.5, true, null, "x"])");
    REQUIRE(all.named.size() == 1);
    CHECK(all.named[0].first == "n");
    CHECK(all.named[0].second == Value(3));
}

TEST_CASE("the methods of a rule are names in upper case, HEAD among them where GET is") {
    Router router;
    RuleOptions options;
    options.methods = {"get", "Purge", "POST"};
    CHECK(router.add("/", "x", options).methods->allow() == "GET, HEAD, POST, PURGE");
    router.finish();
    Match match;
    router.match("", "/", 0, "PURGE", false, match);
    CHECK(match.is_found());
    router.match("", "/", 0, "BREW", false, match);
    CHECK(match.outcome == Match::Outcome::method_not_allowed);
}

TEST_CASE("an endpoint tells what its rules expect") {
    Router router;
    RuleOptions options;
    options.defaults["page"] = 1;
    router.add("/<lang>/", "x", options);
    router.add("/<lang>/<int:page>", "x");
    router.finish();
    CHECK(router.is_expecting("x", "lang"));
    CHECK(router.is_expecting("x", "page"));
    CHECK(!router.is_expecting("x", "y"));
    CHECK(!router.is_expecting("y", "lang"));
    CHECK(router.rules().size() == 2);
}
