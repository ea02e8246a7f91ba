// SPDX-License-Identifier: MIT
// The layers in C, round applications that answer in every way there is.
#include "test/examples/hosted.hpp"

#include <algorithm>

using namespace csgi_examples;

namespace {

std::string alphabet(size_t n) {
    std::string s(n, ' ');
    for (size_t i = 0; i < n; i++) s[i] = static_cast<char>('a' + i % 26);
    return s;
}

std::string capitals(std::string s) {
    for (char &c : s)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return s;
}

// Reads a slow reader's answer in steps until it is whole; how often the application had to wait
// shows in its record.
Answer read_slowly(Hosted &app, const std::string &target) {
    csgi_nested_call *call = app.open("GET", target, "", false, true);
    for (int step = 0; step < 100000 && !csgi_nested_answer_of(call)->complete; step++) {
        csgi_nested_take(call, 7777);
        csgi_nested_turn(app.host());
    }
    return answer_of(call);
}

} // namespace

TEST_CASE("a layer that passes on changes nothing") {
    Hosted app("conform/conform", "", {{"middleware_c/pass_through", ""}});
    CHECK(app.get("/hello").body == "Hello, world!");
    CHECK(app.get("/hello").header("content-length") == "13");
    CHECK(app.get("/nowhere").status == 404);
    CHECK(app.ask("POST", "/echo", "abc").body == "abc");
}

TEST_CASE("the configured field stands on every answer, error pages included [MW-6]") {
    Hosted app("conform/conform", "",
               {{"middleware_c/add_header", "name=x-served-by,value=a\\,b=c"}});
    for (const char *target :
         {"/hello", "/nowhere", "/stream?n=3", "/status/204", "/__conform/error", "/defer?ms=5"}) {
        CAPTURE(target);
        const Answer a = app.get(target);
        CHECK(a.header("x-served-by") == "a,b=c");
        CHECK(a.complete);
    }
    CHECK(app.get("/__conform/error").status == 500);
}

TEST_CASE("two of the layer add two fields, the outer one last") {
    Hosted app("hello_c/hello_c", "",
               {{"middleware_c/add_header", "name=x-a,value=1"},
                {"middleware_c/add_header", "name=x-b,value=2"}});
    const Answer a = app.get("/");
    CHECK(a.header("x-a") == "1");
    CHECK(a.header("x-b") == "2");
}

TEST_CASE("a layer without its name, or without an application, is refused [LOAD-8]") {
    csgi_module module{};
    char err[256] = "";
    const std::string file = module_file("middleware_c/add_header");
    REQUIRE(csgi_module_open(&module, file.c_str(), CSGI_NESTED_CAPS, err, sizeof err) == CSGI_OK);
    csgi_app inner{}, *list = &inner, *out = nullptr;
    inner.struct_size = sizeof inner;
    inner.handle = [](csgi_app *, csgi_request *) -> csgi_rc { return CSGI_APP; };
    const csgi_str no_name = CSGI_LIT("value=1"), good = CSGI_LIT("name=x-a,value=1");
    CHECK(module.entry->create(no_name, &list, 1, &out, err, sizeof err) == CSGI_INVAL);
    CHECK(has(err, "name="));
    err[0] = 0;
    CHECK(module.entry->create(good, nullptr, 0, &out, err, sizeof err) == CSGI_INVAL);
    CHECK(has(err, "wraps one application"));
    const csgi_str bad[] = {
        CSGI_LIT("name=x a,value=1"), CSGI_LIT("name=x:,value=1"), CSGI_LIT("name=X-A,value=1"),
        CSGI_LIT("name=x\n,value=1"), CSGI_LIT("name=,value=1"),   CSGI_LIT("name=x-a"),
        CSGI_LIT("name=x,value=1\n"), CSGI_LIT("name=x,value= 1"), CSGI_LIT("name=x,value=\x7f")};
    for (const csgi_str config : bad) {
        CAPTURE(text(config));
        err[0] = 0;
        CHECK(module.entry->create(config, &list, 1, &out, err, sizeof err) == CSGI_INVAL);
        CHECK((has(err, "name=") || has(err, "value=")));
    }
    CHECK(out == nullptr);
}

TEST_CASE("capitals: the body is changed, its length is kept") {
    Hosted app("conform/conform", "", {{"middleware_c/upper", ""}});
    const Answer a = app.get("/hello");
    CHECK(a.body == "HELLO, WORLD!");
    CHECK(a.header("content-length") == "13");
    CHECK(app.get("/stream?n=3&size=12").body == "CHUNK 0....\nCHUNK 1....\nCHUNK 2....\n");
    CHECK(app.ask("POST", "/echo", "a mixed Body").body == "A MIXED BODY");
    CHECK(app.get("/status/204").body == "");
    CHECK(app.get("/__conform/error").status == 500);
}

