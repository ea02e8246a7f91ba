// SPDX-License-Identifier: MIT
// Lines of an application, on their way to whoever keeps them.
#include <csgi/app/logger.hpp>

#include <csgi/sdk.h>

#include <cstdio>
#include <ctime>

#include "core/app/thrown.hpp"

namespace csgi {

namespace {

std::string_view level_name(std::int32_t level) {
    switch (level) {
    case CSGI_LOG_DEBUG: return "DEBUG";
    case CSGI_LOG_INFO: return "INFO";
    case CSGI_LOG_WARNING: return "WARNING";
    case CSGI_LOG_ERROR: return "ERROR";
    default: return "CRITICAL";
    }
}

} // namespace

bool Logger::is_enabled_for(std::int32_t level) const {
    if (level < level_) return false;
    return !handlers_.empty() || !api_ || *api_->log_level <= level;
}

void Logger::log(std::int32_t level, std::string_view text, csgi_exchange *x) {
    if (level < level_) return;
    if (!handlers_.empty()) {
        for (const Handler &handler : handlers_) handler(level, text);
        return;
    }
    const csgi_api *api = x ? x->api : api_;
    if (api) {
        if (*api->log_level <= level)
            api->log(x ? x->worker : worker_, x, level, csgi_str_n(text.data(), text.size()));
        return;
    }
    // Flask's default handler has the same form.
    char when[32] = "";
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    if (localtime_r(&now, &local)) std::strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &local);
    std::fprintf(stderr, "[%s] %s in %s: %.*s\n", when, level_name(level).data(), name_.c_str(),
                 static_cast<int>(text.size()), text.data());
}

void Logger::exception(std::string_view text, const std::exception_ptr &thrown) {
    log(CSGI_LOG_ERROR, std::string(text) + ": " + words_of(thrown));
}

} // namespace csgi
