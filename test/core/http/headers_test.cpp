// SPDX-License-Identifier: MIT
// A list of field lines, and what it refuses.
#include <csgi/http/headers.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "core/http/field.h"

using namespace csgi;

namespace {

std::string text_of(const Headers &headers) {
    std::string text;
    for (const HeaderView line : headers)
        text += std::string(line.name) + "=" + std::string(line.value) + ";";
    return text;
}

} // namespace

TEST_CASE("lines keep their order, names are found in any case") {
    Headers headers{{"Content-Type", "text/html"}, {"X-Own", "1"}, {"x-own", "2"}};
    CHECK(text_of(headers) == "content-type=text/html;x-own=1;x-own=2;");
    CHECK(headers.get("CONTENT-TYPE") == "text/html");
    CHECK(headers.get("X-own") == "1");
    CHECK(headers.get_all("X-OWN") == std::vector<std::string_view>{"1", "2"});
    CHECK_FALSE(headers.get("x-owner"));
    CHECK(headers.get("x-owner", "nobody") == "nobody");
    CHECK_FALSE(headers.contains(""));
    CHECK(headers[0].id == CSGI_FID_CONTENT_TYPE);
    CHECK(headers[1].id == 0);
}

TEST_CASE("set leaves one line of a name, in the first one's place") {
    Headers headers{{"a", "1"}, {"b", "2"}, {"A", "3"}, {"c", "4"}, {"a", "5"}};
    headers.set("A", "6");
    CHECK(text_of(headers) == "a=6;b=2;c=4;");
    headers.set("Location", "/x");
    headers.set("location", "/y");
    CHECK(text_of(headers) == "a=6;b=2;c=4;location=/y;");
    CHECK(headers.set_default("location", "/z") == "/y");
    CHECK(headers.set_default("vary", "Cookie") == "Cookie");
    CHECK(headers.remove("A") == 1);
    CHECK(headers.remove("a") == 0);
    headers.add("b", "7");
    CHECK(headers.remove("B") == 2);
    CHECK(text_of(headers) == "c=4;location=/y;vary=Cookie;");
}

TEST_CASE("a line may be set by its name's number") {
    Headers headers{{"Content-Type", "text/plain"}, {"x", "1"}};
    headers.set_known(CSGI_FID_CONTENT_TYPE, "text/html");
    headers.add_known(CSGI_FID_SET_COOKIE, "a=1");
    headers.add_known(CSGI_FID_SET_COOKIE, "b=2");
    CHECK(text_of(headers) == "content-type=text/html;x=1;set-cookie=a=1;set-cookie=b=2;");
    CHECK_THROWS_AS(headers.set_known(0, "x"), std::out_of_range);
    CHECK_THROWS_AS(headers.set_known(CSGI_FID_COUNT, "x"), std::out_of_range);
    CHECK_THROWS_WITH_AS(headers.set_known(CSGI_FID_LOCATION, "/\r\nx: y"),
                         "a header's value holds no control bytes, such as newlines: 'location'",
                         std::invalid_argument);
}

TEST_CASE("a number stands for the name that the contract's table gives it") {
    Headers headers;
#define CSGI_FIELD(NAME, id, name, flags) headers.add_known(id, name);
#include "spec/headers.def"
#undef CSGI_FIELD
    CHECK(headers.size() == CSGI_FID_COUNT - 1);
    for (const HeaderView line : headers) CHECK(line.name == line.value);
}

TEST_CASE("a value may come from the list itself, also when it grows") {
    Headers headers;
    headers.add("x-first", std::string(300, 'a'));
    for (int i = 0; i < 40; ++i) headers.add("x-more", *headers.get("x-first"));
    for (const auto value : headers.get_all("x-more")) CHECK(value == std::string(300, 'a'));
    headers.set("x-first", headers.get("x-first")->substr(0, 5));
    CHECK(headers.get("x-first") == "aaaaa");
    headers.extend(headers);
    CHECK(headers.size() == 82);
}

TEST_CASE("copies and moves hold the same lines, small and large") {
    for (const int lines : {0, 1, 12, 13, 100}) {
        Headers headers;
        for (int i = 0; i < lines; ++i) headers.add("x-" + std::to_string(i), std::string(40, 'v'));
        const std::string text = text_of(headers);
        Headers copy = headers;
        CHECK(text_of(copy) == text);
        Headers moved = std::move(headers);
        CHECK(text_of(moved) == text);
        CHECK(headers.empty()); // documented: a list that was moved from is empty
        headers.add("again", "1");
        CHECK(text_of(headers) == "again=1;");
        copy = moved;
        const Headers &same = copy;
        copy = same;
        CHECK(text_of(copy) == text);
        moved = std::move(copy);
        CHECK(text_of(moved) == text);
    }
}

TEST_CASE("what would begin another line is refused, and the refusal names the header") {
    Headers headers;
    for (const std::string &value :
         {std::string("a\r\nb: c"), std::string("a\nb"), std::string("a\rb"),
          std::string("a\0b", 3), std::string("a\x7f")}) {
        CHECK_THROWS_WITH_AS(headers.add("X-Name", value),
                             "a header's value holds no control bytes, such as newlines: 'X-Name'",
                             std::invalid_argument);
        CHECK_THROWS_AS(headers.set("x-name", value), std::invalid_argument);
    }
    for (const char *name : {"", "a b", "a:", "a\r\nb", "\xc3\xa9", "(x)"}) {
        CAPTURE(name);
        CHECK_THROWS_AS(headers.add(name, "v"), std::invalid_argument);
        CHECK(headers.get(name) == std::nullopt);
        CHECK(headers.remove(name) == 0);
    }
    CHECK_THROWS_AS(headers.add(std::string(5000, 'x'), "v"), std::invalid_argument);
    CHECK(headers.empty());
    headers.add("x-text", "tab\tand caf\xc3\xa9");
    CHECK(headers.get("X-Text") == "tab\tand caf\xc3\xa9");
}
