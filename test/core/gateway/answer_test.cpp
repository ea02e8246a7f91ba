// SPDX-License-Identifier: MIT
// What an application may send and what it may not, each refusal with the rule that it names.
#include "core/gateway/answer.h"

#include "test/core/gateway/fixture.hpp"

using namespace csgi;

namespace {

struct Verdict {
    csgi_rc rc = CSGI_OK;
    std::string rule = "-";
    csgi_head_facts facts{};
};

Verdict judge_head(std::vector<csgi_header> fields, int64_t length = 0, uint16_t status = 200) {
    csgi_head head{sizeof head, status, 0, fields.data(), static_cast<uint32_t>(fields.size()),
                   0,           length};
    Verdict v;
    csgi_fault fault{"-", "", {"", 0}};
    v.rc = csgi_answer_head(&head, &v.facts, &fault);
    v.rule = fault.rule;
    return v;
}

bool refused(const Verdict &v, const char *rule, csgi_rc rc = CSGI_INVAL) {
    if (v.rc == rc && v.rule == rule) return true;
    MESSAGE("it said ", v.rc, " for ", v.rule);
    return false;
}

bool taken(const Verdict &v) {
    if (v.rc == CSGI_OK && v.rule == "-") return true;
    MESSAGE("it said ", v.rc, " for ", v.rule);
    return false;
}

Verdict judge_chunks(std::vector<csgi_chunk> chunks, bool takes_file, uint64_t *bytes) {
    csgi_part part{sizeof part, 0, nullptr, chunks.data(), chunks.size(), nullptr, 0};
    Verdict v;
    csgi_fault fault{"-", "", {"", 0}};
    v.rc = csgi_answer_chunks(&part, takes_file, bytes, &fault);
    v.rule = fault.rule;
    return v;
}

Verdict judge_chunk(const csgi_chunk &chunk, bool takes_file = true) {
    uint64_t bytes = 0;
    return judge_chunks({chunk}, takes_file, &bytes);
}

Verdict judge_trailers(std::vector<csgi_header> fields, uint32_t flags = CSGI_PART_END) {
    csgi_part part{sizeof part, flags, nullptr, nullptr, 0, fields.data(), fields.size()};
    Verdict v;
    csgi_fault fault{"-", "", {"", 0}};
    v.rc = csgi_answer_trailers(&part, &fault);
    v.rule = fault.rule;
    return v;
}

} // namespace

TEST_CASE("a status is 200 to 599, and nothing else is [RES-1]") {
    for (unsigned status = 0; status <= 65535; status++) {
        Verdict v = judge_head({}, 0, static_cast<uint16_t>(status));
        if (status >= 200 && status <= 599)
            REQUIRE(v.rc == CSGI_OK);
        else
            REQUIRE(refused(v, "RES-1"));
    }
}

TEST_CASE(
    "a name is a token in lower case; every byte is judged as RFC 9110 5.6.2 has it [RES-2]") {
    const std::string_view marks = "!#$%&'*+-.^_`|~";
    for (unsigned c = 0; c < 256; c++) {
        CAPTURE(c);
        const std::string name = std::string("a") + static_cast<char>(c) + "b";
        const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                          (c && marks.find(static_cast<char>(c)) != marks.npos);
        const Verdict v = judge_head({field(name, "v")});
        CHECK((good ? taken(v) : refused(v, "RES-2")));
    }
    CHECK(refused(judge_head({field("", "v")}), "RES-2"));
    CHECK(refused(judge_head({field("Content-Type", "text/plain", CSGI_FIELD_CONTENT_TYPE)}),
                  "RES-2"));
}

TEST_CASE("ids are not looked at: a field is its name, and one without a name is none [RES-2]") {
    CHECK(refused(judge_head({field("", "text/plain", CSGI_FIELD_CONTENT_TYPE)}), "RES-2"));
    CHECK(refused(judge_head({field("", "v", 9999)}), "RES-2"));
    CHECK(taken(judge_head({field("x-later", "v", 9999)})));
    CHECK(taken(judge_head({field("x-a", "v", CSGI_FIELD_CONNECTION)})));
    CHECK_FALSE(judge_head({field("x-a", "v", CSGI_FIELD_DATE)}).facts.date);
    CHECK(judge_head({field("x-a", "7", CSGI_FIELD_CONTENT_LENGTH)}).facts.length == -1);
    csgi_header chained = field("x-a", "v");
    chained.next = 77;
    CHECK(taken(judge_head({chained})));
}

