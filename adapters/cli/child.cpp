// SPDX-License-Identifier: MIT
// A worker as its supervisor sees it.
#include "adapters/cli/child.hpp"

#include "adapters/cli/console.hpp"
#include "adapters/cli/isolate.hpp"
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace csgi {

namespace {

// Loading and checking run code of the module, but nothing of it that has a reason to wait.
constexpr std::chrono::seconds load_limit{60};

// These are the supervisor's; a worker that hears them too, because somebody signals all processes
// of a name, is not ended by them. A handler, since programs that the application starts should not
// inherit that.
void be_deaf_to(int number) {
    struct sigaction now = {};
    if (sigaction(number, nullptr, &now) || now.sa_handler == SIG_IGN) return;
    now = {};
    now.sa_handler = [](int) {};
    now.sa_flags = SA_RESTART;
    sigaction(number, &now, nullptr);
}

// Whoever caught an exception further up would go on as a second supervisor.
[[noreturn]] void be_child(pid_t parent, const sigset_t &signals,
                           const std::function<void()> &before,
                           const std::function<int(WorkerEnd)> &work, WorkerEnd link) noexcept {
    // Who ends the supervisor by force ends the server, as if it were one process.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(exit_failed);
    int status = exit_failed;
    try {
        before();
        be_deaf_to(SIGHUP);
        be_deaf_to(SIGUSR1);
        sigprocmask(SIG_SETMASK, &signals, nullptr);
        status = work(std::move(link));
    } catch (const std::exception &) {
        say_error(out_of_memory); // everything else has been dealt with
    }
    std::exit(status);
}

} // namespace

std::optional<Child> Child::start(unsigned slot, unsigned generation, const sigset_t &signals,
                                  const std::function<void()> &before,
                                  const std::function<int(WorkerEnd)> &work) {
    auto [ours, theirs] = make_link();
    if (!ours.open()) return std::nullopt;
    std::fflush(nullptr);
    const pid_t parent = getpid(), pid = fork();
    if (pid < 0) return std::nullopt;
    if (pid == 0) {
        ours.close();
        be_child(parent, signals, before, work, std::move(theirs));
    }
    Child child(pid, slot, generation, std::move(ours));
    child.kill_at = Clock::now() + load_limit;
    return child;
}

void Child::hear() {
    link.hear([&](News news, const std::string &text) {
        switch (news) {
        case News::step:
            step = text;
            // An application may take its time to start, however long.
            if (text != step_load && text != step_check && state == State::starting)
                kill_at.reset();
            break;
        case News::fault: fault = text; break;
        case News::ready:
            urls = text;
            if (state == State::starting) state = State::ready;
            break;
        case News::beat: beat = Clock::now(); break;
        case News::answered: answered = true; break;
        }
    });
}

void Child::go() {
    link.tell(Order::go);
    state = State::serving;
    served = beat = Clock::now();
}

void Child::leave(Time until) {
    // Before it serves it may be waiting for `go`, and hears so that there will be none.
    if (state != State::serving) link.close();
    if (state != State::ready) kill(pid, SIGTERM);
    state = State::leaving;
    kill_at = until;
}

void Child::end() {
    kill(pid, SIGKILL);
    ended = true;
    kill_at.reset();
}

std::string Child::name() const {
    return "worker " + std::to_string(slot) + " (pid " + std::to_string(pid) + ")";
}

std::string Child::fault_of(int status, const std::string &file) const {
    if (!fault.empty()) return fault;
    const Ending ending = ended ? Ending{Ending::How::hung, 0, step}
                          : WIFSIGNALED(status)
                              ? Ending{Ending::How::killed, WTERMSIG(status), step}
                              : Ending{Ending::How::exited, WEXITSTATUS(status), step};
    return Fault("[LOAD-11] " + ending.text(), file, "debug the module; `csgi check` tells more")
        .what();
}

std::string ending_of(int status) {
    if (!WIFSIGNALED(status)) return "ended with status " + std::to_string(WEXITSTATUS(status));
    return "was ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
           strsignal(WTERMSIG(status)) + (WCOREDUMP(status) ? ", core dumped)" : ")");
}

} // namespace csgi
