// SPDX-License-Identifier: MIT
// Commands of an application, and how they are called.
#include <csgi/app/command.hpp>

#include <algorithm>
#include <charconv>
#include <map>

#include <csgi/app/app.hpp>

#include "core/app/command_line.hpp"

namespace csgi {

namespace {

constexpr std::string_view group_usage = "[OPTIONS] COMMAND [ARGS]...";

// Wrong usage, of which nothing is known but the words; with a usage line in front, or without.
struct Misuse {
    std::string message;
    bool has_usage = true;
};

std::string capitals(std::string text) {
    for (char &c : text)
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c & ~0x20);
        else if (c == '-')
            c = '_';
    return text;
}

std::string first_sentence(const std::string &help) {
    const std::size_t stop = help.find(". ");
    return help.substr(0, stop == help.npos ? stop : stop + 1);
}

Parameter::Type type_of(const Parameter &parameter) {
    if (parameter.fallback.is_bool()) return Parameter::Type::flag;
    if (parameter.fallback.is_integer()) return Parameter::Type::integer;
    if (parameter.fallback.is_float()) return Parameter::Type::number;
    return parameter.type;
}

const char *type_name(Parameter::Type type) {
    switch (type) {
    case Parameter::Type::integer: return " INTEGER";
    case Parameter::Type::number: return " FLOAT";
    case Parameter::Type::text: return " TEXT";
    case Parameter::Type::flag: break;
    }
    return "";
}

Value value_of(Parameter::Type type, const std::string &text, const std::string &shown) {
    const auto refuse = [&](const char *kind) {
        throw Misuse{"Invalid value for '" + shown + "': '" + text + "' is not a valid " + kind +
                     "."};
    };
    const char *end = text.data() + text.size();
    if (type == Parameter::Type::integer) {
        std::int64_t number = 0;
        const auto [stop, error] = std::from_chars(text.data(), end, number);
        if (error != std::errc() || stop != end) refuse("integer");
        return Value(number);
    }
    if (type == Parameter::Type::number) {
        double number = 0;
        const auto [stop, error] = std::from_chars(text.data(), end, number);
        if (error != std::errc() || stop != end) refuse("float");
        return Value(number);
    }
    return Value(text);
}

} // namespace

// ---- What a command is ------------------------------------------------------------------------

Command &Command::option(Parameter parameter) {
    parameter.type = type_of(parameter);
    options.push_back(std::move(parameter));
    return *this;
}

Command &Command::flag(std::string a_name, std::string a_help) {
    return option({.name = std::move(a_name), .help = std::move(a_help), .fallback = false});
}

Command &Command::argument(std::string a_name, Value fallback) {
    Parameter parameter{.name = std::move(a_name), .fallback = std::move(fallback)};
    parameter.type = type_of(parameter);
    parameter.is_required = parameter.fallback.is_none();
    arguments.push_back(std::move(parameter));
    return *this;
}

Command &Commands::add(std::string name, std::string help, std::function<void(CommandCall &)> run) {
    Command &made = all_.emplace_back();
    made.name = std::move(name);
    made.help = std::move(help);
    made.run = std::move(run);
    return made;
}

void Commands::merge(const Commands &more, std::string_view group) {
    for (const Command &command : more.all_) {
        all_.push_back(command);
        if (command.group.empty()) all_.back().group = group;
    }
}

const Value &CommandCall::operator[](std::string_view name) const {
    if (const Value *value = values_.find(name)) return *value;
    throw std::out_of_range("the command has no parameter '" + std::string(name) + "'");
}

std::string CommandCall::text(std::string_view name) const {
    const Value &value = (*this)[name];
    return value.is_none() ? std::string() : std::string(value.as_string());
}

// ---- Texts ------------------------------------------------------------------------------------

std::string CommandLine::path_of(const std::string &group) const {
    return group.empty() ? program_ : program_ + " " + group;
}

std::string CommandLine::usage_of(const Command &command) {
    std::string usage = "[OPTIONS]";
    for (const Parameter &argument : command.arguments)
        usage += argument.is_required ? " " + capitals(argument.name)
                                      : " [" + capitals(argument.name) + "]";
    return usage;
}

void CommandLine::table(const char *title,
                        const std::vector<std::pair<std::string, std::string>> &rows) {
    std::size_t width = 0;
    for (const auto &[left, right] : rows) width = std::max(width, left.size());
    print_("", "\n", false);
    print_(title, ":\n", false);
    for (const auto &[left, right] : rows) {
        std::string line = "  " + left;
        if (!right.empty()) line += std::string(width - left.size() + 2, ' ') + right;
        print_(line, "\n", false);
    }
}

void CommandLine::list(const std::string &group, const std::string &path) {
    print_("Usage: " + path + " " + std::string(group_usage), "\n", false);
    table("Options", {{"--help", "Show this message and exit."}});
    std::map<std::string, std::string> rows;
    for (const Command &command : commands_.all_) {
        if (command.group == group) rows[command.name] = first_sentence(command.help);
        if (group.empty() && !command.group.empty()) rows.emplace(command.group, "");
    }
    if (!rows.empty()) table("Commands", {rows.begin(), rows.end()});
}

