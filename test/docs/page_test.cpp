// SPDX-License-Identifier: MIT
// A page of docs/: its C++ is compiled here, and the requests below it are made.
#include <csgi/app.hpp>
#include <csgi/http/filename.hpp>
#include <csgi/testing.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <type_traits>
#include <vector>

// A page shows whole modules; there can be one only in a program.
#undef CSGI_APP_MODULE
#define CSGI_APP_MODULE(factory, ...) \
    static_assert(std::is_invocable_r_v<csgi::App, decltype(factory)>)

namespace {

struct Ask {
    int line;
    const char *method, *path, *body;
    int status;
    std::string_view text;
};

struct Snippet {
    int line;
    csgi::App (*make)();
    std::span<const Ask> asks;
};

struct File {
    const char *name;
    std::string_view content;
};

// A folder with the page's files, for as long as the program runs.
const std::string &root();

} // namespace

#include SNIPPETS

namespace {

class Folder {
public:
    Folder() {
        char name[] = "/tmp/csgi-docs-XXXXXX";
        path = mkdtemp(name);
        for (const File &file : files) {
            const std::filesystem::path to = path + "/" + file.name;
            std::filesystem::create_directories(to.parent_path());
            std::ofstream(to) << file.content;
        }
    }
    ~Folder() { std::filesystem::remove_all(path); }

    std::string path;
};

const std::string &root() {
    static const Folder folder;
    return folder.path;
}

csgi::TestRequest request_of(std::string_view body) {
    csgi::TestRequest request;
    if (body.starts_with('{')) {
        request.data = body;
        request.content_type = "application/json";
        return request;
    }
    while (!body.empty()) {
        const std::string_view pair = body.substr(0, body.find('&'));
        const std::size_t equals = pair.find('=');
        const std::string name(pair.substr(0, equals)), value(pair.substr(equals + 1));
        if (value.starts_with('@')) {
            const std::size_t colon = value.find(':');
            request.files.push_back({name, value.substr(1, colon - 1), value.substr(colon + 1)});
        } else {
            request.form.emplace_back(name, value);
        }
        body.remove_prefix(std::min(pair.size() + 1, body.size()));
    }
    return request;
}

} // namespace

TEST_CASE("what the page says of each request is so") {
    std::size_t asked = 0;
    for (const Snippet &snippet : snippets) {
        csgi::App app = snippet.make();
        csgi::TestClient client(app);
        for (const Ask &ask : snippet.asks) {
            const csgi::TestResponse answer =
                client.open(ask.method, ask.path, request_of(ask.body));
            CAPTURE(ask.line);
            CAPTURE(answer.text());
            CHECK(answer.status == ask.status);
            if (ask.status >= 300 && ask.status < 400)
                CHECK(answer.location() == ask.text);
            else
                CHECK(answer.text().find(ask.text) != std::string::npos);
            ++asked;
        }
    }
    CHECK(asked > 0);
}
