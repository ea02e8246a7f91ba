// SPDX-License-Identifier: MIT
// Any bytes as what a front sends: a server on a thread of its own takes them from a socket and
// ends the connection in order, whatever they are; what it sends back are records of a responder.
// Input: the first byte says into which pieces the rest is cut.
#include <csgi/sdk.h>
#include <csgi/serve.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace {

void promise(bool kept, const char *sentence) {
    if (kept) return;
    std::fprintf(stderr, "broken promise: %s\n", sentence);
    std::abort();
}

bool is_path(const csgi_request *req, const char *path) {
    return req->path.n == std::strlen(path) && std::memcmp(req->path.p, path, req->path.n) == 0;
}

// Reads all of the body, whatever becomes of it, then answers; "/never" waits for the front to go.
uint32_t on_event(csgi_request *req, uint32_t events, void *arg) {
    auto *over = static_cast<bool *>(arg);
    if (*over) return events;
    csgi_chunk piece;
    size_t n = 0;
    csgi_rc rc = CSGI_AGAIN;
    while (!is_path(req, "/never") &&
           (rc = req->source->peek(req->source, req->exchange, 1, &piece, 1, &n)) == CSGI_OK)
        req->source->consume(req->source, req->exchange, piece.n);
    if (rc == CSGI_AGAIN && !(events & CSGI_EVENT_ABORT)) return events;
    *over = true;
    if (rc != CSGI_EOF || csgi_text(req, 200, "read\n") < 0) csgi_abort(req);
    return events;
}

csgi_rc handle(csgi_app *, csgi_request *req) {
    promise(req->method.n && req->path.n && req->path.p[0] == '/', "a request has its parts");
    promise(req->peer.p && req->local.p && req->authority.p,
            "no string has a NULL pointer [REQ-14]");
    if (is_path(req, "/")) return csgi_text(req, 200, "whole\n");
    if (is_path(req, "/broken")) {
        csgi_head head{sizeof head, 200, 0, nullptr, 0, 0, 100};
        csgi_begin(req, &head);
        csgi_write(req, "some", 4);
        return csgi_abort(req);
    }
    if (is_path(req, "/large")) {
        static const std::string text(100000, 't');
        return csgi_reply(req, 200, CSGI_STR("text/plain"), csgi_str{text.data(), text.size()},
                          CSGI_MEM_STATIC);
    }
    auto *over = static_cast<bool *>(csgi_zalloc(req->exchange, sizeof(bool)));
    const uint32_t all = CSGI_EVENT_BODY | CSGI_EVENT_WRITABLE | CSGI_EVENT_ABORT;
    if (!over || req->exchange->api->listen(req, all, on_event, over) < 0) return CSGI_NOMEM;
    on_event(req, CSGI_EVENT_BODY, over);
    return CSGI_PENDING;
}

csgi_app app{sizeof(csgi_app), 0, 0, nullptr, 0, handle, nullptr, nullptr, nullptr, nullptr};

class Responder {
public:
    Responder() {
        char folder[] = "/tmp/csgi-fuzz-XXXXXX";
        promise(mkdtemp(folder) != nullptr, "there is a folder");
        path_ = std::string(folder) + "/s";
        const std::string address = "unix:" + path_;
        const char *listen = address.c_str();
        csgi_serve_options options{};
        options.struct_size = sizeof options;
        options.listen = &listen;
        options.nlisten = 1;
        options.flags = CSGI_SERVE_NO_SIGNALS;
        options.log_level = CSGI_LOG_FATAL;
        options.log = [](void *, int32_t level, csgi_str message) {
            promise(level < CSGI_LOG_HOST_MISBEHAVING, std::string(message.p, message.n).c_str());
        };
        char err[512] = "";
        server_ = csgi_server_open_fastcgi(&app, &options, err, sizeof err);
        promise(server_ != nullptr, err);
        thread_ = std::thread([this] { csgi_server_run(server_); });
    }
    ~Responder() {
        csgi_server_stop(server_);
        thread_.join();
        csgi_server_close(server_);
        rmdir(path_.substr(0, path_.rfind('/')).c_str());
    }
    Responder(const Responder &) = delete;

    int connect() const {
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        path_.copy(at.sun_path, sizeof at.sun_path - 1);
        const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        promise(fd >= 0 && ::connect(fd, reinterpret_cast<sockaddr *>(&at), sizeof at) == 0,
                "the server is there");
        return fd;
    }

private:
    std::string path_;
    csgi_server *server_ = nullptr;
    std::thread thread_;
};

// What came back, taken apart by another reader than the server's.
void judge(const std::string &bytes) {
    std::set<unsigned> stderr_open;
    size_t at = 0;
    while (bytes.size() - at >= 8) {
        const auto *p = reinterpret_cast<const uint8_t *>(bytes.data()) + at;
        const unsigned type = p[1], id = p[2] * 256u + p[3], n = p[4] * 256u + p[5];
        // How an answer that was given up ends.
        if (bytes.size() - at == 8 && bytes.find_first_not_of('\0', at) == bytes.npos) break;
        promise(p[0] == 1, "records are of version 1");
        promise(type == 3 || type == 6 || type == 7 || type == 10 || type == 11,
                "records are a responder's");
        promise((id == 0) == (type >= 10), "management records alone have id 0");
        promise((type != 3 && type != 11) || n == 8, "END and UNKNOWN_TYPE are 8 bytes");
        if (bytes.size() - at < 8 + n + p[6]) break; // the connection was cut
        if (type == 7 && n) stderr_open.insert(id);
        if (type == 7 && !n) promise(stderr_open.erase(id) == 1, "STDERR ends once, if it began");
        if (type == 3) promise(!stderr_open.count(id), "STDERR ends before END");
        at += 8 + n + p[6];
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const Responder responder;
    if (size < 1) return 0;
    const size_t step = data[0] ? data[0] : size;
    const int fd = responder.connect();
    for (size_t at = 1; at < size; at += step) {
        const size_t n = std::min(step, size - at);
        if (send(fd, data + at, n, MSG_NOSIGNAL) < 0) break; // closed: what it said counts
    }
    shutdown(fd, SHUT_WR);
    std::string bytes;
    char buffer[65536];
    for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0;)
        bytes.append(buffer, static_cast<size_t>(n));
    close(fd);
    judge(bytes);
    return 0;
}
