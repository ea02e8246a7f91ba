// SPDX-License-Identifier: MIT
// Tells a service manager how the server is (sd_notify(3)); without one it says nothing.
#pragma once

#include <chrono>
#include <string>

namespace csgi {

class Notify {
public:
    // Reads $NOTIFY_SOCKET and $WATCHDOG_USEC and takes them away: what this program starts has
    // nothing to say there.
    Notify();

    // How often `alive` is to be said; 0: nobody waits for it.
    std::chrono::milliseconds pulse() const { return pulse_; }
    void alive() const;

    void ready(const std::string &status) const; // also after a reload
    void reloading() const;
    void stopping() const;

private:
    void send(const std::string &text) const;
    std::string socket_; // empty: nobody listens
    std::chrono::milliseconds pulse_{0};
};

} // namespace csgi
