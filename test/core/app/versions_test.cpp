// SPDX-License-Identifier: MIT
// Two applications in one process, each with a version of the framework of its own.
#include <csgi/app.hpp>
#include <csgi/testing.hpp>

#include <doctest/doctest.h>

#include "core/gateway/module.h"
#include "core/gateway/nested.h"

using namespace csgi;

namespace {

csgi_app *instance_of(const char *file) {
    csgi_module module{};
    char err[512] = "";
    csgi_app *app = nullptr;
    REQUIRE_MESSAGE(csgi_module_open(&module, file, CSGI_NESTED_CAPS, err, sizeof err) == CSGI_OK,
                    err);
    REQUIRE_MESSAGE(
        csgi_module_create(&module, {"", 0}, nullptr, 0, &app, err, sizeof err) == CSGI_OK, err);
    return app;
}

// What both have to do alike.
void work_out(TestClient &client, const std::string &prefix, const std::string &type) {
    CHECK(client.get(prefix + "/type").header("content-type") == type + "; charset=utf-8");
    auto answer = client.get(prefix + "/throw");
    CHECK(answer.status == 502);
    CHECK(answer.text() == "thrown");
    CHECK(answer.header("x-after") == "1");
    answer = client.get(prefix + "/abort");
    CHECK(answer.status == 409);
    CHECK(answer.text().find("<p>conflict</p>") != std::string::npos);
    CHECK(client.get(prefix + "/stream").text().size() == 10'000);
    CHECK(client.get(prefix + "/missing").status == 404);
}

} // namespace

TEST_CASE("two applications made with different versions of the framework live in one process") {
    // The test itself is a third copy of the framework.
    csgi_app *newer = instance_of(NEWER_MODULE), *older = instance_of(OLDER_MODULE);
    TestClient new_client(newer), old_client(older);
    const auto new_size = new_client.get("/size").text(), old_size = old_client.get("/size").text();
    CHECK(new_size == std::to_string(sizeof(Response)));
    CHECK(old_size == std::to_string(sizeof(Response) + 9 * sizeof(long)));
    for (int round = 0; round < 3; ++round) {
        work_out(new_client, "", "text/html");
        work_out(old_client, "", "text/older");
        CHECK(new_client.get("/count").json().at("n") == Value(round + 1));
        CHECK(old_client.get("/count").json().at("n") == Value(round + 1));
    }
    // Each reads the other's cookies: the format is the same, the code is not.
    old_client.set_cookie("session", *new_client.get_cookie("session"));
    CHECK(old_client.get("/count").json().at("n") == Value(4));
}
