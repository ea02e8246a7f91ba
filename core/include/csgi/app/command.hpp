// SPDX-License-Identifier: MIT
// What an application can be told from a command line: Flask's app.cli, and of Click what that
// takes.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <csgi/value/value.hpp>

namespace csgi {

class App;

// An option (--name VALUE), a flag (--name) or an argument of a command.
struct Parameter {
    enum class Type { text, integer, number, flag };
    std::string name;      // without dashes, in lower case
    std::string help = {}; // of an option
    // What it is when it is not given. None: an option is then none as well, an argument has to be
    // given. One that is a number or a bool tells the type.
    Value fallback = {};
    Type type = Type::text;
    bool is_required = false; // of an option
};

// Ends a command with "Error: ..." and this status.
class CommandError : public std::runtime_error {
public:
    explicit CommandError(const std::string &message, int a_status = 1)
        : std::runtime_error(message), status(a_status) {}
    int status;
};

// One call of a command: what it was given, and where its words go.
class CommandCall {
public:
    App &app;

    // The value of a parameter of this name: a string, an integer, a float or a bool; none for an
    // option that was not given. Throws std::out_of_range for a name that the command has not told.
    const Value &operator[](std::string_view name) const;
    // As text, "" for none; as a number; whether a flag was set. Throw TypeError for another kind.
    std::string text(std::string_view name) const;
    std::int64_t integer(std::string_view name) const { return (*this)[name].as_int(); }
    double number(std::string_view name) const { return (*this)[name].as_double(); }
    bool flag(std::string_view name) const { return (*this)[name].truthy(); }

    // A line for standard output.
    void echo(std::string_view line) { write_(line, "\n"); }

private:
    friend class CommandLine;
    using Write = std::function<void(std::string_view, std::string_view)>;
    CommandCall(App &an_app, Dict values, Write write)
        : app(an_app), values_(std::move(values)), write_(std::move(write)) {}

    Dict values_;
    Write write_;
};

// A command and what it takes.
class Command {
public:
    // Options are listed by `--help` in the order in which they were told, arguments are taken in
    // it.
    Command &option(Parameter parameter);
    Command &flag(std::string name, std::string help = {});
    Command &argument(std::string name, Value fallback = {});

private:
    friend class CommandLine;
    friend class Commands;
    std::string group, name, help; // group: empty for one of the application's own
    std::function<void(CommandCall &)> run;
    std::vector<Parameter> options, arguments;
};

// Those of an application or of a blueprint, which become a group under the blueprint's name.
class Commands {
public:
    // `run` takes a CommandCall&, an App& or nothing. Its first sentence of help stands in lists.
    // The result is to be told parameters, and stays where it is.
    template <class F>
    Command &command(std::string name, std::string help, F run) {
        return add(std::move(name), std::move(help), [run = std::move(run)](CommandCall &call) {
            if constexpr (std::is_invocable_v<const F &, CommandCall &>)
                run(call);
            else if constexpr (std::is_invocable_v<const F &, App &>)
                run(call.app);
            else {
                static_assert(std::is_invocable_v<const F &>,
                              "a command takes CommandCall&, App& or nothing");
                run();
            }
        });
    }
    // Takes all of another's in, those of no group into this one. Empty: they stay without.
    void merge(const Commands &more, std::string_view group);

private:
    friend class CommandLine;
    Command &add(std::string name, std::string help, std::function<void(CommandCall &)> run);

    std::deque<Command> all_;
};

struct CommandResult {
    int status = 0;     // to exit with
    std::string output; // what it printed, errors as well
};

// Runs one as `csgi app.so WORDS...` does, but collects what it prints: Flask's
// test_cli_runner().invoke(). Calls app.finish(). `program` stands in usage lines. What a command
// throws, other than CommandError, passes.
CommandResult run_command(App &app, const std::vector<std::string> &words,
                          std::string_view program = "csgi app.so");

} // namespace csgi
