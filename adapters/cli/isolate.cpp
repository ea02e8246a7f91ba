// SPDX-License-Identifier: MIT
// Code of others, run in a child process.
#include "adapters/cli/isolate.hpp"

#include "adapters/cli/console.hpp"
#include "core/gateway/boundary.hpp"
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace csgi {

namespace {

using Clock = std::chrono::steady_clock;

// A record: kind, rule, SEPARATOR, text, END. readable() has put both bytes out of the texts.
constexpr char separator = '\x1f', end_of_record = '\x1e';
// The child's last record: it was not cut off by an exit() of somebody.
constexpr char complete = 'e';

class Hearer {
public:
    Hearer(const std::function<void(const Finding &)> &heard) : heard_(heard) {}

    void feed(const char *bytes, size_t n) {
        pending_.append(bytes, n);
        for (size_t end; (end = pending_.find(end_of_record)) != pending_.npos;) {
            take(std::string_view(pending_).substr(0, end));
            pending_.erase(0, end + 1);
        }
    }

    bool complete_ = false;
    std::string step_;

private:
    void take(std::string_view record) {
        size_t middle = record.find(separator);
        if (record.empty()) return;
        if (record[0] == complete) complete_ = true;
        if (record[0] == complete || middle == record.npos) return;
        Finding finding{static_cast<Finding::Kind>(record[0]),
                        std::string(record.substr(1, middle - 1)),
                        std::string(record.substr(middle + 1))};
        if (finding.kind == Finding::Kind::step)
            step_ = finding.text;
        else
            heard_(finding);
    }

    const std::function<void(const Finding &)> &heard_;
    std::string pending_;
};

[[noreturn]] void be_child(int fd, pid_t parent, const std::function<void(const Teller &)> &work) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1); // it died before
    // What the module prints is not part of the report; and nobody wants a file for each crash.
    dup2(STDERR_FILENO, STDOUT_FILENO);
    const rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    Teller tell(fd);
    char what[2048];
    if (contained([&] { work(tell); }, what, sizeof what))
        tell(static_cast<Finding::Kind>(complete), "", "");
    else
        tell(Finding::Kind::fault, "", what);
    _exit(0);
}

// False when nothing more will come.
bool hear(int fd, Hearer &hearer) {
    char bytes[4096];
    ssize_t n = read(fd, bytes, sizeof bytes);
    if (n > 0) hearer.feed(bytes, static_cast<size_t>(n));
    return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

// What is still in the pipe, though somebody that the child started may hold its other end open.
void hear_rest(int fd, Hearer &hearer) {
    fcntl(fd, F_SETFL, O_NONBLOCK);
    errno = 0;
    while (hear(fd, hearer) && errno != EAGAIN) {
    }
}

} // namespace

void Teller::operator()(Finding::Kind kind, std::string_view rule, std::string_view text) const {
    std::string record(1, static_cast<char>(kind));
    record.append(rule).append(1, separator).append(readable(text, true));
    // One write of so many bytes is not torn apart by another thread's.
    if (record.size() > PIPE_BUF - 8) record.resize(PIPE_BUF - 8), record += "...";
    record += end_of_record;
    while (write(fd_, record.data(), record.size()) < 0 && errno == EINTR) {
    }
}

std::string Ending::text() const {
    std::string trying = step.empty() ? "" : " while: " + step;
    switch (how) {
    case How::complete: return "";
    case How::killed:
        return "it crashed with signal " + std::to_string(number) + " (" + strsignal(number) + ")" +
               trying;
    case How::exited: return "it ended the process with status " + std::to_string(number) + trying;
    case How::hung: return "it was not done in time" + trying;
    case How::refused: return std::string("no child process: ") + strerror(number);
    }
    return "";
}

Ending isolate(std::chrono::milliseconds limit, const std::function<void(const Teller &)> &work,
               const std::function<void(const Finding &)> &heard) {
    int pipe_ends[2];
    if (pipe2(pipe_ends, O_CLOEXEC)) return {Ending::How::refused, errno, ""};
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        close(pipe_ends[0]);
        be_child(pipe_ends[1], parent, work);
    }
    close(pipe_ends[1]);
    if (child < 0) {
        close(pipe_ends[0]);
        return {Ending::How::refused, errno, ""};
    }
    setpgid(child, child); // both sides do, whoever is first
    Hearer hearer(heard);
    auto until = Clock::now() + limit;
    bool open = true, late = false;
    int status = 0;
    for (;;) {
        pollfd readable_end{pipe_ends[0], POLLIN, 0};
        if (poll(&readable_end, open ? 1 : 0, open ? 20 : 1) > 0) open = hear(pipe_ends[0], hearer);
        if (waitpid(child, &status, WNOHANG) == child) break;
        if (Clock::now() < until || late) continue;
        late = true;
        kill(-child, SIGKILL);
        kill(child, SIGKILL);
    }
    kill(-child, SIGKILL); // whom it started and left
    if (open) hear_rest(pipe_ends[0], hearer);
    close(pipe_ends[0]);
    if (late) return {Ending::How::hung, 0, hearer.step_};
    if (WIFSIGNALED(status)) return {Ending::How::killed, WTERMSIG(status), hearer.step_};
    if (!hearer.complete_) return {Ending::How::exited, WEXITSTATUS(status), hearer.step_};
    return {Ending::How::complete, 0, hearer.step_};
}

} // namespace csgi
