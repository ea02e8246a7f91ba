// SPDX-License-Identifier: MIT
// The target under the lint in a host without sockets, for one probe.
#pragma once

#include "adapters/cli/isolate.hpp"
#include "adapters/cli/options.hpp"
#include "core/gateway/nested.h"
#include <csgi/middleware.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace csgi {

class Stack;

class Bench {
public:
    // Loads, creates and starts. Throws Fault.
    Bench(const Teller &tell, const Options &options, bool layer, uint64_t caps);
    ~Bench();
    Bench(const Bench &) = delete;

    csgi_nested_call *open(const csgi_nested_request &request);
    // Turns the loop until the exchange is over, or nothing has happened for a while.
    bool settle(csgi_nested_call *call);
    // The same without patience: what can happen at once.
    void turn();
    // Lets go of an answer that did not come: by draining, then by leaving.
    void give_up(csgi_nested_call *call, const std::string &title);
    // Drains, stops and destroys; judges what is left.
    void close();

    void fail(const std::string &rule, const std::string &text);
    bool failed() const { return failed_; }
    csgi_nested *host() const { return host_; }

    // What is said in the following is about this.
    void subject(const std::string &text);

private:
    static void on_report(void *ctx, const csgi_lint_report *report);
    static void on_log(void *ctx, int32_t level, csgi_str message);

    const Teller &tell_;
    std::string subject_;
    std::unique_ptr<Stack> stack_;
    csgi_nested *host_ = nullptr;
    std::mutex lock_; // reports may come from foreign threads
    std::set<std::string> told_;
    bool failed_ = false;
};

} // namespace csgi
