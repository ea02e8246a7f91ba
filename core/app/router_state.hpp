// SPDX-License-Identifier: MIT
// The tree behind a router: one state for each prefix of rules, as in Werkzeug's matcher.
#pragma once

#include <csgi/app/router.hpp>

#include <bit>
#include <cstring>

#include "core/http/word.h"

namespace csgi {

// What lies between two slashes of a rule; from a converter that takes slashes on, all that
// follows.
struct Router::Part {
    struct Piece {
        std::string text;                     // if there is no converter
        const Converter *converter = nullptr; // of the first rule that came by; it owns it
    };
    bool is_static = true;
    bool is_final = false;    // takes all that is left of a path
    bool is_suffixed = false; // final, and a "/" may follow, of which the next state decides
    std::string text;         // of a static one
    std::vector<Piece> pieces;
    std::string content;     // two parts that match alike have the same
    std::vector<int> weight; // the smaller is tried first

    // Fills `values` with what the converters took.
    bool matches(std::string_view target, std::string_view *values, bool &slash) const;

private:
    bool match_from(std::size_t piece, std::string_view target, std::size_t at,
                    std::string_view *values, bool &slash) const;
};

inline std::uint32_t segment_hash(std::string_view text) {
    const char *p = text.data();
    std::size_t n = text.size();
    std::uint64_t hash = n * 0x9e3779b97f4a7c15u;
    const auto mix = [&hash](std::uint64_t word) {
        hash = (hash ^ word) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    };
    for (; n > 8; p += 8, n -= 8) mix(csgi_word_load8(p));
    if (n == 8)
        mix(csgi_word_load8(p));
    else if (n >= 4)
        mix(csgi_word_load4(p) | static_cast<std::uint64_t>(csgi_word_load4(p + n - 4)) << 32);
    else if (n > 0)
        mix(static_cast<unsigned char>(p[0]) | static_cast<unsigned char>(p[n / 2]) << 8 |
            static_cast<unsigned char>(p[n - 1]) << 16);
    return static_cast<std::uint32_t>(hash);
}

struct Router::State {
    struct Static {
        std::string text;
        std::unique_ptr<State> to;
    };
    struct Dynamic {
        std::unique_ptr<Part> part;
        std::unique_ptr<State> to;
    };
    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t index = 0; // plus one; 0: free
    };
    // So many are compared one by one.
    static constexpr std::size_t few = 3;

    std::vector<Static> statics;
    std::vector<Dynamic> dynamics;
    std::vector<Rule *> rules;
    State *slash = nullptr;  // statics[""]
    std::vector<Slot> slots; // a power of two, at most half of them taken; empty while few

    const State *find(std::string_view text) const {
        if (slots.empty()) {
            for (const Static &edge : statics)
                if (edge.text.size() == text.size() &&
                    std::memcmp(edge.text.data(), text.data(), text.size()) == 0)
                    return edge.to.get();
            return nullptr;
        }
        const std::uint32_t hash = segment_hash(text);
        const std::size_t mask = slots.size() - 1;
        for (std::size_t at = hash & mask; slots[at].index; at = (at + 1) & mask) {
            if (slots[at].hash != hash) continue;
            const Static &edge = statics[slots[at].index - 1];
            if (edge.text.size() == text.size() &&
                std::memcmp(edge.text.data(), text.data(), text.size()) == 0)
                return edge.to.get();
        }
        return nullptr;
    }
    State &child(const std::string &text) {
        for (const Static &edge : statics)
            if (edge.text == text) return *edge.to;
        statics.push_back({text, std::make_unique<State>()});
        if (text.empty()) slash = statics.back().to.get();
        return *statics.back().to;
    }
    void index() {
        slots.clear();
        if (statics.size() <= few) return;
        slots.resize(std::bit_ceil(statics.size() * 2));
        const std::size_t mask = slots.size() - 1;
        for (std::size_t i = 0; i < statics.size(); ++i) {
            const std::uint32_t hash = segment_hash(statics[i].text);
            std::size_t at = hash & mask;
            while (slots[at].index) at = (at + 1) & mask;
            slots[at] = {hash, static_cast<std::uint32_t>(i + 1)};
        }
    }
};

} // namespace csgi