TEST_CASE("a value holds no control byte but HTAB, as RFC 9110 5.5 has it [RES-2]") {
    for (unsigned c = 0; c < 256; c++) {
        CAPTURE(c);
        const std::string value = std::string("a") + static_cast<char>(c) + "b";
        const bool good = c == '\t' || (c >= 0x20 && c != 0x7f);
        const Verdict v = judge_head({field("x-a", value)});
        CHECK((good ? taken(v) : refused(v, "RES-2")));
    }
    CHECK(taken(judge_head({field("x-a", "")})));
}

TEST_CASE("what commands a connection or a server in front is not the application's [RES-3]") {
    for (const char *name :
         {"connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade",
          "status", "x-sendfile", "x-accel-redirect", "x-accel-buffering", "x-accel-"}) {
        CAPTURE(name);
        CHECK(refused(judge_head({field(name, "v")}), "RES-3"));
    }
    // A wrong id hides nothing.
    CHECK(refused(judge_head({field("connection", "close", CSGI_FIELD_ETAG)}), "RES-3"));
    CHECK(taken(judge_head({field("x-accel", "v"), field("x-forwarded-for", "v")})));
    CHECK(taken(
        judge_head({field("trailer", "x-checksum")}))); // says what will come (RFC 9110 6.6.2)
}

TEST_CASE("a field that stands once stands once, whatever its ids say [RES-4]") {
    CHECK(
        refused(judge_head({field("content-type", "a/b"), field("content-type", "a/b")}), "RES-4"));
    CHECK(refused(judge_head({field("etag", "\"a\""), field("x-a", "1"),
                              field("etag", "\"b\"", CSGI_FIELD_VARY)}),
                  "RES-4"));
    CHECK(refused(judge_head({field("x-real-ip", "::1"), field("x-real-ip", "::1")}), "RES-4"));
    CHECK(taken(
        judge_head({field("set-cookie", "a=1"), field("set-cookie", "b=2"), field("vary", "a"),
                    field("vary", "b"), field("x-a", "1"), field("x-a", "1")})));
}

TEST_CASE("a length is digits, not negative, and the same wherever it is said [RES-5]") {
    CHECK(judge_head({field("content-length", "5")}, 5).facts.length == 5);
    CHECK(judge_head({field("content-length", "0")}).facts.length == 0);
    CHECK(judge_head({}, 7).facts.length == 7);
    CHECK(judge_head({}).facts.length == -1);
    CHECK(judge_head({field("content-length", "9223372036854775807")}).facts.length == INT64_MAX);
    CHECK(refused(judge_head({field("content-length", "5")}, 6), "RES-5"));
    CHECK(refused(judge_head({field("content-length", "0")}, 5), "RES-5"));
    // In content_length, 0 says nothing.
    CHECK(judge_head({field("content-length", "5")}, 0).facts.length == 5);
    CHECK(judge_head({field("x-a", "1"), field("content-length", "5")}).facts.length_at == 1);
    CHECK(judge_head({}, 7).facts.length_at == UINT32_MAX);
    CHECK(refused(judge_head({}, -1), "RES-5"));
    CHECK(refused(judge_head({}, -2), "RES-5"));
    CHECK(refused(judge_head({}, INT64_MIN), "RES-5"));
    for (const char *value : {"", "+5", "-5", "5 ", " 5", "0x5", "5,5", "5.0", "five",
                              "9223372036854775808", "99999999999999999999"}) {
        CAPTURE(value);
        CHECK(refused(judge_head({field("content-length", value)}), "RES-5"));
    }
}

TEST_CASE("a head that is smaller than version 1.0 is refused") {
    csgi_head head{8, 200, 0, nullptr, 0, 0, 0};
    csgi_head_facts facts;
    csgi_fault fault{"-", "", {"", 0}};
    CHECK(csgi_answer_head(&head, &facts, &fault) == CSGI_INVAL);
    CHECK(std::string(fault.rule) == "LOAD-2");
}

