// SPDX-License-Identifier: MIT
// The conform application's endpoints for the conformance suite: they do to a host what their table
// says, and their records tell it.
#include "test/examples/hosted.hpp"

using namespace csgi_examples;

namespace {

// The result of each call of a kind, in order, as "OK OK STATE".
std::string results(const std::string &record, const std::string &call) {
    std::string all;
    const std::string start = "[\"" + call + "\", \"";
    for (size_t at = record.find(start); at != std::string::npos; at = record.find(start, at + 1)) {
        const size_t from = at + start.size(), to = record.find('"', from);
        all += (all.empty() ? "" : " ") + record.substr(from, to - from);
    }
    return all;
}

} // namespace

TEST_CASE("the table of states holds on this host") {
    // The words are those of spec/states.def.
    Hosted app("conform/conform");
    app.breaks({"RES-8"});
    CHECK(app.get("/__conform/states?id=s").body == "states\n");
    const std::string r = app.record("s");
    INFO(r);
    CHECK(results(r, "NEW send") == "STATE");
    CHECK(results(r, "NEW send end") == "STATE");
    CHECK(results(r, "NEW send head") == "OK");
    CHECK(results(r, "BEGUN send head") == "STATE");
    CHECK(results(r, "BEGUN send") == "OK");
    CHECK(results(r, "BEGUN send end") == "OK");
    for (const char *call : {"head", "", "end", "abort"})
        CHECK(results(r, std::string("ENDED send") + (*call ? " " : "") + call) == "STATE");
    for (const char *call : {"peek", "consume", "listen", "on_done"})
        CHECK(results(r, std::string("ENDED ") + call) == "STATE");
    CHECK(results(r, "ENDED derive") == "OK");
    CHECK(results(r, "ENDED alloc") == "OK");
    CHECK(has(r, "\"done\": 1, \"outcome\": \"OK\", \"body_bytes\": 7"));
}

TEST_CASE("more and less than was declared [RES-6]") {
    Hosted app("conform/conform");
    app.breaks({"RES-6"});
    const Answer over = app.get("/__conform/overrun?id=over");
    CHECK(over.body == "12345");
    CHECK(results(app.record("over"), "send") == "OK LENGTH");
    CHECK(app.get("/__conform/overrun?mode=one&id=one").status == 500);
    CHECK(results(app.record("one"), "send all") == "LENGTH");
    const Answer under = app.get("/__conform/underrun?id=under");
    CHECK(under.broken);
    CHECK_FALSE(under.complete);
    CHECK(results(app.record("under"), "send end") == "LENGTH");
    CHECK(has(app.record("under"), "\"outcome\": \"LENGTH\""));
}

TEST_CASE("one answer is enough [RES-8]") {
    Hosted app("conform/conform");
    app.breaks({"RES-8"});
    const Answer a = app.get("/__conform/twice?id=t");
    CHECK(a.body == "once\n");
    CHECK(a.complete);
    CHECK(results(app.record("t"), "send all") == "OK STATE");
    CHECK(results(app.record("t"), "send end") == "STATE");
}

TEST_CASE("what must not stand in a head is refused, and the answer still goes out [RES-1] [RES-2] "
          "[RES-3] [RES-4] [RES-5] [RES-22]") {
    Hosted app("conform/conform");
    app.breaks({"RES-1", "RES-2", "RES-3", "RES-4", "RES-5"});
    for (const char *kind : {"cr",
                             "lf",
                             "crlf",
                             "nul",
                             "del",
                             "name-empty",
                             "name-space",
                             "name-colon",
                             "name-lf",
                             "name-upper",
                             "status",
                             "x-accel-redirect",
                             "x-accel-buffering",
                             "x-sendfile",
                             "transfer-encoding",
                             "connection",
                             "keep-alive",
                             "proxy-connection",
                             "upgrade",
                             "length-text",
                             "length-other",
                             "status-99",
                             "status-101",
                             "status-600",
                             "type-twice"}) {
        CAPTURE(kind);
        const Answer a = app.get(std::string("/__conform/inject?kind=") + kind);
        CHECK(a.status == 200);
        CHECK(a.header("content-type") == "application/json");
        CHECK(a.body == "{\"rc\": \"INVAL\"}\n");
    }
    CHECK(app.get("/__conform/inject?name=x-fine&value=1").header("x-fine") == "1");
    CHECK(app.get("/__conform/inject?name=te%0a&value=1").body == "{\"rc\": \"INVAL\"}\n");
    CHECK(app.get("/__conform/inject?kind=unheard-of").status == 404);
}

