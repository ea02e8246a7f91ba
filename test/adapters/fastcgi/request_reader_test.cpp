// SPDX-License-Identifier: MIT
// CGI's words become the view that other servers make from a head (RFC 3875).
#include "adapters/fastcgi/request_reader.h"
#include "test/core/gateway/fixture.hpp"

#include <random>

namespace {

using Params = std::vector<std::pair<std::string, std::string>>;
using csgi::text;

void put_length(std::string &out, size_t n) {
    if (n < 128) {
        out += static_cast<char>(n);
        return;
    }
    for (int shift : {24, 16, 8, 0})
        out += static_cast<char>((n >> shift & 0xff) | (shift == 24 ? 0x80 : 0));
}

// What a front sends for a plain request, with `more` behind it.
struct Request {
    csgi::Bare bare;
    csgi_queue queue{};
    csgi_host_exchange *x;
    csgi_intake in{};
    std::string bytes;
    unsigned status;

    explicit Request(const Params &params, uint32_t max_fields = 100) {
        csgi_queue_init(&queue, &bare.host);
        x = csgi_host_open(&bare.host, &queue, nullptr);
        REQUIRE(x);
        REQUIRE(csgi_intake_begin(&in, x, max_fields));
        for (const auto &[name, value] : params) {
            put_length(bytes, name.size());
            put_length(bytes, value.size());
            bytes += name + value;
        }
        status = csgi_params_read(&in, bytes.data(), bytes.size());
    }
    ~Request() { csgi_host_discard(x); }
    const csgi_request *operator->() const { return &x->root.req; }
    Params fields() const {
        Params found;
        for (uint32_t i = 0; i < x->root.req.nheaders; i++)
            found.emplace_back(text(x->root.req.headers[i].name),
                               text(x->root.req.headers[i].value));
        return found;
    }
};

Params plain(const Params &more = {}) {
    Params params{{"REQUEST_METHOD", "GET"},
                  {"REQUEST_URI", "/a%20b?c=%20"},
                  {"SERVER_PROTOCOL", "HTTP/1.1"},
                  {"HTTP_HOST", "a.test"}};
    params.insert(params.end(), more.begin(), more.end());
    return params;
}

} // namespace

TEST_CASE("the parameters of nginx's own file make a request") {
    Request r({{"QUERY_STRING", "c"},
               {"REQUEST_METHOD", "POST"},
               {"CONTENT_TYPE", "text/plain"},
               {"CONTENT_LENGTH", "5"},
               {"SCRIPT_NAME", "/a b"},
               {"REQUEST_URI", "/a%20b?c"},
               {"DOCUMENT_URI", "/a b"},
               {"DOCUMENT_ROOT", "/usr/share/nginx/html"},
               {"SERVER_PROTOCOL", "HTTP/1.1"},
               {"REQUEST_SCHEME", "https"},
               {"HTTPS", "on"},
               {"GATEWAY_INTERFACE", "CGI/1.1"},
               {"SERVER_SOFTWARE", "nginx/1.22.1"},
               {"REMOTE_ADDR", "203.0.113.9"},
               {"REMOTE_PORT", "40000"},
               {"REMOTE_USER", ""},
               {"SERVER_ADDR", "2001:db8::1"},
               {"SERVER_PORT", "443"},
               {"SERVER_NAME", "_"},
               {"REDIRECT_STATUS", "200"},
               {"HTTP_HOST", "a.test"},
               {"HTTP_USER_AGENT", "curl/7.88.1"},
               {"HTTP_CONTENT_TYPE", "text/plain"},
               {"HTTP_CONTENT_LENGTH", "5"}});
    REQUIRE(r.status == 0);
    CHECK(text(r->method) == "POST");
    CHECK(text(r->target) == "/a%20b?c");
    CHECK(text(r->path) == "/a%20b");
    CHECK(text(r->query) == "c");
    CHECK(text(r->scheme) == "https");
    CHECK((r->flags & CSGI_REQ_TLS) != 0);
    CHECK(text(r->authority) == "a.test");
    CHECK(text(r->peer) == "203.0.113.9");
    CHECK(text(r->local) == "2001:db8::1");
    CHECK((r->peer_port == 40000 && r->local_port == 443));
    CHECK((r->http_version == 11 && r->mount_len == 0 && r->content_length == 5));
    CHECK(r.fields() == Params{{"host", "a.test"},
                               {"user-agent", "curl/7.88.1"},
                               {"content-type", "text/plain"},
                               {"content-length", "5"}});
    CHECK(r->known[CSGI_FIELD_CONTENT_LENGTH] == 4);
}

