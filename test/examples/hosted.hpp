// SPDX-License-Identifier: MIT
// An example's module, loaded from its file as a server would and served inside the process.
#pragma once

#include "core/gateway/module.h"
#include "core/gateway/nested.h"

#include <csgi/middleware.h>
#include <csgi/sdk.h>
#include <doctest/doctest.h>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace csgi_examples {

using Fields = std::vector<std::pair<std::string, std::string>>;

inline std::string text(csgi_str s) {
    return {s.p, s.n};
}

inline csgi_str str(const std::string &s) {
    return {s.data(), s.size()};
}

// The file of a module, such as "hello_c/hello_c".
inline std::string module_file(const std::string &name) {
    return EXAMPLES_DIR "/" + name + ".so";
}

struct Answer {
    unsigned status = 0;
    bool begun = false, complete = false, broken = false, done = false;
    csgi_rc outcome = CSGI_OK;
    Fields headers, trailers;
    std::string body;

    // The value of the only field of that name; "(none)", or "(several)".
    std::string header(const std::string &name) const {
        std::string value = "(none)";
        for (const auto &field : headers)
            if (field.first == name) value = value == "(none)" ? field.second : "(several)";
        return value;
    }
};

inline Answer answer_of(const csgi_nested_call *call) {
    const csgi_nested_answer &from = *csgi_nested_answer_of(call);
    Answer to;
    to.status = from.status;
    to.begun = from.begun;
    to.complete = from.complete;
    to.broken = from.broken;
    to.done = from.done;
    to.outcome = from.outcome;
    to.body = text(from.body);
    for (size_t i = 0; i < from.nheaders; i++)
        to.headers.emplace_back(text(from.headers[i].name), text(from.headers[i].value));
    for (size_t i = 0; i < from.ntrailers; i++)
        to.trailers.emplace_back(text(from.trailers[i].name), text(from.trailers[i].value));
    return to;
}

class Hosted {
public:
    // The application, and the layers round it, innermost first, as {module, configuration}.
    explicit Hosted(const std::string &module, const std::string &config = "",
                    const Fields &layers = {}, uint64_t caps = CSGI_NESTED_CAPS) {
        csgi_nested_options options{};
        options.caps = caps;
        options.log_level = CSGI_LOG_WARNING;
        options.arg = this;
        options.log = [](void *arg, int32_t, csgi_str line) {
            static_cast<Hosted *>(arg)->log.push_back(text(line));
        };
        host_ = csgi_nested_new(&options);
        REQUIRE(host_ != nullptr);
        csgi_app *app = watched(create(module, config, nullptr));
        for (const auto &layer : layers) app = watched(create(layer.first, layer.second, app));
        char err[256] = "";
        const csgi_rc rc = csgi_nested_start(host_, app, err, sizeof err);
        INFO(err);
        REQUIRE(rc == CSGI_OK);
    }
    ~Hosted() {
        CHECK(csgi_nested_free(host_) == 0); // the application ended what it began
        for (const auto &report : reports_)
            if (!expected_.count(report.first)) FAIL_CHECK(report.first << ": " << report.second);
        for (const auto &rule : expected_) CHECK_MESSAGE(reports_.count(rule) == 1, rule);
    }
    Hosted(const Hosted &) = delete;
    Hosted &operator=(const Hosted &) = delete;

    csgi_nested_call *open(const std::string &method, const std::string &target,
                           const std::string &body = "", bool stream = false, bool slow = false,
                           const Fields &fields = {}) {
        std::vector<csgi_header> headers;
        for (const auto &field : fields)
            headers.push_back({str(field.first), str(field.second), 0, 0, 0});
        csgi_nested_request request{};
        request.method = str(method);
        request.target = str(target);
        request.headers = headers.data();
        request.nheaders = headers.size();
        request.body = str(body);
        request.stream = stream;
        request.slow_reader = slow;
        csgi_nested_call *call = csgi_nested_open(host_, &request);
        REQUIRE(call != nullptr);
        return call;
    }

    // Asks, and waits for the end of the exchange.
    Answer ask(const std::string &method, const std::string &target, const std::string &body = "",
               const Fields &fields = {}) {
        csgi_nested_call *call = open(method, target, body, false, false, fields);
        CHECK(csgi_nested_finish(call, 5000));
        return answer_of(call);
    }
    Answer get(const std::string &target) { return ask("GET", target); }

    // What a suite's exchange recorded under that name.
    std::string record(const std::string &id) { return get("/__conform/record?of=" + id).body; }

    // The lint watches each side of everything: it has to report these rules, and no other.
    void breaks(std::set<std::string> rules) { expected_ = std::move(rules); }

    void turn() {
        while (csgi_nested_turn(host_)) {
        }
    }
    csgi_nested *host() { return host_; }

    std::vector<std::string> log;

private:
    static csgi_app *create(const std::string &module, const std::string &config, csgi_app *inner) {
        csgi_module opened{};
        csgi_app *app = nullptr;
        char err[256] = "";
        const std::string file = module_file(module);
        csgi_rc rc = csgi_module_open(&opened, file.c_str(), CSGI_NESTED_CAPS, err, sizeof err);
        if (rc == CSGI_OK)
            rc = csgi_module_create(&opened, str(config), &inner, inner ? 1 : 0, &app, err,
                                    sizeof err);
        INFO(err);
        REQUIRE(rc == CSGI_OK);
        return app;
    }

    csgi_app *watched(csgi_app *app) {
        csgi_lint_options options{};
        options.struct_size = sizeof options;
        options.ctx = this;
        options.report = [](void *ctx, const csgi_lint_report *report) {
            auto *self = static_cast<Hosted *>(ctx);
            const std::lock_guard<std::mutex> lock(self->lock_);
            self->reports_[report->rule] = report->message;
        };
        csgi_app *lint = csgi_lint(app, &options);
        REQUIRE(lint != nullptr);
        return lint;
    }

    csgi_nested *host_ = nullptr;
    std::mutex lock_;                            // a broken rule may be noticed on a foreign thread
    std::map<std::string, std::string> reports_; // rule, what happened
    std::set<std::string> expected_;
};

inline bool has(const std::string &whole, const std::string &piece) {
    return whole.find(piece) != std::string::npos;
}

} // namespace csgi_examples
