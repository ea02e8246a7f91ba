// SPDX-License-Identifier: MIT
// Tells a service manager how the server is.
#include "adapters/cli/notify.hpp"

#include "adapters/cli/descriptor.hpp"
#include <cstddef>
#include <cstdlib>
#include <ctime>
#include <sys/socket.h>
#include <sys/un.h>

namespace csgi {

Notify::Notify() {
    const char *name = std::getenv("NOTIFY_SOCKET");
    if (name && (name[0] == '/' || name[0] == '@')) socket_ = name;
    unsetenv("NOTIFY_SOCKET");
}

void Notify::send(const std::string &text) const {
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

void Notify::ready(const std::string &status) const {
    send("READY=1\nSTATUS=" + status + "\n");
}

void Notify::reloading() const {
    timespec now = {};
    clock_gettime(CLOCK_MONOTONIC, &now);
    send("RELOADING=1\nMONOTONIC_USEC=" +
         std::to_string(now.tv_sec * 1000000LL + now.tv_nsec / 1000) + "\n");
}

void Notify::stopping() const {
    send("STOPPING=1\n");
}

} // namespace csgi