TEST_CASE("fields that come one by one are joined as their names have it") {
    Request r(plain({{"HTTP_COOKIE", "a=1"},
                     {"HTTP_ACCEPT", "text/html"},
                     {"HTTP_X_A", "1"},
                     {"HTTP_COOKIE", "b=2"},
                     {"HTTP_ACCEPT", ""},
                     {"HTTP_X_A", "2"},
                     {"HTTP_ACCEPT", "*/*"},
                     {"HTTP_IF_RANGE", "/r"},
                     {"HTTP_IF_RANGE", "/r"}}));
    REQUIRE(r.status == 0);
    CHECK(r.fields() == Params{{"host", "a.test"},
                               {"cookie", "a=1; b=2"},
                               {"accept", "text/html, , */*"},
                               {"x-a", "1, 2"},
                               {"if-range", "/r"}});
    for (uint32_t i = 0; i < r->nheaders; i++) CHECK(r->headers[i].next == 0);
    CHECK(r->known[CSGI_FIELD_IF_RANGE] == 5);
    CHECK(Request(plain({{"HTTP_IF_RANGE", "/r"}, {"HTTP_IF_RANGE", "/s"}})).status == 400);
}

TEST_CASE("what a client writes as Content_Length or Proxy frames and configures nothing") {
    Request r(plain({{"HTTP_CONTENT_LENGTH", "5"},
                     {"HTTP_CONTENT_TYPE", "evil/evil"},
                     {"HTTP_PROXY", "http://evil.test"},
                     {"HTTP_CONNECTION", "close"},
                     {"HTTP_TE", "trailers"},
                     {"HTTP_", "nameless"},
                     {"http_host", "b.test"},
                     {"HTTP_x", "lower"},
                     {"HTTP_A!B", "odd"},
                     {"HTTP_ABCDEFGHiJ", "a long one, lower"},
                     {"HTTP_X_FORWARDED_FOR", "203.0.113.1"}}));
    REQUIRE(r.status == 0);
    CHECK((r->flags & CSGI_REQ_HAS_BODY) == 0);
    CHECK(r.fields() == Params{{"host", "a.test"}, {"x-forwarded-for", "203.0.113.1"}});
    // The front's CONTENT_TYPE counts, wherever it stands.
    CHECK(Request(plain({{"HTTP_CONTENT_TYPE", "evil/evil"}, {"CONTENT_TYPE", "good/good"}}))
              .fields()
              .back()
              .second == "good/good");
}

TEST_CASE("a body is framed by CONTENT_LENGTH, or has no known length (RFC 3875 4.1.2)") {
    Request none(plain({{"CONTENT_LENGTH", ""}}));
    CHECK(((none->flags & CSGI_REQ_HAS_BODY) == 0 && none->content_length == 0));
    Request empty(plain({{"CONTENT_LENGTH", "0"}}));
    CHECK(((empty->flags & CSGI_REQ_HAS_BODY) != 0 && empty->content_length == 0));
    Request chunks(plain({{"CONTENT_LENGTH", ""}, {"HTTP_TRANSFER_ENCODING", "chunked"}}));
    CHECK(((chunks->flags & CSGI_REQ_HAS_BODY) != 0 && chunks->content_length == -1));
    CHECK(chunks.fields() == Params{{"host", "a.test"}});
    // Taken apart by the front, which knows a length that the client did not tell.
    Request undone(plain({{"HTTP_TRANSFER_ENCODING", "chunked"}, {"CONTENT_LENGTH", "7"}}));
    CHECK(((undone->flags & CSGI_REQ_HAS_BODY) != 0 && undone->content_length == 7));
    CHECK(undone.fields() == Params{{"host", "a.test"}});
    for (const char *bad : {"-1", "+1", "1x", " 1", "99999999999999999999"}) {
        CAPTURE(bad);
        CHECK(Request(plain({{"CONTENT_LENGTH", bad}})).status == 400);
        CHECK(Request(plain({{"CONTENT_LENGTH", bad}, {"HTTP_TRANSFER_ENCODING", "chunked"}}))
                  .status == 400);
    }
    CHECK(Request(plain({{"HTTP_TRANSFER_ENCODING", "gzip"}})).status == 400);
    CHECK(Request(plain({{"HTTP_TRANSFER_ENCODING", "gzip, chunked"}})).status == 501);
}

