// SPDX-License-Identifier: MIT
// The table of field ids: complete, frozen, and quick to say no to what it does not hold.
#include "core/http/field.h"

#include <doctest/doctest.h>

#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "test/core/http/guard.hpp"

using namespace csgi;

namespace {

struct Row {
    std::string constant;
    unsigned id;
    std::string name;
};

const std::vector<Row> &rows() {
    static const std::vector<Row> all{
#define CSGI_FIELD(NAME, id, name, flags) {#NAME, id, name},
#include "spec/headers.def"
#undef CSGI_FIELD
    };
    return all;
}

unsigned lookup(std::string_view name) {
    return csgi_field_lookup(name.data(), name.size());
}

std::uint32_t flags(std::string_view name) {
    return csgi_field_flags(lookup(name));
}

bool forbidden(std::string_view name) {
    return csgi_field_response_forbidden(lookup(name), name.data(), name.size());
}

std::set<std::string> names_with(std::uint32_t flag) {
    std::set<std::string> names;
    for (const Row &row : rows())
        if (csgi_field_flags(row.id) & flag) names.insert(row.name);
    return names;
}

using Names = std::set<std::string>;

} // namespace

TEST_CASE("ids run from 1 without a gap, and there are at most 96") {
    unsigned next = 1;
    for (const Row &row : rows()) CHECK(row.id == next++);
    CHECK(next == CSGI_FID_COUNT);
    CHECK(rows().size() <= 96);
}

TEST_CASE("ids that were given out stay what they are") {
    // The first batch is sorted and has this many rows: a row put in between, taken out or renamed
    // moves one of these, or breaks the order.
    CHECK(CSGI_FID_ACCEPT == 1);
    CHECK(CSGI_FID_HOST == 36);
    CHECK(CSGI_FID_SET_COOKIE == 67);
    CHECK(CSGI_FID_X_SENDFILE == 92);
    for (unsigned id = 2; id <= 92; ++id)
        CHECK(std::string(csgi_field_name(id - 1, nullptr)) < csgi_field_name(id, nullptr));
}

TEST_CASE("a constant is its name in capitals, and a name stands in the table once") {
    std::set<std::string> seen;
    for (const Row &row : rows()) {
        std::string expected;
        for (const char c : row.name)
            expected += c == '-' ? '_' : static_cast<char>(std::toupper(c));
        CHECK(row.constant == expected);
        CHECK(seen.insert(row.name).second);
    }
}

TEST_CASE("every name of the table is found, and its id leads back to it") {
    for (const Row &row : rows()) {
        CAPTURE(row.name);
        CHECK(guarded(row.name, [](const char *p, std::size_t n) {
                  return csgi_field_lookup(p, n);
              }) == row.id);
        std::size_t n = 0;
        const char *name = csgi_field_name(row.id, &n);
        CHECK(std::string(name, n) == row.name);
        CHECK(std::string(name) == row.name);
    }
}

TEST_CASE("a name that differs from one of the table in one byte, or in length, is not found") {
    std::set<std::string> names;
    for (const Row &row : rows()) names.insert(row.name);
    for (const Row &row : rows()) {
        for (std::size_t at = 0; at < row.name.size(); ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string other = row.name;
                other[at] = static_cast<char>(byte);
                if (names.count(other)) continue;
                CAPTURE(other);
                REQUIRE(lookup(other) == 0);
            }
        }
        if (!names.count(row.name + "s")) CHECK(lookup(row.name + "s") == 0);
        const std::string shorter = row.name.substr(0, row.name.size() - 1);
        if (!names.count(shorter)) CHECK(lookup(shorter) == 0);
    }
}

TEST_CASE("no name of any length that repeats one byte is found, and none is read beyond its end") {
    for (std::size_t n = 0; n <= 70; ++n)
        for (int byte = 0; byte < 256; ++byte)
            REQUIRE(guarded(std::string(n, static_cast<char>(byte)),
                            [](const char *p, std::size_t size) {
                                return csgi_field_lookup(p, size);
                            }) == 0);
}

