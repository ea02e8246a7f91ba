// SPDX-License-Identifier: MIT
// One line for each request: Apache's combined format, or JSON.
#pragma once

#include "adapters/cli/error_log.hpp"
#include <csgi/serve.h>

namespace csgi {

class AccessLog {
public:
    // "off", "-" (standard output), FILE, "json", "json:FILE". Throws Fault.
    AccessLog(const std::string &name, const ErrorLog &errors);

    bool on() const { return file_.has_value(); }
    // A file that cannot be written to costs the line, not the request.
    void add(const csgi_serve_access &request) noexcept;
    void reopen();

private:
    void combined(const csgi_serve_access &request);
    void json(const csgi_serve_access &request);
    void stamp(); // brings time_ up to the second

    const ErrorLog &errors_;
    std::optional<LogFile> file_;
    bool as_json_ = false, failing_ = false;
    uint64_t told_ = 0; // how many lost lines have been told of
    int64_t second_ = -1;
    std::string time_, line_; // kept for their memory
};

} // namespace csgi
