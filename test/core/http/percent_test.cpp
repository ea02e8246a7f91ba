// SPDX-License-Identifier: MIT
// Percent-encoding both ways, with sets spelled out from RFC 3986.
#include "core/http/percent.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "test/core/http/guard.hpp"

using namespace csgi;

namespace {

struct Decoded {
    bool whole;
    std::string text;
    bool operator==(const Decoded &) const = default;
};

Decoded decode(std::string_view text) {
    return guarded(text, [](const char *p, std::size_t n) {
        std::string out(n, '?');
        std::size_t length = 0;
        const bool whole = csgi_percent_decode(p, n, out.data(), &length);
        out.resize(length);
        return Decoded{whole, out};
    });
}

std::string encode(std::string_view text, const csgi_byte_set &safe) {
    std::string out(text.size() * 3, '?');
    out.resize(csgi_percent_encode(text.data(), text.size(), &safe, out.data(), out.size()));
    return out;
}

bool among(int byte, std::string_view bytes) {
    return byte != 0 && bytes.find(static_cast<char>(byte)) != std::string_view::npos;
}

bool unreserved(int c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           among(c, "-._~"); // RFC 3986 2.3
}

bool pchar(int c) {
    return unreserved(c) || among(c, "!$&'()*+,;=") || among(c, ":@"); // RFC 3986 2.2, 3.3
}

} // namespace

TEST_CASE("an escape is decoded once, in either case, and a plus stays a plus") {
    CHECK(decode("a%2Fb%2fc") == Decoded{true, "a/b/c"});
    CHECK(decode("%2541") == Decoded{true, "%41"}); // RFC 3986 2.4: not twice
    CHECK(decode("a+b") == Decoded{true, "a+b"});
    CHECK(decode("%00") == Decoded{true, std::string(1, '\0')});
    CHECK(decode("%ff%FF") == Decoded{true, "\xff\xff"});
    CHECK(decode("") == Decoded{true, ""});
}

TEST_CASE("a percent sign without two digits is refused, and what came before it is kept") {
    CHECK(decode("%") == Decoded{false, ""});
    CHECK(decode("ab%") == Decoded{false, "ab"});
    CHECK(decode("ab%4") == Decoded{false, "ab"});
    CHECK(decode("ab%g1c") == Decoded{false, "ab"});
    CHECK(decode("ab%1gc") == Decoded{false, "ab"});
    CHECK(decode("%41%%41") == Decoded{false, "A"});
    CHECK(decode("% 41") == Decoded{false, ""});
    CHECK(decode("%+1") == Decoded{false, ""});
}

TEST_CASE("decoding may write over what it reads") {
    std::string text = "%41b%43d";
    std::size_t length = 0;
    CHECK(csgi_percent_decode(text.data(), text.size(), text.data(), &length));
    CHECK(text.substr(0, length) == "AbCd");
}

TEST_CASE("each set keeps the bytes RFC 3986 lets stand in its place") {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text(1, static_cast<char>(byte));
        CAPTURE(byte);
        CHECK((encode(text, csgi_safe_unreserved) == text) == unreserved(byte));
        CHECK((encode(text, csgi_safe_segment) == text) == pchar(byte));
        CHECK((encode(text, csgi_safe_path) == text) == (pchar(byte) || byte == '/'));
        CHECK((encode(text, csgi_safe_query) == text) ==
              ((pchar(byte) || among(byte, "/?")) && !among(byte, "&+;=")));
    }
}

TEST_CASE("every pair of bytes survives encoding and decoding") {
    for (const csgi_byte_set *safe :
         {&csgi_safe_unreserved, &csgi_safe_segment, &csgi_safe_path, &csgi_safe_query}) {
        for (int pair = 0; pair < 65536; ++pair) {
            const std::string text{static_cast<char>(pair >> 8), static_cast<char>(pair & 255)};
            std::string coded = encode(text, *safe);
            std::size_t length = 0;
            REQUIRE(csgi_percent_decode(coded.data(), coded.size(), coded.data(), &length));
            REQUIRE(coded.substr(0, length) == text);
        }
    }
}

TEST_CASE("escapes are written in capitals") {
    CHECK(encode("\xab/ ", csgi_safe_unreserved) == "%AB%2F%20"); // RFC 3986 2.1
}

TEST_CASE("too little room gives the length needed, and a beginning without half an escape") {
    const std::string text = "a b c";
    const std::string whole = "a%20b%20c";
    for (std::size_t room = 0; room <= whole.size() + 2; ++room) {
        std::string out(whole.size() + 2, '?');
        const std::size_t needed =
            csgi_percent_encode(text.data(), text.size(), &csgi_safe_path, out.data(), room);
        CAPTURE(room);
        CHECK(needed == whole.size());
        const std::size_t written = std::min(out.find('?'), out.size());
        CHECK(written <= room);
        CHECK(out.find_first_not_of('?', written) == std::string::npos); // no byte behind a gap
        CHECK(out.substr(0, written) == whole.substr(0, written));
        const bool at_boundary = written == 0 || written == 1 || written == 4 || written == 5 ||
                                 written == 8 || written == 9;
        CHECK(at_boundary);
        if (room >= whole.size()) CHECK(written == whole.size());
    }
}
