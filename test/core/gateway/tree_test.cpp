// SPDX-License-Identifier: MIT
// The order in which applications begin and end, and trees that are none.
#include "core/gateway/tree.h"

#include "test/core/gateway/fixture.hpp"

using namespace csgi;

namespace {

struct Grove {
    std::vector<std::string> events;
    std::vector<std::unique_ptr<App>> apps;
    csgi_tree tree{};
    char err[200] = "";

    App *make(const std::string &name, std::vector<csgi_app *> in = {}) {
        apps.push_back(
            std::make_unique<App>([](csgi_request *) { return CSGI_OK; }, std::move(in)));
        App *app = apps.back().get();
        app->on_start = [this, name](char *, size_t) {
            events.push_back("start " + name);
            return CSGI_OK;
        };
        app->on_drain = [this, name] { events.push_back("drain " + name); };
        app->on_stop = [this, name] { events.push_back("stop " + name); };
        app->on_destroy = [this, name] { events.push_back("destroy " + name); };
        return app;
    }
    csgi_rc init(csgi_app *outermost) { return csgi_tree_init(&tree, outermost, err, sizeof err); }
    csgi_rc start() { return csgi_tree_start(&tree, nullptr, err, sizeof err); }
    std::string take() {
        std::string all;
        for (const std::string &event : events) all += (all.empty() ? "" : ", ") + event;
        events.clear();
        return all;
    }
};

} // namespace

TEST_CASE("start goes inner first, all that ends outer first [LIFE-2] [LIFE-3]") {
    Grove g;
    App *a = g.make("a"), *b = g.make("b"), *mount = g.make("mount", {a, b});
    App *top = g.make("top", {mount});
    REQUIRE(g.init(top) == CSGI_OK);
    REQUIRE(g.start() == CSGI_OK);
    CHECK(g.take() == "start a, start b, start mount, start top");
    csgi_tree_drain(&g.tree);
    CHECK(g.take() == "drain top, drain mount, drain b, drain a");
    csgi_tree_stop(&g.tree);
    CHECK(g.take() == "stop top, stop mount, stop b, stop a");
    csgi_tree_stop(&g.tree);
    CHECK(g.take() == "");
    csgi_tree_destroy(&g.tree);
    CHECK(g.take() == "destroy top, destroy mount, destroy b, destroy a");
}

TEST_CASE("an application that several share is started and ended once [LIFE-2]") {
    Grove g;
    App *shared = g.make("shared"), *a = g.make("a", {shared}), *b = g.make("b", {shared, a});
    REQUIRE(g.init(g.make("top", {a, b, shared})) == CSGI_OK);
    REQUIRE(g.start() == CSGI_OK);
    CHECK(g.take() == "start shared, start a, start b, start top");
    csgi_tree_stop(&g.tree);
    csgi_tree_destroy(&g.tree);
}

TEST_CASE(
    "when one fails to start, those started are stopped, and its reason is the tree's [LIFE-4]") {
    Grove g;
    App *a = g.make("a"), *b = g.make("b", {a}), *c = g.make("c", {b});
    b->on_start = [](char *err, size_t cap) {
        return csgi_refuse(err, cap, CSGI_NOMEM, "the cellar is full");
    };
    REQUIRE(g.init(c) == CSGI_OK);
    CHECK(g.start() == CSGI_NOMEM);
    CHECK(std::string(g.err) == "the cellar is full");
    CHECK(g.take() == "start a, stop a");
    csgi_tree_destroy(&g.tree);
    CHECK(g.take() == "destroy c, destroy b, destroy a");
}

TEST_CASE("a failure without a reason is told as that [LOAD-8]") {
    Grove g;
    App *a = g.make("a");
    a->on_start = [](char *, size_t) { return CSGI_APP; };
    REQUIRE(g.init(a) == CSGI_OK);
    std::snprintf(g.err, sizeof g.err, "left over from before");
    CHECK(g.start() == CSGI_APP);
    CHECK(std::string(g.err).find("[LOAD-8]") == 0);
    csgi_tree_destroy(&g.tree);
}

TEST_CASE("functions that are not there are not called") {
    csgi_app bare{};
    bare.struct_size = sizeof bare;
    bare.handle = [](csgi_app *, csgi_request *) { return CSGI_OK; };
    Grove g;
    REQUIRE(g.init(&bare) == CSGI_OK);
    CHECK(g.start() == CSGI_OK);
    csgi_tree_drain(&g.tree);
    csgi_tree_stop(&g.tree);
    csgi_tree_destroy(&g.tree);
}

TEST_CASE("a tree that contains itself is refused, and one that is too deep") {
    Grove g;
    App *loop = g.make("loop", {nullptr, nullptr});
    loop->children = {loop, loop};
    CHECK(g.init(loop) == CSGI_INVAL);
    CHECK(g.tree.n == 0);
    App *deep = g.make("0");
    for (int i = 0; i < 64; i++) deep = g.make("d", {deep});
    CHECK(g.init(deep) == CSGI_OK);
    csgi_tree_destroy(&g.tree);
    CHECK(g.init(g.make("d", {deep})) == CSGI_INVAL);
}

TEST_CASE("what is no application is refused with the reason [LOAD-2]") {
    Grove g;
    App *small = g.make("small");
    small->struct_size = 16;
    App *odd = g.make("odd");
    odd->struct_size += 4;
    App *mute = g.make("mute");
    mute->handle = nullptr;
    App *hollow = g.make("hollow", {nullptr});
    App *lost = g.make("lost");
    lost->ninner = 1;
    for (csgi_app *app : {static_cast<csgi_app *>(small), static_cast<csgi_app *>(odd),
                          static_cast<csgi_app *>(mute), static_cast<csgi_app *>(hollow),
                          static_cast<csgi_app *>(lost), static_cast<csgi_app *>(nullptr)}) {
        g.err[0] = 0;
        CHECK(g.init(app) == CSGI_INVAL);
        CHECK(std::string(g.err).find("[LOAD-2]") == 0);
    }
}
