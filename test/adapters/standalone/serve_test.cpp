// SPDX-License-Identifier: MIT
// The server as a program calls it, through serve.h: its beginning, its end, and what it says.
#include <csgi/ext/poll.h>
#include <csgi/sdk.h>
#include <csgi/serve.h>

#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <doctest/doctest.h>
#include <functional>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace {

// An application that notes its life, and one run of a server for it. The client is the test
// itself: what it sends waits in the socket until the server runs, and so does the answer.
struct Run {
    csgi_app app = {};
    std::string life, log, url, peer;
    int no_delay = -1; // of the connection that a request came on
    csgi_rc start_rc = CSGI_OK;
    bool answers = true, stops = true;
    csgi_str body = CSGI_LIT("hello\n");
    csgi_server *server = nullptr;
    const char *address = "127.0.0.1:0";
    // Where it listens is told before the first connection is taken, and whoever reads it connects.
    std::function<void()> on_listening;
    csgi_serve_options options = {};
    char err[300] = "";

    Run() {
        app.struct_size = sizeof app;
        app.handle = [](csgi_app *self, csgi_request *req) { return of(self).handle(req); };
        app.start = [](csgi_app *self, csgi_worker *, char *text, size_t cap) {
            of(self).life += "start ";
            return of(self).start_rc < 0 ? csgi_refuse(text, cap, CSGI_APP, "asleep") : CSGI_OK;
        };
        app.drain = [](csgi_app *self) { of(self).life += "drain "; };
        app.stop = [](csgi_app *self) { of(self).life += "stop "; };
        app.destroy = [](csgi_app *self) { of(self).life += "destroy"; };
        options.struct_size = sizeof options;
        options.flags = CSGI_SERVE_NO_SIGNALS;
        options.listen = &address;
        options.nlisten = 1;
        options.arg = this;
        options.listening = [](void *arg, const char *at) {
            auto *run = static_cast<Run *>(arg);
            run->url = at;
            run->on_listening();
        };
        options.log = [](void *arg, int32_t, csgi_str line) {
            static_cast<Run *>(arg)->log.append(line.p, line.n).append("\n");
        };
    }
    Run(const Run &) = delete;
    Run &operator=(const Run &) = delete;

    static Run &of(csgi_app *self) { return *reinterpret_cast<Run *>(self); } // its first member

    csgi_rc handle(csgi_request *req) {
        if (stops) csgi_server_stop(server);
        peer.assign(req->peer.p, req->peer.n);
        no_delay = no_delay_of(req->peer_port);
        if (answers) return answer(req);
        req->exchange->api->listen(
            req, CSGI_EVENT_ABORT,
            [](csgi_request *lost, uint32_t events, void *) {
                (void)csgi_abort(lost);
                return events;
            },
            nullptr);
        return CSGI_PENDING;
    }

    csgi_rc answer(csgi_request *req) const {
        csgi_head head = {};
        head.struct_size = sizeof head;
        head.status = 200;
        csgi_chunk chunk = {};
        chunk.mem = CSGI_MEM_STATIC;
        chunk.p = body.p;
        chunk.n = body.n;
        const csgi_part part = {sizeof part, CSGI_PART_END, &head, &chunk, 1, nullptr, 0};
        return req->sink->send(req->sink, req->exchange, &part);
    }

