// SPDX-License-Identifier: MIT
// The conform application's endpoints for everybody, as its README states them.
#include "test/examples/hosted.hpp"

#include <fstream>

using namespace csgi_examples;

TEST_CASE("the plain endpoints answer what the table says") {
    Hosted app("conform/conform");
    CHECK(app.get("/").status == 200);
    const Answer hello = app.get("/hello");
    CHECK(hello.status == 200);
    CHECK(hello.header("content-type") == "text/plain");
    CHECK(hello.header("content-length") == "13");
    CHECK(hello.body == "Hello, world!");
    CHECK(app.get("/%68ello").body == "Hello, world!");
    for (const char *path : {"/nowhere", "/hello/", "/status/", "/__conform/", "/__inspector"}) {
        CAPTURE(path);
        CHECK(app.get(path).status == 404);
    }
    CHECK(app.log.empty());
}

TEST_CASE("HEAD works wherever GET does, with the same length and no body") {
    Hosted app("conform/conform", "file=" SOURCE_DIR "/LICENSE");
    for (const char *target : {"/", "/hello", "/headers", "/status/200", "/reflect?value=a",
                               "/file", "/defer", "/stderr", "/appstatus/0"}) {
        CAPTURE(target);
        const Answer get = app.get(target), head = app.ask("HEAD", target);
        CHECK(head.status == get.status);
        CHECK(head.complete);
        CHECK(head.body == "");
        CHECK(head.header("content-length") == get.header("content-length"));
    }
    const Answer stream = app.ask("HEAD", "/stream?n=3");
    CHECK(stream.status == 200);
    CHECK(stream.body == "");
    CHECK(stream.header("content-length") == "(none)");
}

TEST_CASE("a wrong method is told which would be right (RFC 9110, 15.5.6)") {
    Hosted app("conform/conform");
    for (const char *target : {"/", "/hello", "/stream", "/status/200", "/file", "/defer"}) {
        CAPTURE(target);
        const Answer a = app.ask("POST", target, "x");
        CHECK(a.status == 405);
        CHECK(a.header("allow") == "GET, HEAD");
    }
    CHECK(app.get("/echo").status == 405);
    CHECK(app.get("/echo").header("allow") == "POST");
    CHECK(app.ask("PUT", "/nowhere").status == 404);
}

TEST_CASE("statuses come as asked, and some without a body") {
    Hosted app("conform/conform");
    for (const char *status : {"200", "201", "299", "301", "404", "500", "599"}) {
        const Answer a = app.get(std::string("/status/") + status);
        CHECK(std::to_string(a.status) == status);
        CHECK(a.body == std::string("status ") + status + "\n");
        CHECK(a.header("content-length") == "11");
    }
    for (const char *status : {"204", "205", "304"}) {
        const Answer a = app.get(std::string("/status/") + status);
        CHECK(std::to_string(a.status) == status);
        CHECK(a.body == "");
        CHECK(a.complete);
        CHECK(a.header("content-type") == "(none)");
        CHECK(a.header("content-length") == (std::string(status) == "205" ? "0" : "(none)"));
    }
    for (const char *bad : {"199", "100", "600", "99", "0200", "abc", "2000"}) {
        CAPTURE(bad);
        CHECK(app.get(std::string("/status/") + bad).status == 400);
    }
}

TEST_CASE("a body comes back as it was sent, in one piece or in many") {
    Hosted app("conform/conform");
    std::string all;
    for (int i = 0; i < 256; i++) all += static_cast<char>(i);
    for (const std::string &body : {std::string(), std::string("abc"), all}) {
        const Answer a = app.ask("POST", "/echo", body);
        CHECK(a.status == 200);
        CHECK(a.complete);
        CHECK(a.header("content-type") == "application/octet-stream");
        CHECK(a.header("content-length") == std::to_string(body.size()));
        CHECK(a.body == body);
    }
    csgi_nested_call *call = app.open("POST", "/echo", "", true);
    std::string sent;
    for (int i = 0; i < 300; i++) {
        const std::string piece(static_cast<size_t>(i), static_cast<char>('a' + i % 26));
        csgi_nested_feed(call, str(piece));
        sent += piece;
        if (i % 7 == 0) app.turn();
    }
    csgi_nested_feed_end(call);
    CHECK(csgi_nested_finish(call, 1000));
    CHECK(answer_of(call).body == sent);
    CHECK(answer_of(call).complete);
}

