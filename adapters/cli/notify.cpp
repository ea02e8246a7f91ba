// SPDX-License-Identifier: MIT
// Tells a service manager how the server is.
#include "adapters/cli/notify.hpp"

#include "adapters/cli/descriptor.hpp"
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace csgi {

namespace {

// The number that a variable holds, all of it; 0 if it holds another thing.
uint64_t number_in(const char *name) {
    const char *text = std::getenv(name);
    uint64_t value = 0;
    if (!text) return 0;
    const char *end = text + std::strlen(text);
    const auto [at, code] = std::from_chars(text, end, value);
    return code == std::errc() && at == end ? value : 0;
}

// Half of what the manager allows, as sd_watchdog_enabled(3) advises, so that one pulse may be
// late.
std::chrono::milliseconds pulse_asked_for() {
    const bool ours = !std::getenv("WATCHDOG_PID") ||
                      number_in("WATCHDOG_PID") == static_cast<uint64_t>(getpid());
    const uint64_t limit_us = ours ? number_in("WATCHDOG_USEC") : 0;
    if (!limit_us) return {};
    // A day is as good as for ever, and fits whatever counts milliseconds.
    return std::chrono::milliseconds(std::clamp<uint64_t>(limit_us / 2000, 1, 86400000));
}

} // namespace

Notify::Notify() {
    const char *name = std::getenv("NOTIFY_SOCKET");
    if (name && (name[0] == '/' || name[0] == '@')) socket_ = name;
    if (!socket_.empty()) pulse_ = pulse_asked_for();
    for (const char *own : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(own);
}

void Notify::send(std::string_view text) const {
    sockaddr_un at = {};
    at.sun_family = AF_UNIX;
    if (socket_.empty() || socket_.size() >= sizeof at.sun_path) return;
    socket_.copy(at.sun_path, sizeof at.sun_path);
    if (at.sun_path[0] == '@') at.sun_path[0] = 0; // the abstract namespace
    Descriptor fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd) return;
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
    // Serving does not depend on whether anybody hears this.
    (void)!sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr *>(&at), size);
}

void Notify::alive() const {
    send("WATCHDOG=1\n");
}

void Notify::ready(std::string_view status) const {
    char text[128];
    const int n =
        std::snprintf(text, sizeof text, "READY=1\nSTATUS=%.*s\n",
                      static_cast<int>(std::min<size_t>(status.size(), 100)), status.data());
    send({text, static_cast<size_t>(n)});
}

void Notify::reloading() const {
    timespec now = {};
    clock_gettime(CLOCK_MONOTONIC, &now);
    char text[64];
    const int n = std::snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld\n",
                                now.tv_sec * 1000000LL + now.tv_nsec / 1000);
    send({text, static_cast<size_t>(n)});
}

void Notify::stopping() const {
    send("STOPPING=1\n");
}

} // namespace csgi
