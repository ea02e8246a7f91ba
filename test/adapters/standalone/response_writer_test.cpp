// SPDX-License-Identifier: MIT
// Answers become the bytes of RFC 9112.
#include "adapters/standalone/response_writer.h"
#include "test/core/gateway/fixture.hpp"

namespace {

// What a queue holds.
std::string drained(csgi_queue &queue) {
    std::string bytes;
    while (queue.first) {
        bytes.append(queue.first->p, queue.first->n);
        csgi_queue_advance(&queue, queue.first->n);
    }
    return bytes;
}

struct Writer {
    csgi::Bare bare;
    csgi_queue queue{};
    csgi_response_frame frame{};

    Writer() {
        csgi_queue_init(&queue, &bare.host);
        // The date line lies right behind the server's, as the server keeps them.
        static const char lines[] = "server: csgi\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
        frame.server = {lines, 14};
        frame.date = {lines + 14, sizeof lines - 1 - 14};
    }
    std::string head(csgi_output out, std::vector<csgi_header> fields, uint16_t status = 200) {
        csgi_head head{sizeof head, status, 0, fields.data(), static_cast<uint32_t>(fields.size()),
                       0,           0};
        out.head = &head;
        out.skip = UINT32_MAX;
        for (uint32_t i = 0; i < fields.size(); i++) { // as the host finds them
            if (csgi::text(fields[i].name) == "content-length") out.skip = i;
            if (csgi::text(fields[i].name) == "date") out.has_date = true;
            if (csgi::text(fields[i].name) == "server") out.has_server = true;
        }
        CHECK(csgi_response_head(&queue, &out, &frame, {"", 0}) == CSGI_OK);
        return drained(queue);
    }
};

} // namespace

TEST_CASE("a head has what the application gave, then the host's own lines [RES-21]") {
    Writer w;
    csgi_output out{};
    out.length = 5;
    out.show_length = true;
    CHECK(w.head(out, {csgi::field("x-a", "1"), csgi::field("content-type", "text/plain"),
                       csgi::field("content-length", "5")}) ==
          "HTTP/1.1 200 OK\r\nx-a: 1\r\ncontent-type: text/plain\r\nserver: csgi\r\n"
          "date: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-length: 5\r\n\r\n");
}

TEST_CASE("names, values and bodies of any length are written whole") {
    Writer w;
    const std::string letters = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    for (std::size_t n = 0; n <= 40; n++) {
        const std::string name = letters.substr(n % 7, n + 1), value = letters.substr(n % 11, n);
        const csgi_header field = csgi::field(name, value);
        const csgi_head head{sizeof head, 200, 0, &field, 1, 0, 0};
        csgi_output out{};
        out.head = &head;
        out.skip = UINT32_MAX;
        out.has_date = out.has_server = true;
        const csgi_str body = {letters.data(), n};
        REQUIRE(csgi_response_head(&w.queue, &out, &w.frame, body) == CSGI_OK);
        REQUIRE(drained(w.queue) ==
                "HTTP/1.1 200 OK\r\n" + name + ": " + value + "\r\n\r\n" + letters.substr(0, n));
    }
}

TEST_CASE("Date and Server of the application stand in the host's place [RES-21]") {
    Writer w;
    std::string head = w.head({}, {csgi::field("date", "D"), csgi::field("server", "S")});
    CHECK(head == "HTTP/1.1 200 OK\r\ndate: D\r\nserver: S\r\n\r\n");
}

TEST_CASE("the connection's end, and keeping it, are said, RFC 9112 9.3") {
    Writer w;
    w.frame.say_close = true;
    w.frame.chunked = true;
    std::string head = w.head({}, {}, 404);
    CHECK(head.find("HTTP/1.1 404 Not Found\r\n") == 0);
    CHECK(head.find("transfer-encoding: chunked\r\nconnection: close\r\n\r\n") !=
          std::string::npos);
}

TEST_CASE("a head longer than a block is written all the same") {
    Writer w;
    std::string large(40000, 'v');
    std::string head = w.head({}, {csgi::field("x-large", large), csgi::field("x-b", "2")});
    CHECK(head.find("x-large: " + large + "\r\nx-b: 2\r\nserver: csgi\r\n") != std::string::npos);
    CHECK(head.substr(head.size() - 4) == "\r\n\r\n");
}

TEST_CASE("a part is one chunk, an empty part none, and the end has the trailers, RFC 9112 7.1") {
    Writer w;
    csgi_host_exchange *x = csgi_host_open(&w.bare.host, &w.queue, nullptr);
    std::vector<csgi_chunk> chunks{csgi::memory("hello "),
                                   csgi::memory("world, here are 25 bytes")};
    csgi_output out{};
    out.chunks = chunks.data();
    out.nchunks = 2;
    out.bytes = 30;
    CHECK(csgi_response_body(&w.queue, &out, x, true) == CSGI_OK);
    CHECK(drained(w.queue) == "1e\r\nhello world, here are 25 bytes\r\n");
    CHECK(csgi_response_body(&w.queue, &out, x, false) == CSGI_OK);
    CHECK(drained(w.queue) == "hello world, here are 25 bytes");
    csgi_header trailer = csgi::field("x-sum", "9");
    csgi_output last{};
    last.end = true;
    last.trailers = &trailer;
    last.ntrailers = 1;
    CHECK(csgi_response_body(&w.queue, &last, x, true) == CSGI_OK);
    CHECK(drained(w.queue) == "0\r\nx-sum: 9\r\n\r\n");
    csgi_output nothing{};
    CHECK(csgi_response_body(&w.queue, &nothing, x, true) == CSGI_OK);
    CHECK(drained(w.queue).empty());
    csgi_host_discard(x);
}