TEST_CASE("an echo to a client that does not read stops reading too [BODY-9]") {
    Hosted app("conform/conform");
    csgi_nested_call *call = app.open("POST", "/echo", "", true, true);
    const std::string piece(10000, 'x');
    size_t fed = 0;
    for (; fed < 1000 && csgi_nested_wants_body(call); fed++) {
        csgi_nested_feed(call, str(piece));
        app.turn();
    }
    CHECK(fed > 1);
    CHECK(fed < 100); // a megabyte would mean that nothing brakes
    csgi_nested_feed_end(call);
    for (int i = 0; i < 10000 && !csgi_nested_answer_of(call)->complete; i++) {
        csgi_nested_take(call, 5000);
        csgi_nested_turn(app.host());
    }
    CHECK(answer_of(call).complete);
    CHECK(answer_of(call).body.size() == fed * piece.size());
}

TEST_CASE("without full duplex the answer begins when the body is there") {
    Hosted app("conform/conform", "", {}, CSGI_NESTED_CAPS & ~CSGI_CAP_FULL_DUPLEX);
    csgi_nested_call *call = app.open("POST", "/echo", "", true);
    csgi_nested_feed(call, CSGI_LIT("first "));
    app.turn();
    CHECK_FALSE(answer_of(call).begun);
    csgi_nested_feed(call, CSGI_LIT("last"));
    csgi_nested_feed_end(call);
    app.turn();
    CHECK(answer_of(call).body == "first last");
}

TEST_CASE("an echo to a client that waits for 100 (Continue) asks for the body before it begins") {
    Hosted app("conform/conform");
    csgi_nested_call *call =
        app.open("POST", "/echo", "", true, false, {{"expect", "100-continue"}});
    app.turn();
    CHECK_FALSE(answer_of(call).begun);
    CHECK(csgi_nested_wants_body(call));
    csgi_nested_feed(call, CSGI_LIT("asked for"));
    csgi_nested_feed_end(call);
    app.turn();
    CHECK(answer_of(call).body == "asked for");
}

TEST_CASE("an upload that breaks off is not echoed as if it were whole [BODY-5]") {
    Hosted app("conform/conform");
    csgi_nested_call *early = app.open("POST", "/echo", "", true);
    csgi_nested_cut(early);
    app.turn();
    CHECK(answer_of(early).status == 400);
    csgi_nested_call *late = app.open("POST", "/echo", "", true);
    csgi_nested_feed(late, CSGI_LIT("some"));
    app.turn();
    csgi_nested_cut(late);
    app.turn();
    CHECK(answer_of(late).broken);
    CHECK(answer_of(late).done);
}

TEST_CASE("/headers lists the fields in order, lower case, latin-1 as code points") {
    Hosted app("conform/conform");
    const Answer a = app.ask(
        "GET", "/headers", "",
        {{"host", "h"}, {"x-a", "1"}, {"x-q", "a\"b\\c\td"}, {"x-l", "\xe4"}, {"x-a", "2"}});
    CHECK(a.header("content-type") == "application/json");
    CHECK(a.body == R"([["host", "h"], ["x-a", "1"], ["x-q", "a\"b\\c\u0009d"], )"
                    R"(["x-l", "\u00e4"], ["x-a", "2"]])");
}

