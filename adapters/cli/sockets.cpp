// SPDX-License-Identifier: MIT
// The sockets that a server listens on.
#include "adapters/cli/sockets.hpp"

#include "adapters/cli/arguments.hpp"
#include "adapters/cli/console.hpp"
#include <arpa/inet.h>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace csgi {

namespace {

// How many connections may wait to be accepted; nginx's number.
constexpr int backlog = 511;
constexpr int first_activated = 3; // SD_LISTEN_FDS_START

const char *remedy_for(int code) {
    switch (code) {
    case EADDRINUSE:
        return "another program has it: stop that one, or choose another port (0: any free)";
    case EACCES: return "ports below 1024 and some folders need more rights: choose another";
    case EADDRNOTAVAIL: return "no interface of this machine has that address";
    case ENOENT: return "make its folder first";
    default: return "see the system's word above";
    }
}

[[noreturn]] void refused(const std::string &address, int code) {
    std::string what = std::strerror(code);
    if (!what.empty()) what[0] = static_cast<char>(std::tolower(what[0]));
    throw Fault("cannot listen: " + what, address, remedy_for(code));
}

struct TcpAddress {
    sockaddr_storage at = {};
    socklen_t size = 0;
};

TcpAddress ip4(const char *host, in_port_t port, bool &good) {
    TcpAddress out;
    auto *in4 = reinterpret_cast<sockaddr_in *>(&out.at);
    in4->sin_family = AF_INET;
    in4->sin_port = port;
    out.size = sizeof *in4;
    good = inet_pton(AF_INET, host, &in4->sin_addr) == 1;
    return out;
}

TcpAddress ip6(const char *host, in_port_t port, bool &good) {
    TcpAddress out;
    auto *in6 = reinterpret_cast<sockaddr_in6 *>(&out.at);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = port;
    out.size = sizeof *in6;
    good = inet_pton(AF_INET6, host, &in6->sin6_addr) == 1;
    return out;
}

// The socket, or an empty one with errno.
Descriptor listening(const TcpAddress &address) {
    const int on = 1, off = 0;
    Descriptor fd(socket(address.at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return fd;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.at.ss_family == AF_INET6)
        setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd.get(), reinterpret_cast<const sockaddr *>(&address.at), address.size) ||
        listen(fd.get(), backlog)) {
        int code = errno;
        fd.reset();
        errno = code;
    }
    return fd;
}

// A socket file that nobody listens on any more is left over from a server that was killed.
void remove_stale(const std::string &path, const sockaddr_un &at) {
    struct stat st;
    if (lstat(path.c_str(), &st) || !S_ISSOCK(st.st_mode)) return;
    Descriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) return;
    if (connect(fd.get(), reinterpret_cast<const sockaddr *>(&at), sizeof at) &&
        errno == ECONNREFUSED)
        unlink(path.c_str());
}

} // namespace

Sockets::~Sockets() {
    if (getpid() != owner_) return;
    for (const File &file : files_) {
        struct stat st;
        if (lstat(file.path.c_str(), &st) == 0 && st.st_dev == file.device &&
            st.st_ino == file.inode)
            unlink(file.path.c_str());
    }
}

Descriptor Sockets::bind_tcp(const std::string &address) {
    size_t colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    in_port_t port = htons(static_cast<uint16_t>(std::stoul(address.substr(colon + 1))));
    bool good = false;
    TcpAddress at = host.empty()     ? ip6("::", port, good) // takes v4 peers as well
                    : host[0] == '[' ? ip6(host.substr(1, host.size() - 2).c_str(), port, good)
                                     : ip4(host.c_str(), port, good);
    if (!good)
        throw Fault("cannot listen: its host is not an IP address", address,
                    "write the address in digits, such as 127.0.0.1 or [::1]");
    Descriptor fd = listening(at);
    // A dual-stack socket cannot be had where IPv6 is off; then every IPv4 address has to do.
    if (!fd && host.empty() && errno != EADDRINUSE && errno != EACCES)
        fd = listening(ip4("0.0.0.0", port, good));
    if (!fd) refused(address, errno);
    return fd;
}

Descriptor Sockets::bind_unix(const std::string &address) {
    const UnixName name = unix_of(address);
    sockaddr_un at = {};
    at.sun_family = AF_UNIX;
    name.path.copy(at.sun_path, sizeof at.sun_path - 1);
    remove_stale(name.path, at);
    Descriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) refused(address, errno);
    // Nobody may connect between bind and chmod who may not afterwards.
    mode_t before = umask(0777);
    int code = bind(fd.get(), reinterpret_cast<const sockaddr *>(&at), sizeof at) ? errno : 0;
    umask(before);
    if (code) refused(address, code);
    struct stat st = {};
    if (lstat(name.path.c_str(), &st) == 0) files_.push_back({name.path, st.st_dev, st.st_ino});
    if (listen(fd.get(), backlog) || chmod(name.path.c_str(), name.mode)) refused(address, errno);
    return fd;
}

Descriptor Sockets::adopt(int number, const std::string &address) {
    int is_listening = 0;
    socklen_t size = sizeof is_listening;
    if (getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) || !is_listening)
        throw Fault("cannot listen: the descriptor is not open, or not a socket that listens",
                    address, "let the program that starts this one pass it on");
    fcntl(number, F_SETFD, FD_CLOEXEC);
    return Descriptor(number);
}

void Sockets::add(const std::string &address, bool tls) {
    Descriptor fd = address.rfind("unix:", 0) == 0 ? bind_unix(address)
                    : address.rfind("fd:", 0) == 0 ? adopt(std::stoi(address.substr(3)), address)
                                                   : bind_tcp(address);
    sockets_.push_back({std::move(fd), tls});
}

size_t Sockets::add_activated(bool wanted, bool tls) {
    const char *pid = std::getenv("LISTEN_PID"), *count = std::getenv("LISTEN_FDS");
    const bool ours = pid && count && std::strtol(pid, nullptr, 10) == getpid();
    const int n = ours && wanted ? std::atoi(count) : 0;
    // What this program starts has no part in it.
    for (const char *name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(name);
    for (int i = 0; i < n; i++)
        sockets_.push_back(
            {adopt(first_activated + i, "LISTEN_FDS=" + std::to_string(n) + ", descriptor " +
                                            std::to_string(first_activated + i)),
             tls});
    return sockets_.size();
}

std::vector<std::string> Sockets::names(bool tls) const {
    std::vector<std::string> names;
    for (const Socket &socket : sockets_)
        if (socket.tls == tls) names.push_back("fd:" + std::to_string(socket.fd.get()));
    return names;
}

} // namespace csgi
