// SPDX-License-Identifier: MIT
// Values: kinds, copies, sharing, order and hash.
#include <csgi/value/object.hpp>
#include <csgi/value/value.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <string>

#include "test/core/value/rows.hpp"

using namespace csgi;

namespace {

// Longer than what lies inside a value.
const std::string lengthy = "a text of more than fourteen bytes";

template <class F>
std::string thrown(F f) {
    try {
        f();
    } catch (const std::exception &error) {
        return error.what();
    }
    return "nothing";
}

} // namespace

TEST_CASE("each kind is made from its C++ counterpart") {
    CHECK(Value().is_none());
    CHECK(Value(nullptr).is_none());
    CHECK(Value(true).as_bool());
    CHECK(Value(7).as_int() == 7);
    CHECK(Value(std::uint64_t{7}).as_int() == 7);
    CHECK(Value(UINT64_MAX).kind() == Kind::big_integer);
    CHECK(Value(UINT64_MAX).text() == "18446744073709551615");
    CHECK(Value(1.5).as_double() == 1.5);
    CHECK(Value("x").as_string() == "x");
    CHECK(Value(lengthy).as_string() == lengthy);
    CHECK(Value(std::string(14, 'x')).as_string() == std::string(14, 'x'));
    CHECK(Value(std::string(15, 'x')).as_string() == std::string(15, 'x'));
    CHECK(Value(std::string_view("a\0b", 3)).as_string().size() == 3);
    CHECK(Value::borrowed(lengthy).as_string().data() == lengthy.data());
    CHECK(Value(List{1, "a"}).as_list().size() == 2);
    CHECK(Value::tuple({1}).is_tuple());
    CHECK(Value(Dict{{"a", 1}}).at("a") == 1);
    CHECK(Value::undefined("name").text() == "name");
    CHECK(Value(DateTime{5, 6}).as_datetime() == DateTime{5, 6});
    CHECK(Value::markup("<b>").is_markup());
    CHECK_FALSE(Value("<b>").is_markup());
    CHECK(Value(std::shared_ptr<Object>()).is_none());
}