TEST_CASE("trailers come with the end, but not every name [RES-12]") {
    Hosted app("conform/conform");
    app.breaks({"RES-12"});
    const Answer a = app.get("/__conform/trailers");
    CHECK(a.body == "trailers\n");
    CHECK(a.trailers == Fields{{"x-checksum", "abc"}});
    const Answer bad = app.get("/__conform/trailers?name=content-length&value=9&id=t");
    CHECK(bad.complete);
    CHECK(bad.trailers.empty());
    CHECK(results(app.record("t"), "send end") == "INVAL OK");
    Hosted none("conform/conform", "", {}, CSGI_NESTED_CAPS & ~CSGI_CAP_TRAILERS_OUT);
    CHECK(none.get("/__conform/trailers").trailers.empty());
    CHECK(none.get("/__conform/trailers").complete);
}

TEST_CASE("what a layer raises is delivered from the loop, once [MEM-4]") {
    Hosted app("conform/conform");
    CHECK(app.get("/__conform/raise?id=w").body == "raised\n");
    CHECK(results(app.record("w"), "event WRITABLE") == "OK");
    CHECK(results(app.record("w"), "event inside a call") == "");
    CHECK(app.get("/__conform/raise?event=drain").body == "raised\n");
    CHECK(app.get("/__conform/raise?event=abort&id=a").status == 500);
    CHECK(results(app.record("a"), "event ABORT") == "OK");
}

TEST_CASE("ABORT breaks an answer that has begun, whatever its framing [RES-20]") {
    Hosted app("conform/conform");
    app.breaks({"RES-8", "RET-1"});
    for (const char *target : {"/__conform/abort?id=a", "/__conform/abort?id=a&mode=fixed",
                               "/__conform/error-late?id=a", "/__conform/none?id=a&mode=begun"}) {
        CAPTURE(target);
        const Answer a = app.get(target);
        CHECK(a.status == 200);
        CHECK(a.body.size() == 1024);
        CHECK(a.broken);
        CHECK_FALSE(a.complete);
        CHECK(has(app.record("a"), "\"done\": 1, \"outcome\": \"APP\""));
    }
    CHECK(results(app.record("a"), "send head") == "OK");
}

TEST_CASE("before a head an abort, an error, and silence are error pages [RET-1] [RET-5]") {
    Hosted app("conform/conform");
    app.breaks({"RET-1"});
    CHECK(app.get("/__conform/abort-early").status == 500);
    CHECK(app.get("/__conform/error").status == 500);
    CHECK(app.get("/__conform/none").status == 500);
    CHECK(app.get("/__conform/decline").status == 404);
    CHECK(app.get("/hello").status == 200);
}

TEST_CASE("a client's leaving is an event, once, and what is sent then is gone [EVT-2] [EVT-5]") {
    Hosted app("conform/conform");
    csgi_nested_call *call = app.open("GET", "/__conform/never?id=n");
    app.turn();
    CHECK_FALSE(answer_of(call).done);
    csgi_nested_lose(call);
    app.turn();
    CHECK(answer_of(call).done);
    const std::string r = app.record("n");
    INFO(r);
    CHECK(results(r, "event ABORT") == "OK");
    CHECK(results(r, "send all") == "GONE");
    CHECK(has(r, "\"done\": 1, \"outcome\": \"GONE\""));
}

TEST_CASE("a worker that wants to stop says so, and a long poll ends") {
    Hosted app("conform/conform");
    csgi_nested_call *call = app.open("GET", "/__conform/never");
    csgi_nested_drain(app.host());
    app.turn();
    CHECK(answer_of(call).status == 503);
}