TEST_CASE("without REQUEST_URI the path is encoded anew, and there is no target [REQ-17]") {
    Request r({{"REQUEST_METHOD", "GET"},
               {"SCRIPT_NAME", "/app"},
               {"PATH_INFO", "/a b%\xc3\xa9?x"},
               {"QUERY_STRING", "q=%20"},
               {"HTTP_HOST", "a"}});
    REQUIRE(r.status == 0);
    CHECK(text(r->path) == "/app/a%20b%25%C3%A9%3Fx");
    CHECK(text(r->query) == "q=%20");
    CHECK(text(r->target).empty());
    CHECK(r->target.p != nullptr);
    CHECK(r->mount_len == 4);
    Request absolute({{"REQUEST_METHOD", "GET"}, // "GET http://a?q", as nginx tells it
                      {"REQUEST_URI", "?q"},
                      {"SCRIPT_NAME", "/"},
                      {"QUERY_STRING", "q"}});
    CHECK((absolute.status == 0 && text(absolute->path) == "/" && text(absolute->query) == "q"));
    Request bare({{"REQUEST_METHOD", "GET"}, {"QUERY_STRING", "q"}});
    CHECK((bare.status == 0 && text(bare->path) == "/" && text(bare->query) == "q"));
}

TEST_CASE("a mount is a prefix of the path that SCRIPT_NAME and PATH_INFO agree on [REQ-4]") {
    auto mount = [](const char *uri, const char *script, const char *info) {
        Request r({{"REQUEST_METHOD", "GET"},
                   {"REQUEST_URI", uri},
                   {"SCRIPT_NAME", script},
                   {"PATH_INFO", info}});
        CHECK(r.status == 0);
        return r->mount_len;
    };
    CHECK(mount("/app/a%20b?x", "/app", "/a b") == 4);
    CHECK(mount("/app/a%2Fb", "/app", "/a/b") == 4);
    CHECK(mount("/app/", "/app", "/") == 4);
    CHECK(mount("/app", "/app", "") == 0);     // a front that splits nothing says the same
    CHECK(mount("/app/a", "/app/a", "") == 0); // as nginx has it
    CHECK(mount("/application/a", "/app", "lication/a") == 0);
    CHECK(mount("/%61pp/a", "/app", "/a") == 0); // not byte for byte
    CHECK(mount("/app//a", "/app", "/a") == 0);  // the front has rewritten it
    CHECK(mount("/app/../a", "/app", "/a") == 0);
    CHECK(mount("/other/a", "/app", "/a") == 0);
    CHECK(mount("/a", "", "/a") == 0);
}

TEST_CASE(
    "whatever SCRIPT_NAME and PATH_INFO say, path is the target's and a mount ends a segment") {
    std::mt19937 random(7);
    const std::string alphabet = "ab/%2F.2f";
    auto word = [&](size_t most) {
        std::string s;
        for (size_t n = random() % most; n; n--) s += alphabet[random() % alphabet.size()];
        return s;
    };
    unsigned mounted = 0;
    for (int i = 0; i < 20000; i++) {
        std::string script = "/" + word(4), rest = word(5);
        Request r({{"REQUEST_METHOD", "GET"},
                   {"REQUEST_URI", random() % 3 ? script + "/" + rest : "/" + word(9)},
                   {"SCRIPT_NAME", script},
                   {"PATH_INFO", random() % 3 ? "/" + rest : "/" + word(5)}});
        if (r.status) continue;
        const std::string path = text(r->path);
        CHECK(text(r->target).rfind(path, 0) == 0);
        if (!r->mount_len) continue;
        mounted++;
        CHECK(path.substr(0, r->mount_len) == script);
        CHECK((r->mount_len < path.size() && path[r->mount_len] == '/'));
    }
    CHECK(mounted > 100);
}

