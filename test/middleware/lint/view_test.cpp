// SPDX-License-Identifier: MIT
// Hosts that hand over a wrong view: one field each is wrong, and exactly its rule is named.
#include "test/middleware/lint/fake_host.hpp"

#include <doctest/doctest.h>

namespace {

csgi_rc fine(csgi_request *req) {
    return csgi_text(req, 200, "fine");
}

// What is said of a request with one thing changed.
std::string said_of_view(std::function<void(FakeExchange &)> change) {
    FakePair pair(fine);
    pair.start();
    FakeExchange &x = pair.host.open();
    change(x);
    pair.host.handle(x);
    pair.host.settle(x);
    return pair.end();
}

csgi_header line(const char *name, const char *value) {
    return {words(name), words(value), 0, 0, 0};
}

const csgi_header host = line("host", "example.org");

} // namespace

TEST_CASE("a good view is not accused") {
    CHECK(said_of_view([](FakeExchange &) {}) == "");
    CHECK(said_of_view([](FakeExchange &x) {
              x.fields({host, line("cookie", "a=1"), line("x-own", "1"), line("cookie", "b=2"),
                        line("x-own", ""), line("cookie", "c=3")});
          }) == "");
    CHECK(said_of_view([](FakeExchange &x) { // browsers send this
              x.view.target = words("/a/b?discount=100%");
              x.view.query = words("discount=100%");
          }) == "");
}

TEST_CASE("structures that are too small, pointers that are NULL [REQ-1]") {
    CHECK(said_of_view([](FakeExchange &x) { x.view.struct_size = 64; }) == "REQ-1 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.sink = nullptr; }) == "REQ-1 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.source = nullptr; }) == "REQ-1 host");
    CHECK(said_of_view([](FakeExchange &x) { x.struct_size = 8; }) == "REQ-1 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.known = nullptr; }) == "REQ-1 host");
    FakePair pair(fine);
    pair.start();
    FakeExchange &x = pair.host.open();
    csgi_api lacking = pair.host.api_table;
    lacking.timer = nullptr;
    x.api = &lacking;
    CHECK(pair.host.handle(x) == CSGI_INVAL);
    CHECK(pair.end() == "REQ-1 host");
}

TEST_CASE("a method that is no token, has another number, or another HEAD flag [REQ-2]") {
    CHECK(said_of_view([](FakeExchange &x) {
              x.view.method = words("G T");
              x.view.method_id = 0;
          }) == "REQ-2 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.method_id = CSGI_METHOD_PUT; }) ==
          "REQ-2 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.flags |= CSGI_REQ_HEAD; }) == "REQ-2 host");
    CHECK(said_of_view([](FakeExchange &x) {
              x.view.method = words("HEAD");
              x.view.method_id = CSGI_METHOD_HEAD;
          }) == "REQ-2 host");
    CHECK(said_of_view([](FakeExchange &x) {
              x.view.method = words("BREW");
              x.view.method_id = 0;
          }) == "");
}

TEST_CASE("a form that does not go with method, target and path [REQ-3]") {
    CHECK(said_of_view([](FakeExchange &x) {
              x.view.form = CSGI_FORM_ASTERISK;
              x.view.target = words("*");
              x.view.path = x.view.query = words("");
          }) == "REQ-3 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.form = CSGI_FORM_AUTHORITY; }) == "REQ-3 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.form = 0; }) == "REQ-3 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.path = words("a/b"); }) == "REQ-3 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.path = words("/a#b"); }) == "REQ-3 host");
    CHECK(said_of_view([](FakeExchange &x) {
              x.view.form = CSGI_FORM_ASTERISK;
              x.view.method = words("OPTIONS");
              x.view.method_id = CSGI_METHOD_OPTIONS;
              x.view.target = words("*");
              x.view.path = x.view.query = words("");
          }) == "");
}

TEST_CASE("a mount prefix that is too long or ends within a segment [REQ-4]") {
    CHECK(said_of_view([](FakeExchange &x) { x.view.mount_len = 5; }) == "REQ-4 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.mount_len = 3; }) == "REQ-4 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.mount_len = 2; }) == "");
    CHECK(said_of_view([](FakeExchange &x) { x.view.mount_len = 4; }) == "");
}

