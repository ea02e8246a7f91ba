// SPDX-License-Identifier: MIT
// Heads as they arrive: refused with the status of csgi.md's section 17, or turned into a view.
#include "core/gateway/intake.h"

#include "core/http/field.h"
#include "test/core/gateway/fixture.hpp"

#include <random>

using namespace csgi;

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Head {
    std::string method = "GET", target = "/a?b", version = "11";
    Fields fields = {{"Host", "h"}};
};

std::string names_of(const csgi_request &req) {
    std::string all;
    for (uint32_t i = 0; i < req.nheaders; i++)
        all += (i ? " " : "") + text(req.headers[i].name) + "=" + text(req.headers[i].value);
    return all;
}

// Takes a head in; `status` is 0 or that of the refusal. Names that a transport has lower-cased
// come to the same.
struct Taken {
    Bare bare;
    csgi_queue queue{};
    csgi_host_exchange *x;
    csgi_intake in{};
    Head head; // its bytes are the view's
    unsigned status = 0;

    explicit Taken(Head from, uint32_t max_fields = 100) : head(std::move(from)) {
        csgi_queue_init(&queue, &bare.host);
        Head lowered = head;
        for (auto &[name, value] : lowered.fields)
            for (char &c : name)
                if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
        const unsigned other = take(lowered, max_fields, true);
        const std::string others = other ? "" : names_of(req());
        csgi_host_discard(x);
        in = {};
        status = take(head, max_fields, false);
        REQUIRE(other == status);
        if (!status) REQUIRE(others == names_of(req()));
    }
    unsigned take(Head &from, uint32_t max_fields, bool is_lower) {
        x = csgi_host_open(&bare.host, &queue, nullptr);
        REQUIRE(csgi_intake_begin(&in, x, max_fields));
        unsigned found = csgi_intake_line(&in, {from.method.data(), from.method.size()},
                                          {from.target.data(), from.target.size()},
                                          from.version == "10" ? 10 : 11);
        for (auto &[name, value] : from.fields) {
            const csgi_span bytes{value.data(), value.size()};
            if (!found)
                found = is_lower ? csgi_intake_lower_field(&in, {name.data(), name.size()}, bytes)
                                 : csgi_intake_field(&in, name.data(), name.size(), bytes);
        }
        return found ? found : csgi_intake_end(&in);
    }
    ~Taken() { csgi_host_discard(x); }
    const csgi_request &req() const { return x->root.req; }
    std::string fault() const { return in.fault ? in.fault : ""; }
};

Head with(Fields fields, const char *version = "11") {
    Head head;
    head.version = version;
    head.fields.insert(head.fields.end(), fields.begin(), fields.end());
    return head;
}

Head line(const char *method, const char *target) {
    Head head;
    head.method = method;
    head.target = target;
    return head;
}

} // namespace

TEST_CASE(
    "a plain request becomes a view with all that was sent [REQ-2] [REQ-3] [REQ-5] [REQ-10]") {
    Taken t(with({{"X-Custom", "v"}, {"Accept", "*/*"}}));
    REQUIRE(t.status == 0);
    const csgi_request &req = t.req();
    CHECK(text(req.method) == "GET");
    CHECK(req.method_id == CSGI_METHOD_GET);
    CHECK(text(req.target) == "/a?b");
    CHECK(text(req.path) == "/a");
    CHECK(text(req.query) == "b");
    CHECK(text(req.scheme) == "http");
    CHECK(text(req.authority) == "h");
    CHECK(req.form == CSGI_FORM_ORIGIN);
    CHECK(req.http_version == 11);
    CHECK(req.content_length == 0);
    CHECK(req.flags == 0);
    CHECK(req.nknown == CSGI_FID_COUNT);
    CHECK(names_of(req) == "host=h x-custom=v accept=*/*");
    CHECK(t.x->body.end == CSGI_EOF);
}

TEST_CASE("each method has its number, and HEAD its flag [REQ-2]") {
    const std::pair<const char *, unsigned> methods[] = {{"GET", CSGI_METHOD_GET},
                                                         {"HEAD", CSGI_METHOD_HEAD},
                                                         {"POST", CSGI_METHOD_POST},
                                                         {"PUT", CSGI_METHOD_PUT},
                                                         {"DELETE", CSGI_METHOD_DELETE},
                                                         {"OPTIONS", CSGI_METHOD_OPTIONS},
                                                         {"PATCH", CSGI_METHOD_PATCH},
                                                         {"PURGE", 0},
                                                         {"GETS", 0},
                                                         {"M-SEARCH", 0}};
    for (const auto &row : methods) {
        const auto id = row.second;
        CAPTURE(row.first);
        Taken t(line(row.first, "/"));
        CHECK(t.status == 0);
        CHECK(t.req().method_id == id);
        CHECK(t.req().flags == (id == CSGI_METHOD_HEAD ? CSGI_REQ_HEAD : 0u));
    }
}