TEST_CASE("a stream writes what was asked, line by line") {
    Hosted app("conform/conform");
    const Answer a = app.get("/stream?n=3&size=12");
    CHECK(a.header("content-length") == "(none)");
    CHECK(a.complete);
    CHECK(a.body == "chunk 0....\nchunk 1....\nchunk 2....\n");
    CHECK(app.get("/stream?n=2").body == "chunk 0\nchunk 1\n");
    CHECK(app.get("/stream?n=1&size=3").body == "chunk 0\n"); // never cut
    CHECK(app.get("/stream?n=1&size=8").body == "chunk 0\n");
    CHECK(app.get("/stream?n=1&size=9").body == "chunk 0.\n");
    CHECK(app.get("/stream?n=0").body == "");
    CHECK(app.get("/stream?n=0").complete);
    CHECK(app.get("/stream?n=x").status == 400);
    CHECK(app.get("/stream?n=2000&size=1000").body.size() == 2000 * 1000);
}

TEST_CASE("a stream rests by the worker's timer") {
    Hosted app("conform/conform");
    const uint64_t before = csgi_nested_now(app.host());
    csgi_nested_call *call = app.open("GET", "/stream?n=3&delay=200");
    CHECK(answer_of(call).body == "chunk 0\n");
    CHECK_FALSE(answer_of(call).complete);
    app.turn();
    CHECK(answer_of(call).complete);
    CHECK(answer_of(call).body == "chunk 0\nchunk 1\nchunk 2\n");
    CHECK(csgi_nested_now(app.host()) - before == 600);
}

TEST_CASE("a stream whose client leaves in a rest is over at once, and its timer with it") {
    Hosted app("conform/conform");
    csgi_nested_call *call = app.open("GET", "/stream?n=1000&delay=3600000");
    csgi_nested_lose(call);
    const uint64_t before = csgi_nested_now(app.host());
    app.turn();
    CHECK(answer_of(call).done);
    CHECK(csgi_nested_now(app.host()) == before);
}

TEST_CASE("a value is reflected decoded, or refused if it may not stand in a field") {
    Hosted app("conform/conform");
    CHECK(app.get("/reflect?value=a+b%20c").header("x-reflect") == "a+b c");
    CHECK(app.get("/reflect?x=1&value=%e4%09b").header("x-reflect") == "\xe4\tb");
    CHECK(app.get("/reflect?value=").status == 200);
    for (const char *bad : {"%0d%0ax-evil:%201", "%0a", "%01", "%7f", "%20a", "a%09"}) {
        CAPTURE(bad);
        const Answer a = app.get(std::string("/reflect?value=") + bad);
        CHECK(a.status == 400);
        CHECK(a.header("x-reflect") == "(none)");
    }
    CHECK(app.get("/reflect").status == 400);
}

TEST_CASE("a range of the configured file is served, and nothing without one") {
    const std::string file = SOURCE_DIR "/LICENSE";
    std::ifstream in(file, std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(in), {}};
    REQUIRE(whole.size() > 100);
    Hosted app("conform/conform", "file=" + file);
    CHECK(app.get("/file").body == whole);
    CHECK(app.get("/file").header("content-length") == std::to_string(whole.size()));
    CHECK(app.get("/file?off=7&len=13").body == whole.substr(7, 13));
    CHECK(app.get("/file?off=90").body == whole.substr(90));
    CHECK(app.get("/file?off=0&len=0").body == "");
    CHECK(app.get("/file?off=9999999").status == 416);
    CHECK(app.get("/file?off=-1").status == 400);
    Hosted without("conform/conform");
    CHECK(without.get("/file").status == 404);
    Hosted wrong("conform/conform", "file=/nowhere/at/all");
    CHECK(wrong.get("/file").status == 404);
    Hosted slow("conform/conform", "file=" + file, {}, CSGI_NESTED_CAPS & ~CSGI_CAP_SENDFILE);
    CHECK(slow.get("/file?off=7&len=13").body == whole.substr(7, 13));
}

TEST_CASE("answers deferred to another thread come back, many at a time") {
    Hosted app("conform/conform");
    std::vector<csgi_nested_call *> calls;
    for (int i = 0; i < 200; i++)
        calls.push_back(app.open("GET", "/defer?ms=" + std::to_string(i * 7 % 30)));
    for (csgi_nested_call *call : calls) {
        REQUIRE(csgi_nested_finish(call, 5000));
        CHECK(answer_of(call).status == 200);
        CHECK(answer_of(call).complete);
    }
}

