// SPDX-License-Identifier: MIT
// What the command says to people.
#include "adapters/cli/console.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <unistd.h>

namespace csgi {

namespace {

std::string_view level_name(int32_t level) {
    switch (level) {
    case CSGI_LOG_DEBUG: return "debug";
    case CSGI_LOG_INFO: return "info";
    case CSGI_LOG_WARNING: return "warning";
    case CSGI_LOG_ERROR: return "error";
    case CSGI_LOG_FATAL: return "fatal";
    case CSGI_LOG_HOST_MISBEHAVING: return "host-misbehaving";
    case CSGI_LOG_APP_MISBEHAVING: return "app-misbehaving";
    default: return level < CSGI_LOG_DEBUG ? "debug" : "error";
    }
}

// Past stdio, so that lines of two threads do not mix.
void write_out(std::string_view text) {
    size_t done = 0;
    while (done < text.size()) {
        ssize_t n = ::write(STDERR_FILENO, text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return; // nobody is there to be told
        done += static_cast<size_t>(n);
    }
}

// Length of the UTF-8 character at the front (RFC 3629, 4); 0 for none, or one that is a control.
size_t printable(std::string_view s) {
    auto at = [&](size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u; };
    auto tail = [&](size_t i) { return (at(i) & 0xc0u) == 0x80u; };
    unsigned a = at(0), b = at(1);
    if (a < 0x80) return a >= 0x20 && a != 0x7f;
    if (a >= 0xc2 && a <= 0xdf) return tail(1) && !(a == 0xc2 && b < 0xa0) ? 2 : 0;
    if (a >= 0xe0 && a <= 0xef) {
        bool known = tail(1) && tail(2) && !(a == 0xe0 && b < 0xa0) && !(a == 0xed && b > 0x9f);
        return known ? 3 : 0;
    }
    if (a >= 0xf0 && a <= 0xf4) {
        bool known =
            tail(1) && tail(2) && tail(3) && !(a == 0xf0 && b < 0x90) && !(a == 0xf4 && b > 0x8f);
        return known ? 4 : 0;
    }
    return 0;
}

std::string block(std::string_view what, std::string_view where, std::string_view todo) {
    std::string text(what);
    text.append("\n  where: ").append(where).append("\n  what to do: ").append(todo);
    return text;
}

// Hands the text on in pieces, each of them printable.
template <class Put>
void put_readable(std::string_view text, bool lines, Put put) {
    while (!text.empty()) {
        size_t n = lines && text[0] == '\n' ? 1 : printable(text);
        if (n) {
            put(text.substr(0, n));
        } else {
            char hex[8];
            n = 1;
            std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned char>(text[0]));
            put(std::string_view(hex));
        }
        text.remove_prefix(n);
    }
}

// Puts together what is said in one write, without the heap: it may be that memory ran out. What is
// longer than anything a server says goes out in several.
class Saying {
public:
    ~Saying() { write_out({text_, size_}); }
    void add(std::string_view piece) {
        while (!piece.empty()) {
            const size_t n = std::min(piece.size(), sizeof text_ - size_);
            std::copy_n(piece.data(), n, text_ + size_);
            size_ += n;
            piece.remove_prefix(n);
            if (size_ < sizeof text_) return;
            write_out({text_, size_});
            size_ = 0;
        }
    }
    void add_readable(std::string_view text, bool lines) {
        put_readable(text, lines, [&](std::string_view piece) { add(piece); });
    }

private:
    char text_[4608];
    size_t size_ = 0;
};

void put_now_and_who(Saying &line) {
    char text[64];
    timespec now = {};
    tm parts = {};
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t n = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text + n, sizeof text - n, ".%03ldZ [%d] ", now.tv_nsec / 1000000, getpid());
    line.add(text);
}

} // namespace

const char *const out_of_memory =
    "out of memory\n  where: csgi\n  what to do: end other programs, or give this one more";

Fault::Fault(std::string_view what, std::string_view where, std::string_view todo, int status)
    : text_(block(what, where, todo)), status_(status) {}

Fault Fault::of(std::string_view text, std::string_view where, std::string_view todo,
                const std::string &opening) {
    auto [rule, rest] = split_rule(text);
    Fault fault((rule.empty() ? "" : "[" + rule + "] ") + opening + rest, where, todo);
    if (text.find("\n  where: ") != text.npos) fault.text_ = text;
    return fault;
}

std::string readable(std::string_view text, bool lines) {
    std::string out;
    put_readable(text, lines, [&](std::string_view piece) { out.append(piece); });
    return out;
}

std::pair<std::string, std::string> split_rule(std::string_view text) {
    size_t end = text.find("] ");
    if (text.empty() || text[0] != '[' || end == text.npos) return {"", std::string(text)};
    return {std::string(text.substr(1, end - 1)), std::string(text.substr(end + 2))};
}

void say_listening(std::string_view urls) {
    for (std::string_view rest = urls; !rest.empty();) {
        const std::string_view url = rest.substr(0, rest.find('\n'));
        std::printf("csgi: listening on %.*s\n", static_cast<int>(url.size()), url.data());
        rest.remove_prefix(std::min(rest.size(), url.size() + 1));
    }
    std::fflush(stdout);
}

void say_error(std::string_view text) {
    Saying block;
    block.add("csgi: error: ");
    block.add_readable(text, true);
    block.add("\n");
}

void say_log(int32_t level, std::string_view message, bool dated) {
    Saying line;
    if (dated) put_now_and_who(line);
    line.add("csgi: ");
    line.add(level_name(level));
    line.add(": ");
    line.add_readable(message, false);
    line.add("\n");
}

} // namespace csgi