    // TCP_NODELAY of this process's socket to that port; -1: it has none.
    static int no_delay_of(uint16_t port) {
        for (int fd = 0; fd < 1024; ++fd) {
            sockaddr_in6 at = {}; // its port stands where IPv4's does
            socklen_t size = sizeof at;
            int value = -1;
            if (getpeername(fd, reinterpret_cast<sockaddr *>(&at), &size) ||
                ntohs(at.sin6_port) != port || at.sin6_family == AF_UNIX)
                continue;
            size = sizeof value;
            getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &size);
            return value;
        }
        return -1;
    }

    bool open() {
        server = csgi_server_open(&app, &options, err, sizeof err);
        return server != nullptr;
    }
    void close() { csgi_server_close(server); }

    // Connects to where it listens and sends this; `from` an address of this machine.
    int ask(const std::string &bytes, const char *from = "127.0.0.1") {
        sockaddr_in at = {}, own = {};
        own.sin_family = AF_INET;
        REQUIRE(inet_pton(AF_INET, from, &own.sin_addr) == 1);
        at.sin_family = AF_INET;
        at.sin_port = htons(static_cast<uint16_t>(std::atoi(url.c_str() + url.rfind(':') + 1)));
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        REQUIRE(bind(fd, reinterpret_cast<sockaddr *>(&own), sizeof own) == 0);
        REQUIRE(connect(fd, reinterpret_cast<sockaddr *>(&at), sizeof at) == 0);
        REQUIRE(send(fd, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
        return fd;
    }
};

std::string all_of(int fd) {
    std::string text;
    char piece[4096];
    for (ssize_t n; (n = recv(fd, piece, sizeof piece, 0)) > 0;)
        text.append(piece, static_cast<size_t>(n));
    close(fd);
    return text;
}

const std::string hello = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

} // namespace

TEST_CASE(
    "a server that is told to stop answers what it has, and the application's life ends in order") {
    Run run;
    REQUIRE(run.open());
    REQUIRE(run.life == "start ");
    int fd = -1;
    run.on_listening = [&] {
        fd = run.ask(hello);
        shutdown(fd, SHUT_WR); // so that nobody waits for more
    };
    CHECK(csgi_server_run(run.server) == CSGI_OK);
    CHECK(csgi_server_answered(run.server) == 1);
    run.close();
    CHECK(run.life == "start drain stop destroy");
    const std::string answer = all_of(fd);
    CHECK(answer.find("HTTP/1.1 200 OK\r\n") == 0);
    CHECK(answer.find("\r\n\r\nhello\n") != answer.npos);
}

TEST_CASE("a client is known by the address it came from, also where a socket takes both kinds") {
    for (const char *address : {"127.0.0.1:0", ":0"}) {
        for (const char *from : {"127.0.0.1", "127.10.200.255", "127.99.100.9"}) {
            CAPTURE(address);
            Run run;
            run.address = address;
            REQUIRE(run.open());
            int fd = -1;
            run.on_listening = [&] {
                fd = run.ask(hello, from);
                shutdown(fd, SHUT_WR);
            };
            CHECK(csgi_server_run(run.server) == CSGI_OK);
            run.close();
            close(fd);
            CHECK(run.peer == from);
        }
    }
}

TEST_CASE("no connection waits for more to send than it has, also of a socket that was inherited") {
    const int inherited = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(listen(inherited, 1) == 0);
    const std::string descriptor = "fd:" + std::to_string(inherited);
    for (const char *address : {"127.0.0.1:0", ":0", descriptor.c_str()}) {
        CAPTURE(address);
        Run run;
        run.address = address;
        REQUIRE(run.open());
        int fd = -1;
        run.on_listening = [&] { fd = run.ask(hello); };
        CHECK(csgi_server_run(run.server) == CSGI_OK);
        run.close();
        close(fd);
        CHECK(run.no_delay == 1);
    }
}

TEST_CASE("an answer that does not come before drain_ms is cut off, and that is GONE") {
    Run run;
    run.answers = false;
    run.options.drain_ms = 50;
    REQUIRE(run.open());
    int fd = -1;
    run.on_listening = [&] { fd = run.ask(hello); };
    CHECK(csgi_server_run(run.server) == CSGI_GONE);
    CHECK(run.log.find("the time to drain is over") != run.log.npos);
    run.close();
    CHECK(all_of(fd).empty());
}