TEST_CASE("capitals: large bodies of every memory arrive whole, and what is owned comes back") {
    Hosted app("conform/conform", "", {{"middleware_c/upper", ""}});
    for (const char *mem : {"copy", "static", "arena", "owned"}) {
        CAPTURE(mem);
        const Answer a =
            read_slowly(app, std::string("/__conform/big?n=1000000&id=big&mem=") + mem);
        CHECK(a.complete);
        CHECK(a.header("content-length") == "1000000");
        CHECK(a.body == capitals(alphabet(1000000)));
        const std::string record = app.record("big"); // through the layer, in capitals too
        INFO(record);
        CHECK(has(record, "\"PAUSE\"")); // the server's brake reaches the application
        CHECK(has(record, "\"EVENT WRITABLE\""));
        const char *count = std::string(mem) == "owned" ? "39" : "0"; // blocks of 26000
        CHECK(has(record, std::string("\"OWNED\": ") + count + ","));
        CHECK(has(record, std::string("\"RELEASED\": ") + count + ","));
    }
}

TEST_CASE("capitals: a client that leaves is the application's to hear") {
    Hosted app("conform/conform", "", {{"middleware_c/upper", ""}});
    csgi_nested_call *call =
        app.open("GET", "/__conform/big?n=100000000&mem=owned&id=lost", "", false, true);
    csgi_nested_take(call, 1000);
    app.turn();
    csgi_nested_lose(call);
    app.turn();
    CHECK(answer_of(call).done);
    const std::string record = app.record("lost");
    INFO(record);
    CHECK(has(record, "[\"EVENT ABORT\", \"OK\", 1]"));
    CHECK(has(record, "[\"SEND\", \"GONE\", 1]"));
    CHECK(has(record, "\"OUTCOME\": \"GONE\""));
}

TEST_CASE("quotes: every line begins anew, and no wrong length is announced") {
    Hosted app("conform/conform", "", {{"middleware_c/quote", ""}});
    const Answer hello = app.get("/hello");
    CHECK(hello.body == "> Hello, world!");
    CHECK(hello.complete);
    CHECK((hello.header("content-length") == "15" || hello.header("content-length") == "(none)"));
    CHECK(app.ask("POST", "/echo", "a\n\nb\n").body == "> a\n> \n> b\n");
    CHECK(app.get("/stream?n=2").body == "> chunk 0\n> chunk 1\n");
    CHECK(app.get("/status/204").body == "");
    CHECK(read_slowly(app, "/__conform/big?n=300000&mem=static").body == "> " + alphabet(300000));
}

TEST_CASE("quotes: a line in several pieces is one line") {
    Hosted app("conform/conform", "", {{"middleware_c/quote", ""}});
    csgi_nested_call *call = app.open("POST", "/echo", "", true);
    for (const char *piece : {"one ", "line\n", "tw", "o"}) {
        csgi_nested_feed(call, csgi_str_of(piece));
        app.turn();
    }
    csgi_nested_feed_end(call);
    app.turn();
    CHECK(answer_of(call).body == "> one line\n> two");
}

TEST_CASE("layers that change the body, one over the other") {
    Hosted app("conform/conform", "", {{"middleware_c/quote", ""}, {"middleware_c/upper", ""}});
    CHECK(app.get("/hello").body == "> HELLO, WORLD!");
    CHECK(app.get("/stream?n=2").body == "> CHUNK 0\n> CHUNK 1\n");
}

TEST_CASE("a time limit: what begins in time passes, however long it takes then") {
    Hosted app("conform/conform", "", {{"middleware_c/timeout", "timeout_ms=100"}});
    app.breaks({"RES-8"}); // by /__conform/abort, which tries to go on
    CHECK(app.get("/hello").body == "Hello, world!");
    CHECK(app.get("/nowhere").status == 404);
    CHECK(app.get("/__conform/error").status == 500);
    CHECK(app.get("/__conform/decline").status == 404);
    CHECK(app.get("/__conform/abort").broken);
    const Answer a = app.get("/stream?n=3&delay=90");
    CHECK(a.complete);
    CHECK(a.body == "chunk 0\nchunk 1\nchunk 2\n");
}

