// SPDX-License-Identifier: MIT
// Request-targets and authorities, judged by the rows of test/vectors/target.md.
#include "core/http/target.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "test/core/http/guard.hpp"
#include "test/core/http/vectors.hpp"

using namespace csgi;

namespace {

std::string text(csgi_span span) {
    return std::string(span.p, span.n);
}

std::string describe_target(const char *p, std::size_t n, std::string_view method) {
    csgi_target t;
    switch (csgi_target_parse(p, n, method.data(), method.size(), &t)) {
    case CSGI_TARGET_EMPTY: return "empty";
    case CSGI_TARGET_BYTE: return "byte";
    case CSGI_TARGET_FORM_UNKNOWN: return "form";
    case CSGI_TARGET_HOST: return "host";
    case CSGI_TARGET_ESCAPE: return "escape";
    case CSGI_TARGET_NUL: return "nul";
    case CSGI_TARGET_CLIMB: return "climb";
    case CSGI_TARGET_OK: break;
    }
    static const char *const forms[] = {"", "origin", "absolute", "authority", "asterisk"};
    std::string out = std::string(forms[t.form]) + " path=" + text(t.path);
    if (t.has_query) out += " query=" + text(t.query);
    if (t.form == CSGI_TARGET_ABSOLUTE || t.form == CSGI_TARGET_AUTHORITY)
        out += " authority=" + text(t.authority);
    return out;
}

std::string describe_authority(const char *p, std::size_t n) {
    csgi_authority a;
    switch (csgi_authority_parse(p, n, &a)) {
    case CSGI_AUTHORITY_EMPTY: return "empty";
    case CSGI_AUTHORITY_BAD: return "bad";
    case CSGI_AUTHORITY_OK: break;
    }
    return text(a.host) + (a.port >= 0 ? " " + std::to_string(a.port) : "");
}

csgi_target_result judge(std::string_view target, std::string_view method = "GET") {
    csgi_target t;
    return csgi_target_parse(target.data(), target.size(), method.data(), method.size(), &t);
}

} // namespace

TEST_CASE("a request-target is read, or refused, as its row says") {
    for (const VectorRow &row : read_vectors(VECTORS "/target.md", "Targets")) {
        std::string method = "GET";
        std::string input = row.at(0);
        for (const char *other : {"OPTIONS ", "options ", "CONNECT "}) {
            if (input.rfind(other, 0) != 0) continue;
            method = std::string(other, std::string_view(other).size() - 1);
            input = input.substr(method.size() + 1);
        }
        CAPTURE(row.at(0));
        CAPTURE(row.at(2));
        // An outcome is not in backquotes, so its escapes are still to be read.
        const std::string expected = vector_cell("`" + row.at(1) + "`");
        CHECK(guarded(input, [&](char *p, std::size_t n) {
                  return describe_target(p, n, method);
              }) == expected);
    }
}

TEST_CASE("an authority is read, or refused, as its row says") {
    for (const VectorRow &row : read_vectors(VECTORS "/target.md", "Authorities")) {
        CAPTURE(row.at(0));
        CAPTURE(row.at(2));
        CHECK(guarded(row.at(0), describe_authority) == row.at(1));
    }
}

TEST_CASE("a byte is refused in a target when it is a control byte, a space or DEL") {
    // At every place of targets of several lengths, because they are read eight bytes at a time.
    for (std::size_t n = 2; n <= 20; ++n) {
        for (std::size_t at = 1; at < n; ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string target = "/" + std::string(n - 1, 'a');
                target[at] = static_cast<char>(byte);
                const bool refused = byte <= 0x20 || byte == 0x7f;
                CAPTURE(n);
                CAPTURE(at);
                CAPTURE(byte);
                REQUIRE((judge(target) == CSGI_TARGET_BYTE) == refused);
            }
        }
    }
}

TEST_CASE("a byte is taken in a host when RFC 3986 3.2.2 has it in reg-name") {
    const std::string_view others = "-._~!$&'()*+,;=";
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        const bool alnum =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool taken = alnum || others.find(c) != std::string_view::npos;
        const std::string host = std::string("h") + c + "h";
        CAPTURE(byte);
        CHECK((csgi_authority_parse(host.data(), host.size(), nullptr) == CSGI_AUTHORITY_OK) ==
              taken);
    }
}

TEST_CASE("a port is taken when it is a number up to 65535") {
    for (int port = 0; port <= 70000; ++port) {
        const std::string authority = "h:" + std::to_string(port);
        csgi_authority a;
        const bool taken =
            csgi_authority_parse(authority.data(), authority.size(), &a) == CSGI_AUTHORITY_OK;
        CAPTURE(port);
        REQUIRE(taken == (port <= 65535));
        if (taken) REQUIRE(a.port == port);
    }
}

TEST_CASE("a path of dot segments is refused when a walk through it leaves the root") {
    // The oracle walks as RFC 3986 5.2.4 does, and once more over the path as a server sees it
    // that decodes first and takes several slashes as one.
    const auto leaves = [](const std::string &path, bool folded) {
        std::vector<std::string> segments{""};
        for (std::size_t i = 1; i < path.size(); ++i) {
            std::string c = path.substr(i, 1);
            if (c == "%") c = path.substr(i, 3), i += 2;
            if (c == "%2e") c = ".";
            if (c == "/" || (folded && c == "%2f"))
                segments.push_back("");
            else
                segments.back() += c;
        }
        int depth = 0;
        for (const std::string &segment : segments) {
            if (segment == "..") {
                if (--depth < 0) return true;
            } else if (segment != "." && !(folded && segment.empty())) {
                ++depth;
            }
        }
        return false;
    };
    const char *const pieces[] = {"/", ".", "a", "%2e", "%2f"};
    long refused = 0;
    for (int length = 0; length <= 8; ++length) {
        int count = 1;
        for (int i = 0; i < length; ++i) count *= 5;
        for (int number = 0; number < count; ++number) {
            std::string path = "/";
            for (int i = 0, rest = number; i < length; ++i, rest /= 5) path += pieces[rest % 5];
            const bool expected = leaves(path, false) || leaves(path, true);
            refused += expected;
            if ((judge(path) == CSGI_TARGET_CLIMB) != expected) FAIL(path);
        }
    }
    CHECK(refused > 1000);
}

TEST_CASE("a scheme is handed on as received, and absent parts are empty but not NULL") {
    csgi_target t;
    const std::string_view absolute = "HtTp://h";
    REQUIRE(csgi_target_parse(absolute.data(), absolute.size(), "GET", 3, &t) == CSGI_TARGET_OK);
    CHECK(text(t.scheme) == "HtTp");
    CHECK(t.query.n == 0);
    CHECK(t.query.p != nullptr);
    REQUIRE(csgi_target_parse("/", 1, "GET", 3, &t) == CSGI_TARGET_OK);
    CHECK(t.scheme.n == 0);
    CHECK(t.scheme.p != nullptr);
    CHECK(t.authority.p != nullptr);
    CHECK_FALSE(t.has_query);
}

TEST_CASE("a target that is refused leaves what was there untouched") {
    csgi_target t;
    REQUIRE(csgi_target_parse("/a?b", 4, "GET", 3, &t) == CSGI_TARGET_OK);
    REQUIRE(csgi_target_parse("/%", 2, "GET", 3, &t) == CSGI_TARGET_ESCAPE);
    CHECK(text(t.path) == "/a");
    CHECK(text(t.query) == "b");
}
