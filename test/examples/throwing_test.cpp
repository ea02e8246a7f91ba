// SPDX-License-Identifier: MIT
// An application that throws, behind the boundary of a host.
#include "test/examples/hosted.hpp"

using namespace csgi_examples;

TEST_CASE("an exception out of handle is the application's failure [RET-5]") {
    Hosted app("conform_cpp/throwing");
    app.breaks({"RET-4"});
    for (const char *target : {"/throw", "/throw-int", "/throw-stranger"}) {
        CAPTURE(target);
        const Answer a = app.get(target);
        CHECK(a.status == 500);
        CHECK(a.complete);
    }
    CHECK(app.log.size() >= 3);
    CHECK(app.get("/").body == "Hello, world!\n");
}

TEST_CASE("an exception after the head breaks the answer [RET-5]") {
    Hosted app("conform_cpp/throwing");
    app.breaks({"RET-4"});
    const Answer late = app.get("/throw-late");
    CHECK(late.status == 200);
    CHECK(late.broken);
    CHECK_FALSE(late.complete);
    CHECK(app.get("/").body == "Hello, world!\n");
}

TEST_CASE("an exception after the end changes nothing") {
    Hosted app("conform_cpp/throwing");
    app.breaks({"RET-4"});
    const Answer a = app.get("/throw-ended");
    CHECK(a.status == 200);
    CHECK(a.complete);
    CHECK(a.body == "complete\n");
}
