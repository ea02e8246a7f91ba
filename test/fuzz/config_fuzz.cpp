// SPDX-License-Identifier: MIT
// Any bytes as a configuration: csgi_config_get finds what a parser finds that is written for
// clarity. Input: a byte for the buffer's size, the key up to a newline, the configuration.
#include <csgi/sdk.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace {

struct Byte {
    char c;
    bool plain; // no backslash took its meaning
};

std::vector<Byte> bytes_of(const std::string &config) {
    std::vector<Byte> out;
    for (size_t i = 0; i < config.size(); i++)
        if (config[i] == '\\' && i + 1 < config.size())
            out.push_back({config[++i], false});
        else
            out.push_back({config[i], true});
    return out;
}

std::optional<std::string> look_up(const std::string &config, const std::string &key) {
    std::string name, value;
    bool in_value = false;
    std::vector<Byte> bytes = bytes_of(config);
    bytes.push_back({',', true});
    for (const Byte &b : bytes) {
        if (b.plain && b.c == ',') {
            if (name == key) return value;
            name.clear();
            value.clear();
            in_value = false;
        } else if (b.plain && b.c == '=' && !in_value) {
            in_value = true;
        } else {
            (in_value ? value : name) += b.c;
        }
    }
    return {};
}

void promise(bool kept, const char *sentence) {
    if (kept) return;
    std::fprintf(stderr, "broken promise: %s\n", sentence);
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const size_t cap = data[0];
    const std::string text(reinterpret_cast<const char *>(data) + 1, size - 1);
    const size_t line = text.find('\n');
    if (line == std::string::npos || line == 0) return 0;
    const std::string key(text.c_str(), 0, line); // up to a NUL: a key is a C string
    const std::string key_c = key.c_str();
    if (key_c.empty()) return 0;
    // Of exactly their size, so that a sanitizer sees a step too far.
    const std::vector<char> config(text.begin() + static_cast<std::ptrdiff_t>(line) + 1,
                                   text.end());
    std::vector<char> value(cap);
    static const char none = 0;
    const csgi_str from = {config.empty() ? &none : config.data(), config.size()};
    const long n = csgi_config_get(from, key_c.c_str(), cap ? value.data() : nullptr, cap);
    const auto right = look_up(std::string(config.begin(), config.end()), key_c);
    if (!right) {
        promise(n == -1, "a key that is not there is -1");
    } else if (right->size() + 1 > cap) {
        promise(n == -2, "a value that does not fit is -2");
    } else {
        promise(n == static_cast<long>(right->size()), "the length is the value's");
        promise(std::string(value.data(), right->size()) == *right, "the value is right");
        promise(value[right->size()] == 0, "a NUL follows it");
    }
    return 0;
}
