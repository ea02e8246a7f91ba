// SPDX-License-Identifier: MIT
// What a worker and its supervisor say to each other.
#include "adapters/cli/link.hpp"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace csgi {

void WorkerEnd::tell(News news, std::string_view text) const {
    std::string message(1, static_cast<char>(news));
    message.append(text).append(1, '\0');
    const int flags = MSG_NOSIGNAL | (news == News::beat ? MSG_DONTWAIT : 0);
    while (send(fd_.get(), message.data(), message.size(), flags) < 0 && errno == EINTR) {
    }
}

bool WorkerEnd::wait_for_go() const {
    for (;;) {
        char order = 0;
        pollfd readable{fd_.get(), POLLIN, 0}; // an event loop may have made it non-blocking
        poll(&readable, 1, -1);
        ssize_t n = recv(fd_.get(), &order, 1, MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (n <= 0) return false;
        if (order == static_cast<char>(Order::go)) return true;
    }
}

bool WorkerEnd::next(Order &order) const {
    char byte = 0;
    if (recv(fd_.get(), &byte, 1, MSG_DONTWAIT) != 1) return false;
    order = static_cast<Order>(byte);
    return true;
}

void SupervisorEnd::tell(Order order) const {
    const char byte = static_cast<char>(order);
    // A worker that is gone, or does not listen any more, is dealt with elsewhere.
    (void)!send(fd_.get(), &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void SupervisorEnd::hear(const std::function<void(News, const std::string &text)> &heard) {
    char bytes[4096];
    ssize_t n = 0;
    pending_.reserve(pending_.size() + sizeof bytes); // what has been taken has a place
    while (fd_ && ((n = recv(fd_.get(), bytes, sizeof bytes, MSG_DONTWAIT)) > 0 ||
                   (n < 0 && errno == EINTR)))
        if (n > 0) pending_.append(bytes, static_cast<size_t>(n));
    if (n == 0) close();
    for (size_t end; (end = pending_.find('\0')) != pending_.npos;) {
        const std::string message = pending_.substr(0, end);
        if (!message.empty()) heard(static_cast<News>(message[0]), message.substr(1));
        pending_.erase(0, end + 1);
    }
}

std::pair<SupervisorEnd, WorkerEnd> make_link() {
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) ends[0] = ends[1] = -1;
    return {SupervisorEnd(Descriptor(ends[0])), WorkerEnd(Descriptor(ends[1]))};
}

} // namespace csgi
