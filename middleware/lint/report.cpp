// SPDX-License-Identifier: MIT
// Puts reports into words and hands them on.
#include "middleware/lint/report.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace csgi::lint {

namespace {
constexpr uint64_t default_max_memory = UINT64_C(64) << 20;
}

Reporter::Reporter(const csgi_lint_options *options) {
    if (options)
        std::memcpy(&options_, options, std::min<size_t>(sizeof options_, options->struct_size));
    name_ = options_.name ? options_.name : "application";
    options_.name = name_.c_str();
    if (options_.max_memory == 0) options_.max_memory = default_max_memory;
}

void Reporter::speak_through(csgi_worker *worker) noexcept {
    const std::lock_guard lock(mutex_);
    worker_ = worker;
    home_ = std::this_thread::get_id();
}

void Reporter::say(Rule rule, Who who, csgi_exchange *host, const char *message) noexcept {
    csgi_worker *worker;
    std::thread::id home;
    {
        const std::lock_guard lock(mutex_);
        worker = worker_;
        home = home_;
    }
    const RuleRow &row = row_of(rule);
    const csgi_lint_report report = {
        sizeof report, static_cast<uint32_t>(who), row.id, row.sentence, message, options_.name,
        host};
    if (options_.report) {
        options_.report(options_.ctx, &report);
    } else {
        const char *culprit = who == Who::HOST    ? "the host, towards "
                              : who == Who::LAYER ? "a layer around "
                                                  : "";
        char line[1024];
        const int n = std::snprintf(line, sizeof line, "[%s] %s'%s': %s (csgi.md: %s)", row.id,
                                    culprit, options_.name, message, row.sentence);
        const size_t size =
            std::clamp<size_t>(n < 0 ? 0 : static_cast<size_t>(n), 0, sizeof line - 1);
        if (worker) {
            // A line about an exchange may come from its worker's thread only.
            worker->api->log(worker, std::this_thread::get_id() == home ? host : nullptr,
                             who == Who::HOST ? CSGI_LOG_HOST_MISBEHAVING
                                              : CSGI_LOG_APP_MISBEHAVING,
                             {line, size});
        } else {
            std::fprintf(stderr, "%s\n", line);
        }
    }
    if (options_.flags & CSGI_LINT_ABORT) std::abort();
}

void Judge::breach(Rule rule, const char *format, ...) noexcept {
    va_list words;
    va_start(words, format);
    say(row_of(rule).who, rule, format, words);
    va_end(words);
}

void Judge::blame(Who who, Rule rule, const char *format, ...) noexcept {
    va_list words;
    va_start(words, format);
    say(who, rule, format, words);
    va_end(words);
}

void Judge::say(Who who, Rule rule, const char *format, va_list words) noexcept {
    {
        const std::lock_guard lock(reporter_.mutex());
        const size_t bit = static_cast<size_t>(rule) * 4 + static_cast<size_t>(who);
        if (said_[bit]) return;
        said_[bit] = true;
    }
    char message[512];
    std::vsnprintf(message, sizeof message, format, words);
    reporter_.say(rule, who, host_, message);
}

} // namespace csgi::lint
