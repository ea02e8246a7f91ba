// SPDX-License-Identifier: MIT
// A request's body as it waits to be read: shown, consumed, ended, broken off, over its limits.
#include "core/gateway/body.h"

#include "test/core/gateway/fixture.hpp"

#include <algorithm>
#include <random>

using namespace csgi;

namespace {

struct Reader {
    Bare bare;
    csgi_queue queue{};
    csgi_host_exchange *x;
    App app;
    csgi_rc rc = CSGI_OK;
    unsigned events = 0;

    explicit Reader(uint64_t caps = CSGI_NESTED_CAPS) : bare(caps) {
        csgi_queue_init(&queue, &bare.host);
        x = csgi_host_open(&bare.host, &queue, nullptr);
        app.on_handle = [this](csgi_request *req) {
            const auto on = [](csgi_request *, uint32_t e, void *arg) {
                static_cast<Reader *>(arg)->events++;
                return e;
            };
            return req->exchange->api->listen(req, CSGI_EVENT_BODY, on, this) < 0 ? CSGI_APP
                                                                                  : CSGI_PENDING;
        };
        csgi_host_handle(x, &app);
    }
    ~Reader() {
        if (x->pub.state != CSGI_ENDED) csgi_abort(&x->root.req);
        turn();
        csgi_queue_clear(&queue);
        turn();
    }
    void turn() {
        csgi_host_enter(&bare.host);
        csgi_host_leave(&bare.host);
    }
    void add(std::string_view bytes) {
        CHECK(csgi_body_add(x, bytes.data(), bytes.size(), nullptr) == CSGI_OK);
        turn();
    }
    void end(csgi_rc how = CSGI_EOF) {
        csgi_body_end(x, how);
        turn();
    }
    // What peek shows, pieces joined by "|"; `rc` is what it says.
    std::string peek(uint64_t min = 1, size_t cap = 8) {
        std::vector<csgi_chunk> spans(cap ? cap : 1);
        size_t n = 99;
        rc = csgi_body_source.peek(&csgi_body_source, &x->pub, min, spans.data(), cap, &n);
        std::string all;
        CHECK(n <= cap);
        if (rc != CSGI_OK) CHECK(n == 0);
        for (size_t i = 0; i < n; i++) {
            if (i) all += '|';
            all.append(static_cast<const char *>(spans[i].p), spans[i].n);
            CHECK(spans[i].mem == CSGI_MEM_COPY);
            CHECK(spans[i].fd == -1);
        }
        return all;
    }
    csgi_rc consume(uint64_t n) { return csgi_body_source.consume(&csgi_body_source, &x->pub, n); }
};

} // namespace

TEST_CASE(
    "peek shows without taking, consume takes, and the end is said again and again [BODY-3]") {
    Reader r;
    CHECK(r.peek() == "");
    CHECK(r.rc == CSGI_AGAIN);
    CHECK(r.bare.wants == 1);
    r.add("abc");
    CHECK(r.events == 1);
    r.add("defg");
    CHECK(r.events == 1); // nobody asked
    CHECK(r.peek() == "abc|defg");
    CHECK(r.peek() == "abc|defg");
    CHECK(r.consume(4) == CSGI_OK);
    CHECK(r.peek() == "efg");
    r.end();
    CHECK(r.peek() == "efg");
    CHECK(r.rc == CSGI_OK);
    CHECK(r.consume(3) == CSGI_OK);
    for (int i = 0; i < 3; i++) {
        CHECK(r.peek(i == 1 ? UINT64_MAX : 1) == "");
        CHECK(r.rc == CSGI_EOF);
    }
}

TEST_CASE("bytes that lie side by side are one piece") {
    Reader r;
    const std::string bytes = "abcdef";
    r.add(std::string_view(bytes).substr(0, 2));
    r.add(std::string_view(bytes).substr(2));
    CHECK(r.peek() == "abcdef");
}

TEST_CASE("a minimum is waited for, or the end, whichever is first [BODY-8]") {
    Reader r;
    CHECK(r.peek(5) == "");
    r.add("abcd");
    CHECK(r.events == 0);
    CHECK(csgi_body_wanted(r.x));
    r.peek(5);
    CHECK(r.rc == CSGI_AGAIN);
    r.add("e");
    CHECK(r.events == 1);
    CHECK(r.peek(5) == "abcd|e");
    CHECK_FALSE(csgi_body_wanted(r.x));
    CHECK(r.peek(6) == "");
    CHECK(r.rc == CSGI_AGAIN);
    r.end();
    CHECK(r.events == 2);
    CHECK(r.peek(UINT64_MAX) == "abcd|e"); // all the rest of a body that came whole
    CHECK(r.rc == CSGI_OK);
}

TEST_CASE("a peek for less does not forget the event that a peek for more is owed [EVT-7]") {
    Reader r;
    r.peek(4);
    CHECK(r.rc == CSGI_AGAIN);
    r.add("ab");
    CHECK(r.peek(1) == "ab");
    r.add("cd");
    CHECK(r.events == 1);
}

