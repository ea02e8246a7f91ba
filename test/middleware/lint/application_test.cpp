// SPDX-License-Identifier: MIT
// Applications that break a rule each, in front of a good host: exactly that rule is named.
#include "test/middleware/lint/pair.hpp"

#include <csgi/file.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdexcept>
#include <thread>

namespace {

csgi_rc send_head(csgi_request *req, unsigned status, const csgi_header *fields = nullptr,
                  uint32_t nfields = 0, int64_t length = 0, uint32_t flags = 0) {
    std::vector<csgi_header> copy(fields, fields + nfields);
    csgi_head head = {sizeof head, static_cast<uint16_t>(status), 0, copy.data(), nfields, 0,
                      length};
    csgi_part part = {sizeof part, flags, &head, nullptr, 0, nullptr, 0};
    return csgi_send(req, &part);
}

csgi_rc with_field(csgi_request *req, std::string_view name, std::string_view value) {
    const csgi_header field = {str(name), str(value), 0, 0, 0};
    return send_head(req, 200, &field, 1, 0, CSGI_PART_END);
}

csgi_rc with_chunk(csgi_request *req, csgi_chunk chunk) {
    csgi_head head = {sizeof head, 200, 0, nullptr, 0, 0, 0};
    csgi_part part = {sizeof part, CSGI_PART_END, &head, &chunk, 1, nullptr, 0};
    return csgi_send(req, &part);
}

csgi_rc fine(csgi_request *req) {
    return csgi_text(req, 200, "fine");
}

} // namespace

// ---- The body of a request ----

TEST_CASE("consume of more than was shown [BODY-1]") {
    CHECK(said_of(
              [](csgi_request *req) {
                  csgi_chunk span;
                  size_t n;
                  (void)req->source->peek(req->source, req->exchange, 0, &span, 1, &n);
                  CHECK(req->source->consume(req->source, req->exchange, span.n + 1) == CSGI_INVAL);
                  return fine(req);
              },
              {.method = str("POST"), .body = str("body")}) == "BODY-1 app");
}

TEST_CASE("a success for a body that broke off [BODY-5]") {
    unsigned status = 200;
    std::string expected = "BODY-5 app";
    SUBCASE("200") {}
    SUBCASE("but 400 is right") {
        status = 400;
        expected = "";
    }
    Pair pair(app_of([&](csgi_request *req) {
        const auto body = [](csgi_request *same, uint32_t events, void *arg) {
            csgi_chunk span;
            size_t n;
            if (same->source->peek(same->source, same->exchange, UINT64_MAX, &span, 1, &n) ==
                CSGI_TRUNC)
                (void)csgi_text(same, *static_cast<unsigned *>(arg), "");
            return events;
        };
        csgi_chunk span;
        size_t n;
        (void)req->source->peek(req->source, req->exchange, UINT64_MAX, &span, 1, &n);
        (void)req->exchange->api->listen(req, CSGI_EVENT_BODY, body, &status);
        return CSGI_PENDING;
    }));
    csgi_nested_call *call = pair.open({.method = str("POST"), .stream = true});
    csgi_nested_cut(call);
    csgi_nested_finish(call, 0);
    pair.end();
    CHECK(pair.reports.all() == expected);
}

// ---- The answer ----

TEST_CASE("a head with status 99, 199 or 600 is refused and named [RES-1]") {
    for (const unsigned status : {99u, 199u, 600u})
        CHECK(said_of([status](csgi_request *req) {
                  return send_head(req, status, nullptr, 0, 0, CSGI_PART_END);
              }) == "RES-1 app");
}

TEST_CASE("a field name with a capital or a space, a value with a line break [RES-2]") {
    CHECK(said_of([](auto *req) { return with_field(req, "X-Name", "v"); }) == "RES-2 app");
    CHECK(said_of([](auto *req) { return with_field(req, "x name", "v"); }) == "RES-2 app");
    CHECK(said_of([](auto *req) { return with_field(req, "x-name", "a\r\nb: c"); }) == "RES-2 app");
    CHECK(said_of([](csgi_request *req) {
              const csgi_header field = {{nullptr, 0}, {"", 0}, 0, 0, 0};
              return send_head(req, 200, &field, 1, 0, CSGI_PART_END);
          }) == "RES-2 app");
    // The id of a field in an answer stands for nothing.
    CHECK(said_of([](csgi_request *req) {
              const csgi_header field = {{"", 0}, CSGI_LIT("1"), CSGI_FIELD_ETAG, 0, 0};
              return send_head(req, 200, &field, 1, 0, CSGI_PART_END);
          }) == "RES-2 app");
}

