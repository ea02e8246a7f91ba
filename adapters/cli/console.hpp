// SPDX-License-Identifier: MIT
// What the command says to people: errors in one block, the log in one line each, and no byte that
// a terminal would obey.
#pragma once

#include <csgi.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace csgi {

constexpr int exit_fine = 0, exit_failed = 1, exit_usage = 2;

// Why a command cannot go on.
class Fault : public std::exception {
public:
    Fault(std::string_view what, std::string_view where, std::string_view todo,
          int status = exit_failed);
    // A text that says where and what to do by itself, as the loader's do; else the others fill in,
    // `opening` before the text.
    static Fault of(std::string_view text, std::string_view where, std::string_view todo,
                    const std::string &opening = "");

    const char *what() const noexcept override { return text_.c_str(); }
    int status() const noexcept { return status_; }

private:
    std::string text_;
    int status_;
};

// What there is to say when memory ran out: a Fault's block, without the heap.
extern const char *const out_of_memory;

// The text with control bytes, and bytes that are no UTF-8, spelt \xNN. `lines`: line ends stay.
std::string readable(std::string_view text, bool lines = false);

inline std::string_view view_of(csgi_str s) {
    return {s.p, s.n};
}

inline csgi_str str_of(std::string_view s) {
    return {s.data() ? s.data() : "", s.size()};
}

// Of "[RES-6] what" the rule and the rest; the rule is empty when there is none.
std::pair<std::string, std::string> split_rule(std::string_view text);

// "csgi: listening on URL" on stdout, for each line of `urls`; scripts read it.
void say_listening(std::string_view urls);

// "csgi: error: ..." on stderr, in one write.
void say_error(std::string_view text);

// "csgi: LEVEL: ..." on stderr, in one write; dated: the time and the process come first. [any
// thread]
void say_log(int32_t level, std::string_view message, bool dated = false);

} // namespace csgi
