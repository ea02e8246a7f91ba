// SPDX-License-Identifier: MIT
// Files as answers, against Flask's.
#include <csgi/app.hpp>
#include <csgi/sdk.h>
#include <csgi/testing.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "core/gateway/nested.h"
#include "test/core/value/rows.hpp"

using namespace csgi;

namespace {

namespace fs = std::filesystem;

// A folder with the files of the vectors' first row, for as long as this lives.
class Tree {
public:
    Tree() : root_(fs::temp_directory_path() / ("csgi-files-" + std::to_string(getpid()))) {}
    ~Tree() { fs::remove_all(root_); }

    void add(const std::string &name, std::string_view content, double modified) {
        const fs::path path = root_ / name;
        fs::create_directories(path.parent_path());
        std::ofstream(path) << content;
        const timespec time = {static_cast<time_t>(modified),
                               std::lround((modified - std::floor(modified)) * 1e9)};
        const timespec times[2] = {time, time};
        REQUIRE(utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
    }
    void link(const std::string &name, const std::string &target) {
        fs::create_symlink(target, root_ / name);
    }
    std::string root() const { return root_.string(); }

private:
    fs::path root_;
};

SendFile how_of(const Value &given) {
    SendFile how;
    for (const Dict::Entry &entry : given.as_dict()) {
        const std::string_view name = entry.key.text();
        const Value &value = entry.value;
        if (name == "mimetype") how.mimetype = value.as_string();
        if (name == "as_attachment") how.as_attachment = value.as_bool();
        if (name == "download_name") how.download_name = value.as_string();
        if (name == "conditional") how.conditional = value.as_bool();
        if (name == "etag" && value.is_string()) how.etag_text = value.as_string();
        if (name == "etag" && value.is_bool()) how.etag = value.as_bool();
        if (name == "last_modified") how.last_modified = value.as_int();
        if (name == "max_age") how.max_age = value.as_int();
    }
    return how;
}

App files_app(const std::string &root, const Value &sent) {
    App app("files", {.root_path = root});
    app.get("/sent/<int:number>", [sent](Context &ctx, std::size_t number) {
        const Value &given = sent.at(number);
        if (const Value *data = given.find("data"))
            return send_bytes(ctx, std::string(data->as_string()), how_of(given));
        return send_file(ctx, std::string(given.at("path").as_string()), how_of(given));
    });
    app.get("/from/<path:name>", [](Context &ctx, std::string_view name) {
        return send_from_directory(ctx, "static/sub", name);
    });
    app.register_blueprint(Blueprint("pages", {.url_prefix = "/pages", .static_folder = "other"}));
    return app;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

bool is_linked(const std::string &path) {
    for (const char *name : {"/inside.html", "/outside.txt", "/folder", "/dangling", "/loop"})
        if (path.find(name) != path.npos) return true;
    return false;
}

// Asks for what the rows ask, and is answered as they say. Those behind a symbolic link: `links`.
void check_rows(bool links) {
    const std::vector<Value> rows = read_rows(FLASK_VECTORS "/files.jsonl");
    Tree tree;
    const Value &files = rows.at(0).at("files");
    std::vector<std::string> names = {"static/sub/folder/style.css"};
    for (const Value &file : files.as_list()) {
        names.emplace_back(file.at(0).as_string());
        tree.add(names.back(), file.at(1).as_string(), file.at(2).as_double());
    }
    for (const Value &link : rows[0].at("links").as_list()) {
        names.emplace_back(link.at(0).as_string());
        tree.link(names.back(), std::string(link.at(1).as_string()));
    }
    Value config;
    std::optional<App> app;
    std::optional<TestClient> client;
    int judged = 0;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const Value &row = rows[i];
        if (!client || row.at("config") != config) {
            config = row.at("config");
            client.reset();
            app.emplace(files_app(tree.root(), rows[0].at("sent")));
            app->config.from_mapping(config.as_dict());
            client.emplace(*app);
        }
        const std::string path(row.at("path").as_string());
        if (is_linked(path) != links) continue;
        ++judged;
        CAPTURE(path);
        CAPTURE(dump_json(row.at("headers")));
        CAPTURE(dump_json(config));
        std::string etag = "\"none\"";
        TestRequest request;
        for (const Dict::Entry &header : row.at("headers").as_dict()) {
            std::string value(header.value.as_string());
            if (value.find("{etag}") != value.npos) {
                const auto plain = client->get(path);
                if (!plain.header("etag").empty()) etag = plain.header("etag");
                value = replaced(value, "{etag}", etag);
            }
            request.headers.emplace_back(header.key.as_string(), value);
        }
        const auto answer = client->open(row.at("method").as_string(), path, request);
        // A NUL does not come this far: the host refuses it.
        if (path.find("%00") != path.npos) {
            CHECK(answer.status == 400);
            continue;
        }
        CHECK(answer.status == row.at("status").as_int());
        for (const Dict::Entry &kept : row.at("kept").as_dict()) {
            CAPTURE(kept.key.as_string());
            std::string expected(kept.value.as_string());
            for (const std::string &name : names) {
                const std::string full = tree.root() + "/" + name;
                const uLong check = adler32(1, reinterpret_cast<const Bytef *>(full.data()),
                                            static_cast<uInt>(full.size()));
                expected = replaced(expected, "-{" + name + "}", "-" + std::to_string(check));
            }
            CHECK(answer.header(kept.key.as_string()) == expected);
        }
        if (row.at("status").as_int() < 400) {
            for (const char *name : {"content-type", "content-encoding", "content-disposition",
                                     "etag", "last-modified", "content-range"})
                if (!row.at("kept").contains(name)) CHECK(answer.header(name) == "");
            CHECK(answer.body == row.at("body").as_string());
        }
        CHECK(!answer.header("expires").empty() == row.at("expires").as_bool());
    }
    CHECK(judged >= (links ? 18 : 200));
}

} // namespace

TEST_CASE("files, ranges, conditions and paths that lead outside are answered as by Flask") {
    check_rows(false);
}

// Flask's safe_join() looks at the path's text alone.
TEST_CASE("symbolic links in a folder are followed, also out of it, as by Flask") {
    check_rows(true);
}

TEST_CASE("how long a file may be kept is the application's to say, or its blueprint's") {
    Tree tree;
    tree.add("static/a.css", "a", 1);
    tree.add("static/a.js", "a", 1);
    tree.add("other/b.css", "b", 1);
    App app("files", {.root_path = tree.root(), .static_url_path = "/assets"});
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 5;
    app.set_send_file_max_age([](std::string_view name) -> std::optional<std::int64_t> {
        if (name.ends_with(".css")) return 60;
        return std::nullopt;
    });
    Blueprint pages("pages", {.static_folder = "other", .static_url_path = "/theirs"});
    pages.set_send_file_max_age([](std::string_view) { return 7; });
    app.register_blueprint(pages);
    app.get("/urls", [](Context &ctx) {
        return List{ctx.url_for("static", {{"filename", "a b.css"}}),
                    ctx.url_for("pages.static", {{"filename", "b.css"}})};
    });
    TestClient client(app);
    CHECK(client.get("/assets/a.css").header("cache-control") == "public, max-age=60");
    CHECK(client.get("/assets/a.js").header("cache-control") == "no-cache");
    CHECK(client.get("/theirs/b.css").header("cache-control") == "public, max-age=7");
    CHECK(client.get("/urls").json() == Value(List{"/assets/a%20b.css", "/theirs/b.css"}));
    CHECK(client.get("/static/a.css").status == 404);
}

TEST_CASE("a file is handed to the server, which reads it; where it cannot, pieces are sent") {
    Tree tree;
    const std::string large(3'000'000, 'x');
    tree.add("static/large", large, 1);
    App app("files", {.root_path = tree.root()});
    app.config["USE_X_SENDFILE"] = true; // asks for what is done always
    TestClient client(app);
    const auto answer = client.get("/static/large");
    CHECK(answer.header("content-length") == "3000000");
    CHECK(answer.body == large);
}

// A layer that notes of which kind the chunks are that pass.
struct Watch {
    csgi_wrap wrap;
    std::vector<std::uint32_t> *kinds;

