// SPDX-License-Identifier: MIT
// How a breach of a rule is told: once for an exchange, to the host's log or to whoever asked.
#pragma once

#include "middleware/lint/rules.hpp"

#include <bitset>
#include <cstdarg>
#include <mutex>
#include <string>
#include <thread>

namespace csgi::lint {

// One for a lint. Every function: [any thread].
class Reporter {
public:
    explicit Reporter(const csgi_lint_options *options);

    // From now on the log of this worker is there, and this is its thread.
    void speak_through(csgi_worker *worker) noexcept;
    void say(Rule rule, Who who, csgi_exchange *host, const char *message) noexcept;

    const csgi_lint_options &options() const noexcept { return options_; }
    std::mutex &mutex() noexcept { return mutex_; }

private:
    csgi_lint_options options_{};
    std::string name_;
    csgi_worker *worker_ = nullptr;
    std::thread::id home_;
    std::mutex mutex_;
};

// What has been said about one exchange, or about the life of the application.
class Judge {
public:
    // `host` is the host's exchange, NULL for none.
    Judge(Reporter &reporter, csgi_exchange *host) noexcept : reporter_(reporter), host_(host) {}

    // The one whom the rule binds broke it.
    void breach(Rule rule, const char *format, ...) noexcept __attribute__((format(printf, 3, 4)));
    // Another did.
    void blame(Who who, Rule rule, const char *format, ...) noexcept
        __attribute__((format(printf, 4, 5)));

    const csgi_lint_options &options() const noexcept { return reporter_.options(); }

private:
    void say(Who who, Rule rule, const char *format, va_list words) noexcept;

    Reporter &reporter_;
    csgi_exchange *host_;
    // By rule and by who broke it.
    std::bitset<rule_rows.size() * 4> said_;
};

} // namespace csgi::lint
