// SPDX-License-Identifier: MIT
// What waits to be sent: in order, kept alive as its memory class asks, let go when it has left.
#include "test/core/gateway/fixture.hpp"

#include <algorithm>
#include <memory>
#include <random>

using namespace csgi;

namespace {

// A queue and the exchange whose memory it pins.
struct Queued {
    Bare bare;
    csgi_queue queue{};
    csgi_host_exchange *x;
    std::vector<int> released;
    struct Owner {
        Queued *queued;
        int number;
    };
    std::vector<std::unique_ptr<Owner>> owners;

    Queued() {
        csgi_queue_init(&queue, &bare.host);
        x = csgi_host_open(&bare.host, &queue, nullptr);
        REQUIRE(x);
    }
    ~Queued() {
        csgi_host_enter(&bare.host);
        csgi_queue_clear(&queue);
        csgi_host_leave(&bare.host);
        CHECK(x->pins == 0);
        csgi_host_discard(x);
    }
    csgi_chunk owned(std::string_view bytes, int number) {
        owners.push_back(std::make_unique<Owner>(Owner{this, number}));
        csgi_chunk chunk = memory(bytes, CSGI_MEM_OWNED);
        chunk.arg = owners.back().get();
        chunk.release = [](void *arg) {
            auto *owner = static_cast<Owner *>(arg);
            owner->queued->released.push_back(owner->number);
        };
        return chunk;
    }
    csgi_rc add(const csgi_chunk &chunk) { return csgi_queue_chunk(&queue, &chunk, x); }
    void settle() {
        csgi_host_enter(&bare.host);
        csgi_host_leave(&bare.host);
    }
    size_t segments() const {
        size_t n = 0;
        for (csgi_segment *s = queue.first; s; s = s->next) n++;
        return n;
    }
    std::string bytes() const {
        std::string all;
        for (csgi_segment *s = queue.first; s; s = s->next)
            all += s->p ? std::string(s->p, s->n) : "<" + std::to_string(s->n) + ">";
        return all;
    }
};

const std::string large(10000, 'L');

} // namespace

TEST_CASE("small bytes are copied together, and may change behind the call") {
    Queued q;
    std::string buffer = "one ";
    q.add(memory(buffer));
    buffer = "xxxx";
    q.add(memory("two ", CSGI_MEM_STATIC));
    q.add(memory("three", CSGI_MEM_ARENA));
    CHECK(q.bytes() == "one two three");
    CHECK(q.segments() == 1);
    CHECK(q.queue.bytes == 13);
    CHECK(q.x->pins == 0);
}

TEST_CASE("large bytes stay where they are: STATIC unpinned, ARENA and OWNED with the exchange") {
    Queued q;
    q.add(memory(large, CSGI_MEM_STATIC));
    CHECK(q.queue.last->p == large.data());
    CHECK(q.x->pins == 0);
    q.add(memory(large, CSGI_MEM_ARENA));
    CHECK(q.queue.last->p == large.data());
    CHECK(q.x->pins == 1);
    q.add(q.owned(large, 1));
    CHECK(q.queue.last->p == large.data());
    CHECK(q.x->pins == 2);
    q.add(memory(large, CSGI_MEM_COPY));
    CHECK(q.queue.last->p != large.data());
    CHECK(q.bytes() == large + large + large + large);
}

TEST_CASE(
    "a release comes from the loop when the bytes have left, in the order they left [RES-17]") {
    Queued q;
    q.add(q.owned(large, 1));
    q.add(q.owned("small: copied, so it is free at once", 2));
    q.add(q.owned(large, 3));
    q.add(q.owned("", 4));
    CHECK(q.released.empty()); // never inside the call
    q.settle();
    CHECK(q.released == std::vector{2, 4});
    csgi_queue_advance(&q.queue, 9999);
    q.settle();
    CHECK(q.released == std::vector{2, 4});
    csgi_queue_advance(&q.queue, 1);
    CHECK(q.released.size() == 2);
    q.settle();
    CHECK(q.released == std::vector{2, 4, 1});
    csgi_queue_clear(&q.queue);
    q.settle();
    CHECK(q.released == std::vector{2, 4, 1, 3});
    CHECK(q.queue.bytes == 0);
}

TEST_CASE("a file moves on by its offset, and is let go at its end") {
    Queued q;
    csgi_chunk file = q.owned("", 1);
    file.kind = CSGI_CHUNK_FILE;
    file.fd = 0;
    file.off = 100;
    file.n = 50;
    q.add(file);
    q.add(memory("tail"));
    CHECK(q.bytes() == "<50>tail");
    CHECK(q.queue.bytes == 54);
    csgi_queue_advance(&q.queue, 20);
    CHECK(q.queue.first->off == 120);
    CHECK(q.queue.first->n == 30);
    csgi_queue_advance(&q.queue, 31);
    q.settle();
    CHECK(q.released == std::vector{1});
    CHECK(q.bytes() == "ail");
}

TEST_CASE("an empty queue holds no block") {
    Queued q;
    q.add(memory(large));
    CHECK(q.queue.tail);
    csgi_queue_advance(&q.queue, large.size());
    CHECK(q.queue.first == nullptr);
    CHECK(q.queue.last == nullptr);
    CHECK(q.queue.tail == nullptr);
    CHECK(q.bare.host.io.nfree >= 1);
}

TEST_CASE("room is one piece of the size asked, also when the block before is nearly full") {
    Queued q;
    std::string all;
    for (int i = 0; i < 9; i++) {
        char *room = csgi_queue_room(&q.queue, CSGI_QUEUE_ROOM);
        REQUIRE(room);
        std::string piece(7000, static_cast<char>('a' + i));
        std::copy(piece.begin(), piece.end(), room);
        REQUIRE(csgi_queue_commit(&q.queue, piece.size()) == CSGI_OK);
        all += piece;
    }
    CHECK(q.bytes() == all);
    CHECK(csgi_queue_commit(&q.queue, 0) == CSGI_OK);
    CHECK(q.bytes() == all);
}