void CommandLine::describe(const Command &command, const std::string &path) {
    print_("Usage: " + path + " " + usage_of(command), "\n", false);
    if (!command.help.empty()) print_("\n  " + command.help, "\n", false);
    std::vector<std::pair<std::string, std::string>> rows;
    for (const Parameter &option : command.options)
        rows.emplace_back("--" + option.name + type_name(option.type),
                          option.help + (!option.is_required   ? ""
                                         : option.help.empty() ? "[required]"
                                                               : "  [required]"));
    rows.emplace_back("--help", "Show this message and exit.");
    table("Options", rows);
}

int CommandLine::misused(const std::string &path, const std::string &usage,
                         const std::string &message) {
    print_("Usage: " + path + " " + usage + "\nTry '" + path +
               " --help' for help.\n\nError: " + message,
           "\n", true);
    return 2;
}

// ---- Reading the words ------------------------------------------------------------------------

Dict CommandLine::read(const Command &command, std::span<const std::string> words) {
    Dict given;
    std::vector<std::string> free;
    bool is_over = false; // with options
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string &word = words[i];
        if (is_over || word.size() < 2 || word[0] != '-') {
            free.push_back(word);
            continue;
        }
        if (word == "--") {
            is_over = true;
            continue;
        }
        const std::size_t equals = word.find('=');
        const std::string shown = word.substr(0, equals);
        const auto option = std::find_if(
            command.options.begin(), command.options.end(),
            [&](const Parameter &parameter) { return "--" + parameter.name == shown; });
        if (option == command.options.end()) throw Misuse{"No such option '" + shown + "'."};
        const bool is_flag = option->type == Parameter::Type::flag;
        if (is_flag && equals != word.npos)
            throw Misuse{"Option '" + shown + "' does not take a value.", false};
        if (is_flag) {
            given[option->name] = !option->fallback.truthy();
        } else if (equals != word.npos) {
            given[option->name] = value_of(option->type, word.substr(equals + 1), shown);
        } else if (i + 1 == words.size()) {
            throw Misuse{"Option '" + shown + "' requires an argument.", false};
        } else {
            given[option->name] = value_of(option->type, words[++i], shown);
        }
    }
    std::size_t at = 0;
    for (const Parameter &argument : command.arguments) {
        const std::string shown = capitals(argument.name);
        if (at < free.size())
            given[argument.name] = value_of(argument.type, free[at++], shown);
        else if (argument.is_required)
            throw Misuse{"Missing argument '" + shown + "'."};
        else
            given[argument.name] = argument.fallback;
    }
    for (const Parameter &option : command.options) {
        if (given.contains(option.name)) continue;
        if (option.is_required) throw Misuse{"Missing option '--" + option.name + "'."};
        given[option.name] = option.fallback;
    }
    if (at == free.size()) return given;
    std::string rest;
    for (std::size_t i = at; i < free.size(); ++i) rest += (rest.empty() ? "" : " ") + free[i];
    throw Misuse{free.size() - at > 1 ? "Got unexpected extra arguments (" + rest + ")"
                                      : "Got unexpected extra argument (" + rest + ")"};
}

int CommandLine::run_one(const Command &command, const std::string &path,
                         std::span<const std::string> words) {
    for (const std::string &word : words) {
        if (word == "--") break;
        if (word != "--help") continue;
        describe(command, path);
        return 0;
    }
    try {
        CommandCall call(
            app_, read(command, words),
            [this](std::string_view text, std::string_view end) { print_(text, end, false); });
        command.run(call);
        return 0;
    } catch (const Misuse &misuse) {
        if (misuse.has_usage) return misused(path, usage_of(command), misuse.message);
        print_("Error: " + misuse.message, "\n", true);
        return 2;
    } catch (const CommandError &error) {
        print_("Error: " + std::string(error.what()), "\n", true);
        return error.status;
    }
}

int CommandLine::run_in(const std::string &group, std::span<const std::string> words) {
    const std::string path = path_of(group), usage(group_usage);
    if (words.empty() || words[0] == "--help") {
        list(group, path);
        return words.empty() ? 2 : 0;
    }
    const std::string &name = words[0];
    if (name.size() > 1 && name[0] == '-')
        return misused(path, usage, "No such option '" + name + "'.");
    // Of two with one name the later counts, as in Click.
    const Command *found = nullptr;
    bool is_group = false;
    for (const Command &command : commands_.all_) {
        if (command.group == group && command.name == name) found = &command;
        is_group = is_group || (group.empty() && command.group == name);
    }
    if (found) return run_one(*found, path + " " + name, words.subspan(1));
    if (is_group) return run_in(name, words.subspan(1));
    return misused(path, usage, "No such command '" + name + "'.");
}

int CommandLine::run(std::span<const std::string> words) {
    return run_in("", words);
}

CommandResult run_command(App &app, const std::vector<std::string> &words,
                          std::string_view program) {
    app.finish();
    CommandResult result;
    CommandLine line(app, app.cli, program, [&](std::string_view text, std::string_view end, bool) {
        result.output += text;
        result.output += end;
    });
    result.status = line.run(words);
    return result;
}

} // namespace csgi
