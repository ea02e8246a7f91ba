// SPDX-License-Identifier: MIT
// Nanoseconds of a match among 10, 200 and 2,000 rules, beside a look-up of the same path in a hash
// table, and how often memory is asked for meanwhile.
#include <csgi.h>
#include <csgi/app/router.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

std::size_t allocations = 0;

} // namespace

void *operator new(std::size_t size) {
    ++allocations;
    if (void *p = std::malloc(size)) return p;
    throw std::bad_alloc();
}
void operator delete(void *p) noexcept {
    std::free(p);
}
void operator delete(void *p, std::size_t) noexcept {
    std::free(p);
}

namespace {

using Clock = std::chrono::steady_clock;

// The best of some rounds, in nanoseconds for each call.
template <class F>
double best(F &&f) {
    constexpr int rounds = 15, calls = 20'000;
    double least = 1e9;
    for (int round = 0; round < rounds; ++round) {
        const auto start = Clock::now();
        for (int i = 0; i < calls; ++i) f();
        const std::chrono::duration<double, std::nano> took = Clock::now() - start;
        least = std::min(least, took.count() / calls);
    }
    return least;
}

struct Question {
    const char *what, *path;
};
constexpr Question questions[] = {
    {"/", "/"},
    {"static, 2 segments", "/section1/page1"},
    {"1 parameter", "/users1/1234"},
    {"2 parameters, 4 segments", "/posts1/1234/comments/some-name"},
    {"3 parameters, 6 segments", "/orgs1/acme/repos/csgi/issues/1234"},
    {"no match", "/section1/nothing"},
};

csgi::Router router_of(int rules) {
    csgi::Router router;
    router.add("/", "index");
    for (int i = 0; i < rules / 2; ++i) {
        const std::string n = std::to_string(i);
        router.add("/section" + std::to_string(i % 10) + "/page" + n, "s" + n);
    }
    for (int i = 0; i < rules / 2; ++i) {
        const std::string n = std::to_string(i / 3);
        if (i % 3 == 0) router.add("/users" + n + "/<int:id>", "u" + n);
        if (i % 3 == 1) router.add("/posts" + n + "/<int:id>/comments/<name>", "p" + n);
        if (i % 3 == 2) router.add("/orgs" + n + "/<org>/repos/<repo>/issues/<int:id>", "o" + n);
    }
    router.finish();
    return router;
}

} // namespace

int main() {
    std::printf("%-28s %8s %8s %8s %8s\n", "ns per match, rules:", "10", "200", "2000", "hash");
    const csgi::Router routers[] = {router_of(10), router_of(200), router_of(2000)};
    for (const Question &question : questions) {
        const std::string path = question.path;
        std::printf("%-28s", question.what);
        for (const csgi::Router &router : routers) {
            csgi::Match match;
            const std::size_t before = allocations;
            const double ns = best([&] {
                router.match("", path, CSGI_METHOD_GET, "GET", false, match);
                asm volatile("" : : "r"(&match) : "memory");
            });
            if (allocations != before) std::printf(" (%zu allocations!)", allocations - before);
            std::printf(" %8.1f", ns);
        }
        std::unordered_map<std::string_view, int> table;
        for (const csgi::Rule *rule : routers[1].rules()) table[rule->text] = 1;
        table[path] = 1;
        const double ns = best([&] {
            const auto found = table.find(path);
            asm volatile("" : : "r"(&found->second) : "memory");
        });
        std::printf(" %8.1f\n", ns);
    }
    return 0;
}