TEST_CASE("whatever is queued comes out, in whatever pieces it is taken, and is released once") {
    for (unsigned seed = 0; seed < 60; seed++) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        Queued q;
        std::vector<std::string> kept;
        kept.reserve(200);
        std::string expected, got;
        int owners = 0;
        for (unsigned step = 0; step < 200; step++) {
            if (random() % 2) {
                kept.emplace_back(random() % (random() % 4 ? 300 : 9000),
                                  static_cast<char>('a' + random() % 26));
                uint32_t mem = random() % 4;
                csgi_chunk chunk = memory(kept.back(), mem);
                if (mem == CSGI_MEM_OWNED) chunk = q.owned(kept.back(), owners++);
                REQUIRE(q.add(chunk) == CSGI_OK);
                expected += kept.back();
            } else if (q.queue.bytes) {
                uint64_t n = 1 + random() % q.queue.bytes;
                got += q.bytes().substr(0, n);
                csgi_queue_advance(&q.queue, n);
            }
            if (random() % 5 == 0) q.settle();
            REQUIRE(q.queue.bytes == expected.size() - got.size());
        }
        got += q.bytes();
        CHECK(got == expected);
        csgi_queue_clear(&q.queue);
        q.settle();
        std::sort(q.released.begin(), q.released.end());
        REQUIRE(q.released.size() == static_cast<size_t>(owners));
        for (int i = 0; i < owners; i++) CHECK(q.released[static_cast<size_t>(i)] == i);
        CHECK(q.x->pins == 0);
    }
}

TEST_CASE(
    "the front of a queue moves to another, wherever it is cut, and is released once [RES-17]") {
    const std::string large(5000, 'l'), whole = "head" + large + "tail" + large;
    for (uint64_t step : {uint64_t{1}, uint64_t{3}, uint64_t{4999}, uint64_t{5004}, uint64_t{7000},
                          uint64_t{whole.size()}}) {
        CAPTURE(step);
        Queued q;
        csgi_queue wire{};
        csgi_queue_init(&wire, &q.bare.host);
        CHECK(q.add(memory("head")) == CSGI_OK);
        CHECK(q.add(q.owned(large, 1)) == CSGI_OK);
        CHECK(q.add(memory("tail")) == CSGI_OK);
        CHECK(q.add(q.owned(large, 2)) == CSGI_OK);
        std::string moved;
        uint64_t left = whole.size();
        while (left) {
            const uint64_t n = std::min(step, left);
            csgi_host_enter(&q.bare.host);
            CHECK(csgi_queue_move(&wire, &q.queue, n) == CSGI_OK);
            left -= n;
            CHECK(wire.bytes == n);
            CHECK(q.queue.bytes == left);
            for (csgi_segment *s = wire.first; s; s = s->next) moved.append(s->p, s->n);
            if (step < 4999 && left > 2 * large.size()) CHECK(q.released.empty());
            csgi_queue_advance(&wire, n);
            csgi_host_leave(&q.bare.host);
        }
        CHECK(moved == whole);
        CHECK(q.released == std::vector<int>{1, 2});
        CHECK(q.x->pins == 0);
        CHECK(q.queue.tail == nullptr);
    }
}

TEST_CASE("a part of a file moves as that range of it") {
    Queued q;
    csgi_queue wire{};
    csgi_queue_init(&wire, &q.bare.host);
    csgi_chunk file{CSGI_CHUNK_FILE, CSGI_MEM_STATIC, nullptr, 100, 3, 7, nullptr, nullptr};
    CHECK(q.add(file) == CSGI_OK);
    CHECK(csgi_queue_move(&wire, &q.queue, 40) == CSGI_OK);
    CHECK((wire.first->p == nullptr));
    CHECK((wire.first->n == 40 && wire.first->off == 7 && wire.first->fd == 3));
    CHECK((q.queue.first->n == 60 && q.queue.first->off == 47));
    csgi_queue_clear(&wire);
}

TEST_CASE("what was moved in part is released when that part has left, though the rest is dropped "
          "[RES-17]") {
    const std::string large(5000, 'l');
    for (const bool all_left : {false, true}) {
        CAPTURE(all_left);
        Queued q;
        csgi_queue wire{};
        csgi_queue_init(&wire, &q.bare.host);
        CHECK(q.add(q.owned(large, 1)) == CSGI_OK);
        CHECK(q.add(q.owned(large, 2)) == CSGI_OK);
        CHECK(csgi_queue_move(&wire, &q.queue, 3000) == CSGI_OK);
        csgi_host_enter(&q.bare.host);
        if (all_left) csgi_queue_advance(&wire, 3000);
        csgi_queue_abandon(&q.queue, &wire);
        csgi_host_leave(&q.bare.host);
        CHECK((q.queue.first == nullptr && q.queue.bytes == 0));
        if (all_left) {
            CHECK(wire.first == nullptr);
        } else {
            CHECK(q.released == std::vector<int>{2});
            CHECK(wire.bytes == 3000);
            csgi_host_enter(&q.bare.host);
            csgi_queue_advance(&wire, 3000);
            csgi_host_leave(&q.bare.host);
            CHECK((wire.first == nullptr && wire.bytes == 0));
        }
        std::sort(q.released.begin(), q.released.end());
        CHECK(q.released == std::vector<int>{1, 2});
        CHECK(q.x->pins == 0);
    }
}
