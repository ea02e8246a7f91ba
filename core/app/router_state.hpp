// SPDX-License-Identifier: MIT
// The tree behind a router: one state for each prefix of rules, as in
// Werkzeug's matcher.
#pragma once

#include <csgi/app/router.hpp>

#include <bit>

#include "core/app/segment.hpp"

namespace csgi {

// What lies between two slashes of a rule; from a converter that takes slashes
// on, all that follows.
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

// A rule at the end of a way, with what a search asks of it.
struct Router::Leaf {
    const Rule *rule;
    std::uint32_t methods; // 1 << CSGI_METHOD_*
    std::uint16_t asks;    // a bit for each variable whose converter may refuse a
                           // value after all
    std::uint16_t asks_if_long;
    bool is_websocket, strict_slashes;

    explicit Leaf(const Rule &a_rule);
};

// The first members are all that a search reads; compile() makes them of the
// others.
struct Router::State {
    struct Slot {
        std::uint64_t key = 0;
        const State *to = nullptr; // null: free
    };
    enum class Takes : std::uint8_t { any_text, digits, part };
    // Where a segment that is not empty can lead: to one place or nowhere, or to
    // several.
    enum class Ways : std::uint8_t { one_text, one_number, statics, several };
    struct Edge {
        const State *to;
        const Part *part;
        Takes takes;
        bool is_final;
        std::uint8_t values;
    };
    // So many are compared one by one.
    static constexpr std::uint32_t few = 3;

    std::string_view text; // of the static edge that leads here
    const Slot *slots = nullptr;
    std::uint32_t slots_count = 0; // of a table, whose index is a key's topmost bits: 0
    std::uint8_t shift = 0;
    Ways ways = Ways::statics;
    const Edge *edges = nullptr, *edges_end = nullptr;
    const Leaf *leaves = nullptr, *leaves_end = nullptr;
    const State *slash = nullptr; // behind an empty segment

    struct Dynamic {
        std::unique_ptr<Part> part;
        std::unique_ptr<State> to;
    };
    std::string own_text;
    std::vector<std::unique_ptr<State>> statics;
    std::vector<Dynamic> dynamics;
    std::vector<Rule *> rules;

    // Where the static edge of this text leads; NULL: nowhere.
    const State *find(std::uint64_t key, const char *at, std::size_t n) const {
        const auto is_it = [&](const Slot &slot) {
            return slot.key == key && slot.to->text.size() == n &&
                   same_text(slot.to->text.data(), at, n);
        };
        if (!shift) {
            for (std::uint32_t i = 0; i < slots_count; ++i)
                if (is_it(slots[i])) return slots[i].to;
            return nullptr;
        }
        const std::size_t mask = (std::size_t{1} << (64 - shift)) - 1;
        for (std::size_t i = place(key); slots[i].to; i = (i + 1) & mask)
            if (is_it(slots[i])) return slots[i].to;
        return nullptr;
    }
    const State *find(std::string_view whole) const {
        return find(segment_key(whole), whole.data(), whole.size());
    }
    State &child(const std::string &label) {
        for (const auto &edge : statics)
            if (edge->own_text == label) return *edge;
        State &made = *statics.emplace_back(std::make_unique<State>());
        made.own_text = label;
        if (label.empty()) slash = &made;
        return made;
    }
    void compile();

private:
    std::size_t place(std::uint64_t key) const { return key * 0x9e3779b97f4a7c15u >> shift; }

    std::vector<Slot> own_slots_;
    std::vector<Edge> own_edges_;
    std::vector<Leaf> own_leaves_;
};

} // namespace csgi
