// SPDX-License-Identifier: MIT
// A module's file: each that is broken is one error that names the file and says what is wrong.
#include "core/gateway/module.h"

#include "test/core/gateway/fixture.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <sys/stat.h>
#include <unistd.h>

using namespace csgi;

namespace {

std::string module_path(const std::string &name) {
    return std::string(MODULES) + "/broken_" + name + ".so";
}

// A file of its own, gone with the object.
struct File {
    char path[40] = "/tmp/csgi-module-XXXXXX";
    explicit File(const std::string &bytes, mode_t mode = 0644) {
        close(mkstemp(path));
        std::ofstream(path, std::ios::binary) << bytes;
        chmod(path, mode);
    }
    ~File() { unlink(path); }
    File(const File &) = delete;
    File &operator=(const File &) = delete;
};

struct Opened {
    csgi_module module{};
    std::string path;
    csgi_rc rc;
    std::string err;

    explicit Opened(std::string from, uint64_t caps = CSGI_NESTED_CAPS) : path(std::move(from)) {
        char text[1000] = "";
        rc = csgi_module_open(&module, path.c_str(), caps, text, sizeof text);
        err = text;
    }
    bool says(const char *what) const {
        if (err.find(what) != err.npos && err.find(path) != err.npos) return true;
        MESSAGE(err);
        return false;
    }
};

std::string bytes_of(const std::string &path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

struct Created {
    csgi_app *app = nullptr;
    csgi_rc rc;
    std::string err;
    explicit Created(const char *name, std::string_view config = "") {
        Opened opened(module_path(name));
        REQUIRE(opened.rc == CSGI_OK);
        char text[200] = "left over";
        rc = csgi_module_create(&opened.module, str(config), nullptr, 0, &app, text, sizeof text);
        err = text;
    }
    ~Created() {
        if (app) app->destroy(app);
    }
    Created(const Created &) = delete;
    Created &operator=(const Created &) = delete;
};

} // namespace

TEST_CASE("a good module opens and makes applications, a new one each time [LOAD-1] [LOAD-7]") {
    Opened o(module_path("nothing"));
    REQUIRE(o.rc == CSGI_OK);
    CHECK(std::string(o.module.entry->name) == "broken");
    Created a("nothing"), b("nothing");
    CHECK(a.rc == CSGI_OK);
    CHECK(a.app);
    CHECK(a.app != b.app);
}

TEST_CASE("what is no module is one error with the path and the reason [LOAD-11]") {
    Opened none("/nonexistent/x.so");
    CHECK(none.rc == CSGI_INVAL);
    CHECK(none.says("[LOAD-11] No such file"));
    Opened folder("/tmp");
    CHECK(folder.rc == CSGI_INVAL);
    CHECK(folder.says("directory"));
    Opened device("/dev/null");
    CHECK(device.rc == CSGI_INVAL);
    CHECK(device.says("not a file"));
    for (const std::string &bytes : {std::string(), std::string("#!/bin/sh\n"),
                                     std::string("\x7f"
                                                 "ELF"),
                                     std::string(5000, 'x'), std::string(5000, '\0')}) {
        File file(bytes);
        Opened o(file.path);
        CHECK(o.rc == CSGI_INVAL);
        CHECK(o.says("[LOAD-11]"));
    }
    File open_to_all(bytes_of(module_path("nothing")), 0666);
    Opened o(open_to_all.path);
    CHECK(o.rc == CSGI_INVAL);
    CHECK(o.says("chmod o-w"));
    Opened bare("no-such-file-here.so"); // and not looked for along the library path
    CHECK(bare.says("No such file"));
}

TEST_CASE("a module that is cut short anywhere is an error and no crash [LOAD-11]") {
    const std::string whole = bytes_of(module_path("nothing"));
    bool loads = false;
    REQUIRE(whole.size() > 1000);
    CHECK(Opened(File(whole.substr(0, 1000)).path).rc == CSGI_INVAL);
    for (size_t n = 0; n < whole.size(); n += whole.size() / 97 + 1) {
        CAPTURE(n);
        File file(whole.substr(0, n));
        Opened o(file.path);
        // Behind what is loaded stands what debuggers read, which may be missing.
        if (o.rc == CSGI_OK) {
            CHECK(std::string(o.module.entry->name) == "broken");
            loads = true;
        } else {
            CHECK(o.says("[LOAD-11]"));
            CHECK_FALSE(loads);
        }
    }
}

TEST_CASE("a shared library without the symbol, and one of another major version [LOAD-1]") {
    Opened none(module_path("no_symbol"));
    CHECK(none.rc == CSGI_INVAL);
    CHECK(none.says("[LOAD-1]"));
    CHECK(none.says("no csgi_entry_v1"));
    Opened later(module_path("later_major"));
    CHECK(later.rc == CSGI_INVAL);
    CHECK(later.says("version 3"));
}

TEST_CASE(
    "an entry that is cut short, odd, nameless or without create is refused [LOAD-1] [LOAD-3]") {
    const std::pair<const char *, const char *> cases[] = {{"short_entry", "[LOAD-1]"},
                                                           {"odd_entry", "[LOAD-1]"},
                                                           {"nameless", "[LOAD-3]"},
                                                           {"no_create", "no create"}};
    for (const auto &row : cases) {
        CAPTURE(row.first);
        Opened o(module_path(row.first));
        CHECK(o.rc == CSGI_INVAL);
        CHECK(o.says(row.second));
    }
}

TEST_CASE("a module that needs more than there is, is refused by the names of what is missing "
          "[LOAD-10]") {
    Opened o(module_path("needs_more"));
    CHECK(o.rc == CSGI_UNSUP);
    CHECK(o.says("[LOAD-10]"));
    CHECK(o.says(" INFORM UPGRADE"));
    CHECK(o.err.find("RAW_TARGET") == o.err.npos);
    CHECK(Opened(module_path("needs_more"), UINT64_MAX).rc == CSGI_OK);
    CHECK(std::string(csgi_cap_name(CSGI_CAP_SENDFILE)) == "SENDFILE");
    CHECK(std::string(csgi_cap_name(UINT64_C(1) << 40)) == "?");
}

TEST_CASE(
    "check and create that fail are heard, and one that gives no reason is told so [LOAD-8]") {
    Created refuses("refuses");
    CHECK(refuses.rc == CSGI_APP);
    CHECK(refuses.err == "not today");
    CHECK(refuses.app == nullptr);
    Created mute("mute");
    CHECK(mute.rc == CSGI_APP);
    CHECK(mute.err.find("[LOAD-8]") == 0);
    Created checked("check_refuses", "key=1");
    CHECK(checked.rc == CSGI_INVAL);
    CHECK(checked.err == "no such key");
    Created fine("check_refuses");
    CHECK(fine.rc == CSGI_OK);
    Created empty("makes_nothing");
    CHECK(empty.rc == CSGI_APP);
    CHECK(empty.err.find("made no application") != empty.err.npos);
}
