// SPDX-License-Identifier: MIT
// The sockets that a server listens on, bound once and handed to every process that serves.
#pragma once

#include "adapters/cli/descriptor.hpp"
#include <string>
#include <sys/types.h>
#include <vector>

namespace csgi {

// All of them are closed on exec: who serves is forked.
class Sockets {
public:
    Sockets() = default;
    Sockets(const Sockets &) = delete;
    // Removes the files of unix sockets that were made here, in the process that made them, unless
    // another server has put its own there meanwhile.
    ~Sockets();

    // Binds and listens; throws Fault. The addresses are those of csgi/serve.h, and a unix socket
    // may have ",mode=0660" behind its path. `tls`: whether its connections are to be encrypted.
    void add(const std::string &address, bool tls);
    // Takes those that systemd (sd_listen_fds(3)) has bound for this process, if they are wanted;
    // and takes its word out of the environment. How many there are now.
    size_t add_activated(bool wanted, bool tls);

    // "fd:5" for each that is encrypted, or is not, as a server takes them.
    std::vector<std::string> names(bool tls) const;

    // Those who still serve have copies, and close them in their time.
    void close() { sockets_.clear(); }

private:
    struct File {
        std::string path;
        dev_t device;
        ino_t inode;
    };
    struct Socket {
        Descriptor fd;
        bool tls;
    };
    Descriptor bind_tcp(const std::string &address);
    Descriptor bind_unix(const std::string &address);
    Descriptor adopt(int number, const std::string &address);

    pid_t owner_ = getpid();
    std::vector<Socket> sockets_;
    std::vector<File> files_;
};

} // namespace csgi
