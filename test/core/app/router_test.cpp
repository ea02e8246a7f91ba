// SPDX-License-Identifier: MIT
// The router against Werkzeug's.
#include "test/core/app/oracle.hpp"

#include <csgi.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>

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

TEST_CASE("segments of every length, and alike but for one byte, are told apart") {
    // Lengths round the words of 8 bytes that the router reads, a byte changed at each place.
    std::set<std::string> known;
    std::vector<std::string> paths;
    for (std::size_t length = 1; length <= 35; ++length) {
        const std::string plain(length, 'a');
        known.insert("/x/" + plain + "/y");
        known.insert("/" + plain);
        for (std::size_t at = 0; at < length; ++at) {
            std::string other = plain;
            other[at] = at % 2 ? 'b' : '0';
            if (at % 3) known.insert("/x/" + other + "/y");
            paths.push_back("/x/" + other + "/y");
            other[at] = '\0';
            paths.push_back("/x/" + other + "/y");
            paths.push_back("/x/" + other);
        }
        paths.push_back("/" + plain + std::string(1, '\0'));
        paths.push_back("/" + plain + "/");
    }
    paths.insert(paths.end(), known.begin(), known.end());
    // Few of them are compared one by one, many are looked up.
    for (const std::size_t take : {std::size_t{2}, std::size_t{7}, known.size()}) {
        Router router;
        std::set<std::string> taken;
        for (const std::string &path : known) {
            if (taken.size() == take) break;
            if (take > 7 || path.size() > 8) taken.insert(path);
        }
        for (const std::string &path : taken) router.add(path, path);
        router.finish();
        for (const std::string &path : paths) {
            Match match;
            // Where there is nothing behind it that could be read along.
            const std::unique_ptr<char[]> exact(new char[path.size()]);
            std::copy(path.begin(), path.end(), exact.get());
            router.match("", {exact.get(), path.size()}, CSGI_METHOD_GET, "GET", false, match);
            CAPTURE(path);
            REQUIRE(match.is_found() == taken.contains(path));
            if (match.is_found()) REQUIRE(match.rule->endpoint == path);
        }
    }
}

TEST_CASE("digits are ASCII's or Unicode's, and nothing beside them in the table") {
    Router router;
    router.add("/<int:n>", "int");
    router.finish();
    const auto is_number = [&](const std::string &text) {
        Match match;
        const std::string path = "/" + text;
        router.match("", path, CSGI_METHOD_GET, "GET", false, match);
        return match.is_found() && match.values[0] == text;
    };
    for (int byte = 1; byte < 128; ++byte)
        for (const char *around : {"", "1", "123", "1234567", "12345678", "1234567890123"}) {
            const std::string one(1, static_cast<char>(byte));
            const bool is_digit = byte >= '0' && byte <= '9';
            CAPTURE(byte);
            if (byte == '/') continue;
            CHECK(is_number(one + around) == is_digit);
            CHECK(is_number(around + one) == is_digit);
        }
    CHECK(is_number("\xd9\xa1\xd9\xa2")); // ARABIC-INDIC DIGIT ONE, TWO
    CHECK(is_number("1\xd9\xa2"));
    CHECK(!is_number("\xc2\xb2")); // SUPERSCRIPT TWO is none to Python's \\d
    CHECK(is_number(std::string(4300, '7')));
    CHECK(!is_number(std::string(4301, '7'))); // which int() refuses
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