TEST_CASE("a path with a question mark, a space or a broken escape; a query cut wrongly [REQ-5]") {
    for (const char *path : {"/a?b", "/a b", "/a%", "/a%2", "/a%2x", "/a\x7f", "/a\n"})
        CHECK(said_of_view([path](FakeExchange &x) { x.view.path = words(path); }) == "REQ-5 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.query = words("?q=1"); }) == "REQ-5 host");
    CHECK(said_of_view([](FakeExchange &x) {
              x.view.target = words("/a/b?q=1 2");
              x.view.query = words("q=1 2");
          }) == "REQ-5 host");
    CHECK(said_of_view([](FakeExchange &x) {
              x.view.target = words("/a/b??q=1");
              x.view.query = words("?q=1");
          }) == "");
}

TEST_CASE("a field name with a capital, an underscore or nothing [REQ-6]") {
    for (const char *name : {"X-Own", "x_own", ""})
        CHECK(said_of_view([name](FakeExchange &x) {
                  x.fields({host, line(name, "1")});
              }) == "REQ-6 host");
}

TEST_CASE("a field value with a line break, a NUL, or white space at an end [REQ-7]") {
    for (const char *value : {"a\r\nb", "a\nb", " a", "a\t"})
        CHECK(said_of_view([value](FakeExchange &x) {
                  x.fields({host, line("x-own", value)});
              }) == "REQ-7 host");
    CHECK(said_of_view([](FakeExchange &x) {
              x.fields({host, {words("x-own"), {"a\0b", 3}, 0, 0, 0}});
          }) == "REQ-7 host");
}

TEST_CASE("known names another line, or a line has another id [REQ-8]") {
    CHECK(said_of_view([](FakeExchange &x) { x.ids[CSGI_FIELD_ACCEPT] = 2; }) == "REQ-8 host");
    CHECK(said_of_view([](FakeExchange &x) { x.ids[CSGI_FIELD_COOKIE] = 1; }) == "REQ-8 host");
    CHECK(said_of_view([](FakeExchange &x) {
              x.lines[1].id = CSGI_FIELD_COOKIE;
              x.ids[CSGI_FIELD_COOKIE] = 2;
          }) == "REQ-8 host");
}

TEST_CASE("next passes over a line of the same name, or leads to another [REQ-9]") {
    const auto three = [](FakeExchange &x) {
        x.fields({host, line("x-own", "1"), line("x-own", "2"), line("x-own", "3")});
    };
    CHECK(said_of_view([&](FakeExchange &x) {
              three(x);
              x.lines[1].next = 4;
          }) == "REQ-9 host");
    CHECK(said_of_view([&](FakeExchange &x) {
              three(x);
              x.lines[3].next = 2;
          }) == "REQ-9 host");
}

TEST_CASE("two Hosts, or an authority that is another's [REQ-10]") {
    CHECK(said_of_view([](FakeExchange &x) { x.fields({host, host}); }) == "REQ-10 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.authority = words("other.org"); }) ==
          "REQ-10 host");
    CHECK(said_of_view([](FakeExchange &x) {
              x.view.form = CSGI_FORM_ABSOLUTE;
              x.view.target = words("http://other.org/a/b?q=1");
          }) == "REQ-10 host");
    CHECK(said_of_view([](FakeExchange &x) {
              x.view.form = CSGI_FORM_ABSOLUTE;
              x.view.target = words("http://other.org/a/b?q=1");
              x.view.authority = words("other.org");
          }) == "");
}

TEST_CASE("a Content-Length that is no number, or another [REQ-11]") {
    for (const char *value : {"+5", "5, 5", "6"})
        CHECK(said_of_view([value](FakeExchange &x) {
                  x.fields({host, line("content-length", value)});
                  x.view.flags |= CSGI_REQ_HAS_BODY;
                  x.view.content_length = 5;
              }) == "REQ-11 host");
}

TEST_CASE("fields about the connection, and Proxy, were passed on [REQ-12]") {
    for (const char *name : {"connection", "transfer-encoding", "te", "upgrade", "proxy"})
        CHECK(said_of_view([name](FakeExchange &x) {
                  x.fields({host, line(name, "x")});
              }) == "REQ-12 host");
}

TEST_CASE("a length without HAS_BODY, or a body without it [REQ-13]") {
    CHECK(said_of_view([](FakeExchange &x) { x.view.content_length = 5; }) == "REQ-13 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.content_length = -1; }) == "REQ-13 host");
    CHECK(said_of_view([](FakeExchange &x) {
              x.view.flags |= CSGI_REQ_HAS_BODY;
              x.view.content_length = -2;
          }) == "REQ-13 host");
    CHECK(said_of_view([](FakeExchange &x) {
              x.fields({host, line("content-length", "0")});
          }) == "REQ-13 host");
}

TEST_CASE("a string with a NULL pointer [REQ-14]") {
    CHECK(said_of_view([](FakeExchange &x) { x.view.query = {nullptr, 0}; }) == "REQ-14 host");
    CHECK(said_of_view([](FakeExchange &x) { x.lines[1].value = {nullptr, 0}; }) == "REQ-14 host");
}

TEST_CASE("peer and local that are no addresses [REQ-15]") {
    CHECK(said_of_view([](FakeExchange &x) { x.view.peer = words("localhost"); }) == "REQ-15 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.local = words("1.2.3.4.5"); }) ==
          "REQ-15 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.peer = words("unix:"); }) == "REQ-15 host");
    CHECK(said_of_view([](FakeExchange &x) {
              x.view.peer = words("unix:");
              x.view.peer_port = 0;
              x.view.local = words("fe80::1%eth0");
          }) == "");
}

TEST_CASE("a view changes while the exchange goes on [REQ-16]") {
    std::string value = "1";
    CHECK(said_of_view([&](FakeExchange &x) {
              x.lines[1].value = {value.data(), value.size()};
              x.fake.send = [&](FakeExchange &same, const csgi_part *part) {
                  value[0] = '2';
                  return FakeHost::take(same, part);
              };
          }) == "REQ-16 host");
    CHECK(said_of_view([&](FakeExchange &x) {
              x.fake.send = [](FakeExchange &same, const csgi_part *part) {
                  same.view.mount_len = 2;
                  return FakeHost::take(same, part);
              };
          }) == "REQ-16 host");
}

TEST_CASE("a scheme in capitals, a version of no protocol [REQ-19]") {
    CHECK(said_of_view([](FakeExchange &x) { x.view.scheme = words("HTTP"); }) == "REQ-19 host");
    CHECK(said_of_view([](FakeExchange &x) { x.view.http_version = 12; }) == "REQ-19 host");
}