TEST_CASE("a time limit: 504 from the layer, ABORT for those inside, and nothing of theirs goes "
          "on [EVT-2]") {
    Hosted app("conform/conform", "", {{"middleware_c/timeout", "timeout_ms=100"}});
    const uint64_t before = csgi_nested_now(app.host());
    const Answer a = app.get("/__conform/never?id=n");
    CHECK(csgi_nested_now(app.host()) - before >= 100);
    CHECK(csgi_nested_now(app.host()) - before < 110);
    CHECK(a.status == 504);
    CHECK(a.complete);
    const std::string record = app.record("n");
    INFO(record);
    CHECK(has(record, "[\"event ABORT\", \"OK\", 1]"));
    CHECK(has(record, "[\"send all\", \"GONE\", 1]")); // too late
    CHECK(has(record, "[\"abort\", \"GONE\", 1]"));    // kept back: the 504 is whole
    CHECK(has(record, "\"outcome\": \"OK\""));
    CHECK(app.log.empty());
}

TEST_CASE("a time limit: one who does not listen is over all the same") {
    // The body never comes; a thread holds the memory when the time is up.
    Hosted app("conform/conform", "",
               {{"middleware_c/timeout", "timeout_ms=20"},
                {"middleware_c/add_header", "name=x-a,value=1"}});
    csgi_nested_call *upload = app.open("POST", "/__conform/read-all", "", true);
    CHECK(csgi_nested_finish(upload, 1000));
    CHECK(answer_of(upload).status == 504);
    CHECK(answer_of(upload).header("x-a") == "1"); // through the layers outside it
    const Answer deferred = app.get("/defer?ms=3000000");
    CHECK(deferred.status == 504);
    CHECK(app.get("/defer?ms=0").status != 500);
}

TEST_CASE("a time limit: a client that leaves before is nobody's timeout") {
    Hosted app("conform/conform", "", {{"middleware_c/timeout", "timeout_ms=100"}});
    csgi_nested_call *call = app.open("GET", "/__conform/never?id=n");
    csgi_nested_lose(call);
    app.turn();
    CHECK(answer_of(call).done);
    CHECK(answer_of(call).outcome == CSGI_GONE);
    CHECK(has(app.record("n"), "[\"event ABORT\", \"OK\", 1]"));
}

TEST_CASE("a time limit: inside one that is shorter, the longer one is never noticed") {
    Hosted app(
        "conform/conform", "",
        {{"middleware_c/timeout", "timeout_ms=200"}, {"middleware_c/timeout", "timeout_ms=100"}});
    CHECK(app.get("/__conform/never?id=n").status == 504);
    CHECK(has(app.record("n"), "[\"event ABORT\", \"OK\", 1]"));
    CHECK(app.log.empty());
}

TEST_CASE(
    "a file through layers that do not take files is read in pieces, and is the same [MW-5]") {
    const std::string file = SOURCE_DIR "/examples/conform/README.md";
    Hosted bare("conform/conform", "file=" + file);
    Hosted layered("conform/conform", "file=" + file, {{"middleware_c/upper", ""}});
    for (const char *target : {"/file", "/file?off=7&len=1001", "/file?off=3&len=0"}) {
        CAPTURE(target);
        const Answer a = bare.get(target), b = layered.get(target);
        CHECK(a.status == 200);
        CHECK(a.complete);
        CHECK(b.complete);
        CHECK(b.body == capitals(a.body));
        CHECK(b.header("content-length") == a.header("content-length"));
    }
}

TEST_CASE("whenever the client leaves, every exchange comes to its end [EVT-5] [LIFE-5]") {
    for (const Fields &layers : {Fields{}, Fields{{"middleware_c/quote", ""},
                                                  {"middleware_c/add_header", "name=x-a,value=1"},
                                                  {"middleware_c/timeout", "timeout_ms=15"},
                                                  {"middleware_c/upper", ""}}}) {
        Hosted app("conform/conform", "file=" SOURCE_DIR "/README.md", layers);
        for (const char *target :
             {"/hello", "/stream?n=5&delay=10", "/stream?n=400&size=1000", "/defer?ms=1", "/file",
              "/echo", "/__inspect", "/__conform/read-all", "/__conform/slow-read",
              "/__conform/never", "/__conform/big?n=400000&mem=owned"}) {
            for (int step = 0; step < 12; step++) {
                CAPTURE(target);
                CAPTURE(step);
                const bool upload = std::string(target) == "/echo" || std::string(target) >= "/__i";
                csgi_nested_call *call =
                    app.open(upload ? "POST" : "GET", target, "", upload, true);
                for (int i = 0; i < step; i++) {
                    if (upload) csgi_nested_feed(call, CSGI_LIT("some of a body\n"));
                    csgi_nested_take(call, 3000);
                    csgi_nested_turn(app.host());
                }
                csgi_nested_lose(call);
                CHECK(csgi_nested_finish(call, 1000));
            }
        }
        CHECK(csgi_nested_open_count(app.host()) == 0);
    }
}
