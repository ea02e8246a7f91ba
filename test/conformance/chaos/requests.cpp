// SPDX-License-Identifier: MIT
// The endpoints of the examples that follow the rules, and what each answers.
#include "test/conformance/chaos/requests.hpp"

#include <algorithm>

namespace csgi::chaos {

namespace {

std::string random_bytes(Dice &dice, size_t n) {
    std::string bytes(n, 0);
    for (char &c : bytes) c = static_cast<char>(dice.one_in(10) ? '\n' : 'a' + dice.below(26));
    return bytes;
}

std::string number(uint64_t n) {
    return std::to_string(n);
}

void give_body(Request &r, Dice &dice, bool whole) {
    if (r.method == "GET" || r.method == "HEAD") r.method = "POST";
    r.body = random_bytes(dice, dice.any_up_to(dice.one_in(8) ? 40000 : 300));
    r.stream = !whole && !dice.one_in(4);
    if (r.stream && dice.one_in(2)) r.declared = number(r.body.size());
}

void stream(Request &r, Dice &dice) {
    const uint64_t n = dice.any_up_to(60), size = dice.any_up_to(dice.one_in(8) ? 3000 : 40);
    const uint64_t delay = dice.one_in(2) ? 0 : dice.below(20);
    r.target = "/stream?n=" + number(n) + "&size=" + number(size) + "&delay=" + number(delay);
    std::string all;
    for (uint64_t i = 0; i < n; i++) {
        std::string line = "chunk " + number(i);
        while (line.size() + 1 < size) line += '.';
        all += line + '\n';
    }
    r.answer = all;
}

void big(Request &r, Dice &dice) {
    static const char *const memories[] = {"copy", "static", "arena", "owned"};
    const uint64_t n = dice.any_up_to(dice.one_in(4) ? 150000 : 3000);
    r.target = "/__conform/big?n=" + number(n) + "&mem=" + dice.pick(memories) +
               (dice.one_in(2) ? "&length=unknown" : "");
    std::string all(n, 0);
    for (uint64_t i = 0; i < n; i++) all[i] = static_cast<char>('a' + i % 26);
    r.answer = all;
}

void file(Request &r, Dice &dice) {
    const uint64_t off = dice.any_up_to(70000), len = dice.any_up_to(70000);
    r.target = "/file?off=" + number(off) + "&len=" + number(len);
    const std::string all = file_bytes(60000);
    if (off > all.size())
        r.status = 416;
    else
        r.answer = all.substr(off, len);
}

void raise(Request &r, Dice &dice) {
    static const char *const events[] = {"writable", "body", "drain"};
    r.target = std::string("/__conform/raise?event=") + dice.pick(events);
    r.answer = "raised\n";
    if (dice.one_in(4)) { // it aborts, before a head: 500
        r.target = "/__conform/raise?event=abort";
        r.answer.reset();
        r.status = 500;
    }
}

Request conform(Dice &dice, bool whole, bool duplex) {
    Request r;
    if (dice.one_in(4)) r.method = "HEAD";
    switch (dice.below(22)) {
    case 0:
        r.target = "/hello";
        r.answer = "Hello, world!";
        break;
    case 1:
    case 2:
    case 3:
        r.target = "/echo";
        give_body(r, dice, whole);
        r.answer = r.body;
        r.reads = true;
        r.spools = !duplex; // it waits for all of it then
        break;
    case 4:
    case 5:
    case 6: stream(r, dice); break;
    case 7: {
        static const unsigned codes[] = {200, 204, 205, 304, 404, 500, 599};
        r.status = dice.pick(codes);
        r.target = "/status/" + number(r.status);
        const bool none = r.status == 204 || r.status == 205 || r.status == 304;
        // The lint tells who gives 205 a body, and /status does.
        if (r.status == 205) r.target = "/status/" + number(r.status = 206);
        r.answer = none && r.status != 206 ? "" : "status " + number(r.status) + "\n";
        break;
    }
    case 8:
        r.target = "/reflect?value=a%20b";
        r.answer = "reflected\n";
        break;
    case 9: file(r, dice); break;
    case 10:
        r.target = "/headers";
        r.inside = "[\"host\", \"localhost\"]";
        break;
    case 11:
        r.target = "/__inspect/a%2Fb?x=1";
        if (dice.one_in(2)) give_body(r, dice, whole);
        r.inside = "\"body_length\": " + number(r.body.size());
        r.reads = true;
        break;
    case 12:
        r.target = dice.one_in(2)
                       ? "/__conform/slow-read"
                       : "/__conform/record?min=" + number(dice.any_up_to(100)) +
                             "&step=" + number(dice.any_up_to(50)) + "&ms=" + number(dice.below(3));
        give_body(r, dice, whole);
        r.body.resize(std::min<size_t>(r.body.size(), 200));
        if (!r.declared.empty()) r.declared = number(r.body.size());
        r.inside = "\"body_length\": " + number(r.body.size());
        r.reads = r.spools = true;
        break;
    case 13:
        r.target = "/__conform/read-all";
        give_body(r, dice, whole);
        r.inside = "\"body_length\": " + number(r.body.size());
        r.reads = r.spools = true;
        break;
    case 14:
        r.target = "/__conform/unread";
        give_body(r, dice, whole);
        r.answer = "unread\n";
        break;
    case 15:
        r.target = "/__conform/trailers";
        r.answer = "trailers\n";
        break;
    case 16: raise(r, dice); break;
    case 17:
        // /__conform/abort sends on after its abort, on purpose.
        r.target = dice.one_in(2) ? "/__conform/error-late" : "/__conform/error-late?mode=fixed";
        r.breaks = true;
        break;
    case 18: {
        static const struct {
            const char *target;
            unsigned status;
        } ends[] = {{"/__conform/error", 500},
                    {"/__conform/abort-early", 500},
                    {"/__conform/decline", 404},
                    {"/nowhere", 404}};
        const auto &end = dice.pick(ends);
        r.target = end.target;
        r.status = end.status;
        break;
    }
    case 19:
        r.target = "/__conform/never";
        r.status = 503;
        r.waits = true;
        break;
    case 20:
        if (dice.one_in(4)) { // a thread is slow, compared with the rest
            r.target = "/defer?ms=" + number(dice.below(2));
            r.answer = "deferred\n";
            r.threads = true;
            break;
        }
        [[fallthrough]];
    default: big(r, dice); break;
    }
    return r;
}

std::string upper(const std::string &body) {
    std::string out = body;
    for (char &c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

std::string quote(const std::string &body) {
    std::string out;
    bool inside = false;
    for (char c : body) {
        if (!inside) out += "> ";
        out += c;
        inside = c != '\n';
    }
    return out;
}

std::string same(const std::string &body) {
    return body;
}

} // namespace

std::string file_bytes(size_t n) {
    std::string bytes(n, 0);
    for (size_t i = 0; i < n; i++)
        bytes[i] = i % 61 == 60 ? '\n' : static_cast<char>('!' + i * 7 % 90);
    return bytes;
}

Request random_request(std::string_view application, Dice &dice, bool whole, bool duplex) {
    if (application == "conform") return conform(dice, whole, duplex);
    Request r;
    static const char *const methods[] = {"GET", "HEAD", "POST", "PURGE"};
    static const char *const targets[] = {"/", "/a%2Fb", "/a?b=c&d", "http://example.org/x"};
    r.method = dice.pick(methods);
    r.target = dice.pick(targets);
    if (dice.one_in(3)) give_body(r, dice, whole);
    if (application == "hello" || application == "hello_sdk") r.answer = "Hello, world!\n";
    return r;
}

Change change_of(std::string_view layer) {
    if (layer == "upper") return upper;
    if (layer == "quote") return quote;
    if (layer == "add_header" || layer == "pass_through") return same;
    return nullptr;
}

} // namespace csgi::chaos
