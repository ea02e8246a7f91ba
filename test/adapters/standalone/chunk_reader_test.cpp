// SPDX-License-Identifier: MIT
// Chunked bodies are decoded, the same at any split, and what RFC 9112 7.1 does not allow is
// refused.
#include "adapters/standalone/chunk_reader.h"
#include "test/core/http/guard.hpp"

#include <doctest/doctest.h>
#include <string>

namespace {

struct Decoded {
    std::string body;
    csgi_chunk_result end = CSGI_CHUNK_MORE;
    size_t taken = 0;
    bool operator==(const Decoded &) const = default;
};

Decoded decode(const std::string &bytes, size_t step, uint32_t limit = 1000) {
    csgi_chunk_reader reader;
    csgi_chunk_reader_init(&reader, limit);
    Decoded d;
    while (d.taken < bytes.size()) {
        csgi::GuardPages pages;
        std::string piece = bytes.substr(d.taken, step);
        const char *p = pages.at_end(piece);
        size_t at = 0;
        while (at < piece.size()) {
            const char *data;
            size_t used, n;
            csgi_chunk_result r =
                csgi_chunk_reader_next(&reader, p + at, piece.size() - at, &used, &data, &n);
            at += used;
            if (r == CSGI_CHUNK_DATA) d.body.append(data, n);
            if (r == CSGI_CHUNK_END || r == CSGI_CHUNK_BAD || r == CSGI_CHUNK_MUCH) {
                d.end = r;
                d.taken += r == CSGI_CHUNK_END ? at : 0;
                return d;
            }
        }
        d.taken += piece.size();
    }
    return d;
}

// The same whole and in pieces of each small size.
Decoded decode(const std::string &bytes) {
    Decoded whole = decode(bytes, bytes.size());
    for (size_t step = 1; step < 6; step++) {
        Decoded pieces = decode(bytes, step);
        CHECK(pieces.body == whole.body);
        CHECK(pieces.end == whole.end);
        if (whole.end == CSGI_CHUNK_END) CHECK(pieces.taken == whole.taken);
    }
    return whole;
}

csgi_chunk_result end_of(const std::string &bytes) {
    return decode(bytes).end;
}

} // namespace

TEST_CASE("chunks become the body, and what follows is left alone [BODY-6]") {
    Decoded d = decode("3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nGET /");
    CHECK(d.body == "abc0123456789");
    CHECK(d.end == CSGI_CHUNK_END);
    CHECK(d.taken == std::string("3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n").size());
}

TEST_CASE("a body that stops early has no end [BODY-6]") {
    CHECK(end_of("3\r\nabc\r\n") == CSGI_CHUNK_MORE);
    CHECK(end_of("3\r\nab") == CSGI_CHUNK_MORE);
    CHECK(end_of("0\r\n") == CSGI_CHUNK_MORE);
}

TEST_CASE("extensions and trailers are passed over, RFC 9112 7.1.1 and 7.1.2") {
    CHECK(decode("3;a=b;c\r\nabc\r\n0;x=\"q q\"\r\n\r\n").body == "abc");
    CHECK(decode("3 ;a\r\nabc\r\n0\r\nX-T: 1\r\nY:\r\n\r\n").end == CSGI_CHUNK_END);
    CHECK(end_of("000\r\n\r\n") == CSGI_CHUNK_END);
}

TEST_CASE("only CRLF ends a line, and only digits are a size") {
    CHECK(end_of("3\nabc\r\n0\r\n\r\n") == CSGI_CHUNK_BAD);
    CHECK(end_of("3\r\nabc\rX0\r\n\r\n") == CSGI_CHUNK_BAD);
    CHECK(end_of("3\r\nabcd\r\n0\r\n\r\n") == CSGI_CHUNK_BAD);
    CHECK(end_of("3\rabc") == CSGI_CHUNK_BAD);
    CHECK(end_of("\r\n") == CSGI_CHUNK_BAD);
    CHECK(end_of(";a\r\n") == CSGI_CHUNK_BAD);
    CHECK(end_of("0x3\r\nabc\r\n") == CSGI_CHUNK_BAD);
    CHECK(end_of("-1\r\n") == CSGI_CHUNK_BAD);
    CHECK(end_of("3 \r\nabc\r\n") == CSGI_CHUNK_BAD);
    CHECK(end_of("3;a\x01\r\nabc\r\n") == CSGI_CHUNK_BAD);
    CHECK(end_of("3;a\nabc\r\n") == CSGI_CHUNK_BAD);
    CHECK(end_of("0\r\nX T: 1\r\n\r\n") == CSGI_CHUNK_BAD);
    CHECK(end_of("0\r\nX: 1\r\n folded\r\n\r\n") == CSGI_CHUNK_BAD);
    CHECK(end_of("0\r\nX: 1\n\r\n") == CSGI_CHUNK_BAD);
    CHECK(end_of("0\r\n\rX") == CSGI_CHUNK_BAD);
}

TEST_CASE("a size that no length can be is refused") {
    CHECK(end_of("7fffffffffffffff\r\n") == CSGI_CHUNK_MORE);
    CHECK(end_of("8000000000000000\r\n") == CSGI_CHUNK_BAD);
    CHECK(end_of("fffffffffffffffff\r\n") == CSGI_CHUNK_BAD);
}

TEST_CASE(
    "extensions, trailers and leading zeros are limited over the whole body, CVE-2024-22019") {
    std::string one = "1;" + std::string(98, 'e') + "\r\nx\r\n", many;
    for (int i = 0; i < 9; i++) many += one;
    CHECK(decode(many + "0\r\n\r\n", 7, 1000).end == CSGI_CHUNK_END);
    CHECK(decode(many + one + one + "0\r\n\r\n", 7, 1000).end == CSGI_CHUNK_MUCH);
    CHECK(decode("0\r\nX: " + std::string(2000, 't') + "\r\n\r\n", 7, 1000).end == CSGI_CHUNK_MUCH);
    CHECK(decode(std::string(2000, '0') + "\r\n\r\n", 7, 1000).end == CSGI_CHUNK_MUCH);
    std::string plain;
    for (int i = 0; i < 5000; i++) plain += "1\r\nx\r\n"; // small chunks alone are no attack
    CHECK(decode(plain + "0\r\n\r\n", 7, 1000).end == CSGI_CHUNK_END);
}
