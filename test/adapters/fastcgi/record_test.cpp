// SPDX-License-Identifier: MIT
// Records and pairs are those of the FastCGI specification 1.0.
#include "adapters/fastcgi/params.h"
#include "adapters/fastcgi/record.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace std::string_literals;

struct Piece {
    unsigned type, id;
    std::string content;
    bool operator==(const Piece &) const = default;
};

// All that a reader says of these bytes, fed `step` at a time, pieces of one record put together.
struct Reading {
    std::vector<Piece> records;
    bool bad = false, inside = false;

    Reading(const std::string &bytes, size_t step) {
        csgi_record_reader reader{};
        std::string have;
        std::string content;
        for (size_t at = 0; at < bytes.size() && !bad; at += step) {
            have += bytes.substr(at, step);
            csgi_record_result result;
            do {
                const char *piece = nullptr;
                size_t used = 0, n = 0;
                result = csgi_record_next(&reader, have.data(), have.size(), &used, &piece, &n);
                if (result == CSGI_RECORD_PIECE) {
                    content.append(piece, n);
                    if (reader.left == 0) {
                        CHECK(content.size() == reader.size);
                        records.push_back({reader.type, reader.id, content});
                        content.clear();
                    }
                }
                bad = result == CSGI_RECORD_BAD;
                have.erase(0, used);
            } while (result == CSGI_RECORD_PIECE);
        }
        inside = reader.inside || reader.padding || !have.empty();
    }
};

std::string record(unsigned type, unsigned id, const std::string &content, unsigned padding = 0) {
    std::string head{1,
                     static_cast<char>(type),
                     static_cast<char>(id >> 8),
                     static_cast<char>(id),
                     static_cast<char>(content.size() >> 8),
                     static_cast<char>(content.size()),
                     static_cast<char>(padding),
                     0};
    return head + content + std::string(padding, '\xaa');
}

std::vector<std::pair<std::string, std::string>> pairs(std::string bytes, bool &broken) {
    std::vector<std::pair<std::string, std::string>> found;
    char *p = bytes.data(), *end = p + bytes.size();
    csgi_param param;
    csgi_params_result result;
    while ((result = csgi_params_next(&p, end, &param)) == CSGI_PARAMS_PAIR)
        found.emplace_back(std::string(param.name, param.name_n),
                           std::string(param.value, param.value_n));
    broken = result == CSGI_PARAMS_BROKEN;
    return found;
}

std::string answer(std::string questions) {
    char out[CSGI_PARAMS_ANSWER];
    csgi_params_values values{10000, 4294967295u, true};
    bool mpxs = false;
    int n = csgi_params_answer(questions.data(), questions.data() + questions.size(), &values, out,
                               &mpxs);
    CHECK((n < 0 || mpxs == (questions.find("MPXS") != questions.npos)));
    return n < 0 ? "broken" : std::string(out, static_cast<size_t>(n));
}

} // namespace

TEST_CASE("the example of the specification's appendix B is read as it is meant") {
    // {FCGI_BEGIN_REQUEST, 1, {FCGI_RESPONDER, 0}}, two PARAMS, their end, the end of STDIN.
    const std::string bytes =
        record(1, 1, "\0\1\0\0\0\0\0\0"s) + record(4, 1, "\013\02SERVER_PORT80"s) +
        record(4, 1, "\013\016SERVER_ADDR199.170.183.42"s) + record(4, 1, "") + record(5, 1, "");
    const std::vector<Piece> expected{{1, 1, "\0\1\0\0\0\0\0\0"s},
                                      {4, 1, "\013\02SERVER_PORT80"s},
                                      {4, 1, "\013\016SERVER_ADDR199.170.183.42"s},
                                      {4, 1, ""},
                                      {5, 1, ""}};
    for (size_t step = 1; step <= bytes.size(); step++) {
        CAPTURE(step);
        Reading reading(bytes, step);
        CHECK(reading.records == expected);
        CHECK_FALSE(reading.bad);
        CHECK_FALSE(reading.inside);
    }
}

TEST_CASE("padding of any length is passed over, wherever it is cut (3.3)") {
    for (unsigned padding : {0u, 1u, 7u, 8u, 255u}) {
        const std::string bytes = record(5, 0xfffe, "hello", padding) + record(5, 2, "", padding) +
                                  record(2, 0xffff, "", 0);
        for (size_t step = 1; step < 24; step++) {
            CAPTURE(padding);
            CAPTURE(step);
            Reading reading(bytes, step);
            CHECK(reading.records ==
                  std::vector<Piece>{{5, 0xfffe, "hello"}, {5, 2, ""}, {2, 0xffff, ""}});
            CHECK_FALSE(reading.inside);
        }
    }
}

TEST_CASE("the longest record is read in pieces") {
    const std::string content(CSGI_RECORD_MOST, 'x');
    Reading reading(record(5, 1, content, 255) + record(5, 1, "y"), 32752);
    CHECK(reading.records == std::vector<Piece>{{5, 1, content}, {5, 1, "y"}});
}

