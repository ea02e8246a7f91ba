// SPDX-License-Identifier: MIT
// The program of chaos: `chaos [--seed N | --seeds A..B] [LAYER.so[:CONFIG]...] APPLICATION.so`.
// A run that fails is told with its seed, and happens again with --seed.
#include "test/conformance/chaos/chaos.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>

namespace {

using namespace csgi::chaos;

constexpr int max_told = 5;    // failed runs that are told in full
constexpr int max_failed = 50; // and so many are enough: a run that hangs takes seconds

struct Arguments {
    uint64_t first = 1, last = 1000;
    Options options;
    std::vector<std::string> modules;
};

int usage() {
    std::fputs("usage: chaos [--seed N | --seeds A..B] [--no-threads] [--tell]\n"
               "             [LAYER.so[:CONFIG]...] APPLICATION.so[:CONFIG]\n",
               stderr);
    return 2;
}

bool parse(int argc, char **argv, Arguments &out) {
    for (int i = 1; i < argc; i++) {
        const std::string word = argv[i];
        if (word == "--seed" && i + 1 < argc) {
            out.first = out.last = std::strtoull(argv[++i], nullptr, 10);
        } else if (word == "--seeds" && i + 1 < argc) {
            char *end = nullptr;
            out.first = std::strtoull(argv[++i], &end, 10);
            if (std::strncmp(end, "..", 2) != 0) return false;
            out.last = std::strtoull(end + 2, nullptr, 10);
        } else if (word == "--no-threads") {
            out.options.with_threads = false;
        } else if (word == "--tell") {
            out.options.tell = true;
        } else if (word.rfind("--", 0) == 0) {
            return false;
        } else {
            out.modules.push_back(word);
        }
    }
    return !out.modules.empty() && out.first <= out.last;
}

// What the application serves under /file, gone when the program is.
class ServedFile {
public:
    ServedFile() {
        const int fd = mkstemp(path_);
        const std::string bytes = file_bytes(60000);
        written_ =
            fd >= 0 && write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
        if (fd >= 0) close(fd);
    }
    ~ServedFile() { unlink(path_); }
    ServedFile(const ServedFile &) = delete;
    ServedFile &operator=(const ServedFile &) = delete;
    bool is_written() const { return written_; }
    const char *path() const { return path_; }

private:
    char path_[32] = "/tmp/csgi-chaos-XXXXXX";
    bool written_ = false;
};

} // namespace

int main(int argc, char **argv) {
    Arguments arguments;
    Stack stack;
    std::string error;
    if (!parse(argc, argv, arguments)) return usage();
    ServedFile file;
    if (!file.is_written()) {
        std::perror("a file in /tmp");
        return 2;
    }
    for (const std::string &module : arguments.modules)
        if (!stack.add(module, error)) {
            std::fprintf(stderr, "%s\n", error.c_str());
            return 2;
        }
    if (stack.application() == "conform")
        stack.parts.back()->config = std::string("file=") + file.path();

    uint64_t exchanges = 0, complete = 0, steps = 0;
    unsigned failed = 0;
    uint64_t seed = arguments.first;
    for (; seed <= arguments.last && failed < max_failed; seed++) {
        const Result result = run(stack, seed, arguments.options);
        exchanges += result.exchanges;
        complete += result.complete;
        steps += result.steps;
        if (result.faults.empty()) continue;
        if (++failed > max_told) continue;
        std::printf("# seed %llu:\n", static_cast<unsigned long long>(seed));
        for (const std::string &fault : result.faults) std::printf("#   %s\n", fault.c_str());
        std::fflush(stdout);
    }
    std::printf("%s 1 - %s: %llu schedules, %llu exchanges, %llu answers complete, %llu steps, "
                "%u failed\n1..1\n",
                failed ? "not ok" : "ok", stack.application().c_str(),
                static_cast<unsigned long long>(seed - arguments.first),
                static_cast<unsigned long long>(exchanges),
                static_cast<unsigned long long>(complete), static_cast<unsigned long long>(steps),
                failed);
    return failed ? 1 : 0;
}
