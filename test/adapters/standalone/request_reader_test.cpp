// SPDX-License-Identifier: MIT
// Heads are found and read: what RFC 9112 takes is taken, what it does not is refused, at any
// split.
#include "adapters/standalone/request_reader.h"
#include "test/core/gateway/fixture.hpp"
#include "test/core/http/guard.hpp"

#include <optional>

using csgi::text;

namespace {

struct Read {
    unsigned status = 0;
    std::string fault, method, target, path, query, authority;
    std::vector<std::pair<std::string, std::string>> fields;
    bool chunked = false, close = false, keep_alive = false, expect = false;
    int64_t length = 0;
    unsigned version = 0;
    bool operator==(const Read &) const = default;
};

// Looks for the head's end with `step` more bytes each time, then reads it; nothing: it never ends.
std::optional<Read> read(std::string bytes, size_t step = SIZE_MAX) {
    csgi::Bare bare;
    csgi_request_reader *reader = csgi_request_reader_new(100);
    Read result;
    csgi_head_scan scan{};
    size_t n = 0;
    ptrdiff_t head = 0;
    const char *fault = "";
    unsigned status = 0;
    while (head == 0 && n < bytes.size()) {
        n = bytes.size() - n > step ? n + step : bytes.size();
        head = csgi_request_head_end(reader, &scan, bytes.data(), n, &status, &fault);
    }
    if (head < 0) {
        result.status = status;
        result.fault = fault;
    } else if (head > 0) {
        csgi_queue queue;
        csgi_queue_init(&queue, &bare.host);
        csgi_host_exchange *x = csgi_host_open(&bare.host, &queue, nullptr);
        csgi_intake in;
        REQUIRE(csgi_intake_begin(&in, x, 100));
        // Against a guard page, so that no byte behind the head is looked at.
        csgi::GuardPages pages;
        bytes.resize(static_cast<size_t>(head));
        char *p = pages.at_end(bytes);
        result.status = csgi_request_head_read(reader, &in, p, bytes.size());
        if (result.status) {
            result.fault = in.fault;
        } else {
            const csgi_request &req = x->root.req;
            result.method = text(req.method);
            result.target = text(req.target);
            result.path = text(req.path);
            result.query = text(req.query);
            result.authority = text(req.authority);
            result.version = req.http_version;
            for (uint32_t i = 0; i < req.nheaders; i++)
                result.fields.emplace_back(text(req.headers[i].name), text(req.headers[i].value));
            result.chunked = in.chunked;
            result.close = in.close;
            result.keep_alive = in.keep_alive;
            result.expect = in.expect_continue;
            result.length = req.content_length;
        }
        csgi_host_discard(x);
    }
    csgi_request_reader_free(reader);
    if (head == 0) return std::nullopt;
    return result;
}

unsigned status_of(const std::string &bytes) {
    auto whole = read(bytes);
    auto bytewise = read(bytes, 1);
    CHECK(whole == bytewise);
    return whole ? whole->status : 0;
}

std::string with(const std::string &fields) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

} // namespace

TEST_CASE("a request is read whole, names in lower case, values trimmed [REQ-17]") {
    auto r =
        read("GET /a%2Fb?x=1 HTTP/1.1\r\nHost: example.org\r\nX-One: \t v \r\nAccept:*/*\r\n\r\n");
    REQUIRE(r);
    CHECK(r->status == 0);
    CHECK(r->method == "GET");
    CHECK(r->target == "/a%2Fb?x=1");
    CHECK(r->path == "/a%2Fb");
    CHECK(r->query == "x=1");
    CHECK(r->authority == "example.org");
    REQUIRE(r->fields.size() == 3);
    CHECK(r->fields[1] == std::pair<std::string, std::string>("x-one", "v"));
    CHECK(r->fields[2].second == "*/*");
}

TEST_CASE("white space around a value is trimmed, in any mixture and alone, RFC 9110 5.6.3") {
    for (std::string space : {"", " ", "\t", " \t", "\t ", "  \t\t", "\t \t ", " \t \t"})
        for (std::string value : {"", "v", "v \tw"}) {
            CAPTURE(space);
            auto r = read(with("X: " + space + value + space + "\r\n"));
            REQUIRE(r);
            REQUIRE(r->fields.size() == 2);
            CHECK(r->fields[1].second == value);
        }
}

TEST_CASE("methods that the parser does not know reach the application, RFC 9110 9.1") {
    auto r = read("FROB-IT /x HTTP/1.1\r\nHost: a\r\n\r\n");
    REQUIRE(r);
    CHECK(r->status == 0);
    CHECK(r->method == "FROB-IT");
}