TEST_CASE("Date and Server are the application's if it gives them") {
    const Verdict v = judge_head({field("date", "today"), field("server", "me")});
    CHECK(taken(v));
    CHECK(v.facts.date);
    CHECK(v.facts.server);
    CHECK_FALSE(judge_head({}).facts.date);
}

TEST_CASE("a chunk's kind and memory are known values, and OWNED has a release [RES-13]") {
    csgi_chunk chunk = memory("abc");
    CHECK(taken(judge_chunk(chunk)));
    chunk.kind = 2;
    CHECK(refused(judge_chunk(chunk), "RES-13"));
    chunk = memory("abc");
    chunk.mem = 4;
    CHECK(refused(judge_chunk(chunk), "RES-13"));
    chunk.mem = CSGI_MEM_OWNED;
    CHECK(refused(judge_chunk(chunk), "RES-13"));
    chunk.release = [](void *) {};
    CHECK(taken(judge_chunk(chunk)));
    chunk = memory("abc");
    chunk.p = nullptr;
    CHECK(refused(judge_chunk(chunk), "RES-13"));
    chunk.n = 0;
    CHECK(taken(judge_chunk(chunk)));
    CHECK(taken(judge_chunk(csgi_chunk{}))); // all zero: no bytes, to be copied
    chunk = memory("abc");
    chunk.fd = 7, chunk.off = UINT64_MAX; // of files alone
    CHECK(taken(judge_chunk(chunk)));
}

TEST_CASE("a file is taken where files are, and is none that cannot be read [RES-13]") {
    csgi_chunk file{CSGI_CHUNK_FILE, CSGI_MEM_STATIC, nullptr, 10, 3, 0, nullptr, nullptr};
    CHECK(taken(judge_chunk(file)));
    CHECK(refused(judge_chunk(file, false), "RES-13", CSGI_UNSUP));
    file.mem = CSGI_MEM_COPY;
    CHECK(refused(judge_chunk(file), "RES-13"));
    file.mem = CSGI_MEM_ARENA;
    file.fd = -1;
    CHECK(refused(judge_chunk(file), "RES-13"));
    file.fd = INT64_C(1) << 32;
    CHECK(refused(judge_chunk(file), "RES-13"));
    file.fd = 3;
    file.off = UINT64_MAX;
    CHECK(refused(judge_chunk(file), "RES-13"));
    file.off = INT64_MAX;
    CHECK(refused(judge_chunk(file), "RES-13")); // its end lies behind what can be asked for
    file.off = INT64_MAX - 10;
    CHECK(taken(judge_chunk(file)));
}

TEST_CASE("bytes are summed, and a sum that cannot be is LENGTH [RES-6]") {
    uint64_t bytes = 0;
    CHECK(taken(judge_chunks({memory("abc"), memory(""), memory("de")}, false, &bytes)));
    CHECK(bytes == 5);
    csgi_chunk huge{CSGI_CHUNK_FILE, CSGI_MEM_STATIC, nullptr, INT64_MAX, 3, 0, nullptr, nullptr};
    CHECK(taken(judge_chunks({huge}, true, &bytes)));
    CHECK(refused(judge_chunks({huge, memory("x")}, true, &bytes), "RES-6", CSGI_LENGTH));
}

TEST_CASE("trailers come with END and do not frame, route or modify the message [RES-12]") {
    CHECK(taken(judge_trailers({field("x-checksum", "abc"), field("etag", "\"x\"")})));
    CHECK(taken(judge_trailers({}, 0)));
    CHECK(refused(judge_trailers({field("x-checksum", "abc")}, 0), "RES-12"));
    for (const char *name :
         {"content-length", "content-type", "content-encoding", "set-cookie", "host",
          "authorization", "cache-control", "location", "vary", "trailer"}) {
        CAPTURE(name);
        CHECK(refused(judge_trailers({field(name, "1")}), "RES-12"));
    }
    CHECK(refused(judge_trailers({field("transfer-encoding", "chunked")}), "RES-3"));
    CHECK(refused(judge_trailers({field("X-A", "1")}), "RES-2"));
    CHECK(refused(judge_trailers({field("x-a", "a\nb")}), "RES-2"));
}
