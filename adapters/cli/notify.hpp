// SPDX-License-Identifier: MIT
// Tells a service manager how the server is (sd_notify(3)); without one it says nothing.
#pragma once

#include <string>

namespace csgi {

class Notify {
public:
    // Reads $NOTIFY_SOCKET and takes it away: what this program starts has nothing to say there.
    Notify();

    void ready(const std::string &status) const; // also after a reload
    void reloading() const;
    void stopping() const;

private:
    void send(const std::string &text) const;
    std::string socket_; // empty: nobody listens
};

} // namespace csgi
