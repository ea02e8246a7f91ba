// SPDX-License-Identifier: MIT
// Keeps workers serving.
#include "adapters/cli/supervisor.hpp"

#include "adapters/cli/console.hpp"
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <thread>

namespace csgi {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A worker that lived for less, and answered nobody, is in no state to be replaced in haste.
constexpr milliseconds quick_death{1000};
constexpr milliseconds first_delay{100}, longest_delay{5000};
// For what an application does when it is stopped, after the time to drain.
constexpr seconds stop_grace{5};
constexpr seconds hurry_grace{2};
constexpr seconds core_grace{5}; // between SIGABRT and SIGKILL
// A generation that has been starting for so long makes room for the next one.
constexpr seconds patience{60};

milliseconds delay_after(unsigned quick_deaths) {
    if (quick_deaths < 2) return milliseconds(0);
    return std::min(longest_delay, first_delay * (1 << std::min(quick_deaths - 2, 10u)));
}

Clock::duration in_seconds(double value) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(value));
}

} // namespace

Supervisor::Supervisor(Service &service, Sockets &sockets)
    : service_(service), sockets_(sockets), notify_(service.notify),
      workers_(service.options.operation.workers), slots_(workers_) {}

Supervisor::~Supervisor() {
    if (signals_) sigprocmask(SIG_SETMASK, &before_, nullptr);
}

// ---- Signals ------------------------------------------------------------------------------------

void Supervisor::take_signals() {
    sigset_t ours;
    sigemptyset(&ours);
    for (int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD}) sigaddset(&ours, number);
    struct sigaction hup = {};
    hup_ignored_ = sigaction(SIGHUP, nullptr, &hup) == 0 && hup.sa_handler == SIG_IGN;
    sigprocmask(SIG_BLOCK, &ours, &before_);
    signals_ = Descriptor(signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_)
        throw Fault(std::string("cannot listen for signals: ") + std::strerror(errno), "csgi run",
                    "give it more descriptors");
}

void Supervisor::on_signal(int number, int code) {
    switch (number) {
    case SIGUSR1: reopen_logs(); break;
    case SIGCHLD: break; // every round looks
    case SIGHUP:
        // The kernel sends it when the terminal is gone, and nohup knows better.
        if (code != SI_KERNEL) {
            again_ = true;
            break;
        }
        if (hup_ignored_) break;
        [[fallthrough]];
    default:
        if (stopping_)
            hurry();
        else
            stop();
    }
}

void Supervisor::reopen_logs() {
    service_.errors.reopen();
    service_.access.reopen();
    for (Child &child : children_) child.link.tell(Order::reopen);
}

// ---- Time ---------------------------------------------------------------------------------------

Time Supervisor::next_time() const {
    Time next = Clock::now() + std::chrono::hours(1);
    const double hang = service_.options.operation.hang;
    if (notify_.pulse().count()) next = std::min(next, pulse_at_);
    for (const Child &child : children_) {
        if (child.kill_at) next = std::min(next, *child.kill_at);
        if (child.state == Child::State::serving && hang > 0)
            next = std::min(next, child.beat + in_seconds(hang));
    }
    for (const Slot &slot : slots_)
        if (slot.start_at) next = std::min(next, *slot.start_at);
    return next;
}

void Supervisor::show_life(Time now) {
    if (!notify_.pulse().count() || now < pulse_at_) return;
    notify_.alive();
    pulse_at_ = now + notify_.pulse();
}

// When this process itself was stopped, nobody heard the beats, and nobody is to blame.
void Supervisor::forgive_beats() {
    for (Child &child : children_) child.beat = Clock::now();
}

void Supervisor::look_at_clock(Time now) {
    const double hang = service_.options.operation.hang;
    // By index: a replacement makes the list longer.
    for (size_t i = 0; i < children_.size(); i++) {
        if (children_[i].kill_at && *children_[i].kill_at <= now) {
            if (children_[i].state == Child::State::leaving)
                service_.errors.add(CSGI_LOG_ERROR,
                                    children_[i].name() + " does not end and is killed");
            children_[i].end();
        }
        if (children_[i].state == Child::State::serving && hang > 0 &&
            now - children_[i].beat >= in_seconds(hang))
            hung(children_[i]);
    }
    for (unsigned slot = 0; slot < workers_; slot++) {
        if (!slots_[slot].start_at || *slots_[slot].start_at > now) continue;
        slots_[slot].start_at.reset();
        if (spawn(slot, current_)) continue;
        service_.errors.add(CSGI_LOG_ERROR,
                            std::string("no worker can be started: ") + std::strerror(errno));
        slots_[slot].start_at = now + longest_delay;
    }
}