TEST_CASE("versions, schemes and addresses are those that a view can have [REQ-15] [REQ-19]") {
    auto version = [](const char *protocol) {
        return Request({{"REQUEST_METHOD", "GET"},
                        {"REQUEST_URI", "/"},
                        {"SERVER_PROTOCOL", protocol},
                        {"HTTP_HOST", "a"}})
            ->http_version;
    };
    CHECK(version("HTTP/1.0") == 10);
    CHECK(version("HTTP/1.1") == 11);
    CHECK(version("HTTP/2.0") == 20);
    CHECK(version("HTTP/3.0") == 30);
    CHECK(version("INCLUDED") == 10);
    CHECK(
        Request({{"REQUEST_METHOD", "GET"}, {"REQUEST_URI", "/"}, {"SERVER_PROTOCOL", "HTTP/1.1"}})
            .status == 400); // no Host
    CHECK(text(Request(plain({{"HTTPS", "off"}, {"REQUEST_SCHEME", "https"}}))->scheme) == "http");
    CHECK(text(Request(plain({{"HTTPS", ""}, {"REQUEST_SCHEME", "https"}}))->scheme) == "https");
    CHECK(text(Request(plain({{"HTTPS", "1"}}))->scheme) == "https");
    CHECK(text(Request(plain())->scheme) == "http");
    Request unixed(plain({{"REMOTE_ADDR", "unix:"}, {"REMOTE_PORT", "80"}}));
    CHECK((text(unixed->peer) == "unix:" && unixed->peer_port == 0));
    for (const char *bad : {"", "a.test", "1.2.3", "1.2.3.4:80", "::1%eth0", "1.2.3.4\n", "1.2.3.",
                            "1.2..4", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4.", ".1.2.3"}) {
        CAPTURE(bad);
        Request r(plain({{"REMOTE_ADDR", bad}, {"REMOTE_PORT", "80"}}));
        CHECK((r.status == 0 && r->peer.n == 0 && r->peer_port == 0));
    }
    Request ports(plain({{"REMOTE_ADDR", "::1"}, {"REMOTE_PORT", "65536"}}));
    CHECK((text(ports->peer) == "::1" && ports->peer_port == 0));
}

TEST_CASE("what no host lets pass is refused here, too [REQ-18]") {
    auto status = [](const char *name, const char *value) {
        Params params = plain();
        for (auto &param : params)
            if (param.first == name) param.second = value;
        return Request(params).status;
    };
    CHECK(status("REQUEST_METHOD", "get") == 400);
    CHECK(status("REQUEST_METHOD", "") == 400);
    CHECK(status("REQUEST_METHOD", "CONNECT") == 400);
    CHECK(status("REQUEST_METHOD", "TRACE") == 405);
    CHECK(status("REQUEST_URI", "/a b") == 400);
    CHECK(status("REQUEST_URI", "/%") == 400);
    CHECK(status("REQUEST_URI", "/%00") == 400);
    CHECK(status("REQUEST_URI", "/../a") == 400);
    CHECK(status("REQUEST_URI", "*") == 400);
    CHECK(status("REQUEST_URI", "ftp://a/") == 400);
    CHECK(status("HTTP_HOST", "a b") == 400);
    CHECK(status("HTTP_HOST", "u@a") == 400);
    CHECK(Request(plain({{"HTTP_X", "a\r\nb"}})).status == 400);
    CHECK(Request(plain({{"HTTP_ABCDEFG\xc3\xa9", "no token"}})).status == 400);
    CHECK(Request(plain({{"HTTP_ABCDEFGHIJ K", "no token"}})).status == 400);
    CHECK(Request(plain({{"HTTP_X", "1"}, {"HTTP_Y", "2"}}), 2).status == 431);
    CHECK(Request(plain({{"HTTP_X", " \ta b\t "}})).fields().back().second == "a b");
}
