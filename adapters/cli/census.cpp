// SPDX-License-Identifier: MIT
// What a process holds.
#include "adapters/cli/census.hpp"

#include <filesystem>
#include <sys/wait.h>

namespace csgi {

namespace fs = std::filesystem;

Census Census::take() {
    Census census;
    std::error_code none;
    for (const fs::directory_entry &entry : fs::directory_iterator("/proc/self/fd", none)) {
        // The directory that is being read is among them, and cannot be read any more.
        std::string target = fs::read_symlink(entry.path(), none).string();
        if (!none && target.find("/fd") == target.npos)
            census.files[entry.path().filename().string()] = target;
    }
    for ([[maybe_unused]] const fs::directory_entry &entry :
         fs::directory_iterator("/proc/self/task", none))
        census.threads++;
    siginfo_t info;
    census.children = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
    return census;
}

std::string Census::grown_since(const Census &before) const {
    std::string text;
    auto add = [&](const std::string &what) { text += (text.empty() ? "" : ", ") + what; };
    for (const auto &[number, target] : files) {
        auto was = before.files.find(number);
        if (was == before.files.end() || was->second != target)
            add("descriptor " + number + " (" + target + ")");
    }
    if (threads > before.threads) add(std::to_string(threads - before.threads) + " more threads");
    if (children && !before.children) add("a child process");
    return text;
}

} // namespace csgi