TEST_CASE("fields that are not the application's to send [RES-3]") {
    for (const char *name : {"connection", "transfer-encoding", "status", "x-sendfile",
                             "x-accel-redirect", "x-accel-anything", "keep-alive"})
        CHECK(said_of([name](auto *req) { return with_field(req, name, "close"); }) == "RES-3 app");
}

TEST_CASE("a field that may stand once stands twice [RES-4]") {
    CHECK(said_of([](csgi_request *req) {
              const csgi_header twice[] = {{CSGI_LIT("location"), CSGI_LIT("/a"), 0, 0, 0},
                                           {CSGI_LIT("location"), CSGI_LIT("/b"), 0, 0, 0}};
              return send_head(req, 303, twice, 2, 0, CSGI_PART_END);
          }) == "RES-4 app");
}

TEST_CASE("a Content-Length that is no number, or another than content_length [RES-5]") {
    CHECK(said_of([](auto *req) { return send_head(req, 200, nullptr, 0, -1, CSGI_PART_END); }) ==
          "RES-5 app");
    CHECK(said_of([](auto *req) { return with_field(req, "content-length", "ten"); }) ==
          "RES-5 app");
    CHECK(said_of([](csgi_request *req) {
              const csgi_header field = {CSGI_LIT("content-length"), CSGI_LIT("5"), 0, 0, 0};
              return send_head(req, 200, &field, 1, 6);
          }) == "RES-5 app");
}

TEST_CASE("more or fewer bytes than were declared [RES-6]") {
    CHECK(said_of([](csgi_request *req) {
              (void)send_head(req, 200, nullptr, 0, 4);
              CHECK(csgi_write(req, "12345", 5) == CSGI_LENGTH);
              (void)csgi_write(req, "1234", 4);
              return csgi_end(req);
          }) == "RES-6 app");
    Pair pair(app_of([](csgi_request *req) {
        (void)send_head(req, 200, nullptr, 0, 12);
        (void)csgi_write(req, "1234567890", 10);
        return csgi_end(req);
    }));
    pair.get();
    pair.end();
    CHECK(pair.reports.text() == "RES-6 app: 12 bytes were declared, 10 were sent at END\n");
}

TEST_CASE("on HEAD and with 304 fewer bytes than declared are right [RES-6]") {
    CHECK(said_of(
              [](csgi_request *req) { return send_head(req, 200, nullptr, 0, 100, CSGI_PART_END); },
              {.method = str("HEAD")}) == "");
    CHECK(said_of([](csgi_request *req) {
              return send_head(req, 304, nullptr, 0, 100, CSGI_PART_END);
          }) == "");
}

TEST_CASE("204, 205 and 304 with a body, 204 with a type or length [RES-7]") {
    for (const unsigned status : {204u, 205u, 304u}) {
        CHECK(said_of([status](csgi_request *req) {
                  csgi_head head = {
                      sizeof head, static_cast<uint16_t>(status), 0, nullptr, 0, 0, 0};
                  csgi_chunk body = {CSGI_CHUNK_MEMORY, CSGI_MEM_STATIC, "body", 4, 0, 0,
                                     nullptr,           nullptr};
                  csgi_part part = {sizeof part, CSGI_PART_END, &head, &body, 1, nullptr, 0};
                  return csgi_send(req, &part);
              }) == "RES-7 app");
        CHECK(said_of([status](csgi_request *req) {
                  (void)send_head(req, status);
                  (void)csgi_write(req, "body", 4);
                  return csgi_end(req);
              }) == "RES-7 app");
    }
    CHECK(said_of([](csgi_request *req) {
              const csgi_header field = {CSGI_LIT("content-type"), CSGI_LIT("text/plain"), 0, 0, 0};
              return send_head(req, 204, &field, 1, 0, CSGI_PART_END);
          }) == "RES-7 app");
    CHECK(said_of([](csgi_request *req) {
              const csgi_header field = {CSGI_LIT("content-length"), CSGI_LIT("0"), 0, 0, 0};
              return send_head(req, 204, &field, 1, 0, CSGI_PART_END);
          }) == "RES-7 app");
    CHECK(said_of([](csgi_request *req) {
              return send_head(req, 204, nullptr, 0, 3, CSGI_PART_END);
          }) == "RES-7 app, RES-6 app");
    CHECK(said_of([](csgi_request *req) {
              return send_head(req, 204, nullptr, 0, 0, CSGI_PART_END);
          }) == "");
    // The short verb leaves out what may not be there.
    for (const unsigned status : {204u, 205u, 304u})
        CHECK(said_of([status](csgi_request *req) {
                  return csgi_reply(req, status, str("text/plain"), str("body"), CSGI_MEM_STATIC);
              }) == "");
}

