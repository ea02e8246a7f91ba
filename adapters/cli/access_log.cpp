// SPDX-License-Identifier: MIT
// One line for each request.
#include "adapters/cli/access_log.hpp"

#include "adapters/cli/console.hpp"
#include "core/gateway/boundary.hpp"
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace csgi {

namespace {

// nginx's status for a client that left before its answer, which readers of logs know.
constexpr unsigned client_left = 499;

constexpr const char digits[] = "0123456789ABCDEF";

bool plain(unsigned char c) {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

// As nginx does it: what could end the line or the quotes, or move a cursor, becomes \xHH.
void put(std::string &line, csgi_str text) {
    for (size_t i = 0; i < text.n; i++) {
        const auto c = static_cast<unsigned char>(text.p[i]);
        if (plain(c))
            line += static_cast<char>(c);
        else
            line.append("\\x").append(1, digits[c >> 4]).append(1, digits[c & 15]);
    }
}

// "-" for what is not there.
void put_or_dash(std::string &line, csgi_str text) {
    if (text.n == 0)
        line += '-';
    else
        put(line, text);
}

// A byte that is no printable ASCII is shown as the code point of its number, so that each line is
// JSON whatever a client sent.
void member(std::string &line, const char *name, csgi_str text) {
    line.append(",\"").append(name).append("\":\"");
    for (size_t i = 0; i < text.n; i++) {
        const auto c = static_cast<unsigned char>(text.p[i]);
        if (plain(c))
            line += static_cast<char>(c);
        else
            line.append("\\u00").append(1, digits[c >> 4]).append(1, digits[c & 15]);
    }
    line += '"';
}

void member(std::string &line, const char *name, uint64_t number) {
    line.append(",\"").append(name).append("\":").append(std::to_string(number));
}

std::string file_of(const std::string &name) {
    if (name == "json") return "-";
    return name.rfind("json:", 0) == 0 ? name.substr(5) : name;
}

const char *version_of(const csgi_serve_access &request) {
    return request.http_version == 10 ? "1.0" : "1.1";
}

unsigned status_of(const csgi_serve_access &request) {
    return request.status ? request.status : client_left;
}

} // namespace

AccessLog::AccessLog(const std::string &name, const ErrorLog &errors) : errors_(errors) {
    as_json_ = name.rfind("json", 0) == 0 && (name.size() == 4 || name[4] == ':');
    if (name != "off") file_.emplace(file_of(name), "--access-log");
}

void AccessLog::stamp() {
    timespec now = {};
    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec == second_) return;
    second_ = now.tv_sec;
    char text[64];
    tm parts = {};
    const char *format = as_json_ ? "%Y-%m-%dT%H:%M:%SZ" : "%d/%b/%Y:%H:%M:%S %z";
    if (as_json_)
        gmtime_r(&now.tv_sec, &parts);
    else
        localtime_r(&now.tv_sec, &parts);
    time_.assign(text, std::strftime(text, sizeof text, format, &parts));
}

void AccessLog::combined(const csgi_serve_access &request) {
    put_or_dash(line_, request.peer);
    line_.append(" - - [").append(time_).append("] \"");
    put_or_dash(line_, request.method);
    if (request.method.n) { // else the head was no head, and there is nothing to show of it
        line_ += ' ';
        put(line_, request.target);
        line_.append(" HTTP/").append(version_of(request));
    }
    line_.append("\" ").append(std::to_string(status_of(request)));
    line_.append(" ").append(std::to_string(request.body_bytes)).append(" \"");
    put_or_dash(line_, request.referer);
    line_.append("\" \"");
    put_or_dash(line_, request.user_agent);
    line_ += '"';
}

void AccessLog::json(const csgi_serve_access &request) {
    line_.append("{\"time\":\"").append(time_).append("\"");
    member(line_, "peer", request.peer);
    member(line_, "method", request.method);
    member(line_, "target", request.target);
    member(line_, "host", request.authority);
    member(line_, "version", request.http_version ? str_of(version_of(request)) : str_of(""));
    member(line_, "status", status_of(request));
    member(line_, "bytes", request.body_bytes);
    member(line_, "us", request.duration_ns / 1000);
    member(line_, "referer", request.referer);
    member(line_, "user_agent", request.user_agent);
    line_.append(",\"complete\":").append(request.outcome == CSGI_OK ? "true" : "false");
    member(line_, "pid", static_cast<uint64_t>(getpid()));
    line_ += '}';
}

void AccessLog::add(const csgi_serve_access &request) noexcept {
    if (!file_) return;
    char what[128];
    // Out of memory costs the line, too.
    contained(
        [&] {
            stamp();
            line_.clear();
            if (as_json_)
                json(request);
            else
                combined(request);
            line_ += '\n';
            const bool out = file_->add(line_);
            const int code = errno;
            if (!out && !failing_)
                errors_.add(CSGI_LOG_ERROR, "the access log loses lines, requests are served on: " +
                                                file_->path() + ": " + std::strerror(code));
            if (out && failing_) {
                errors_.add(CSGI_LOG_WARNING, "the access log is written again; lines lost: " +
                                                  std::to_string(file_->lost() - told_));
                told_ = file_->lost();
            }
            failing_ = !out;
        },
        what, sizeof what);
}

void AccessLog::reopen() {
    if (file_ && !file_->reopen())
        errors_.add(CSGI_LOG_ERROR,
                    "the access log cannot be opened again, the old file is written on: " +
                        file_->path() + ": " + std::strerror(errno));
}

} // namespace csgi
