// SPDX-License-Identifier: MIT
// JSON against what Python reads and Flask writes.
#include <csgi/value/json.hpp>
#include <csgi/value/object.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <string>

#include "test/core/value/rows.hpp"

using namespace csgi;

namespace {

std::string refused(std::string_view text, const JsonLimits &limits = {}) {
    try {
        parse_json(text, limits);
    } catch (const JsonError &error) {
        return error.what();
    }
    return "taken";
}

std::string unwritable(const Value &value) {
    try {
        dump_json(value);
    } catch (const TypeError &error) {
        return error.what();
    }
    return "written";
}

} // namespace

TEST_CASE("a text is read, or refused, as Python does, and written as Flask does") {
    for (const Value &row : read_rows(FLASK_VECTORS "/json.jsonl")) {
        const std::string_view text = row.at("text").as_string();
        CAPTURE(text);
        if (row.contains("error")) {
            CHECK_THROWS_AS(parse_json(text), JsonError);
            continue;
        }
        const Value value = parse_json(text);
        JsonFormat unsorted, unicode, html;
        unsorted.sort_keys = false;
        unicode.ensure_ascii = false;
        html.html_safe = true;
        CHECK(dump_json(value) == row.at("default").as_string());
        CHECK(dump_json(value, JsonFormat::compacted()) == row.at("compact").as_string());
        CHECK(dump_json(value, JsonFormat::indented()) == row.at("indent").as_string());
        CHECK(dump_json(value, unsorted) == row.at("unsorted").as_string());
        CHECK(dump_json(value, unicode) == row.at("unicode").as_string());
        CHECK(dump_json(value, html) == row.at("html").as_string());
    }
}

TEST_CASE("an error says where it is") {
    try {
        parse_json("{\n  \"a\": 1,\n  \"b\": oops\n}");
        FAIL("it was taken");
    } catch (const JsonError &error) {
        CHECK(error.line == 3);
        CHECK(error.column == 8);
        CHECK(error.position == 19);
        CHECK(std::string(error.what()).find("line 3 column 8") != std::string::npos);
    }
    CHECK(refused("[NaN, x]").find("line 1 column 7") != std::string::npos);
}

TEST_CASE("what a double or UTF-8 cannot hold is refused, unlike in Python") {
    CHECK(refused("1e400") != "taken");
    CHECK(refused("\"\\ud800\"") != "taken");
    CHECK(refused("\"\xff\"") != "taken");
    CHECK(refused("\"\xed\xa0\x80\"") != "taken");
}

TEST_CASE("depth and number of values are limited, and the refusal says by what") {
    const JsonLimits limits{.depth = 3, .values = 5};
    CHECK(refused("[[[1]]]", limits) == "taken");
    CHECK(refused("[[[[1]]]]", limits).starts_with("more than 3 levels: line 1 column "));
    CHECK(refused("[1,2,3,4]", limits) == "taken");
    CHECK(refused("[1,2,3,4,5]", limits).starts_with("more than 5 values"));
    CHECK(refused(R"({"a":1,"b":2})", limits) == "taken");
    CHECK(refused(R"({"a":1,"b":2,"c":3})", limits).starts_with("more than 5 values"));
    const std::string deep(100'000, '[');
    CHECK(refused(deep).starts_with("more than 256 levels"));
    CHECK(refused("[NaN," + deep).starts_with("more than 256 levels"));
}

TEST_CASE("values that JSON has no kind for are written as Flask's provider does") {
    CHECK(dump_json(Value::tuple({1, "a"})) == "[1, \"a\"]");
    CHECK(dump_json(DateTime{1704164645, 999}) == "\"Tue, 02 Jan 2024 03:04:05 GMT\"");
    CHECK(dump_json(
              Value::uuid("\x12\x34\x56\x78\x12\x34\x56\x78\x12\x34\x56\x78\x12\x34\x56\x78")) ==
          "\"12345678-1234-5678-1234-567812345678\"");
    CHECK(dump_json(Value::markup("<b>")) == "\"<b>\"");
    CHECK(unwritable(Value::bytes("x")) == "Object of type bytes is not JSON serializable");
    CHECK(unwritable(Value::undefined("x")) == "Object of type Undefined is not JSON serializable");
    CHECK(unwritable(function("f", [](const Arguments &) { return Value(); })) ==
          "Object of type function is not JSON serializable");
}

TEST_CASE("keys that are no strings are written as Python writes them") {
    Dict dict;
    dict.set(2, 1);
    dict.set(10, 2);
    CHECK(dump_json(dict) == R"({"2": 1, "10": 2})"); // json.dumps({2: 1, 10: 2}, sort_keys=True)
    Dict mixed{{1, 1}, {"a", 2}};
    CHECK(unwritable(mixed) == "'<' not supported between instances of 'str' and 'int'");
    JsonFormat unsorted;
    unsorted.sort_keys = false;
    Dict all{{nullptr, 1}, {true, 2}, {1.5, 3}, {"a", 4}};
    CHECK(dump_json(all, unsorted) == R"({"null": 1, "true": 2, "1.5": 3, "a": 4})");
    Dict bad;
    bad.set(Value::tuple({}), 1);
    CHECK(unwritable(bad) == "keys must be str, int, float, bool or None, not tuple");
}

TEST_CASE("an object is written as what it says stands for it") {
    struct Point final : Object {
        std::string_view type_name() const override { return "Point"; }
        std::optional<Value> json() const override { return Value(Dict{{"x", 1}}); }
    };
    CHECK(dump_json(List{std::make_shared<Point>()}) == R"([{"x": 1}])");
}

TEST_CASE("bytes that are not UTF-8 are written as U+FFFD") {
    CHECK(dump_json("a\xff\xc3z") == "\"a\\ufffd\\ufffdz\"");
}

TEST_CASE("a list that holds itself is not written for ever") {
    Value circle{List{}};
    circle.list_in_place().push_back(circle);
    CHECK_THROWS_AS(dump_json(circle), RecursionError);
    circle.list_in_place().clear();
}