TEST_CASE("two heads, a part before the head, a part after END or ABORT [RES-8]") {
    CHECK(said_of([](csgi_request *req) {
              (void)send_head(req, 200);
              CHECK(send_head(req, 200) == CSGI_STATE);
              return csgi_end(req);
          }) == "RES-8 app");
    CHECK(said_of([](csgi_request *req) {
              CHECK(csgi_write(req, "early", 5) == CSGI_STATE);
              return fine(req);
          }) == "RES-8 app");
    CHECK(said_of([](csgi_request *req) {
              CHECK(csgi_write_chunks(req, nullptr, 0) == CSGI_STATE);
              return fine(req);
          }) == "RES-8 app");
    CHECK(said_of([](csgi_request *req) {
              (void)fine(req);
              return csgi_write(req, "late", 4);
          }) == "RES-8 app");
    CHECK(said_of([](csgi_request *req) {
              CHECK(csgi_abort(req) == CSGI_OK);
              return fine(req);
          }) == "RES-8 app");
    CHECK(said_of([](csgi_request *req) {
              (void)fine(req);
              return csgi_write_chunks(req, nullptr, 0);
          }) == "RES-8 app");
}

TEST_CASE("ABORT is right at any time, also after END and after another [RES-8]") {
    for (const bool begun : {false, true})
        CHECK(said_of([begun](csgi_request *req) {
                  if (begun) (void)send_head(req, 200);
                  CHECK(csgi_abort(req) == CSGI_OK);
                  CHECK(csgi_abort(req) == CSGI_STATE);
                  return CSGI_PENDING;
              }) == "");
    CHECK(said_of([](csgi_request *req) {
              (void)fine(req);
              CHECK(csgi_abort(req) == CSGI_STATE);
              return CSGI_OK;
          }) == "");
}

TEST_CASE("ABORT with a head, a chunk, trailers or END in the same part [RES-24]") {
    const auto mixed = [](std::function<void(csgi_part &)> add) {
        return said_of([&](csgi_request *req) {
            (void)send_head(req, 200);
            csgi_part part = {sizeof part, CSGI_PART_ABORT, nullptr, nullptr, 0, nullptr, 0};
            add(part);
            const csgi_sink *to = part.head ? req->sink : req->body_sink;
            CHECK(to->send(to, req->exchange, &part) == CSGI_INVAL);
            return csgi_end(req);
        });
    };
    const csgi_head head = {sizeof head, 500, 0, nullptr, 0, 0, 0};
    const csgi_chunk chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_COPY, "x", 1, 0, 0, nullptr, nullptr};
    const csgi_chunk hollow = {CSGI_CHUNK_MEMORY, CSGI_MEM_COPY, nullptr, 1, 0, 0,
                               nullptr,           nullptr};
    const csgi_header trailer = {CSGI_LIT("x-sum"), CSGI_LIT("1"), 0, 0, 0};
    CHECK(mixed([&](csgi_part &part) { part.head = &head; }) == "RES-24 app");
    for (const csgi_chunk *one : {&chunk, &hollow})
        CHECK(mixed([&](csgi_part &part) {
                  part.chunks = one;
                  part.nchunks = 1;
              }) == "RES-24 app");
    CHECK(mixed([&](csgi_part &part) {
              part.trailers = &trailer;
              part.ntrailers = 1;
          }) == "RES-24 app");
    CHECK(mixed([&](csgi_part &part) { part.flags |= CSGI_PART_END; }) == "RES-24 app");
    CHECK(said_of([](csgi_request *req) {
              csgi_part part = {
                  sizeof part, CSGI_PART_ABORT | CSGI_PART_MORE, nullptr, nullptr, 0, nullptr, 0};
              return csgi_send(req, &part);
          }) == "");
}