TEST_CASE("the floor: each request that breaks it gets its status, and a reason [REQ-18]") {
    const struct {
        Head head;
        unsigned status;
    } cases[] = {
        {line("get", "/"), 400},
        {line("G T", "/"), 400},
        {line("", "/"), 400},
        {line("TRACE", "/"), 405},
        {line("CONNECT", "h:80"), 400},
        {line("OPTIONS", "*"), 400},
        {line("GET", "*"), 400},
        {line("GET", ""), 400},
        {line("GET", "a"), 400},
        {line("GET", "/%"), 400},
        {line("GET", "/%zz"), 400},
        {line("GET", "/%00"), 400},
        {line("GET", "/.."), 400},
        {line("GET", "/a/../../b"), 400},
        {line("GET", "/a b"), 400},
        {line("GET", "/a\x01"), 400},
        {line("GET", "ftp://h/"), 400},
        {line("GET", "http:///x"), 400},
        {line("GET", "http://u@h/"), 400},
        {{.fields = {}}, 400},
        {with({{"Host", "h"}}), 400},
        {{.fields = {{"Host", ""}}}, 400},
        {{.fields = {{"Host", "u@h"}}}, 400},
        {{.fields = {{"Host", "a b"}}}, 400},
        {with({{"Content-Length", "5"}, {"Content-Length", "5"}}), 400},
        {with({{"Content-Length", "5"}, {"Content-Length", "6"}}), 400},
        {with({{"Content-Length", "+5"}}), 400},
        {with({{"Content-Length", "5, 5"}}), 400},
        {with({{"Content-Length", ""}}), 400},
        {with({{"Content-Length", "9223372036854775808"}}), 400},
        {with({{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}}), 400},
        {with({{"Transfer-Encoding", "chunked"}, {"Content-Length", "5"}}), 400},
        {with({{"Transfer-Encoding", "chunked"}}, "10"), 400},
        // RFC 9112 6.3: without chunked at the end nobody knows where the body stops; 6.1: a coding
        // that is not understood is 501.
        {with({{"Transfer-Encoding", "gzip"}}), 400},
        {with({{"Transfer-Encoding", "identity"}}), 400},
        {with({{"Transfer-Encoding", "chunked, gzip"}}), 400},
        {with({{"Transfer-Encoding", "gzip, chunked, gzip"}}), 400},
        {with({{"Transfer-Encoding", "chunked;q=1"}}), 400},
        {with({{"Transfer-Encoding", "gzip, chunked"}}), 501},
        {with({{"Transfer-Encoding", "gzip,CHUNKED"}}), 501},
        {with({{"Transfer-Encoding", "a, b;c=d, chunked"}}), 501},
        {with({{"Transfer-Encoding", "gzip, chunked, chunked"}}), 400},
        {with({{"Transfer-Encoding", ",chunked"}}), 400},
        {with({{"Transfer-Encoding", "gzip"}, {"Transfer-Encoding", "chunked"}}), 400},
        {with({{"Transfer-Encoding", "chunked, chunked"}}), 400},
        {with({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}), 400},
        {with({{"Transfer-Encoding", ""}}), 400},
        {with({{"Content-Type", "a/b"}, {"Content-Type", "a/c"}}), 400},
        {with({{"Authorization", "x"}, {"X-A", "1"}, {"authorization", "y"}}), 400},
        {with({{"", "v"}}), 400},
        {with({{"a b", "v"}}), 400},
        {with({{"a:", "v"}}), 400},
        {with({{"X-A", "a\nb"}}), 400},
        {with({{"X-A", std::string("a\0b", 3)}}), 400},
        {with({{"X_A", "a\rb"}}), 400},
        {with({{"X-A", "\x7f"}}), 400},
    };
    for (const auto &c : cases) {
        CAPTURE(c.head.method + " " + c.head.target);
        if (!c.head.fields.empty()) CAPTURE(c.head.fields.back().second);
        Taken t(c.head);
        CHECK(t.status == c.status);
        CHECK(t.fault().size() >= 7);
    }
}

TEST_CASE("what the floor lets pass [REQ-18]") {
    for (const Head &head :
         {line("PURGE", "/"), line("GET", "/a//b/./c/../%2e%2e/d"), line("GET", "/%ff?%zz&%"),
          line("GET", "http://x:81"), line("OPTIONS", "/"), with({{"X_Odd", "dropped"}}),
          with({{"Content-Type", "a/b"}, {"content-type", "a/b"}}), with({{"X-A", ""}}),
          with({{"Early-Data", "1"},
                {"Early-Data", "0"}}), // each proxy may add its own, RFC 8470 5.1
          with({{"X-A", "\xff\x80 \t"}}), with({{"Content-Length", "0"}}),
          with({{"Transfer-Encoding", "CHUNKED"}}), Head{.version = "10", .fields = {}}}) {
        CAPTURE(head.target);
        Taken t(head);
        CAPTURE(t.fault());
        CHECK(t.status == 0);
    }
}

TEST_CASE("more fields than the limit are 431, so many are fine") {
    Fields fields;
    for (int i = 0; i < 60; i++) fields.emplace_back("x-" + std::to_string(i), "v");
    CHECK(Taken(with(fields), 61).status == 0);
    CHECK(Taken(with(fields), 60).status == 431);
}