TEST_CASE("a higher minor version is taken, another major is not, RFC 9110 2.5") {
    CHECK(read("GET / HTTP/1.2\r\nHost: a\r\n\r\n")->version == 11);
    CHECK(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
    CHECK(status_of("PRI * HTTP/2.0\r\n\r\n") == 505);
    CHECK(status_of("GET / RTSP/1.0\r\nHost: a\r\n\r\n") == 400);
    CHECK(status_of("GET /\r\n\r\n") == 400);
}

TEST_CASE("lines end in CRLF and nothing else, RFC 9112 2.2 [REQ-18]") {
    CHECK(status_of("GET / HTTP/1.1\nHost: a\n\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\n\rX") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\n\rX\n\r\n") == 400);
    CHECK(status_of(with("X:\rTransfer-Encoding: chunked\r\n")) == 400); // CVE-2023-30589
    CHECK(status_of(with("X: a\rb\r\n")) == 400);
    CHECK(status_of(with("X: a\r\n b\r\n")) == 400); // folded, 5.2
}

TEST_CASE("names are tokens up to the colon, RFC 9112 5.1 [REQ-18]") {
    CHECK(status_of(with("X : a\r\n")) == 400);
    CHECK(status_of(with(": a\r\n")) == 400);
    CHECK(status_of(with("X Y: a\r\n")) == 400);
    CHECK(status_of(with("no colon\r\n")) == 400);
    CHECK(status_of(with(std::string("X: a\0b\r\n", 8))) == 400);
    auto odd = read(with("X_Forwarded_For: evil\r\nX!: a\r\n"));
    CHECK(odd->status == 0);
    CHECK(odd->fields.size() == 1); // dropped: other readers take "_" for "-"
}

TEST_CASE("framing is told in one way only, RFC 9112 6 [REQ-18]") {
    CHECK(status_of(with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")) == 400);
    CHECK(status_of(with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")) == 400);
    CHECK(status_of(with("Content-Length: 5\r\nContent-Length: 5\r\n")) == 400);
    CHECK(status_of(with("Content-Length: 5, 5\r\n")) == 400);
    CHECK(status_of(with("Content-Length: +5\r\n")) == 400);
    CHECK(status_of(with("Content-Length: 0x5\r\n")) == 400);
    CHECK(status_of(with("Content-Length: \r\n")) == 400);
    CHECK(status_of(with("Content-Length: 99999999999999999999\r\n")) == 400);
    CHECK(status_of(with("Transfer-Encoding:\r\n")) == 400);
    CHECK(status_of(with("Transfer-Encoding: chunked, chunked\r\n")) == 400);
    CHECK(status_of(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")) == 400);
    CHECK(status_of(with("Transfer-Encoding: gzip, chunked\r\n")) == 501);
    CHECK(status_of(with("Transfer-Encoding: identity\r\n")) == 400); // 6.3: not chunked at the end
    CHECK(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
    auto r = read(with("Transfer-Encoding: Chunked\r\n"));
    CHECK(r->status == 0);
    CHECK(r->chunked);
    CHECK(r->length == -1);
}

TEST_CASE("Host stands once and is one, RFC 9112 3.2 [REQ-18]") {
    CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: user@a\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.0\r\n\r\n") == 0);
    auto r = read("GET http://b.example/x HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(r->authority == "b.example"); // 3.2.2: the target's counts
    CHECK(r->path == "/x");
    CHECK(status_of("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
    CHECK(status_of("GET ftp://b/x HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
}

TEST_CASE("the methods that no application gets [REQ-18]") {
    CHECK(status_of("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n") == 405);
    CHECK(status_of("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n") == 400);
    CHECK(status_of("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
    CHECK(status_of("get / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
}

TEST_CASE("Connection, Expect and Upgrade are for the server alone [REQ-12]") {
    auto r = read(with("Connection: keep-alive, Close\r\nUpgrade: h2c\r\nExpect: 100-continue\r\n"
                       "HTTP2-Settings: x\r\nProxy: evil\r\nTE: trailers\r\n"));
    CHECK(r->status == 0);
    CHECK(r->close);
    CHECK(r->keep_alive);
    CHECK(r->expect);
    REQUIRE(r->fields.size() == 3);
    CHECK(r->fields[1].first == "expect");
    CHECK(r->fields[2].first == "http2-settings");
}

TEST_CASE("a request to upgrade does not stop the reader") {
    CHECK(status_of(with("Connection: Upgrade\r\nUpgrade: websocket\r\n")) == 0);
}

TEST_CASE("fields are counted") {
    std::string many;
    for (int i = 0; i < 100; i++) many += "X: a\r\n";
    CHECK(status_of(with(many)) == 431);
}
