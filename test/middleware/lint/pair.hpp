// SPDX-License-Identifier: MIT
// A lint around an application in the house's own host, which is a good one.
#pragma once

#include "core/gateway/nested.h"
#include "test/middleware/lint/reports.hpp"

#include <string>

inline csgi_str str(std::string_view text) {
    return {text.data(), text.size()};
}

class Pair {
public:
    explicit Pair(csgi_app *app, std::function<void(csgi_lint_options &)> set = nullptr,
                  csgi_nested_options host_options = {.caps = CSGI_NESTED_CAPS, .log_level = 100}) {
        csgi_lint_options options = reports.options();
        if (set) set(options);
        host_ = csgi_nested_new(&host_options);
        char err[200] = "";
        start_rc = csgi_nested_start(host_, csgi_lint(app, &options), err, sizeof err);
        start_error = err;
    }
    ~Pair() { end(); }

    // Stops and destroys everything; what it says then is in `reports`. How many exchanges were
    // left.
    size_t end() {
        if (!host_) return 0;
        const size_t left = csgi_nested_free(host_);
        host_ = nullptr;
        return left;
    }

    csgi_nested_call *open(csgi_nested_request request = {}) {
        return csgi_nested_open(host_, &request);
    }
    // The answer of a whole request, turned until it is over.
    const csgi_nested_answer &get(csgi_nested_request request = {}) {
        csgi_nested_call *call = open(request);
        csgi_nested_finish(call, 0);
        return *csgi_nested_answer_of(call);
    }
    void turn(unsigned times = 20) {
        while (times-- && csgi_nested_turn(host_)) {
        }
    }
    csgi_nested *host() { return host_; }

    Reports reports;
    csgi_rc start_rc = CSGI_OK;
    std::string start_error;

private:
    csgi_nested *host_;
};

// What is said about a handle function that answers one GET, life and all.
inline std::string said_of(FunctionApp::Handle fn, csgi_nested_request request = {}) {
    Pair pair(app_of(std::move(fn)));
    pair.get(request);
    pair.turn(); // what was posted
    pair.end();
    return pair.reports.all();
}