TEST_CASE("a part with a head to body_sink, one without to sink [RES-9]") {
    CHECK(said_of([](csgi_request *req) {
              csgi_head head = {sizeof head, 200, 0, nullptr, 0, 0, 0};
              csgi_part part = {sizeof part, CSGI_PART_END, &head, nullptr, 0, nullptr, 0};
              return req->body_sink->send(req->body_sink, req->exchange, &part);
          }) == "RES-9 app");
    CHECK(said_of([](csgi_request *req) {
              (void)send_head(req, 200);
              csgi_part part = {sizeof part, CSGI_PART_END, nullptr, nullptr, 0, nullptr, 0};
              return req->sink->send(req->sink, req->exchange, &part);
          }) == "RES-9 app");
    CHECK(said_of([](csgi_request *req) {
              csgi_part part = {sizeof part, CSGI_PART_ABORT, nullptr, nullptr, 0, nullptr, 0};
              return req->sink->send(req->sink, req->exchange, &part);
          }) == "RES-9 app");
}

TEST_CASE("bytes after PAUSE [RES-10]") {
    const std::string much(100000, 'x');
    Pair pair(app_of([&](csgi_request *req) {
        (void)send_head(req, 200);
        CHECK(csgi_write(req, much.data(), much.size()) == CSGI_PAUSE);
        (void)csgi_write(req, "more", 4);
        return csgi_end(req);
    }));
    csgi_nested_call *call = pair.open({.slow_reader = true});
    csgi_nested_take(call, UINT64_MAX);
    csgi_nested_finish(call, 0);
    pair.end();
    CHECK(pair.reports.all() == "RES-10 app");
}

TEST_CASE("END after PAUSE is right [RES-10]") {
    const std::string much(100000, 'x');
    Pair pair(app_of([&](csgi_request *req) {
        (void)send_head(req, 200);
        CHECK(csgi_write(req, much.data(), much.size()) == CSGI_PAUSE);
        return csgi_end(req);
    }));
    csgi_nested_call *call = pair.open({.slow_reader = true});
    csgi_nested_take(call, UINT64_MAX);
    csgi_nested_finish(call, 0);
    pair.end();
    CHECK(pair.reports.text() == "");
}

TEST_CASE("a loop that goes on after GONE [RES-11]") {
    int rounds = 100;
    std::string expected = "RES-11 app";
    SUBCASE("for long") {}
    SUBCASE("but a few parts are no loop") {
        rounds = 5;
        expected = "";
    }
    struct Kept {
        csgi_request *req;
        int rounds;
    } kept{nullptr, rounds};
    Pair pair(app_of([&](csgi_request *req) {
        (void)send_head(req, 200);
        kept.req = req;
        const auto gone = [](csgi_request *same, uint32_t events, void *arg) {
            for (int i = 0; i < static_cast<Kept *>(arg)->rounds; i++)
                CHECK(csgi_write(same, "more", 4) == CSGI_GONE);
            (void)csgi_end(same);
            return events;
        };
        (void)req->exchange->api->listen(req, CSGI_EVENT_ABORT, gone, &kept);
        return CSGI_PENDING;
    }));
    csgi_nested_call *call = pair.open();
    csgi_nested_lose(call);
    csgi_nested_finish(call, 0);
    pair.end();
    CHECK(pair.reports.all() == expected);
}

TEST_CASE("trailers before END, or with a field that frames [RES-12]") {
    const auto trailers = [](uint32_t flags, const char *name) {
        return said_of([=](csgi_request *req) {
            (void)send_head(req, 200);
            const csgi_header trailer = {csgi_str_of(name), CSGI_LIT("1"), 0, 0, 0};
            csgi_part part = {sizeof part, flags, nullptr, nullptr, 0, &trailer, 1};
            const csgi_rc rc = csgi_send(req, &part);
            return rc < 0 || !flags ? csgi_end(req) : rc;
        });
    };
    CHECK(trailers(0, "x-sum") == "RES-12 app");
    CHECK(trailers(CSGI_PART_END, "content-length") == "RES-12 app");
    CHECK(trailers(CSGI_PART_END, "x-sum") == "");
}