TEST_CASE(
    "an absolute target's authority goes before Host's, whose line says the same then [REQ-10]") {
    for (const bool repeated : {false, true}) {
        Head head = line("GET", "http://example.org:81/x?y");
        head.fields = {{"Accept", "a"}, {"Host", "other.example"}};
        if (repeated) head.fields.insert(head.fields.begin() + 1, {"Accept", "b"});
        Taken t(head);
        REQUIRE(t.status == 0);
        CHECK(text(t.req().authority) == "example.org:81");
        CHECK(text(csgi_get(&t.req(), CSGI_FIELD_HOST)) == "example.org:81");
        CHECK(t.req().nheaders == head.fields.size());
        CHECK(text(csgi_get(&t.req(), CSGI_FIELD_ACCEPT)) == "a");
        CHECK(text(t.req().path) == "/x");
        CHECK(t.req().form == CSGI_FORM_ABSOLUTE);
        CHECK(text(t.req().target) == "http://example.org:81/x?y");
    }
    Head old = line("GET", "http://example.org/");
    old.version = "10", old.fields = {};
    Taken t(old);
    REQUIRE(t.status == 0);
    CHECK(text(t.req().authority) == "example.org");
    CHECK(t.req().nheaders == 0);
}

TEST_CASE("hop-by-hop fields and Proxy are taken out, odd names too, and read where they matter "
          "[REQ-6] [REQ-12]") {
    Taken t(with({{"Connection", "close, X"},
                  {"Keep-Alive", "5"},
                  {"TE", "trailers"},
                  {"Upgrade", "h2c"},
                  {"Proxy", "evil"},
                  {"Proxy-Connection", "keep-alive"},
                  {"Trailer", "x"},
                  {"X_Y", "1"},
                  {"X.Y", "2"},
                  {"X-Y", "3"},
                  {"Expect", "100-Continue"}}));
    REQUIRE(t.status == 0);
    CHECK(names_of(t.req()) == "host=h x-y=3 expect=100-Continue");
    CHECK(t.in.close);
    CHECK_FALSE(t.in.keep_alive);
    CHECK(t.in.expect_continue);
    Taken u(with({{"connection", "Keep-Alive"}, {"Expect", "something"}}, "10"));
    CHECK(u.in.keep_alive);
    CHECK_FALSE(u.in.close);
    CHECK_FALSE(u.in.expect_continue);
}

TEST_CASE("framing makes the body: none, so many bytes, or chunks [REQ-11] [REQ-13]") {
    Taken none(with({}));
    CHECK(none.req().flags == 0);
    Taken zero(with({{"Content-Length", "0"}}));
    CHECK(zero.req().flags == CSGI_REQ_HAS_BODY);
    CHECK(zero.req().content_length == 0);
    CHECK(zero.x->body.end == CSGI_EOF);
    Taken five(with({{"Content-Length", "005"}}));
    CHECK(five.req().flags == CSGI_REQ_HAS_BODY);
    CHECK(five.req().content_length == 5);
    CHECK(five.x->body.end == CSGI_AGAIN);
    CHECK(text(csgi_get(&five.req(), CSGI_FIELD_CONTENT_LENGTH)) == "005");
    Taken chunks(with({{"Transfer-Encoding", "chunked"}}));
    CHECK(chunks.req().flags == CSGI_REQ_HAS_BODY);
    CHECK(chunks.req().content_length == -1);
    CHECK(chunks.in.chunked);
}

TEST_CASE("TLS makes the scheme [REQ-19]") {
    Taken t(with({}));
    csgi_intake_scheme(&t.in, true);
    CHECK(text(t.req().scheme) == "https");
    CHECK((t.req().flags & CSGI_REQ_TLS) != 0);
}

TEST_CASE("known and next are right for random heads [REQ-8] [REQ-9]") {
    const char *const names[] = {
        "Accept", "COOKIE", "x-forwarded-for", "X-A", "x-b", "X-C", "vary", "Via", "x-A", "Link",
        "y-a",    "z"};
    for (unsigned seed = 0; seed < 300; seed++) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        Fields fields;
        for (size_t n = random() % 70; n > 0; n--)
            fields.emplace_back(names[random() % std::size(names)], std::to_string(n));
        Taken t(with(fields));
        REQUIRE(t.status == 0);
        const csgi_request &req = t.req();
        REQUIRE(req.nheaders == fields.size() + 1);
        // The model: search.
        for (uint32_t id = 0; id < req.nknown; id++) {
            uint32_t first = 0;
            for (uint32_t i = req.nheaders; i-- > 0;)
                if (id && req.headers[i].id == id) first = i + 1;
            REQUIRE(req.known[id] == first);
        }
        for (uint32_t i = 0; i < req.nheaders; i++) {
            const csgi_header &field = req.headers[i];
            REQUIRE(field.id == csgi_field_lookup(field.name.p, field.name.n));
            uint32_t next = 0;
            for (uint32_t j = req.nheaders; j-- > i + 1;)
                if (text(req.headers[j].name) == text(field.name)) next = j + 1;
            REQUIRE(field.next == next);
            REQUIRE(field.flags == 0);
        }
    }
}