TEST_CASE("large answers arrive whole from every kind of memory [RES-17]") {
    Hosted app("conform/conform");
    for (const char *mem : {"copy", "static", "arena", "owned"}) {
        CAPTURE(mem);
        const Answer a = app.get(std::string("/__conform/big?n=300001&id=b&mem=") + mem);
        CHECK(a.complete);
        REQUIRE(a.body.size() == 300001);
        bool right = true;
        for (size_t i = 0; i < a.body.size(); i++)
            right = right && a.body[i] == static_cast<char>('a' + i % 26);
        CHECK(right);
    }
    CHECK(has(app.record("b"), "\"owned\": 12, \"released\": 12"));
}

TEST_CASE("who does not mind PAUSE meets LIMIT, when nobody reads [RES-10] [RES-23]") {
    Hosted app("conform/conform");
    app.breaks({"RES-10"});
    csgi_nested_call *call = app.open("GET", "/__conform/ignore-pause?id=i", "", false, true);
    app.turn();
    for (int i = 0; i < 10000 && !csgi_nested_answer_of(call)->complete; i++) {
        csgi_nested_take(call, 100000);
        csgi_nested_turn(app.host());
    }
    const std::string r = app.record("i");
    INFO(r);
    CHECK(results(r, "send") == "OK PAUSE LIMIT");
    CHECK(results(r, "send end") == "OK");
    CHECK(answer_of(call).complete);
    CHECK(answer_of(call).body.size() < (2u << 20));
}

TEST_CASE("a body is read in steps of any size, and ends for good [BODY-3] [BODY-6]") {
    Hosted app("conform/conform");
    for (const char *how : {"", "?step=1", "?min=3", "?min=18446744073709551615", "?step=1&ms=5"}) {
        CAPTURE(how);
        const Answer a = app.ask("POST", std::string("/__conform/record") + how, "abc");
        INFO(a.body);
        CHECK(has(a.body, "\"body_length\": 3"));
        CHECK(has(a.body, "ba7816bf8f01cfea"));
        CHECK(results(a.body, "peek again") == "EOF");
    }
    const Answer slow = app.ask("POST", "/__conform/slow-read", "abc");
    CHECK(has(slow.body, "[\"consume\", \"OK\", 1], [\"peek\", \"OK\", 1], [\"consume\""));
}

TEST_CASE("nobody consumes more than was shown [BODY-1]") {
    Hosted app("conform/conform");
    app.breaks({"BODY-1"});
    const Answer a = app.ask("POST", "/__conform/record?greedy=1", "abc");
    INFO(a.body);
    CHECK(results(a.body, "consume too much") == "INVAL");
    CHECK(has(a.body, "\"body_length\": 3"));
}

TEST_CASE("a body that breaks off is said to [BODY-6]") {
    Hosted app("conform/conform");
    csgi_nested_call *call = app.open("POST", "/__conform/record?id=cut", "", true);
    csgi_nested_feed(call, CSGI_LIT("abc"));
    app.turn();
    csgi_nested_cut(call);
    app.turn();
    CHECK(answer_of(call).status == 400);
    const std::string r = app.record("cut");
    INFO(r);
    CHECK(results(r, "peek again") == "TRUNC");
}

TEST_CASE("the whole body at once, and none of it") {
    Hosted app("conform/conform");
    const Answer all = app.ask("POST", "/__conform/read-all", "abc");
    CHECK(has(all.body, "\"body_length\": 3, \"body_sha256\": \"ba7816bf8f01cfea"));
    CHECK(has(app.get("/__conform/read-all").body, "\"body_length\": 0"));
    CHECK(app.ask("POST", "/__conform/unread", std::string(100000, 'x')).body == "unread\n");
}

TEST_CASE("a record tells what the view held, and only known names have one") {
    Hosted app("conform/conform");
    const Answer a = app.get("/__conform/record?a=%20");
    INFO(a.body);
    CHECK(has(a.body, R"("method": "GET", "method_id": 1, "form": 1, )"
                      R"("target": "/__conform/record?a=%20", "path": "/__conform/record", )"
                      R"("query": "a=%20", "mount_len": 0)"));
    CHECK(app.get("/__conform/record?of=nobody").status == 404);
}