TEST_CASE("more has been consumed than was shown: nothing is taken, and the log says so [BODY-1]") {
    Reader r;
    r.add("abc");
    CHECK(r.consume(1) == CSGI_INVAL); // not shown yet
    r.add("def");
    r.peek(1, 1);
    CHECK(r.consume(4) == CSGI_INVAL); // one piece of two was
    CHECK(r.consume(UINT64_MAX) == CSGI_INVAL);
    CHECK(r.peek() == "abc|def");
    CHECK(r.consume(6) == CSGI_OK);
    CHECK(r.consume(1) == CSGI_INVAL);
    CHECK(r.consume(0) == CSGI_OK);
    CHECK(r.bare.log.lines.size() == 4);
    for (const std::string &line : r.bare.log.lines) CHECK(line.rfind("[BODY-1]", 0) == 0);
}

TEST_CASE("no more pieces are shown than asked for, and none is INVAL [BODY-4]") {
    Reader r;
    for (const char *p : {"a", "b", "c", "d", "e", "f", "g"}) r.add(p);
    CHECK(r.peek(1, 3) == "a|b|c");
    CHECK(r.peek(1, 100) == "a|b|c|d|e|f|g");
    CHECK(r.peek(1, 0) == "");
    CHECK(r.rc == CSGI_INVAL);
}

TEST_CASE("a body that broke off: bytes that suffice are shown, then TRUNC, which stays [BODY-3]") {
    Reader r;
    r.add("abcd");
    r.end(CSGI_TRUNC);
    CHECK(r.peek(2) == "abcd");
    CHECK(r.consume(1) == CSGI_OK);
    CHECK(r.peek(3) == "bcd");
    CHECK(r.peek(4) == "");
    CHECK(r.rc == CSGI_TRUNC);
    CHECK(r.peek(1) == ""); // it stays, whatever would suffice now
    CHECK(r.rc == CSGI_TRUNC);
}

TEST_CASE("the first end counts, and nothing comes behind it") {
    Reader r;
    r.end(CSGI_EOF);
    r.end(CSGI_TRUNC);
    r.add("late");
    CHECK(r.peek() == "");
    CHECK(r.rc == CSGI_EOF);
}

TEST_CASE("a body over max_body ends in LIMIT [BODY-10]") {
    Reader r;
    r.bare.host.limits.max_body = 5;
    r.add("abcde");
    CHECK(csgi_body_add(r.x, "f", 1, nullptr) == CSGI_LIMIT);
    r.peek();
    CHECK(r.rc == CSGI_LIMIT);
    r.peek();
    CHECK(r.rc == CSGI_LIMIT);
}

TEST_CASE(
    "the application's own limit holds, also when more has come before it was known [BODY-10]") {
    Reader r;
    r.add("abcdef");
    r.app.max_body = 3;
    CHECK(csgi_body_add(r.x, "g", 1, nullptr) == CSGI_LIMIT);
    Reader s;
    s.app.max_body = UINT64_MAX; // the host's is smaller
    s.bare.host.limits.max_body = 2;
    CHECK(csgi_body_add(s.x, "abc", 3, nullptr) == CSGI_LIMIT);
}

TEST_CASE(
    "a host keeps so much at once and no more: a larger minimum is LIMIT, a smaller one goes on") {
    Reader r;
    r.bare.host.limits.max_spool = 4;
    r.peek(10);
    CHECK(r.rc == CSGI_AGAIN);
    r.add("abc");
    CHECK(r.events == 0);
    r.add("d");
    CHECK(r.events == 1);
    CHECK(r.peek(10) == "");
    CHECK(r.rc == CSGI_LIMIT);
    CHECK(r.peek(1) == "abc|d");
    CHECK(r.consume(4) == CSGI_OK);
    r.peek(1);
    CHECK(r.rc == CSGI_AGAIN);
}

TEST_CASE("after the end of the exchange there is nothing to read") {
    Reader r;
    r.add("abc");
    r.peek();
    r.x->pub.api->hold(&r.x->pub);
    csgi_abort(&r.x->root.req);
    CHECK(r.peek() == "");
    CHECK(r.rc == CSGI_STATE);
    CHECK(r.consume(1) == CSGI_STATE);
    r.x->pub.api->release(&r.x->pub);
}

TEST_CASE("who cannot do both at once shows no more of an unfinished body once a head was taken") {
    Reader half(CSGI_NESTED_CAPS & ~uint64_t{CSGI_CAP_FULL_DUPLEX});
    half.add("abc");
    CHECK(half.peek() == "abc");
    begin(&half.x->root.req);
    CHECK(half.peek() == ""); // though bytes are here
    CHECK(half.rc == CSGI_STATE);
    const unsigned wants = half.bare.wants;
    half.peek(4);
    CHECK(half.rc == CSGI_STATE);
    CHECK(half.bare.wants == wants); // and none are asked for
    CHECK(half.consume(1) == CSGI_OK);
    half.end();
    CHECK(half.peek() == "bc"); // nothing is missing any more
    CHECK(half.consume(2) == CSGI_OK);
    half.peek();
    CHECK(half.rc == CSGI_EOF);

    Reader both(CSGI_NESTED_CAPS | CSGI_CAP_FULL_DUPLEX);
    begin(&both.x->root.req);
    both.peek();
    CHECK(both.rc == CSGI_AGAIN);
    both.add("abc");
    CHECK(both.peek() == "abc");
}

