// SPDX-License-Identifier: MIT
// How a rule such as "/user/<int(min=1):id>/posts" is spelled; read at compile time and at run
// time.
#pragma once

#include <cstddef>
#include <string_view>

namespace csgi {

// Takes a rule apart, as Werkzeug's regular expression does.
class RuleText {
public:
    enum class Kind { end, slash, text, variable, malformed };
    struct Token {
        Kind kind = Kind::end;
        std::string_view text;      // of a text: itself
        std::string_view variable;  // its name
        std::string_view converter; // empty: the default one
        std::string_view arguments; // between the parentheses
    };

    constexpr explicit RuleText(std::string_view rule) : rule_(rule) {}

    constexpr Token next() {
        Token token;
        if (at_ == rule_.size()) return token;
        const std::size_t start = at_;
        if (rule_[at_] == '/') {
            ++at_;
            token.kind = Kind::slash;
        } else if (rule_[at_] != '<') {
            while (at_ < rule_.size() && rule_[at_] != '<' && rule_[at_] != '/') ++at_;
            token.kind = Kind::text;
            token.text = rule_.substr(start, at_ - start);
        } else {
            token.kind = variable(token) ? Kind::variable : Kind::malformed;
        }
        return token;
    }

    static constexpr bool is_letter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }
    static constexpr bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

private:
    constexpr char peek(std::size_t at) const { return at < rule_.size() ? rule_[at] : '\0'; }
    // Where the identifier that begins at `from` ends; `from` if there is none.
    constexpr std::size_t word_end(std::size_t from) const {
        if (!is_letter(peek(from))) return from;
        while (is_word(peek(from))) ++from;
        return from;
    }
    // <name>, <converter:name> or <converter(arguments):name>, from at_ on.
    constexpr bool variable(Token &token) {
        const std::size_t first = at_ + 1, middle = word_end(first);
        if (middle == first) return false;
        std::size_t from = first;
        if (peek(middle) == ':') {
            from = middle + 1;
        } else if (peek(middle) == '(') {
            // As little as possible: up to the first "):name>".
            for (std::size_t at = middle + 1; at < rule_.size(); ++at) {
                if (peek(at) != ')' || peek(at + 1) != ':') continue;
                const std::size_t stop = word_end(at + 2);
                if (stop == at + 2 || peek(stop) != '>') continue;
                token.arguments = rule_.substr(middle + 1, at - middle - 1);
                from = at + 2;
                break;
            }
            if (from == first) return false;
        }
        if (from != first) token.converter = rule_.substr(first, middle - first);
        const std::size_t stop = word_end(from);
        if (stop == from || peek(stop) != '>') return false;
        token.variable = rule_.substr(from, stop - from);
        at_ = stop + 1;
        return true;
    }

    std::string_view rule_;
    std::size_t at_ = 0;
};

// How many variables a rule may have, its host's included.
inline constexpr std::size_t rule_variables_most = 16;

} // namespace csgi