TEST_CASE("a deferred answer whose client leaves is over, and the thread's memory comes back") {
    Hosted app("conform/conform");
    csgi_nested_call *call = app.open("GET", "/defer?ms=3000000");
    csgi_nested_lose(call);
    CHECK(csgi_nested_finish(call, 5000)); // not in fifty minutes
    CHECK(answer_of(call).outcome == CSGI_GONE);
}

TEST_CASE("a note is written to the log") {
    Hosted app("conform/conform");
    CHECK(app.get("/stderr").status == 200);
    REQUIRE(app.log.size() == 1);
    CHECK(has(app.log[0], "note"));
}

TEST_CASE("an application status is no trouble where there is none") {
    Hosted app("conform/conform");
    CHECK(app.get("/appstatus/7").status == 200);
    CHECK(app.get("/appstatus/4294967296").status == 400);
    CHECK(app.get("/appstatus/x").status == 400);
}

TEST_CASE("the inspection tells what was received") {
    Hosted app("conform/conform");
    const Answer a = app.ask("PURGE", "/__inspect/a%20b//%e4/../c?x=%41&?", "abc",
                             {{"host", "h:1"}, {"x-a", "\xff"}});
    CHECK(a.status == 200);
    CHECK(a.header("content-type") == "application/json");
    INFO(a.body);
    CHECK(has(a.body, R"({"method": "PURGE", "path": "/__inspect/a b//\u00e4/../c", )"
                      R"("raw_target": "/__inspect/a%20b//%e4/../c?x=%41&?", "query": "x=%41&?", )"
                      R"("script_name": "", "scheme": "http", "protocol": "HTTP/1.1", )"));
    CHECK(has(a.body, R"(["x-a", "\u00ff"])"));
    CHECK(has(a.body, R"("body_length": 3, "body_sha256": )"
                      R"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"})"));
    CHECK(app.ask("HEAD", "/__inspect").body == "");
    CHECK(app.ask("OPTIONS", "/__inspect").status == 200);
    const Answer absolute = app.get("http://example.org:8080/__inspect?a");
    INFO(absolute.body);
    CHECK(has(absolute.body, R"("path": "/__inspect", "raw_target": "/__inspect?a", )"
                             R"("query": "a")"));
}

TEST_CASE("an inspected body may come in pieces, or break off") {
    Hosted app("conform/conform");
    csgi_nested_call *call = app.open("POST", "/__inspect", "", true);
    for (const char *piece : {"a", "b", "c"}) {
        csgi_nested_feed(call, csgi_str_of(piece));
        app.turn();
    }
    csgi_nested_feed_end(call);
    app.turn();
    CHECK(has(answer_of(call).body, "ba7816bf8f01cfea"));
    csgi_nested_call *cut = app.open("POST", "/__inspect", "", true);
    csgi_nested_feed(cut, CSGI_LIT("a"));
    csgi_nested_cut(cut);
    app.turn();
    CHECK(answer_of(cut).status == 400);
    csgi_nested_call *lost = app.open("POST", "/__inspect", "", true);
    csgi_nested_lose(lost);
    app.turn();
    CHECK(answer_of(lost).done);
}

TEST_CASE("a wrong configuration is refused with a reason [LOAD-8]") {
    csgi_module module{};
    char err[256] = "";
    const std::string file = module_file("conform/conform");
    REQUIRE(csgi_module_open(&module, file.c_str(), CSGI_NESTED_CAPS, err, sizeof err) == CSGI_OK);
    csgi_app *app = nullptr;
    const std::string config = "file=" + std::string(2000, 'x');
    CHECK(module.entry->check(str(config), err, sizeof err) == CSGI_INVAL);
    CHECK(has(err, "file="));
    err[0] = 0;
    CHECK(module.entry->create(str(config), nullptr, 0, &app, err, sizeof err) == CSGI_INVAL);
    CHECK(has(err, "file="));
    CHECK(app == nullptr);
}
