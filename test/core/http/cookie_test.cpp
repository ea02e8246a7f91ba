// SPDX-License-Identifier: MIT
// Cookies: what the vectors of Werkzeug do not ask.
#include <csgi/http/cookie.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

using namespace csgi;

namespace {

std::string dump(const Cookie &cookie) {
    std::string out;
    append_cookie(out, cookie);
    return out;
}

} // namespace

TEST_CASE("one cookie is found without reading those behind it") {
    CHECK(find_cookie("a=1; session=x.y.z; session=second", "session") == "x.y.z");
    CHECK(find_cookie("a=1", "session") == std::nullopt);
    CHECK(decode_cookie("\"a\\054b\"") == "a,b");
    CHECK(decode_cookie("plain") == "plain");
}

TEST_CASE("the attributes stand in Werkzeug's order") {
    // werkzeug.http.dump_cookie with the same arguments
    CHECK(
        dump({.name = "session",
              .value = "v",
              .max_age = 60,
              .expires = 1700000000,
              .path = "/a b;c",
              .domain = ".example.org:80",
              .http_only = true,
              .same_site = "lax",
              .partitioned = true}) ==
        "session=v; Domain=example.org; Expires=Tue, 14 Nov 2023 22:13:20 GMT; Max-Age=60; Secure; "
        "HttpOnly; Path=/a%20b%3Bc; SameSite=Lax; Partitioned");
    CHECK(dump({.name = "k", .path = std::nullopt}) == "k=");
}

TEST_CASE("what no cookie has is refused by name") {
    CHECK_THROWS_WITH_AS(dump({.name = "a b"}), "a cookie's name is a token: 'a b'",
                         std::invalid_argument);
    for (const char *name : {"", "a=b", "a;b", "a\r\nSet-Cookie: b", "a\""}) {
        CAPTURE(name);
        CHECK_THROWS_AS(dump({.name = name}), std::invalid_argument);
    }
    CHECK_THROWS_AS(dump({.name = "a", .domain = "x\r\ny"}), std::invalid_argument);
    CHECK_THROWS_AS(dump({.name = "a", .domain = "x; Path=/"}), std::invalid_argument);
    CHECK_THROWS_AS(dump({.name = "a", .same_site = "Loose"}), std::invalid_argument);
    CHECK_THROWS_AS(dump({.name = "a", .expires = INT64_MAX}), std::invalid_argument);
    CHECK_THROWS_AS(dump({.name = "a", .expires_text = "x; HttpOnly"}), std::invalid_argument);
}

TEST_CASE("no byte of a value or path leaves the cookie's own line or attribute") {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string c(1, static_cast<char>(byte));
        const std::string text = dump({.name = "n", .value = c, .path = c});
        CAPTURE(byte);
        CHECK(text.find_first_of("\r\n") == text.npos);
        CHECK(text.find('\0') == text.npos);
        CHECK(text.find(';') == text.rfind("; Path="));
        // ... and a value is read back as it was.
        if (byte < 0x80) CHECK(decode_cookie(*find_cookie(text, "n")) == c);
    }
}