// ---- Single workers -----------------------------------------------------------------------------

bool Supervisor::spawn(unsigned slot, unsigned generation) {
    children_.reserve(children_.size() + 1); // whoever is started has to be known
    std::optional<Child> child = Child::start(
        slot, generation, before_,
        [&] {
            children_.clear();
            signals_.reset();
        },
        [&](WorkerEnd link) { return be_worker(service_, slot, std::move(link)); });
    if (!child) return false;
    children_.push_back(std::move(*child));
    return true;
}

void Supervisor::replace(const Child &child, const std::string &why, bool at_once) {
    Slot &slot = slots_[child.slot];
    slot.quick = at_once ? 0 : slot.quick + 1;
    const milliseconds delay = delay_after(slot.quick);
    slot.restarts++;
    slot.start_at = Clock::now() + delay;
    service_.errors.add(CSGI_LOG_ERROR,
                        child.name() + " " + why + "; it is replaced" +
                            (delay.count() ? " in " + std::to_string(delay.count()) + " ms" : "") +
                            " (replacement " + std::to_string(slot.restarts) + ")");
}

void Supervisor::hung(Child &child) {
    kill(child.pid, SIGABRT);
    child.state = Child::State::leaving;
    child.ended = true;
    child.kill_at = Clock::now() + core_grace;
    replace(child, "has not come back to its loop in time (--hang) and is ended", true);
}

void Supervisor::died(const Child &child, int status) {
    const bool young = child.state == Child::State::starting || child.state == Child::State::ready;
    // Who is told to end before it serves may do so at once.
    const bool fine = WIFEXITED(status) ? WEXITSTATUS(status) == 0 : WTERMSIG(status) == SIGTERM;
    if (child.state == Child::State::leaving || (stopping_ && !young)) {
        if (stopping_ && !fine) status_ = exit_failed;
        // What it had to say before it exited, it has said; why it is killed, too.
        if (!fine && WIFSIGNALED(status) && !child.ended)
            service_.errors.add(CSGI_LOG_ERROR,
                                child.name() + " " + ending_of(status) + " before it was done");
    } else if (stopping_) {
        // It need not serve any more.
    } else if (young && child.generation == pending_) {
        give_up_generation(child.fault_of(status, service_.options.target.file));
    } else if (young) {
        service_.errors.add_error(child.fault_of(status, service_.options.target.file));
        slots_[child.slot].quick += slots_[child.slot].quick == 0; // not at once
        replace(child, "does not start", false);
    } else {
        const bool useful = child.answered || Clock::now() - child.served >= quick_death;
        replace(child, ending_of(status), useful);
    }
}

void Supervisor::reap() {
    int status = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        auto it = std::find_if(children_.begin(), children_.end(),
                               [&](const Child &child) { return child.pid == pid; });
        if (it == children_.end()) continue;
        Child child = std::move(*it);
        children_.erase(it);
        try {
            child.hear(); // its last words
            died(child, status);
        } catch (const std::bad_alloc &) {
            if (!current_) throw;
            stand_in_for(child);
        }
    }
}

// Nobody can be told of this death, but somebody has to take the place.
void Supervisor::stand_in_for(const Child &child) {
    if (stopping_ || child.state == Child::State::leaving) return;
    if (child.generation == pending_)
        give_up_generation("out of memory");
    else
        slots_[child.slot].start_at = Clock::now() + first_delay;
}

// ---- All workers at once ------------------------------------------------------------------------

void Supervisor::begin_generation() {
    again_ = false;
    pending_ = ++newest_;
    pending_since_ = Clock::now();
    if (current_) notify_.reloading();
    for (unsigned slot = 0; slot < workers_; slot++) {
        if (spawn(slot, pending_)) continue;
        give_up_generation(Fault(std::string("no worker can be started: ") + std::strerror(errno),
                                 "csgi run", "free processes, descriptors or memory")
                               .what());
        return;
    }
}

