// SPDX-License-Identifier: MIT
// Copies of keys that leave nothing behind.
#pragma once

#include <string>
#include <vector>

#include <openssl/crypto.h>

namespace csgi {

// Overwrites a text, or several, when it goes out of scope, and so before they do. What a text or
// vector that grew left behind it cannot know: reserve first.
class Wiped {
public:
    explicit Wiped(std::string &text) : text_(&text) {}
    explicit Wiped(std::vector<std::string> &texts) : texts_(&texts) {}
    Wiped(const Wiped &) = delete;
    ~Wiped() {
        if (text_) wipe(*text_);
        if (texts_)
            for (std::string &text : *texts_) wipe(text);
    }

    static void wipe(std::string &text) {
        OPENSSL_cleanse(text.data(), text.size());
        text.clear();
    }

private:
    std::string *text_ = nullptr;
    std::vector<std::string> *texts_ = nullptr;
};

} // namespace csgi