    struct Tap {
        csgi_tap tap;
        std::vector<std::uint32_t> *kinds;
    };
    static csgi_rc handle(csgi_app *app, csgi_request *request) {
        auto *watch = reinterpret_cast<Watch *>(app);
        auto *tap = static_cast<Tap *>(csgi_zalloc(request->exchange, sizeof(Tap)));
        csgi_request *view =
            tap ? csgi_push(request, &tap->tap, CSGI_WANTS_BODY | CSGI_WANTS_FILE, part) : nullptr;
        if (!view) return CSGI_NOMEM;
        tap->kinds = watch->kinds;
        return csgi_call(watch->wrap.inner, view);
    }
    static csgi_rc part(csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *) {
        for (std::uint32_t i = 0; i < part->nchunks; ++i)
            reinterpret_cast<Tap *>(tap)->kinds->push_back(part->chunks[i].kind);
        return csgi_forward(tap, x, part);
    }
};

// The kinds of an answer's chunks, on a host that can do this, and what its client gets.
std::vector<std::uint32_t> kinds_of(App &app, std::uint64_t caps, std::string_view path,
                                    std::string &body) {
    std::vector<std::uint32_t> kinds;
    csgi_wrap *watch = csgi_wrap_new(sizeof(Watch), Watch::handle, app.as_csgi());
    reinterpret_cast<Watch *>(watch)->kinds = &kinds;
    csgi_nested_options options{};
    options.caps = caps;
    csgi_nested *host = csgi_nested_new(&options);
    REQUIRE(csgi_nested_start(host, &watch->app, nullptr, 0) >= 0);
    csgi_nested_request request{};
    request.target = csgi_str_n(path.data(), path.size());
    csgi_nested_call *call = csgi_nested_open(host, &request);
    REQUIRE(csgi_nested_finish(call, 30'000));
    const csgi_nested_answer *answer = csgi_nested_answer_of(call);
    CHECK(answer->status == 200);
    body.assign(answer->body.p, answer->body.n);
    CHECK(csgi_nested_free(host) == 0);
    return kinds;
}

TEST_CASE("a file is one chunk of its kind, and memory on a server that takes no files") {
    Tree tree;
    const std::string content(100'000, 'x');
    tree.add("static/x", content, 1);
    App app("files", {.root_path = tree.root()});
    std::string body;
    CHECK(kinds_of(app, CSGI_NESTED_CAPS, "/static/x", body) ==
          std::vector<std::uint32_t>{CSGI_CHUNK_FILE});
    CHECK(body == content);
    const auto kinds =
        kinds_of(app, CSGI_NESTED_CAPS & ~std::uint64_t{CSGI_CAP_SENDFILE}, "/static/x", body);
    CHECK(!kinds.empty());
    for (const std::uint32_t kind : kinds) CHECK(kind == CSGI_CHUNK_MEMORY);
    CHECK(body == content);
}

TEST_CASE("a file cannot be kept until a time that has no date") {
    Tree tree;
    tree.add("a.txt", "a", 1);
    for (const std::int64_t age : {INT64_MAX, INT64_C(300'000'000'000)}) {
        App app("files", {.root_path = tree.root()});
        app.config["SEND_FILE_MAX_AGE_DEFAULT"] = age;
        app.get("/", [](Context &ctx) { return send_file(ctx, "a.txt"); });
        TestClient client(app);
        CHECK(client.get("/").status == 500);
        CHECK(client.log().back().find("no date of the years 0 to 9999: ") != std::string::npos);
    }
}

TEST_CASE("what cannot be sent is an error that names it") {
    Tree tree;
    tree.add("static/x", "x", 1);
    App app("files", {.root_path = tree.root(), .static_folder = ""});
    app.config["TESTING"] = true;
    app.get("/missing", [](Context &ctx) { return send_file(ctx, "missing.txt"); });
    app.get("/folder", [](Context &ctx) { return send_file(ctx, "static"); });
    app.get("/typeless", [](Context &ctx) { return send_bytes(ctx, "x"); });
    app.get("/nameless", [](Context &ctx) {
        return send_bytes(ctx, "x", {.mimetype = "text/plain", .as_attachment = true});
    });
    TestClient client(app);
    CHECK_THROWS_WITH(
        client.get("/missing"),
        ("send_file: " + tree.root() + "/missing.txt: No such file or directory").c_str());
    CHECK_THROWS_WITH(client.get("/folder"),
                      ("send_file: " + tree.root() + "/static: Is a directory").c_str());
    CHECK_THROWS_WITH_AS(client.get("/typeless"),
                         "Unable to detect the MIME type because a file name is not available. "
                         "Either set 'download_name', pass a path instead of a file, or set "
                         "'mimetype'.",
                         TypeError);
    CHECK_THROWS_WITH_AS(client.get("/nameless"),
                         "No name provided for attachment. Either set 'download_name' or pass a "
                         "path instead of a file.",
                         TypeError);
    CHECK(client.get("/static/x").status == 404);
}

TEST_CASE("an application's folders start from its root path, and that from its own file") {
    const App app("files", {.root_path = "/srv/app", .static_folder = "/var/files"});
    CHECK(app.static_folder() == "/var/files");
    CHECK(app.template_folder() == "/srv/app/templates");
    CHECK(app.instance_path() == "/srv/app/instance");
    const App other("other");
    CHECK(other.root_path() == fs::read_symlink("/proc/self/exe").parent_path().string());
}