TEST_CASE("an application that does not start, and an address that is none, are reasons in words; "
          "the application is destroyed once") {
    SUBCASE("start") {
        Run run;
        run.start_rc = CSGI_APP;
        CHECK_FALSE(run.open());
        CHECK(std::string(run.err) == "asleep");
        CHECK(run.life == "start destroy");
    }
    SUBCASE("address") {
        Run run;
        run.address = "nowhere";
        CHECK(csgi_serve_http(&run.app, &run.options, run.err, sizeof run.err) == CSGI_APP);
        CHECK(std::string(run.err).find("where: nowhere") != std::string::npos);
        CHECK(run.life == "destroy");
    }
    SUBCASE("no certificate") {
        Run run;
        run.options.tls_listen = &run.address;
        run.options.ntls_listen = 1;
        CHECK_FALSE(run.open());
        CHECK(std::string(run.err).find("no certificate or no key is given") != std::string::npos);
        CHECK(run.life == "destroy");
    }
    SUBCASE("no such certificate") {
        Run run;
        run.options.tls_listen = &run.address;
        run.options.ntls_listen = 1;
        run.options.tls_cert = run.options.tls_key = "/nowhere/cert.pem";
        CHECK_FALSE(run.open());
        CHECK(std::string(run.err).find("/nowhere/cert.pem") != std::string::npos);
        CHECK(run.life == "destroy");
    }
}

TEST_CASE(
    "a program that was built when there were fewer options gets the defaults for the others") {
    Run run;
    run.options.struct_size = offsetof(csgi_serve_options, max_fields);
    run.options.max_fields = 1; // lies behind what it has
    REQUIRE(run.open());
    int fd = -1;
    run.on_listening = [&] {
        fd = run.ask("GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nC: d\r\n\r\n");
        shutdown(fd, SHUT_WR);
    };
    CHECK(csgi_server_run(run.server) == CSGI_OK);
    run.close();
    CHECK(all_of(fd).find("HTTP/1.1 200 OK\r\n") == 0);
}

TEST_CASE("a client that leaves while its answer waits does not end the program, which has said "
          "nothing about SIGPIPE") {
    struct Leaver {
        csgi_task task; // first
        int fd;
    } leaver = {};
    const std::string much(64 << 20, 'x');
    Run run;
    run.body = {much.data(), much.size()};
    run.options.flags = 0;
    std::signal(SIGPIPE, SIG_DFL);
    REQUIRE(run.open());
    run.on_listening = [&] {
        leaver.fd = run.ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        // To write behind a half-close and a reset is what raises it.
        shutdown(leaver.fd, SHUT_WR);
        leaver.task.run = [](csgi_worker *, csgi_task *task) {
            close(reinterpret_cast<Leaver *>(task)->fd);
        };
        csgi_worker *worker = csgi_server_worker(run.server);
        worker->api->timer(worker, &leaver.task, 50);
    };
    CHECK(csgi_server_run(run.server) == CSGI_OK);
    run.close();
}

TEST_CASE("a server closes, whatever is still watched on its loop") {
    Run run;
    csgi_watcher watcher = {};
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    REQUIRE(run.open());
    csgi_worker *worker = csgi_server_worker(run.server);
    const auto *poll = static_cast<const csgi_poll *>(worker->api->ext(worker, CSGI_EXT_POLL));
    watcher.run = [](csgi_worker *, csgi_watcher *, uint32_t) { FAIL("nothing came"); };
    REQUIRE(poll->watch(worker, &watcher, ends[0], CSGI_POLL_IN) == CSGI_OK);
    run.on_listening = [&] { csgi_server_stop(run.server); };
    CHECK(csgi_server_run(run.server) == CSGI_OK);
    REQUIRE(write(ends[1], "x", 1) == 1); // too late
    run.close();
    for (int end : ends) close(end);
}

TEST_CASE("an answer's only chunk may have no bytes, and point nowhere") {
    Run run;
    run.body = {nullptr, 0};
    REQUIRE(run.open());
    int fd = -1;
    run.on_listening = [&] {
        fd = run.ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        shutdown(fd, SHUT_WR);
    };
    CHECK(csgi_server_run(run.server) == CSGI_OK);
    run.close();
    const std::string answer = all_of(fd);
    CHECK(answer.find("HTTP/1.1 200 OK\r\n") == 0);
    CHECK(answer.find("\r\ncontent-length: 0\r\n") != answer.npos);
    CHECK(answer.ends_with("\r\n\r\n"));
}
