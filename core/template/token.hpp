// SPDX-License-Identifier: MIT
// What a template's text falls into.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <csgi/template/environment.hpp>

#include "core/template/code.hpp"

namespace csgi::jinja::code {

enum class TokenKind : std::uint8_t {
    data,
    variable_begin,
    variable_end,
    block_begin,
    block_end,
    name,
    string,
    integer,
    floating,
    add,
    sub,
    mul,
    div,
    floordiv,
    mod,
    pow,
    tilde,
    lbracket,
    rbracket,
    lparen,
    rparen,
    lbrace,
    rbrace,
    eq,
    ne,
    gt,
    ge,
    lt,
    le,
    assign,
    dot,
    colon,
    pipe,
    comma,
    semicolon,
    end,
    failure, // `text` is the message: thrown when the parser comes to it
};

struct Token {
    TokenKind kind;
    std::uint32_t line;
    std::string_view text; // of a string its value
};

// As Jinja calls it in messages: "end of print statement", "integer", or the name itself.
std::string_view describe(const Token &token);
std::string_view describe(TokenKind kind);

// `source` has "\n" alone between lines. Texts that are not in it are put into `room`, which must
// live as long as the tokens.
std::vector<Token> tokenize(const Syntax &syntax, std::string_view source, Arena &room);

// "\r\n" and "\r" become "\n"; the last one goes unless it is to be kept.
std::string normalize_lines(std::string_view text, bool keep_last);

} // namespace csgi::jinja::code
