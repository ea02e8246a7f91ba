// SPDX-License-Identifier: MIT
// What single arguments mean: names of modules, configurations, addresses.
#include "adapters/cli/arguments.hpp"

#include "adapters/cli/console.hpp"
#include <algorithm>
#include <sys/stat.h>
#include <sys/un.h>

namespace csgi {

namespace {

bool exists(const std::string &file) {
    struct stat st;
    return stat(file.c_str(), &st) == 0;
}

// Where the file's name ends in FILE.so[:REST]: a colon before ".so" belongs to the name.
size_t split_name(const std::string &text) {
    size_t suffix = text.find(".so");
    return text.find(':', suffix == text.npos ? 0 : suffix);
}

// FILE.so, or FILE.so:REST.
bool names_a_library(const std::string &text) {
    return text.ends_with(".so") || text.find(".so:") != text.npos;
}

bool digits(const std::string &text, unsigned long most) {
    return !text.empty() && text.size() <= 6 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
           std::stoul(text) <= most;
}

} // namespace

void wrong(const std::string &what, const std::string &where, const std::string &todo) {
    throw Fault(what, where, todo, exit_usage);
}

void judge_config(const std::string &config, const std::string &where) {
    const char *todo = "write key=value,key=value; \\ before a character that is meant as it is";
    bool escaped = false, key = true;
    size_t length = 0; // of the key so far
    for (char c : config + (config.empty() ? "" : ",")) {
        if (escaped) {
            escaped = false;
            length += key;
        } else if (c == '\\') {
            escaped = true;
        } else if (c == ',') {
            if (key)
                wrong("the configuration '" + config + "' has a key without a value", where, todo);
            key = true;
            length = 0;
        } else if (c == '=' && key) {
            if (!length)
                wrong("the configuration '" + config + "' has a value without a key", where, todo);
            key = false;
        } else {
            length += key;
        }
    }
    // The comma that was put behind the last pair is what the backslash took.
    if (escaped || !key) wrong("the configuration '" + config + "' ends in a \\", where, todo);
}

ModuleName target_of(const std::string &text) {
    size_t colon = split_name(text);
    if (colon == text.npos || exists(text)) return {text, ""};
    ModuleName target{text.substr(0, colon), "", text.substr(colon + 1)};
    if (target.factory.empty())
        wrong("no name of a factory behind the colon", text,
              "name one, or the file alone: " + target.file);
    return target;
}

bool is_target(const std::string &text) {
    return names_a_library(text) || (text.find('/') != text.npos && exists(text));
}

ModuleName layer_of(const std::string &text) {
    size_t colon = exists(text) ? text.npos : split_name(text);
    ModuleName layer{text.substr(0, colon), colon == text.npos ? "" : text.substr(colon + 1)};
    if (layer.file.find('/') == layer.file.npos && !names_a_library(layer.file))
        wrong("there is no built-in middleware '" + layer.file + "'", "--use " + text,
              "name a middleware module's file, such as ./" + layer.file + ".so");
    judge_config(layer.config, "--use " + text);
    return layer;
}

UnixName unix_of(const std::string &address) {
    // Who may write to the application is its group, until somebody says otherwise.
    UnixName name{address.substr(5), 0660};
    size_t comma = name.path.rfind(",mode=");
    if (comma == name.path.npos) return name;
    const std::string mode = name.path.substr(comma + 6);
    if (mode.empty() || mode.size() > 4 || mode.find_first_not_of("01234567") != mode.npos ||
        std::stoul(mode, nullptr, 8) > 0777)
        wrong("the mode of a unix socket is octal, from 0 to 0777", "--http " + address,
              "write unix:/path.sock,mode=0660");
    name.mode = static_cast<mode_t>(std::stoul(mode, nullptr, 8));
    name.path.resize(comma);
    return name;
}

void judge_address(const std::string &address, const std::string &option) {
    const std::string where = option + " " + address;
    if (address.rfind("unix:", 0) == 0) {
        size_t most = sizeof(sockaddr_un{}.sun_path) - 1, n = unix_of(address).path.size();
        if (n == 0) wrong("no path behind unix:", where, "write unix:/path.sock");
        if (n > most)
            wrong("the path of a unix socket is longer than " + std::to_string(most) + " bytes",
                  where, "choose a shorter one");
        return;
    }
    if (address.rfind("fd:", 0) == 0) {
        if (!digits(address.substr(3), 999999))
            wrong("no number of a descriptor behind fd:", where, "write fd:3");
        return;
    }
    size_t colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (colon == address.npos || (!bracketed && host.find_first_of(":[]/ ") != host.npos))
        wrong("not an address to listen on", where,
              "write 127.0.0.1:8000, [::1]:8000, :8000, unix:/path.sock or fd:3");
    if (!digits(address.substr(colon + 1), 65535))
        wrong("a port is a number from 0 to 65535", where,
              "write one behind the last colon; 0 lets the kernel choose");
}

bool is_public(const std::string &address) {
    if (address.rfind("unix:", 0) == 0 || address.rfind("fd:", 0) == 0) return false;
    const std::string host = address.substr(0, address.rfind(':'));
    return host.rfind("127.", 0) != 0 && host != "[::1]";
}

} // namespace csgi
