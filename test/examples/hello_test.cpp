// SPDX-License-Identifier: MIT
// The first programs: what they answer, and that they stay short.
#include "test/examples/hosted.hpp"

#include <fstream>

using namespace csgi_examples;

namespace {

// Lines that are neither empty nor only a comment.
int lines_of_code(const std::string &file) {
    std::ifstream in(file);
    REQUIRE(in.good());
    int count = 0;
    for (std::string line; std::getline(in, line);) {
        const size_t at = line.find_first_not_of(" \t");
        if (at != std::string::npos && line.compare(at, 2, "//") != 0) count++;
    }
    return count;
}

void create_two(const char *name, csgi_app *apps[2]) {
    csgi_module module{};
    char err[256] = "";
    const std::string file = module_file(name);
    REQUIRE(csgi_module_open(&module, file.c_str(), 0, err, sizeof err) == CSGI_OK);
    for (int i = 0; i < 2; i++)
        REQUIRE(csgi_module_create(&module, CSGI_STR(""), nullptr, 0, &apps[i], err, sizeof err) ==
                CSGI_OK);
}

} // namespace

TEST_CASE("hello in C answers every request with one line") {
    Hosted hello("hello_c/hello_c");
    for (const char *target : {"/", "/any/where?at=all"}) {
        const Answer a = hello.get(target);
        CHECK(a.status == 200);
        CHECK(a.complete);
        CHECK(a.header("content-type") == "text/plain");
        CHECK(a.header("content-length") == "14");
        CHECK(a.body == "Hello, world!\n");
    }
    CHECK(hello.ask("POST", "/", "ignored").body == "Hello, world!\n");
    CHECK(hello.log.empty());
}

TEST_CASE("hello with the helpers answers the same") {
    Hosted hello("hello_sdk/hello_sdk");
    const Answer a = hello.get("/");
    CHECK(a.status == 200);
    CHECK(a.header("content-type") == "text/plain; charset=utf-8");
    CHECK(a.body == "Hello, world!\n");
    CHECK(hello.log.empty());
}

TEST_CASE("hello with the framework answers its route, and 404 elsewhere") {
    Hosted hello("hello/hello");
    const Answer a = hello.get("/");
    CHECK(a.status == 200);
    CHECK(a.complete);
    CHECK(a.header("content-type") == "text/html; charset=utf-8");
    CHECK(a.header("content-length") == "14");
    CHECK(a.body == "Hello, world!\n");
    CHECK(hello.get("/any/where").status == 404);
    CHECK(hello.ask("POST", "/", "x").status == 405);
    CHECK(hello.log.empty());
}

TEST_CASE(
    "hello in C stays within 15 lines, with the helpers within 5, with the framework within 8") {
    CHECK(lines_of_code(SOURCE_DIR "/examples/hello_c/hello_c.c") <= 15);
    CHECK(lines_of_code(SOURCE_DIR "/examples/hello_sdk/hello_sdk.c") <= 5);
    CHECK(lines_of_code(SOURCE_DIR "/examples/hello/hello.cpp") <= 8);
}

TEST_CASE("an application without state may be the same for every worker [LOAD-7]") {
    csgi_app *apps[2] = {nullptr, nullptr};
    for (const char *name : {"hello_c/hello_c", "hello_sdk/hello_sdk"}) {
        CAPTURE(name);
        create_two(name, apps);
        CHECK_FALSE(!apps[0]->handle);
        if (apps[0] != apps[1]) continue;
        CHECK(!apps[0]->start);
        CHECK(!apps[0]->drain);
        CHECK(!apps[0]->stop);
        CHECK(!apps[0]->destroy);
    }
}

TEST_CASE("two instances of one that has state are two [LOAD-7]") {
    csgi_app *apps[2] = {nullptr, nullptr};
    create_two("conform/conform", apps);
    CHECK(apps[0] != apps[1]);
    for (csgi_app *app : apps) app->destroy(app);
}