TEST_CASE("chunks of no kind, without release, copied files, closed descriptors [RES-13]") {
    const int closed = 1000;
    CHECK(said_of([](auto *req) {
              return with_chunk(req, {7, CSGI_MEM_STATIC, "x", 1, -1, 0, nullptr, nullptr});
          }) == "RES-13 app");
    CHECK(said_of([](auto *req) {
              return with_chunk(req, {CSGI_CHUNK_MEMORY, 9, "x", 1, -1, 0, nullptr, nullptr});
          }) == "RES-13 app");
    CHECK(said_of([](auto *req) {
              return with_chunk(
                  req, {CSGI_CHUNK_MEMORY, CSGI_MEM_OWNED, "x", 1, -1, 0, nullptr, nullptr});
          }) == "RES-13 app");
    CHECK(said_of([](auto *req) {
              return with_chunk(
                  req, {CSGI_CHUNK_MEMORY, CSGI_MEM_STATIC, nullptr, 1, -1, 0, nullptr, nullptr});
          }) == "RES-13 app");
    CHECK(said_of([](auto *req) {
              return with_chunk(
                  req, {CSGI_CHUNK_FILE, CSGI_MEM_COPY, nullptr, 1, 0, 0, nullptr, nullptr});
          }) == "RES-13 app");
    CHECK(said_of([](auto *req) {
              return with_chunk(
                  req, {CSGI_CHUNK_FILE, CSGI_MEM_STATIC, nullptr, 1, closed, 0, nullptr, nullptr});
          }) == "RES-13 app");
    const int fd = open("/proc/self/exe", O_RDONLY);
    CHECK(said_of([fd](auto *req) {
              return with_chunk(req, {CSGI_CHUNK_FILE, CSGI_MEM_STATIC, nullptr, 1, fd,
                                      UINT64_C(1) << 40, nullptr, nullptr});
          }) == "RES-13 app");
    close(fd);
}

TEST_CASE("what is refused without being passed on is still the sender's [RES-13]") {
    int freed = 0;
    CHECK(said_of([&](csgi_request *req) {
              csgi_chunk chunks[] = {
                  {CSGI_CHUNK_MEMORY, CSGI_MEM_OWNED, "x", 1, -1, 0,
                   [](void *arg) { ++*static_cast<int *>(arg); }, &freed},
                  {CSGI_CHUNK_MEMORY, CSGI_MEM_STATIC, nullptr, 1, -1, 0, nullptr, nullptr}};
              csgi_head head = {sizeof head, 200, 0, nullptr, 0, 0, 0};
              csgi_part part = {sizeof part, CSGI_PART_END, &head, chunks, 2, nullptr, 0};
              CHECK(csgi_send(req, &part) == CSGI_INVAL);
              CHECK(freed == 0);
              chunks[1].p = "y";
              CHECK(csgi_send(req, &part) == CSGI_OK);
              return CSGI_OK;
          }) == "RES-13 app");
    CHECK(freed == 1);
}

TEST_CASE("a FILE chunk where TAKES_FILE is not set [RES-13]") {
    Pair pair(app_of([](csgi_request *req) {
                  return with_chunk(
                      req, {CSGI_CHUNK_FILE, CSGI_MEM_STATIC, nullptr, 0, 0, 0, nullptr, nullptr});
              }),
              nullptr, {.caps = CSGI_NESTED_CAPS & ~CSGI_CAP_SENDFILE, .log_level = 100});
    pair.get();
    pair.end();
    CHECK(pair.reports.all() == "RES-13 app");
}

TEST_CASE("an ARENA chunk on the stack, on the heap, or half in the arena [RES-14]") {
    CHECK(said_of([](auto *req) {
              const char here[] = "stack";
              return csgi_reply(req, 200, {"", 0}, {here, 5}, CSGI_MEM_ARENA);
          }) == "RES-14 app");
    const std::string heap(100, 'h');
    CHECK(said_of([&](auto *req) {
              return csgi_reply(req, 200, {"", 0}, str(heap), CSGI_MEM_ARENA);
          }) == "RES-14 app");
    // The path lives as long as the exchange, too.
    CHECK(said_of([](auto *req) {
              return csgi_reply(req, 200, {"", 0}, req->path, CSGI_MEM_ARENA);
          }) == "");
}

TEST_CASE("a part or head whose struct_size is none [LOAD-2]") {
    for (const size_t size : {sizeof(csgi_head) - alignof(csgi_head), sizeof(csgi_head) + 1})
        CHECK(said_of([size](csgi_request *req) {
                  csgi_head head = {static_cast<uint32_t>(size), 200, 0, nullptr, 0, 0, 0};
                  csgi_part part = {sizeof part, CSGI_PART_END, &head, nullptr, 0, nullptr, 0};
                  return csgi_send(req, &part);
              }) == "LOAD-2 app");
}

