// SPDX-License-Identifier: MIT
// Code of others, run in a child process: it may crash, hang or leave things behind there.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace csgi {

// What a child has to say, one at a time.
struct Finding {
    enum class Kind : char {
        ok = 'o',
        fail = 'f',
        note = 'n',
        layer = 'l', // the module wraps an application
        step = 's',  // what is about to be tried
        fault = 'x', // why it could not go on: an exception's text
    };
    Kind kind;
    std::string rule; // its id, or empty
    std::string text;
};

// Sends a finding to the parent; long texts are cut. [any thread]
class Teller {
public:
    explicit Teller(int fd) : fd_(fd) {}
    void operator()(Finding::Kind kind, std::string_view rule, std::string_view text) const;
    void ok(std::string_view rule, std::string_view text) const {
        (*this)(Finding::Kind::ok, rule, text);
    }
    void fail(std::string_view rule, std::string_view text) const {
        (*this)(Finding::Kind::fail, rule, text);
    }
    void note(std::string_view text) const { (*this)(Finding::Kind::note, "", text); }
    void step(std::string_view text) const { (*this)(Finding::Kind::step, "", text); }

private:
    int fd_;
};

struct Ending {
    enum class How { complete, killed, exited, hung, refused };
    How how;
    int number;       // the signal, the exit status, or errno of the fork that was refused
    std::string step; // what was being tried

    // "ended by signal 11 (Segmentation fault) while it was loaded"; empty after `complete`.
    std::string text() const;
};

// Runs `work` in a child process, which is ended when `limit` has passed, with all that it started.
Ending isolate(std::chrono::milliseconds limit, const std::function<void(const Teller &)> &work,
               const std::function<void(const Finding &)> &heard);

} // namespace csgi
