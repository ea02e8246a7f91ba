// SPDX-License-Identifier: MIT
// The language of .env files, as python-dotenv reads it.
#include <csgi/app/dotenv.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace csgi {

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

const std::string *find(const Variables &all, std::string_view name) {
    for (const auto &[key, value] : all)
        if (key == name) return &value;
    return nullptr;
}

void set(Variables &all, std::string_view name, std::string value) {
    for (auto &[key, old] : all) {
        if (key != name) continue;
        old = std::move(value);
        return;
    }
    all.emplace_back(name, std::move(value));
}

constexpr bool is_end(char c) {
    return c == '\n' || c == '\r';
}
constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

// One line after the other.
class Lines {
public:
    explicit Lines(std::string_view text) : rest_(text) {
        if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
    }

    bool is_over() {
        while (!rest_.empty() && (is_blank(rest_[0]) || is_end(rest_[0]))) rest_.remove_prefix(1);
        return rest_.empty();
    }

    // What the next line says; false: nothing, or it is malformed and passed over.
    bool next(std::string &name, std::optional<std::string> &value) {
        if (binding(name, value) && end_of_line()) return !name.empty();
        skip_line();
        return false;
    }

private:
    char peek() const { return rest_.empty() ? '\0' : rest_[0]; }
    std::size_t blanks() {
        std::size_t n = 0;
        while (n < rest_.size() && is_blank(rest_[n])) ++n;
        rest_.remove_prefix(n);
        return n;
    }
    void skip_line() {
        std::size_t n = 0;
        while (n < rest_.size() && !is_end(rest_[n])) ++n;
        rest_.remove_prefix(n);
    }
    bool end_of_line() {
        const std::string_view before = rest_;
        blanks();
        if (peek() == '#')
            skip_line();
        else if (!rest_.empty() && !is_end(rest_[0]))
            rest_ = before;
        return rest_.empty() || is_end(rest_[0]);
    }

    bool binding(std::string &name, std::optional<std::string> &value) {
        name.clear();
        value.reset();
        if (rest_.starts_with("export") && rest_.size() > 6 && is_blank(rest_[6])) {
            rest_.remove_prefix(6);
            blanks();
        }
        if (peek() == '#') return true;
        if (peek() == '\'') {
            const std::size_t close = rest_.find('\'', 1);
            if (close == rest_.npos || close == 1) return false;
            name = rest_.substr(1, close - 1);
            rest_.remove_prefix(close + 1);
        } else {
            std::size_t n = 0;
            while (n < rest_.size() && rest_[n] != '=' && rest_[n] != '#' && !is_blank(rest_[n]) &&
                   !is_end(rest_[n]))
                ++n;
            if (n == 0) return false;
            name = rest_.substr(0, n);
            rest_.remove_prefix(n);
        }
        blanks();
        if (peek() != '=') return true;
        rest_.remove_prefix(1);
        const bool is_apart = blanks() > 0;
        if (is_apart && peek() == '#')
            value = "";
        else if (peek() == '\'' || peek() == '"')
            return quoted(value.emplace());
        else
            value = unquoted();
        return true;
    }

    bool quoted(std::string &out) {
        constexpr std::string_view escapes = "abfnrtv", means = "\a\b\f\n\r\t\v";
        const char quote = rest_[0];
        for (std::size_t at = 1; at < rest_.size(); ++at) {
            const char c = rest_[at];
            if (c == quote) {
                rest_.remove_prefix(at + 1);
                return true;
            }
            if (c != '\\' || at + 1 == rest_.size()) {
                out += c;
                continue;
            }
            const char escaped = rest_[++at];
            const std::size_t letter = quote == '"' ? escapes.find(escaped) : escapes.npos;
            if (letter != escapes.npos) {
                out += means[letter];
            } else {
                if (escaped != '\\' && escaped != '\'' && !(escaped == '"' && quote == '"'))
                    out += '\\';
                out += escaped;
            }
        }
        return false;
    }

    std::string unquoted() {
        std::size_t n = 0;
        while (n < rest_.size() && !is_end(rest_[n])) ++n;
        std::string_view text = rest_.substr(0, n);
        rest_.remove_prefix(n);
        for (std::size_t at = 1; at < text.size(); ++at)
            if (text[at] == '#' && is_blank(text[at - 1])) text = text.substr(0, at);
        while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
        return std::string(text);
    }

    std::string_view rest_;
};

// ${NAME} and ${NAME:-default}
std::string expanded(std::string_view text, const Variables &above) {
    std::string out;
    while (true) {
        const std::size_t open = text.find("${");
        out += text.substr(0, open);
        if (open == text.npos) return out;
        text.remove_prefix(open);
        const std::size_t close = text.find('}');
        const std::size_t colon = text.find(':');
        const bool has_default =
            colon < close && colon != text.npos && text.substr(colon).starts_with(":-");
        if (close == text.npos || (colon < close && !has_default)) {
            out += "${";
            text.remove_prefix(2);
            continue;
        }
        const std::string name(text.substr(2, (has_default ? colon : close) - 2));
        if (const std::string *value = find(above, name))
            out += *value;
        else if (const char *there = std::getenv(name.c_str()))
            out += there;
        else if (has_default)
            out += text.substr(colon + 2, close - colon - 2);
        text.remove_prefix(close + 1);
    }
}

bool is_file(const std::string &path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// In the working directory or the nearest one above; empty: nowhere.
std::string find_above(const std::string &name) {
    const std::unique_ptr<char, void (*)(void *)> here(getcwd(nullptr, 0), std::free);
    if (!here) return "";
    std::string folder(here.get());
    while (true) {
        const std::string path = folder + (folder.ends_with('/') ? "" : "/") + name;
        if (is_file(path)) return path;
        const std::size_t slash = folder.rfind('/');
        if (folder.size() <= 1 || slash == folder.npos) return "";
        folder.resize(std::max<std::size_t>(slash, 1));
    }
}

void read_file(const std::string &path, Variables &into) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("environment file " + path + ": " + std::strerror(errno));
    std::ostringstream text;
    text << file.rdbuf();
    for (auto &[name, value] : parse_dotenv(text.str())) set(into, name, std::move(value));
}

} // namespace

std::vector<std::pair<std::string, std::string>> parse_dotenv(std::string_view text) {
    Variables all;
    Lines lines(text);
    std::string name;
    std::optional<std::string> value;
    while (!lines.is_over())
        if (lines.next(name, value) && value) set(all, name, expanded(*value, all));
    return all;
}

bool load_dotenv(const std::string &path, bool load_defaults) {
    Variables all;
    if (load_defaults)
        for (const char *name : {".flaskenv", ".env"})
            if (const std::string found = find_above(name); !found.empty()) read_file(found, all);
    if (!path.empty()) read_file(path, all);
    for (const auto &[name, value] : all) setenv(name.c_str(), value.c_str(), 0);
    return !all.empty();
}

} // namespace csgi