// ---- What handle returns ----

TEST_CASE("OK, or the PAUSE of a send, without an answer or before END [RET-1]") {
    CHECK(said_of([](csgi_request *) { return CSGI_OK; }) == "RET-1 app");
    CHECK(said_of([](csgi_request *) { return CSGI_PAUSE; }) == "RET-1 app");
    CHECK(said_of([](csgi_request *req) { return send_head(req, 200); }) == "RET-1 app");
}

TEST_CASE("DECLINED after listening, holding, registering, consuming or beginning [RET-2]") {
    const auto declined_after = [](std::function<void(csgi_request *)> deed) {
        return said_of(
            [deed](csgi_request *req) {
                deed(req);
                return CSGI_DECLINED;
            },
            {.method = str("POST"), .body = str("body")});
    };
    CHECK(declined_after([](csgi_request *req) {
              (void)req->exchange->api->listen(
                  req, CSGI_EVENT_ABORT, [](csgi_request *, uint32_t e, void *) { return e; },
                  nullptr);
          }) == "RET-2 app");
    CHECK(declined_after([](csgi_request *req) {
              req->exchange->api->hold(req->exchange);
              req->exchange->api->release(req->exchange);
          }) == "RET-2 app");
    CHECK(declined_after([](csgi_request *req) {
              (void)req->exchange->api->on_done(
                  req->exchange, [](csgi_exchange *, void *, csgi_rc, uint64_t) {}, nullptr);
          }) == "RET-2 app");
    CHECK(declined_after([](csgi_request *req) {
              csgi_chunk span;
              size_t n;
              (void)req->source->peek(req->source, req->exchange, 0, &span, 1, &n);
              (void)req->source->consume(req->source, req->exchange, 1);
          }) == "RET-2 app");
    CHECK(declined_after([](csgi_request *req) { (void)send_head(req, 200); }) == "RET-2 app");
    CHECK(declined_after([](csgi_request *req) {
              csgi_chunk span;
              size_t n;
              (void)req->source->peek(req->source, req->exchange, 0, &span, 1, &n);
          }) == "");
}

TEST_CASE("PENDING, and nothing follows within the grace time [RET-3]") {
    csgi_request *kept = nullptr;
    Pair pair(app_of([&](csgi_request *req) {
                  kept = req;
                  return CSGI_PENDING;
              }),
              [](csgi_lint_options &options) { options.pending_ms = 1000; });
    csgi_nested_call *call = pair.open();
    pair.turn();
    CHECK(csgi_nested_now(pair.host()) == 1000);
    CHECK(pair.reports.all() == "RET-3 app");
    (void)csgi_text(kept, 200, "at last");
    csgi_nested_finish(call, 0);
    pair.end();
    CHECK(pair.reports.all() == "RET-3 app");
}

TEST_CASE("an answer that waits for a slow client is not late [RET-3]") {
    Pair pair(app_of([](csgi_request *req) {
                  return csgi_body(
                      req, [](csgi_request *same, csgi_str, void *) { return fine(same); },
                      nullptr);
              }),
              [](csgi_lint_options &options) { options.pending_ms = 1000; });
    csgi_nested_call *call = pair.open({.method = str("POST"), .stream = true});
    for (int i = 0; i < 5; i++) csgi_nested_turn(pair.host());
    csgi_nested_feed_end(call);
    csgi_nested_finish(call, 0);
    CHECK(csgi_nested_answer_of(call)->status == 200);
    pair.end();
    CHECK(pair.reports.text() == "");
}