// The new workers take over once all of them can.
void Supervisor::admit() {
    const auto is_ready = [&](const Child &child) {
        return child.state == Child::State::ready && child.generation == pending_;
    };
    for (Child &child : children_) // replacements
        if (child.state == Child::State::ready && child.generation == current_) child.go();
    if (!pending_ || std::count_if(children_.begin(), children_.end(), is_ready) != workers_)
        return;
    std::string urls;
    const Time until = Clock::now() + milliseconds(service_.options.serve.drain_ms) + stop_grace;
    if (!current_) {
        // Scripts read where it listens, and whoever reads it may connect.
        urls = std::find_if(children_.begin(), children_.end(), is_ready)->urls;
        say_listening(urls);
        service_.errors.take_over();
    }
    for (Child &child : children_)
        if (is_ready(child)) child.go();
    for (Child &child : children_)
        if (child.generation == current_ && child.state != Child::State::leaving)
            child.leave(until);
    for (Slot &slot : slots_) slot.start_at.reset(), slot.quick = 0;
    if (current_) service_.errors.add(CSGI_LOG_INFO, "reloaded: new workers serve");
    current_ = pending_;
    generation_is_over();
}

void Supervisor::give_up_generation(const std::string &why) {
    for (Child &child : children_)
        if (child.generation == pending_ && child.state != Child::State::leaving)
            child.leave(Clock::now() + hurry_grace);
    service_.errors.add_error(why);
    if (current_) {
        service_.errors.add(CSGI_LOG_ERROR, "the new code does not start; the workers that serve "
                                            "go on with the old");
        generation_is_over();
        return;
    }
    pending_ = 0;
    status_ = exit_failed;
    stopping_ = true;
}

void Supervisor::generation_is_over() {
    pending_ = 0;
    notify_.ready(std::to_string(workers_) + (workers_ == 1 ? " worker serves" : " workers serve"));
}

// ---- The end ------------------------------------------------------------------------------------

void Supervisor::stop() {
    stopping_ = true;
    again_ = false;
    // As long as one copy is open, the kernel takes connections that nobody will.
    sockets_.close();
    const Time drained = Clock::now() + milliseconds(service_.options.serve.drain_ms);
    for (Child &child : children_)
        if (child.state != Child::State::leaving)
            child.leave(child.state == Child::State::serving ? drained + stop_grace
                                                             : Clock::now() + stop_grace);
    for (Slot &slot : slots_) slot.start_at.reset();
    notify_.stopping();
}

void Supervisor::hurry() {
    const Time until = hurried_ ? Clock::now() : Clock::now() + hurry_grace;
    hurried_ = true;
    for (Child &child : children_) {
        child.link.tell(Order::hurry);
        child.kill_at = child.kill_at ? std::min(*child.kill_at, until) : until;
    }
}

// ---- The loop -----------------------------------------------------------------------------------

void Supervisor::wait_a_while() {
    std::vector<pollfd> fds{{signals_.get(), POLLIN, 0}};
    for (const Child &child : children_)
        if (child.link.open()) fds.push_back({child.link.get(), POLLIN, 0});
    const Time began = Clock::now(), until = next_time();
    // Rounded up: who wakes too early would wake a hundred times.
    const auto left = unfinished_ ? 0 : std::chrono::ceil<milliseconds>(until - began).count();
    unfinished_ = false;
    poll(fds.data(), fds.size(), static_cast<int>(std::max<int64_t>(left, 0)));
    if (Clock::now() - until > seconds(1)) forgive_beats();
    for (Child &child : children_) child.hear();
    signalfd_siginfo info;
    while (read(signals_.get(), &info, sizeof info) == sizeof info)
        on_signal(static_cast<int>(info.ssi_signo), info.ssi_code);
}

void Supervisor::look_around() {
    wait_a_while();
    reap();
    if (!stopping_) {
        admit();
        if (again_ && pending_ && Clock::now() - pending_since_ >= patience)
            give_up_generation("the new workers have not become ready in a minute");
        if (again_ && !pending_ && !stopping_) begin_generation();
    }
    look_at_clock(Clock::now());
    show_life(Clock::now());
}

int Supervisor::run() {
    take_signals();
    begin_generation();
    while (!stopping_ || !children_.empty()) {
        try {
            look_around();
        } catch (const std::bad_alloc &) {
            // As long as somebody serves, that is worth more than what was to be done just now.
            if (!current_) throw;
            service_.errors.add(CSGI_LOG_ERROR, "out of memory: tries again");
            std::this_thread::sleep_for(first_delay);
            unfinished_ = true;
        }
    }
    return status_;
}

} // namespace csgi
