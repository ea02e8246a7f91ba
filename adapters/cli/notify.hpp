// SPDX-License-Identifier: MIT
// Tells a service manager how the server is (sd_notify(3)); without one it says nothing.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace csgi {

// Once made it takes no memory: a server that serves does not end for the want of it.
class Notify {
public:
    // Reads $NOTIFY_SOCKET and $WATCHDOG_USEC and takes them away: what this program starts has
    // nothing to say there.
    Notify();

    // How often `alive` is to be said; 0: nobody waits for it.
    std::chrono::milliseconds pulse() const { return pulse_; }
    void alive() const;

    void ready(std::string_view status) const; // also after a reload; cut after 100 bytes
    void reloading() const;
    void stopping() const;

private:
    void send(std::string_view text) const;
    std::string socket_; // empty: nobody listens
    std::chrono::milliseconds pulse_{0};
};

} // namespace csgi