TEST_CASE("an id outside the table has no name and no flags") {
    for (const unsigned id : {0u, static_cast<unsigned>(CSGI_FID_COUNT), 97u, 65535u, ~0u}) {
        std::size_t n = 1;
        CHECK(csgi_field_name(id, &n) == nullptr);
        CHECK(n == 0);
        CHECK(csgi_field_name(id, nullptr) == nullptr);
        CHECK(csgi_field_flags(id) == 0);
    }
}

TEST_CASE(
    "what is taken out of requests is RFC 9110 7.6.1's, and Trailer, which alone is sent too") {
    CHECK(names_with(CSGI_FF_HOP) == Names{"connection", "keep-alive", "proxy-connection", "te",
                                           "trailer", "transfer-encoding", "upgrade"});
    // 6.6.2: who sends trailers should say so.
    for (const std::string &name : names_with(CSGI_FF_HOP))
        CHECK(forbidden(name) == (name != "trailer"));
}

TEST_CASE("an application may not send a field that commands the connection or the front end") {
    for (const char *name : {"status", "x-sendfile", "transfer-encoding", "connection",
                             "x-accel-redirect", "x-accel-buffering", "x-accel-limit-rate",
                             "x-accel-expires", "x-accel-charset", "x-accel-"})
        CHECK(forbidden(name));
    for (const char *name : {"content-length", "content-type", "set-cookie", "date", "server",
                             "x-accel", "x-accelerate", "x-sendfiles", "x-status", "", "x"})
        CHECK_FALSE(forbidden(name));
}

TEST_CASE("lines join as the field's definition says") {
    CHECK(names_with(CSGI_FF_SEMI) == Names{"cookie"});         // RFC 6265 5.4
    CHECK(names_with(CSGI_FF_SEPARATE) == Names{"set-cookie"}); // RFC 6265 3, RFC 9110 5.3
    for (const Row &row : rows()) {
        const std::uint32_t all = CSGI_FF_LIST | CSGI_FF_SEMI | CSGI_FF_SINGLE | CSGI_FF_SEPARATE;
        const std::uint32_t own = csgi_field_flags(row.id) & all;
        CAPTURE(row.name);
        CHECK((own & (own - 1)) == 0); // at most one of them
    }
    // RFC 9110: fields whose grammar is #element, and fields whose grammar is one element.
    for (const char *name : {"accept", "allow", "cache-control", "connection", "if-match", "te",
                             "transfer-encoding", "vary", "via", "www-authenticate"})
        CHECK((flags(name) & CSGI_FF_LIST) != 0);
    for (const char *name : {"authorization", "content-length", "content-type", "etag", "host",
                             "if-range", "location", "retry-after"})
        CHECK((flags(name) & CSGI_FF_SINGLE) != 0);
}

TEST_CASE("framing, routing, credentials and conditions do not stand in trailers") {
    // RFC 9110 6.5.1 by kinds; the names of each kind are those RFC 7230 4.1.2 pointed to.
    for (const char *name : {"transfer-encoding",
                             "content-length",
                             "host",
                             "cache-control",
                             "expect",
                             "pragma",
                             "range",
                             "te",
                             "if-match",
                             "if-none-match",
                             "if-modified-since",
                             "if-unmodified-since",
                             "if-range",
                             "www-authenticate",
                             "authorization",
                             "proxy-authorization",
                             "cookie",
                             "set-cookie",
                             "age",
                             "expires",
                             "date",
                             "location",
                             "retry-after",
                             "vary",
                             "content-encoding",
                             "content-type",
                             "content-range",
                             "trailer"})
        CHECK((flags(name) & CSGI_FF_NO_TRAILER) != 0);
    // RFC 9110 8.8.3 allows ETag in trailers.
    CHECK((flags("etag") & CSGI_FF_NO_TRAILER) == 0);
    for (const Row &row : rows())
        if (csgi_field_flags(row.id) & (CSGI_FF_HOP | CSGI_FF_FRAMING | CSGI_FF_NO_RESPONSE))
            CHECK((csgi_field_flags(row.id) & CSGI_FF_NO_TRAILER) != 0);
}

TEST_CASE("the remaining flags name the fields they are about") {
    CHECK(names_with(CSGI_FF_FRAMING) == Names{"content-length", "transfer-encoding"});
    CHECK(names_with(CSGI_FF_NO_REQUEST) == Names{"proxy"});
    CHECK(names_with(CSGI_FF_HOST) == Names{"date", "server"});
}
