// SPDX-License-Identifier: MIT
// `csgi tool NAME`: questions in JSON, one on each line, and their answers: for whoever compares
// this framework with Flask from a script.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <csgi/value/value.hpp>

namespace csgi {

// An answer that is an error: one of the kinds that a tool has, and a message for people.
class ToolError : public std::runtime_error {
public:
    // `a_kind` is a literal.
    ToolError(std::string_view a_kind, const std::string &message)
        : std::runtime_error(message), kind(a_kind) {}
    std::string_view kind;
};

// The members of a question. Reading one of the wrong kind throws ToolError "value".
class Question {
public:
    explicit Question(const Value &members) : members_(members) {}

    // NULL when the member is not there.
    const Value *find(std::string_view name) const { return members_.find(name); }
    const Value &get(std::string_view name) const;
    bool is_set(std::string_view name) const; // there, and not null
    std::string_view text(std::string_view name) const;
    std::string_view text(std::string_view name, std::string_view fallback) const;
    std::int64_t integer(std::string_view name) const;
    bool flag(std::string_view name, bool fallback) const;

private:
    const Value &members_;
};

// The members of an answer but its id. Throw ToolError.
Dict answer_http(const Value &question);
Dict answer_routing(const Value &question);
Dict answer_session(const Value &question);
Dict answer_template(const Value &question);

// Answers each line of standard input on standard output until it ends; the result is the status to
// exit with. Throws Fault for a name that no tool has.
int tool(std::string_view name);

} // namespace csgi
