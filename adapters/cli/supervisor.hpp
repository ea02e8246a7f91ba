// SPDX-License-Identifier: MIT
// Keeps workers serving: starts them, replaces those that die or hang, and all of them on HUP.
#pragma once

#include "adapters/cli/child.hpp"
#include "adapters/cli/sockets.hpp"
#include "adapters/cli/worker.hpp"

namespace csgi {

// The parent never loads the module, so that what kills a worker does not reach it, and a new
// worker starts with what the file holds now.
class Supervisor {
public:
    // `sockets`: of which the service has the names; closed when it stops.
    Supervisor(Service &service, Sockets &sockets);
    ~Supervisor();
    Supervisor(const Supervisor &) = delete;

    // Until TERM or INT; the status to exit with.
    int run();

private:
    // One of the places that a worker has, and what became of those that had it.
    struct Slot {
        unsigned quick = 0, restarts = 0; // deaths in a row that came soon; replacements
        std::optional<Time> start_at;     // a replacement is due
    };

    void look_around();
    void take_signals();
    void on_signal(int number, int code);
    void wait_a_while();
    Time next_time() const;
    void show_life(Time now);
    void look_at_clock(Time now);
    void forgive_beats();

    bool spawn(unsigned slot, unsigned generation);
    void reap();
    void stand_in_for(const Child &child);
    void died(const Child &child, int status);
    void replace(const Child &child, const std::string &why, bool at_once);
    void hung(Child &child);

    void begin_generation();
    void admit();
    void give_up_generation(const std::string &why);
    void generation_is_over();

    void stop();
    void hurry();
    void reopen_logs();

    Service &service_;
    Sockets &sockets_;
    const Notify &notify_;
    const unsigned workers_;
    sigset_t before_ = {}; // signals that were blocked
    Descriptor signals_;
    bool hup_ignored_ = false;
    Time pulse_at_; // when the manager is to hear again that this process is alive
    std::vector<Child> children_;
    std::vector<Slot> slots_;
    unsigned current_ = 0, pending_ = 0, newest_ = 0; // generations; 0: none
    Time pending_since_;
    bool again_ = false; // HUP came while a generation was starting
    bool stopping_ = false, hurried_ = false;
    bool unfinished_ = false; // the last round was broken off
    int status_ = 0;
};

} // namespace csgi