TEST_CASE(
    "an exception out of handle, a task, an event, on_done, release, start and stop [RET-4]") {
    struct Odd {};
    CHECK(said_of([](csgi_request *) -> csgi_rc { throw std::runtime_error("x"); }) == "RET-4 app");
    CHECK(said_of([](csgi_request *) -> csgi_rc { throw Odd(); }) == "RET-4 app");
    csgi_task task{};
    CHECK(said_of([&](csgi_request *req) {
              task.run = [](csgi_worker *, csgi_task *) { throw Odd(); };
              req->exchange->worker->api->post(req->exchange->worker, &task);
              return fine(req);
          }) == "RET-4 app");
    CHECK(said_of([&](csgi_request *req) {
              (void)req->exchange->api->on_done(
                  req->exchange, [](csgi_exchange *, void *, csgi_rc, uint64_t) { throw Odd(); },
                  nullptr);
              return fine(req);
          }) == "RET-4 app");
    CHECK(said_of([&](csgi_request *req) {
              return with_chunk(req, {CSGI_CHUNK_MEMORY, CSGI_MEM_OWNED, "x", 1, -1, 0,
                                      [](void *) { throw Odd(); }, nullptr});
          }) == "RET-4 app");
    CHECK(said_of([&](csgi_request *req) {
              (void)req->exchange->api->listen(
                  req, CSGI_EVENT_BODY,
                  [](csgi_request *, uint32_t, void *) -> uint32_t { throw Odd(); }, nullptr);
              req->exchange->api->raise(req, CSGI_EVENT_BODY);
              return CSGI_PENDING;
          }) == "RET-4 app");
    auto *app = new FunctionApp(fine);
    app->on_start = [](char *, size_t) -> csgi_rc { throw std::runtime_error("bad start"); };
    Pair pair(app);
    CHECK(pair.start_rc == CSGI_APP);
    pair.end();
    CHECK(pair.reports.all() == "RET-4 app");
    app = new FunctionApp(fine);
    app->on_stop = [] { throw Odd(); };
    Pair stopped(app);
    stopped.end();
    CHECK(stopped.reports.all() == "RET-4 app");
}

TEST_CASE("start fails and says nothing [LOAD-8]") {
    auto *app = new FunctionApp(fine);
    app->on_start = [](char *, size_t) { return CSGI_APP; };
    Pair pair(app);
    pair.end();
    CHECK(pair.reports.all() == "LOAD-8 app");
}

// ---- Life, memory, threads ----

TEST_CASE("an answer is owed at stop, or a hold is left [LIFE-5]") {
    // Both let go in their stop, which is too late.
    csgi_request *kept = nullptr;
    auto *owing = new FunctionApp([&](csgi_request *req) {
        kept = req;
        return CSGI_PENDING;
    });
    owing->on_stop = [&] { (void)csgi_abort(kept); };
    Pair late(owing);
    late.open();
    CHECK(late.end() == 0);
    CHECK(late.reports.all() == "LIFE-5 app");

    auto *holding = new FunctionApp([&](csgi_request *req) {
        kept = req;
        req->exchange->api->hold(req->exchange);
        return fine(req);
    });
    holding->on_stop = [&] { kept->exchange->api->release(kept->exchange); };
    Pair held(holding);
    held.open();
    CHECK(held.end() == 0);
    CHECK(held.reports.all() == "LIFE-5 app");
}

TEST_CASE("handle takes longer than a loop can bear, unless it says BLOCKING [LIFE-7]") {
    const auto slow = [](csgi_request *req) {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        return fine(req);
    };
    const auto bound = [](csgi_lint_options &options) { options.handle_ms = 10; };
    Pair pair(app_of(slow), bound);
    pair.get();
    pair.end();
    CHECK(pair.reports.all() == "LIFE-7 app");
    csgi_app *app = app_of(slow);
    app->flags |= CSGI_APP_BLOCKING;
    Pair blocking(app, bound);
    blocking.get();
    blocking.end();
    CHECK(blocking.reports.text() == "");
}

TEST_CASE("an exchange is used from a foreign thread [MEM-1]") {
    CHECK(said_of([](csgi_request *req) {
              std::thread([req] {
                  CHECK(req->exchange->api->alloc(req->exchange, 1, 1) == nullptr);
              }).join();
              return fine(req);
          }) == "MEM-1 app");
    CHECK(said_of([](csgi_request *req) {
              std::thread([req] { CHECK(csgi_text(req, 200, "x") == CSGI_STATE); }).join();
              return fine(req);
          }) == "MEM-1 app");
    csgi_task task{};
    CHECK(said_of([&](csgi_request *req) {
              std::thread([&] {
                  req->exchange->worker->api->timer(req->exchange->worker, &task, 1);
              }).join();
              return fine(req);
          }) == "MEM-1 app");
}

