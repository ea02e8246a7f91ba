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

TEST_CASE("hello in C stays within 15 lines, with the helpers within 5") {
    CHECK(lines_of_code(SOURCE_DIR "/examples/hello_c/hello_c.c") <= 15);
    CHECK(lines_of_code(SOURCE_DIR "/examples/hello_sdk/hello_sdk.c") <= 5);
}

TEST_CASE("two instances of hello are two [LOAD-7]") {
    csgi_module module{};
    char err[256] = "";
    const std::string file = module_file("hello_c/hello_c");
    REQUIRE(csgi_module_open(&module, file.c_str(), 0, err, sizeof err) == CSGI_OK);
    csgi_app *a = nullptr, *b = nullptr;
    const csgi_str none = CSGI_LIT("");
    REQUIRE(csgi_module_create(&module, none, nullptr, 0, &a, err, sizeof err) == CSGI_OK);
    REQUIRE(csgi_module_create(&module, none, nullptr, 0, &b, err, sizeof err) == CSGI_OK);
    CHECK(a != b);
    a->destroy(a);
    b->destroy(b);
}