TEST_CASE("another version is no record, also behind good ones") {
    for (char version : {'\0', '\2', '\xff', 'G'}) {
        std::string bad = record(5, 1, "x");
        bad[0] = version;
        Reading reading(record(5, 1, "good", 4) + bad, 3);
        CHECK(reading.bad);
        CHECK(reading.records == std::vector<Piece>{{5, 1, "good"}});
    }
}

TEST_CASE("BEGIN and GET_VALUES come in one piece, and are refused when that is long") {
    CHECK(Reading(record(1, 1, std::string(CSGI_RECORD_WHOLE, 0)), 5).records.size() == 1);
    CHECK(Reading(record(1, 1, std::string(CSGI_RECORD_WHOLE + 1, 0)), 5).bad);
    CHECK(Reading(record(9, 0, std::string(CSGI_RECORD_WHOLE + 1, 0)), 5).bad);
    // Of an application record of that number nobody knows what it means: it is passed over.
    CHECK_FALSE(Reading(record(9, 1, std::string(CSGI_RECORD_WHOLE + 1, 0)), 5).bad);
}

TEST_CASE("BEGIN tells role and flags, and is 8 bytes (5.1)") {
    uint16_t role = 0;
    uint8_t flags = 0;
    const std::string body = "\0\3\1\0\0\0\0\0"s;
    REQUIRE(csgi_record_begin(body.data(), 8, &role, &flags));
    CHECK(role == CSGI_ROLE_FILTER);
    CHECK((flags & CSGI_RECORD_KEEP_CONN) == 1);
    CHECK_FALSE(csgi_record_begin(body.data(), 7, &role, &flags));
    CHECK_FALSE(csgi_record_begin(body.data(), 9, &role, &flags));
}

TEST_CASE("END_REQUEST and UNKNOWN_TYPE are written as the specification draws them (5.5, 4.2)") {
    char out[16];
    csgi_record_end(out, 0x0102, 938, CSGI_RECORD_COMPLETE); // appendix B's status
    CHECK(std::string(out, 16) == "\1\3\1\2\0\10\0\0"
                                  "\0\0\3\xaa\0\0\0\0"s);
    csgi_record_end(out, 1, 0, CSGI_RECORD_UNKNOWN_ROLE);
    CHECK(std::string(out, 16) == "\1\3\0\1\0\10\0\0"
                                  "\0\0\0\0\3\0\0\0"s);
    csgi_record_unknown(out, 77);
    CHECK(std::string(out, 16) == "\1\13\0\0\0\10\0\0"
                                  "\115\0\0\0\0\0\0\0"s);
    csgi_record_head(out, CSGI_RECORD_STDOUT, 0xabcd, 0xfffe, 2);
    CHECK(std::string(out, 8) == "\1\6\xab\xcd\xff\xfe\2\0"s);
    CHECK(csgi_record_padding(0) == 0);
    CHECK(csgi_record_padding(1) == 7);
    CHECK(csgi_record_padding(8) == 0);
    CHECK(csgi_record_padding(65535) == 1);
}

TEST_CASE("pairs have lengths of one byte or of four (3.4)") {
    const std::string longest(127, 'v'), longer(128, 'v'), name(300, 'N');
    bool broken = true;
    CHECK(pairs("\1\1ab"s + "\1\0a"s + "\0\0"s + "\1\177a"s + longest + "\1\x80\0\0\x80"s + "a"s +
                    longer + "\x80\0\1\x2c\0"s + name + "\x80\0\0\1\x80\0\0\1xy"s,
                broken) == std::vector<std::pair<std::string, std::string>>{{"a", "b"},
                                                                            {"a", ""},
                                                                            {"", ""},
                                                                            {"a", longest},
                                                                            {"a", longer},
                                                                            {name, ""},
                                                                            {"x", "y"}});
    CHECK_FALSE(broken);
}

TEST_CASE("a pair that reaches beyond the end is broken, wherever it is cut") {
    bool broken = false;
    for (const std::string &bytes :
         {"\1"s, "\1\1"s, "\1\1a"s, "\x80"s, "\x80\0\0"s, "\x80\0\0\1"s, "\x80\0\0\1\x80"s,
          "\xff\xff\xff\xff\xff\xff\xff\xff"s, "\1\xff\xff\xff\xff" + "a"s, "\1\1ab\1"s}) {
        CAPTURE(bytes.size());
        pairs(bytes, broken);
        CHECK(broken);
    }
}

TEST_CASE("GET_VALUES is answered for the names that are known (4.1)") {
    CHECK(answer("\016\0FCGI_MAX_CONNS\015\0FCGI_MAX_REQS\017\0FCGI_MPXS_CONNS"s) ==
          "\016\5FCGI_MAX_CONNS10000\015\12FCGI_MAX_REQS4294967295\017\1FCGI_MPXS_CONNS1"s);
    CHECK(answer("\017\0FCGI_MPXS_CONNS\5\0OTHER\017\0FCGI_MPXS_CONNS"s) ==
          "\017\1FCGI_MPXS_CONNS1"s);
    CHECK(answer("") == "");
    CHECK(answer("\17\0FCGI"s) == "broken");
}