TEST_CASE("calls on an exchange and its view after on_done [MEM-2]") {
    csgi_request *kept = nullptr;
    Pair pair(app_of([&](csgi_request *req) {
        kept = req;
        return fine(req);
    }));
    pair.get();
    CHECK(std::string(kept->path.p, 7) == "[MEM-2]");
    int freed = 0;
    csgi_head head = {sizeof head, 200, 0, nullptr, 0, 0, 0};
    csgi_chunk chunk = {CSGI_CHUNK_MEMORY,
                        CSGI_MEM_OWNED,
                        "x",
                        1,
                        -1,
                        0,
                        [](void *arg) { ++*static_cast<int *>(arg); },
                        &freed};
    csgi_part part = {sizeof part, CSGI_PART_END, &head, &chunk, 1, nullptr, 0};
    CHECK(csgi_send(kept, &part) == CSGI_STATE);
    CHECK(freed == 0);
    CHECK(csgi_send_owned(kept, &part) == CSGI_STATE);
    CHECK(freed == 1);
    CHECK(kept->exchange->api->derive(kept) == nullptr);
    CHECK(pair.reports.all() == "MEM-2 app");
    pair.end();
    CHECK(freed == 1);
    CHECK(pair.reports.all() == "MEM-2 app");
}

namespace {
// As broken code does it, past what a sanitizer would see first.
__attribute__((no_sanitize("address"))) void scribble(volatile char *p) {
    *p = '!';
}
} // namespace

TEST_CASE("memory of an exchange is written to after on_done, or beside its end [MEM-2]") {
    char *kept = nullptr;
    Pair pair(app_of([&](csgi_request *req) {
        kept = static_cast<char *>(csgi_alloc(req->exchange, 10));
        return fine(req);
    }));
    pair.get();
    scribble(kept + 3);
    CHECK(pair.reports.text() == "");
    pair.end();
    CHECK(pair.reports.all() == "MEM-2 app");
    CHECK(said_of([&](csgi_request *req) {
              scribble(static_cast<char *>(csgi_alloc(req->exchange, 10)) + 10);
              return fine(req);
          }) == "MEM-2 app");
}

TEST_CASE("a release without a hold [MEM-3]") {
    CHECK(said_of([](csgi_request *req) {
              req->exchange->api->hold(req->exchange);
              req->exchange->api->release(req->exchange);
              req->exchange->api->release(req->exchange);
              return fine(req);
          }) == "MEM-3 app");
}

TEST_CASE("a task is posted twice, timed while posted, changed, or its memory goes [MEM-6]") {
    int runs = 0;
    struct Counted : csgi_task {
        int *runs;
    } counted{};
    counted.runs = &runs;
    const auto count = [](csgi_worker *, csgi_task *self) {
        ++*static_cast<Counted *>(self)->runs;
    };
    CHECK(said_of([&](csgi_request *req) {
              csgi_worker *worker = req->exchange->worker;
              counted.run = count;
              worker->api->post(worker, &counted);
              worker->api->post(worker, &counted);
              return fine(req);
          }) == "MEM-6 app");
    CHECK(runs == 1);
    CHECK(said_of([&](csgi_request *req) {
              csgi_worker *worker = req->exchange->worker;
              worker->api->post(worker, &counted);
              worker->api->timer(worker, &counted, 5);
              return fine(req);
          }) == "MEM-6 app");
    CHECK(runs == 2);
    CHECK(said_of([&](csgi_request *req) {
              csgi_worker *worker = req->exchange->worker;
              worker->api->post(worker, &counted);
              counted.host[2] = &runs;
              return fine(req);
          }) == "MEM-6 app");
    CHECK(runs == 3);
    // A timer in the arena that on_done forgot to cancel: it does not run.
    CHECK(said_of([&](csgi_request *req) {
              csgi_worker *worker = req->exchange->worker;
              auto *lost = static_cast<Counted *>(csgi_zalloc(req->exchange, sizeof(Counted)));
              lost->run = count;
              lost->runs = &runs;
              worker->api->timer(worker, lost, 5000);
              return fine(req);
          }) == "MEM-6 app");
    CHECK(runs == 3);
}

TEST_CASE("one exchange takes memory without end [MEM-10]") {
    Pair pair(app_of([](csgi_request *req) {
                  for (int i = 0; i < 20; i++) (void)csgi_alloc(req->exchange, 100);
                  return fine(req);
              }),
              [](csgi_lint_options &options) { options.max_memory = 1000; });
    pair.get();
    pair.end();
    CHECK(pair.reports.all() == "MEM-10 app");
}
