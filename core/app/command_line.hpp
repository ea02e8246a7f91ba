// SPDX-License-Identifier: MIT
// Reads the words of a command line as Click does, and runs what they name.
#pragma once

#include <csgi/app/command.hpp>

#include <span>
#include <string>
#include <string_view>

namespace csgi {

class CommandLine {
public:
    // Writes a text and its end; the last says whether it is an error.
    using Print = std::function<void(std::string_view, std::string_view, bool)>;

    CommandLine(App &app, const Commands &commands, std::string_view program, Print print)
        : app_(app), commands_(commands), program_(program), print_(std::move(print)) {}

    // The status to exit with. What a command throws, other than CommandError, passes.
    int run(std::span<const std::string> words);

private:
    int run_in(const std::string &group, std::span<const std::string> words);
    int run_one(const Command &command, const std::string &path,
                std::span<const std::string> words);
    Dict read(const Command &command, std::span<const std::string> words);
    int misused(const std::string &path, const std::string &usage, const std::string &message);
    void list(const std::string &group, const std::string &path);
    void describe(const Command &command, const std::string &path);
    std::string path_of(const std::string &group) const;
    static std::string usage_of(const Command &command);
    void table(const char *title, const std::vector<std::pair<std::string, std::string>> &rows);

    App &app_;
    const Commands &commands_;
    std::string program_;
    Print print_;
};

} // namespace csgi
