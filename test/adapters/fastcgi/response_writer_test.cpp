// SPDX-License-Identifier: MIT
// Heads of answers are those of RFC 3875 6.
#include "adapters/fastcgi/response_writer.h"
#include "test/core/gateway/fixture.hpp"

namespace {

// Written in both ways, which have to agree.
std::string head(csgi_output out, const std::vector<csgi_header> &fields, uint16_t status = 200) {
    csgi::Bare bare;
    csgi_head head{sizeof head, status, 0, fields.data(), static_cast<uint32_t>(fields.size()),
                   0,           0};
    out.head = &head;
    out.skip = UINT32_MAX;
    for (uint32_t i = 0; i < fields.size(); i++) // as the host finds it
        if (csgi::text(fields[i].name) == "content-length") out.skip = i;
    std::string whole(csgi_cgi_head_room(&out), '\0');
    whole.resize(static_cast<size_t>(csgi_cgi_head_put(whole.data(), &out) - whole.data()));
    csgi_queue queue{};
    csgi_queue_init(&queue, &bare.host);
    CHECK(csgi_cgi_head(&queue, &out) == CSGI_OK);
    std::string queued;
    while (queue.first) {
        queued.append(queue.first->p, queue.first->n);
        csgi_queue_advance(&queue, queue.first->n);
    }
    CHECK(queued == whole);
    return whole;
}

} // namespace

TEST_CASE("an answer begins with its Status, always with a phrase (6.3.3)") {
    csgi_output out{};
    out.end = true;
    CHECK(head(out, {}) == "Status: 200 OK\r\n\r\n");
    CHECK(head(out, {}, 404) == "Status: 404 Not Found\r\n\r\n");
    CHECK(head(out, {csgi::field("location", "/a")}, 302) ==
          "Status: 302 Found\r\nlocation: /a\r\n\r\n");
    CHECK(head(out, {}, 599) == "Status: 599 Unknown\r\n\r\n");
}

TEST_CASE("a known length is written once; Date and Server only when the application gave them") {
    csgi_output out{};
    out.end = true;
    out.length = 5;
    out.show_length = true;
    CHECK(head(out, {csgi::field("content-length", "5"), csgi::field("x-a", "1")}) ==
          "Status: 200 OK\r\nx-a: 1\r\ncontent-length: 5\r\n\r\n");
    out.has_date = true;
    CHECK(head(out, {csgi::field("date", "D")}) ==
          "Status: 200 OK\r\ndate: D\r\ncontent-length: 5\r\n\r\n");
}

TEST_CASE("a stream asks nginx not to keep it back, a whole answer does not") {
    csgi_output out{};
    CHECK(head(out, {}) == "Status: 200 OK\r\nx-accel-buffering: no\r\n\r\n");
}

TEST_CASE("a head longer than a block comes out whole") {
    const std::string value(30000, 'v');
    csgi_output out{};
    out.end = true;
    CHECK(head(out, {csgi::field("x-a", value), csgi::field("x-b", value)}, 599) ==
          "Status: 599 Unknown\r\nx-a: " + value + "\r\nx-b: " + value + "\r\n\r\n");
}
