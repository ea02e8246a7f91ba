// SPDX-License-Identifier: MIT
// Where a server listens, as a program that embeds one says it: addresses, what is wrong with them,
// and what becomes of files.
#include "adapters/loop/listener.h"

#include <csgi.h>
#include <cstring>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace {

void arm(csgi_host *host, uint64_t at_ms) {
    csgi_loop_arm(csgi_loop_of(host), at_ms);
}

uint64_t now(csgi_host *host) {
    return csgi_loop_now(csgi_loop_of(host));
}

class Loop {
public:
    Loop() {
        transport_.arm = arm;
        transport_.now = now;
        REQUIRE(csgi_host_init(&host_, &transport_, nullptr, 0, CSGI_LIT("test")) == CSGI_OK);
        loop_ = csgi_loop_new(&host_, nullptr);
        REQUIRE(loop_);
    }
    ~Loop() {
        for (csgi_listener *listener : listeners_) csgi_listener_close(listener);
        csgi_loop_free(loop_, nullptr, nullptr);
        csgi_host_fini(&host_);
    }
    Loop(const Loop &) = delete;
    Loop &operator=(const Loop &) = delete;

    // Its URL, or what is wrong.
    std::string bind(const std::string &address) {
        char err[600] = "";
        csgi_listener *listener =
            csgi_listener_bind(loop_, "http", address.c_str(), nullptr, err, sizeof err);
        if (!listener) return err;
        listeners_.push_back(listener);
        return csgi_listener_url(listener);
    }
    void close() {
        csgi_listener_close(listeners_.back());
        listeners_.pop_back();
    }

private:
    csgi_transport transport_ = {};
    csgi_host host_ = {};
    csgi_loop *loop_ = nullptr;
    std::vector<csgi_listener *> listeners_;
};

class Folder {
public:
    Folder() { REQUIRE(mkdtemp(path_)); }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;
    std::string operator/(const std::string &name) const { return path_ + ("/" + name); }

private:
    char path_[32] = "/tmp/csgi-listen-XXXXXX";
};

bool starts(const std::string &text, const std::string &with) {
    return text.rfind(with, 0) == 0;
}

bool holds(const std::string &text, const std::string &part) {
    return text.find(part) != text.npos;
}

// A socket of this address that listens, or only is bound.
int make_unix(const std::string &path, bool listens) {
    sockaddr_un at = {};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(bind(fd, reinterpret_cast<sockaddr *>(&at), sizeof at) == 0);
    if (listens) REQUIRE(listen(fd, 5) == 0);
    return fd;
}

} // namespace

TEST_CASE("the kernel chooses port 0, and the URL tells which") {
    Loop loop;
    const std::string url = loop.bind("127.0.0.1:0");
    CHECK(starts(url, "http://127.0.0.1:"));
    CHECK(url != "http://127.0.0.1:0");
}

TEST_CASE("an address in brackets is one of IPv6, and none is every address") {
    Loop loop;
    const std::string url = loop.bind("[::1]:0");
    if (holds(url, "cannot listen")) {
        MESSAGE("SKIP: no IPv6 here");
        return;
    }
    CHECK(starts(url, "http://[::1]:"));
    CHECK(starts(loop.bind(":0"), "http://[::]:"));
}

TEST_CASE("what is no address is refused, with the forms there are") {
    Loop loop;
    for (const char *address : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:80x",
                                "127.0.0.1:65536", "127.0.0.1:-1", ":99999999999999999999"}) {
        CAPTURE(address);
        const std::string err = loop.bind(address);
        CHECK(
            starts(err, "cannot listen: not an address\n  where: " + std::string(address) + "\n"));
        CHECK(holds(err, "what to do: write 127.0.0.1:8000"));
    }
    CHECK(holds(loop.bind(std::string(70, 'x') + ":80"), "not an address"));
    for (const char *address : {"localhost:80", "1.2.3:80", "[::g]:80", "[127.0.0.1]:80"}) {
        CAPTURE(address);
        CHECK(holds(loop.bind(address), "its host is not an IP address"));
    }
}

TEST_CASE("a port that is taken, and an address of another machine, are said to be that") {
    Loop loop;
    const std::string url = loop.bind("127.0.0.1:0");
    const std::string taken = url.substr(std::strlen("http://"));
    CHECK(holds(loop.bind(taken), "another program has it"));
    CHECK(holds(loop.bind("192.0.2.1:0"), "no interface of this machine has that address"));
}

TEST_CASE("a unix socket is there while somebody listens, and gone afterwards") {
    Loop loop;
    Folder folder;
    const std::string path = folder / "a.sock";
    CHECK(loop.bind("unix:" + path) == "http+unix:" + path);
    CHECK(std::filesystem::is_socket(path));
    loop.close();
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a unix socket's path has to be one, with its folder, and no longer than 107 bytes") {
    Loop loop;
    Folder folder;
    CHECK(holds(loop.bind("unix:"), "its path is empty or longer"));
    CHECK(holds(loop.bind("unix:" + (folder / std::string(110, 'x'))),
                "its path is empty or longer"));
    CHECK(holds(loop.bind("unix:" + (folder / "no/a.sock")), "make its folder first"));
}

TEST_CASE("a socket's file that nobody listens on is taken over, any other is left alone") {
    Loop loop;
    Folder folder;
    const std::string stale = folder / "stale", used = folder / "used", file = folder / "file";
    ::close(make_unix(stale, true));
    CHECK(loop.bind("unix:" + stale) == "http+unix:" + stale);

    const int fd = make_unix(used, true);
    CHECK(holds(loop.bind("unix:" + used), "another program has it"));
    CHECK(std::filesystem::is_socket(used));
    ::close(fd);

    std::ofstream(file) << "precious";
    CHECK(holds(loop.bind("unix:" + file), "another program has it"));
    CHECK(std::filesystem::is_regular_file(file));
}

TEST_CASE("a descriptor that listens is taken over, and tells where") {
    Loop loop;
    Folder folder;
    const std::string path = folder / "given";
    const int given = make_unix(path, true), tcp = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(listen(tcp, 5) == 0);
    CHECK(loop.bind("fd:" + std::to_string(given)) == "http+unix:" + path);
    CHECK(starts(loop.bind("fd:" + std::to_string(tcp)), "http://0.0.0.0:"));
    loop.close();
    loop.close();
    CHECK(std::filesystem::exists(path)); // whoever made it removes it
}

TEST_CASE("a descriptor that does not listen is refused, whatever else it is") {
    Loop loop;
    Folder folder;
    const int bound = make_unix(folder / "bound", false), null = dup(STDIN_FILENO);
    CHECK(holds(loop.bind("fd:" + std::to_string(bound)), "not a socket that listens"));
    CHECK(holds(loop.bind("fd:" + std::to_string(null)), "not a socket that listens"));
    CHECK(holds(loop.bind("fd:60000"), "the descriptor is not open"));
    CHECK(holds(loop.bind("fd:x"), "not a descriptor's number"));
    CHECK(holds(loop.bind("fd:"), "not a descriptor's number"));
    ::close(bound);
    ::close(null);
}
