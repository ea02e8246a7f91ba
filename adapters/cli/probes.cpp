// SPDX-License-Identifier: MIT
// The requests that `csgi check` sends to an application.
#include "adapters/cli/probes.hpp"

#include "adapters/cli/bench.hpp"
#include "adapters/cli/console.hpp"
#include "adapters/cli/judge.hpp"
#include "core/gateway/module.h"

namespace csgi {

namespace {

enum class Body { none, whole, pieces, empty, cut };
enum class Client { reads, slow, leaves_at_once, leaves_in_body, leaves_in_answer };

struct Script {
    const char *title;
    const char *method;
    Body body = Body::none;
    Client client = Client::reads;
    unsigned version = 11;
    bool internal = false;
    bool many_fields = false;
};

const Script scripts[] = {
    {"GET", "GET"},
    {"HEAD", "HEAD"},
    {"POST with a body", "POST", Body::whole},
    {"POST in pieces of one byte", "POST", Body::pieces},
    {"POST with an empty body", "POST", Body::empty},
    {"POST whose body breaks off", "POST", Body::cut},
    {"PUT with a body", "PUT", Body::whole},
    {"an unknown method", "BREW"},
    {"OPTIONS", "OPTIONS"},
    {"HTTP/1.0", "GET", Body::none, Client::reads, 10},
    {"many fields", "GET", Body::none, Client::reads, 11, false, true},
    {"an internal request", "GET", Body::none, Client::reads, 11, true},
    {"a client that reads slowly", "GET", Body::none, Client::slow},
    {"a client that sends and reads slowly", "POST", Body::pieces, Client::slow},
    {"a client that leaves at once", "GET", Body::none, Client::leaves_at_once},
    {"a client that leaves before its body", "POST", Body::pieces, Client::leaves_at_once},
    {"a client that leaves in its body", "POST", Body::pieces, Client::leaves_in_body},
    {"a client that leaves in the answer", "GET", Body::none, Client::leaves_in_answer},
};

constexpr std::string_view body_text = "name=value&other=%C3%A4&third=one+two";

// Bytes that a slow client takes at a time, and how often before it takes the rest.
constexpr uint64_t slow_bytes = 7;
constexpr unsigned slow_turns = 50;

void send_body(Bench &bench, csgi_nested_call *call, const Script &script) {
    size_t n = body_text.size();
    if (script.client == Client::leaves_in_body || script.body == Body::cut) n /= 2;
    if (script.client == Client::leaves_at_once) n = 0;
    for (size_t i = 0; i < n; i++) {
        csgi_nested_feed(call, str_of(body_text.substr(i, 1)));
        if (i % 3 == 0) bench.turn(); // now one at a time, now three at once
    }
    if (script.client == Client::leaves_in_body || script.client == Client::leaves_at_once) return;
    if (script.body == Body::cut)
        csgi_nested_cut(call);
    else
        csgi_nested_feed_end(call);
}

void read_answer(Bench &bench, csgi_nested_call *call, const Script &script) {
    if (script.client == Client::slow)
        for (unsigned i = 0; i < slow_turns; i++) {
            csgi_nested_take(call, slow_bytes);
            bench.turn();
        }
    if (script.client == Client::leaves_in_answer) {
        csgi_nested_take(call, slow_bytes);
        bench.turn();
    }
    if (script.client == Client::slow) csgi_nested_take(call, UINT64_MAX / 2);
}

bool leaves(const Script &script) {
    return script.client >= Client::leaves_at_once;
}

// Plays one request through and says what came of it.
std::string play(Bench &bench, const Script &script, const std::string &target) {
    csgi_header fields[90] = {};
    std::string values[std::size(fields)];
    csgi_nested_request request = {};
    request.method = str_of(script.method);
    request.target = str_of(target);
    request.version = script.version;
    request.internal = script.internal;
    request.slow_reader =
        script.client == Client::slow || script.client == Client::leaves_in_answer;
    if (script.body == Body::whole) request.body = str_of(body_text);
    request.stream = script.body == Body::pieces || script.body == Body::cut;
    if (script.body == Body::empty) {
        fields[0] = {CSGI_LIT("content-length"), CSGI_LIT("0"), 0, 0, 0};
        request.nheaders = 1;
    } else if (script.many_fields) {
        for (size_t i = 0; i < std::size(fields); i++) {
            values[i] = "v" + std::to_string(i);
            fields[i] = {i % 3 ? csgi_str CSGI_LIT("x-csgi-check") : csgi_str CSGI_LIT("cookie"),
                         str_of(values[i]), 0, 0, 0};
        }
        request.nheaders = std::size(fields);
    }
    request.headers = fields;

    csgi_nested_call *call = bench.open(request);
    const csgi_nested_answer *answer = csgi_nested_answer_of(call);
    if (answer->refused) return "refused by the host with " + std::to_string(answer->status);
    if (request.stream) send_body(bench, call, script);
    read_answer(bench, call, script);
    if (leaves(script)) csgi_nested_lose(call);
    if (!bench.settle(call)) {
        if (leaves(script))
            bench.fail("RES-11", "the exchange goes on after the client left");
        else
            bench.give_up(call, std::string(script.title) + " at " + target);
        return "";
    }
    if (leaves(script)) return "ended when the client had left";
    if (answer->broken || !answer->complete) return answer->begun ? "answer cut off" : "no answer";
    return std::to_string(answer->status) + ", " + std::to_string(answer->body.n) + " bytes";
}

void tell_result(const Teller &tell, Bench &bench, const std::string &title,
                 const std::string &result) {
    if (!bench.failed() && !result.empty()) tell.ok("", title + ": " + result);
}

Probe script_probe(const Script &script, const std::string &target, bool layer) {
    std::string title = std::string(script.title) + " at " + target;
    return {title, [=](const Teller &tell, const Options &options) {
                Bench bench(tell, options, layer, CSGI_NESTED_CAPS);
                bench.subject(title);
                std::string result = play(bench, script, target);
                bench.close();
                tell_result(tell, bench, title, result);
            }};
}

// The application is asked for what no application has.
Probe odd_paths(bool layer) {
    return {"odd targets", [=](const Teller &tell, const Options &options) {
                const std::string targets[] = {"/%2e%2e/%2e%2e/etc/passwd",
                                               "//",
                                               "/a/../b/./c",
                                               "/%00",
                                               "/%ff%fe",
                                               "/?a=b?c=d&&=",
                                               "/?",
                                               "/%25%32%35",
                                               "/;a=b",
                                               "http://example.org/a?b",
                                               "/" + std::string(8000, 'a')};
                Bench bench(tell, options, layer, CSGI_NESTED_CAPS);
                std::string results;
                for (const std::string &target : targets) {
                    bench.subject("GET " + target.substr(0, 30));
                    std::string result = play(bench, scripts[0], target);
                    results += (results.empty() ? "" : ", ") + result.substr(0, result.find(','));
                }
                bench.subject("OPTIONS *");
                play(bench, {"OPTIONS", "OPTIONS"}, "*");
                bench.close();
                tell_result(tell, bench, "odd targets", results);
            }};
}

// Two requests are open at the same time, then three more come on what they left.
Probe side_by_side(const std::string &path, bool layer) {
    std::string title = "requests side by side at " + path;
    return {title, [=](const Teller &tell, const Options &options) {
                Bench bench(tell, options, layer, CSGI_NESTED_CAPS);
                bench.subject(title);
                csgi_nested_request request = {};
                request.target = str_of(path);
                request.method = str_of("POST");
                request.stream = true;
                csgi_nested_call *first = bench.open(request), *second = bench.open(request);
                for (size_t i = 0; i < body_text.size(); i++) {
                    csgi_nested_feed(i % 2 ? first : second, str_of(body_text.substr(i, 1)));
                    bench.turn();
                }
                std::string result = play(bench, scripts[0], path);
                csgi_nested_feed_end(second);
                csgi_nested_feed_end(first);
                for (csgi_nested_call *call : {first, second})
                    if (!bench.settle(call)) bench.give_up(call, title);
                for (int i = 0; i < 3 && !bench.failed(); i++)
                    result = play(bench, scripts[0], path);
                bench.close();
                tell_result(tell, bench, title, result);
            }};
}

// An instance is stopped and destroyed while another goes on.
Probe two_instances(const std::string &path, bool layer) {
    std::string title = "one instance goes on when another is destroyed";
    return {title, [=](const Teller &tell, const Options &options) {
                Bench one(tell, options, layer, CSGI_NESTED_CAPS);
                Bench other(tell, options, layer, CSGI_NESTED_CAPS);
                one.subject(title), other.subject(title);
                play(one, scripts[0], path);
                play(other, scripts[0], path);
                one.close();
                std::string result = play(other, scripts[0], path);
                other.close();
                if (!one.failed() && !other.failed()) tell.ok("LOAD-7", title + ": " + result);
            }};
}

Probe without(uint64_t bit, const std::string &path, bool layer) {
    std::string title = std::string("a host without ") + csgi_cap_name(bit);
    return {title, [=](const Teller &tell, const Options &options) {
                // What the module says it cannot do without was judged before.
                csgi_module module;
                char err[256];
                if (csgi_module_open(&module, options.target.file.c_str(), CSGI_NESTED_CAPS & ~bit,
                                     err, sizeof err) < 0)
                    return;
                Bench bench(tell, options, layer, CSGI_NESTED_CAPS & ~bit);
                bench.subject(title);
                std::string result = play(bench, scripts[0], path);
                play(bench, scripts[2], path);
                bench.close();
                tell_result(tell, bench, title, result);
            }};
}

} // namespace

std::vector<Probe> probes(const Options &options, bool layer) {
    std::vector<Probe> all;
    std::vector<std::string> paths = options.paths;
    if (layer) paths.push_back("/stream"); // the small application's answer in many parts
    for (const std::string &path : paths)
        for (const Script &script : scripts) all.push_back(script_probe(script, path, layer));
    all.push_back(odd_paths(layer));
    all.push_back(side_by_side(paths[0], layer));
    all.push_back(two_instances(paths[0], layer));
    for (uint64_t bit = 1; bit; bit <<= 1)
        if (CSGI_NESTED_CAPS & bit) all.push_back(without(bit, paths[0], layer));
    return all;
}

} // namespace csgi
