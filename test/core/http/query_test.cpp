// SPDX-License-Identifier: MIT
// Queries: what the vectors of Werkzeug do not ask.
#include <csgi/http/query.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using namespace csgi;

TEST_CASE("values are found by name, first or all, and as numbers") {
    const std::string text = "q=a+b&n=42&q=%C3%A9&x=1.5&big=99999999999999999999&bad=4x";
    const MultiDict query = parse_query(text);
    CHECK(query.get("q") == "a b");
    CHECK(query.get_all("q").size() == 2);
    CHECK(query.get_all("q")[1] == "\xc3\xa9");
    CHECK(query.get("n", 0) == 42);
    CHECK(query.get("x", 0.0) == 1.5);
    CHECK(query.get("big", std::int64_t{7}) == 7);
    CHECK(query.get("bad", 5) == 5);
    CHECK(query.get("none", 6) == 6);
    CHECK(query.get("none", "fallback") == "fallback");
    CHECK_FALSE(query.contains("Q"));
}

TEST_CASE("what needs no decoding still lies in the text") {
    const std::string text = "plain=value&enc%20oded=x";
    const MultiDict query = parse_query(text);
    CHECK(query.get("plain")->data() == text.data() + 6);
    CHECK(query.get("enc oded") == "x");
}

TEST_CASE("what was decoded stays where it is when the list is moved or grows") {
    std::string text;
    for (int i = 0; i < 2000; ++i) text += "%61" + std::to_string(i) + "=%62%63&";
    MultiDict first = parse_query(text);
    const char *place = first.get("a0")->data();
    const MultiDict second = std::move(first);
    CHECK(second.get("a0")->data() == place);
    CHECK(second.size() == 2000);
    CHECK(second.get("a1999") == "bc");
}

TEST_CASE("more fields than allowed are refused in time that grows with the text only") {
    std::string text;
    for (int i = 0; i < 1'000'000; ++i) text += "a&";
    CHECK_THROWS_WITH_AS(parse_query(text, 1000), "more than 1000 fields", TooLarge);
    CHECK(parse_query("&&&a&&b&&", 2).size() == 2);
    CHECK_THROWS_AS(parse_query("a&b&c", 2), TooLarge);
}

TEST_CASE("a query is put together as urllib does") {
    std::string query;
    append_query(query, "q", "a b&\xe2\x82\xac");
    append_query(query, "\xc3\xbc", "x");
    CHECK(query == "q=a+b%26%E2%82%AC&%C3%BC=x"); // urllib.parse.urlencode
}