TEST_CASE("what a transport adds while it is asked is shown at once, and no event tells of it"
          " [EVT-3][EVT-7]") {
    Reader r;
    std::string_view at_hand = "abc";
    r.bare.on_want = [&](csgi_host_exchange *x) {
        csgi_body_add(x, at_hand.data(), at_hand.size(), nullptr);
        at_hand = "";
    };
    CHECK(r.peek() == "abc");
    r.turn();
    CHECK(r.events == 0);
    CHECK(r.peek(5).empty());
    CHECK(r.rc == CSGI_AGAIN);
    at_hand = "d";
    CHECK(r.peek(4) == "abc|d"); // but an AGAIN from before is still owed its event
    r.turn();
    CHECK(r.events == 1);
}

TEST_CASE("blocks that pieces lie in are given back when consumed, and at the end") {
    Reader r;
    csgi_block *block = csgi_pool_take(&r.bare.host.io);
    char *p = csgi_block_data(block);
    std::memcpy(p, "abcdef", 6);
    csgi_body_add(r.x, p, 2, block);
    csgi_body_add(r.x, p + 2, 2, block);
    CHECK(block->refs == 2); // one piece
    csgi_body_add(r.x, p + 5, 1, block);
    CHECK(block->refs == 3);
    CHECK(r.peek() == "abcd|f");
    CHECK(r.consume(4) == CSGI_OK);
    CHECK(block->refs == 2);
    csgi_pool_drop(&r.bare.host.io, block);
    csgi_body_clear(r.x);
    CHECK(r.bare.host.io.nfree == 1);
}

TEST_CASE("a body in pieces of one byte keeps as many blocks as its bytes fill, and a few") {
    Reader r;
    csgi_pool &io = r.bare.host.io;
    const size_t n = 3 * io.size;
    std::string in, out;
    std::vector<csgi_block *> blocks;
    for (size_t i = 0; i < n; i++) {
        csgi_block *block = csgi_pool_take(&io); // as a server's that has read nothing else
        *csgi_block_data(block) = static_cast<char>('a' + i % 26);
        in += *csgi_block_data(block);
        REQUIRE(csgi_body_add(r.x, csgi_block_data(block), 1, block) == CSGI_OK);
        if (block->refs > 1) blocks.push_back(block);
        csgi_pool_drop(&io, block);
    }
    CHECK(blocks.size() <= 16);
    out = r.peek(n, 64);
    out.erase(std::remove(out.begin(), out.end(), '|'), out.end());
    CHECK(out == in);
    CHECK(r.consume(n) == CSGI_OK);
    r.end();
    for (const csgi_block *block : blocks) CHECK(block->refs == 0);
    const uint32_t free = io.nfree;
    csgi_body_clear(r.x);
    CHECK(io.nfree == free); // all of them had been given back
}

TEST_CASE("bytes that do not stay are copied, within the limit of the body [BODY-10]") {
    Reader r;
    std::string large(2 * r.bare.host.io.size, 'x');
    r.app.max_body = large.size() + 1;
    CHECK(csgi_body_copy(r.x, large.data(), large.size()) == CSGI_OK);
    const std::string wanted = large;
    large.assign(large.size(), 'y');
    CHECK(csgi_body_copy(r.x, "z", 1) == CSGI_OK);
    std::string out = r.peek(1, 64);
    out.erase(std::remove(out.begin(), out.end(), '|'), out.end());
    CHECK(out == wanted + "z");
    CHECK(csgi_body_copy(r.x, "z", 1) == CSGI_LIMIT);
}

TEST_CASE("bytes come out as they went in, however they are fed, shown and taken [BODY-2]") {
    for (unsigned seed = 0; seed < 100; seed++) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        Reader r;
        std::vector<std::string> kept;
        kept.reserve(400);
        std::string in, out;
        for (unsigned step = 0; step < 400; step++) {
            if (random() % 2) {
                kept.emplace_back(1 + random() % 20, static_cast<char>('a' + step % 26));
                in += kept.back();
                r.add(kept.back());
                continue;
            }
            const uint64_t min = 1 + random() % 30;
            std::string seen = r.peek(min, 1 + random() % 6);
            std::erase(seen, '|');
            const size_t waiting = in.size() - out.size();
            REQUIRE((r.rc == CSGI_OK) == (waiting >= min));
            if (r.rc != CSGI_OK) continue;
            REQUIRE(in.compare(out.size(), seen.size(), seen) == 0);
            const size_t take = random() % (seen.size() + 1);
            out += seen.substr(0, take);
            REQUIRE(r.consume(take) == CSGI_OK);
        }
    }
}