TEST_CASE("an integer of any size is told by its digits") {
    CHECK(Value::integer("-9223372036854775808").as_int() == INT64_MIN);
    CHECK(Value::integer("0009223372036854775808").text() == "9223372036854775808");
    CHECK(Value::integer("-00010000000000000000000").text() == "-10000000000000000000");
    CHECK(Value::integer("100000000000000000000").as_double() == 1e20);
    CHECK(Value::integer("1" + std::string(400, '0')).as_double() == HUGE_VAL);
    for (const char *text : {"", "-", "+1", "1.0", "1e5", " 1", "0x1"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(Value::integer(text), std::invalid_argument);
    }
}

TEST_CASE("a value of another kind is an error that names both") {
    CHECK(thrown([] { Value(1).as_string(); }) == "expected str, got int");
    CHECK(thrown([] { Value("1").as_int(); }) == "expected int, got str");
    CHECK(thrown([] { Value::integer("99999999999999999999").as_int(); }) ==
          "expected int, got int");
    CHECK(thrown([] { Value().as_list(); }) == "expected list, got NoneType");
    CHECK(thrown([] { Value(1).size(); }) == "object of type 'int' has no len()");
    CHECK(thrown([] { Value(Dict{}).at("x"); }) == "x");
    CHECK_THROWS_AS(Value(List{}).at(0), std::out_of_range);
    CHECK_THROWS_AS(Value::uuid("short"), std::invalid_argument);
}

TEST_CASE("a copy is a copy: changing one leaves the other as it was") {
    Value a{List{1, 2, Dict{{"x", 1}}}};
    Value b = a;
    b.push_back(3);
    b[2]["x"] = 2;
    CHECK(a == Value{List{1, 2, Dict{{"x", 1}}}});
    CHECK(b == Value{List{1, 2, Dict{{"x", 2}}, 3}});
    Value none;
    none["made"] = "dict";
    CHECK(none.at("made") == "dict");
    Value tuple = Value::tuple({1});
    const Value other = tuple;
    tuple.edit_list().push_back(2);
    CHECK(tuple.is_tuple());
    CHECK(other.as_list().size() == 1);
}

TEST_CASE("a list changed in place changes for all who hold it, as in Python") {
    const Value a{List{1}};
    const Value b = a;
    b.list_in_place().push_back(2);
    CHECK(a.as_list().size() == 2);
}

TEST_CASE("a value may be assigned from what it holds, and to itself") {
    Value value{List{List{lengthy}}};
    value = value.at(0);
    value = value.at(0);
    CHECK(value.as_string() == lengthy);
    Value &same = value;
    value = same;
    CHECK(value.as_string() == lengthy);
    value = std::move(same);
    CHECK(value.as_string() == lengthy);
}

TEST_CASE("a borrowed value reads the same and counts nothing") {
    const Value value{List{lengthy}};
    const Value lent = value.borrow();
    CHECK(lent == value);
    Value changed = lent;
    changed.push_back(1); // of its own from here on
    CHECK(value.as_list().size() == 1);
    CHECK(changed.as_list().size() == 2);
    CHECK(Value("short").borrow().as_string() == "short");
}

TEST_CASE("lists inside lists end without a deep stack, however many") {
    Value value;
    for (int i = 0; i < 1'000'000; ++i)
        value = i % 2 ? Value(List{value}) : Value(Dict{{"k", value}});
    CHECK(value.is_list());
}

TEST_CASE("values are equal and ordered as Python's") {
    for (const Value &row : read_rows(FLASK_VECTORS "/comparisons.jsonl")) {
        const Value a = parse_json(row.at("a").as_string()),
                    b = parse_json(row.at("b").as_string());
        CAPTURE(row.at("a").as_string());
        CAPTURE(row.at("b").as_string());
        CHECK((a == b) == row.at("equal").as_bool());
        if (const Value *less = row.find("less"))
            CHECK((Value::compare(a, b) < 0) == less->as_bool());
        else
            CHECK(thrown([&] { Value::compare(a, b); }) == row.at("error").as_string());
        // Equal keys are one key.
        Dict dict;
        try {
            dict.set(a, 1);
            dict.set(b, 2);
            const bool itself = a != a; // NaN equals nothing, not even as a key
            CHECK(dict.size() == (a == b && !itself ? 1u : 2u));
            for (int i = 0; i < 20; ++i) dict.set(std::to_string(i) + "?", i); // now with an index
            CHECK(dict.find(b) == (b != b ? nullptr : dict.find(b)));
            if (b == b) CHECK(*dict.find(b) == 2);
        } catch (const TypeError &error) {
            CHECK(std::string(error.what()).starts_with("unhashable type: '"));
        }
    }
}

TEST_CASE("a dict keeps the order of its entries and finds each, few or many") {
    Dict dict;
    for (int i = 0; i < 1000; ++i) {
        const std::string key = (i % 3 ? "k" : "a much longer key ") + std::to_string(i);
        dict[key] = i;
        REQUIRE(dict.size() == static_cast<std::size_t>(i) + 1);
        REQUIRE(*dict.find(key) == i);
        REQUIRE(dict.find("k" + std::to_string(i + 3)) == nullptr);
    }
    int expected = 0;
    for (const auto &[key, value] : dict) CHECK(value == expected++);
    const Dict copy = dict;
    for (int i = 0; i < 1000; i += 2)
        CHECK(dict.erase((i % 3 ? "k" : "a much longer key ") + std::to_string(i)));
    CHECK_FALSE(dict.erase("nobody"));
    CHECK(dict.size() == 500);
    expected = 1;
    for (const auto &[key, value] : dict) {
        CHECK(value == expected);
        CHECK(*dict.find(key) == expected);
        expected += 2;
    }
    CHECK(copy.size() == 1000);
    CHECK(*copy.find("k998") == 998);
    CHECK(copy != dict);
}

TEST_CASE("a short key is found however it was made") {
    Dict dict;
    dict.set(Value::markup("key"), 1);
    dict.set(Value::borrowed("other"), 2);
    CHECK(*dict.find("key") == 1);
    CHECK(*dict.find(Value("other")) == 2);
    dict.set(Value::bytes("key"), 3); // b"key" != "key"
    CHECK(dict.size() == 3);
    CHECK(*dict.find("key") == 1);
}

TEST_CASE("a function is called with its arguments") {
    const Value greet = function("greet", [](const Arguments &arguments) {
        const Value *name = arguments.find(0, "name");
        return Value("Hello " + std::string(name ? name->as_string() : "nobody"));
    });
    const Value positional[] = {"Ann"};
    const Arguments::Named named[] = {{"name", "Bob"}};
    CHECK(greet.as_object().call({positional, {}}) == "Hello Ann");
    CHECK(greet.as_object().call({{}, named}) == "Hello Bob");
    CHECK(greet.as_object().call({{}, {}}) == "Hello nobody");
    CHECK(greet.type_name() == "function");
    CHECK(greet.truthy());
}
