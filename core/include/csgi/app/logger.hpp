// SPDX-License-Identifier: MIT
// What an application has to say about itself: Flask's app.logger.
#pragma once

#include <csgi.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace csgi {

// Lines go to the server's log, which keeps those of its own level and above: nginx's error_log,
// the standard error output of `csgi run`. Before an application is served they go to standard
// error. As soon as it has a handler of its own, they go there instead. For the application's
// thread.
class Logger {
public:
    // `level` is CSGI_LOG_*.
    using Handler = std::function<void(std::int32_t level, std::string_view text)>;

    explicit Logger(std::string name) : name_(std::move(name)) {}

    void debug(std::string_view text) { log(CSGI_LOG_DEBUG, text); }
    void info(std::string_view text) { log(CSGI_LOG_INFO, text); }
    void warning(std::string_view text) { log(CSGI_LOG_WARNING, text); }
    void error(std::string_view text) { log(CSGI_LOG_ERROR, text); }
    void critical(std::string_view text) { log(CSGI_LOG_FATAL, text); }
    // An error, with the type and the words of what was thrown.
    void exception(std::string_view text, const std::exception_ptr &thrown);

    // A line about one request; NULL: about none.
    void log(std::int32_t level, std::string_view text, csgi_exchange *x = nullptr);

    // Lower levels are passed over, whatever the server keeps.
    void set_level(std::int32_t level) { level_ = level; }
    std::int32_t level() const { return level_; }
    bool is_enabled_for(std::int32_t level) const;
    void add_handler(Handler handler) { handlers_.push_back(std::move(handler)); }
    bool has_handlers() const { return !handlers_.empty(); }

private:
    friend class Application;
    std::string name_;
    std::int32_t level_ = CSGI_LOG_DEBUG;
    std::vector<Handler> handlers_;
    const csgi_api *api_ = nullptr; // of the worker, once there is one
    csgi_worker *worker_ = nullptr;
};

} // namespace csgi
