// SPDX-License-Identifier: MIT
// Tokens to nodes: Jinja's grammar.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/template/code.hpp"
#include "core/template/token.hpp"

namespace csgi::jinja::code {

class Parser {
public:
    explicit Parser(Unit &unit);
    void run();

private:
    using Names = std::initializer_list<std::string_view>;
    friend class Translation;

    // The stream.
    const Token &current() const { return tokens_[at_]; }
    bool is(TokenKind kind) const { return current().kind == kind; }
    bool is_name(std::string_view name) const {
        return is(TokenKind::name) && current().text == name;
    }
    bool is_any(Names names) const;
    const Token &look();
    Token next();
    bool skip_if(TokenKind kind);
    bool skip_name(std::string_view name);
    Token expect(TokenKind kind);
    Token expect_name(std::string_view name);
    [[noreturn]] void unexpected(std::string_view wanted);
    void check_failure();

    [[noreturn]] void fail(std::string message, std::uint32_t line,
                           std::string_view kind = "TemplateSyntaxError");
    [[noreturn]] void fail(std::string message) { fail(std::move(message), current().line); }
    [[noreturn]] void fail_tag(const std::string *name, std::uint32_t line);

    // Nodes.
    Expr *expr(ExprKind kind, std::uint32_t line) { return unit_.arena.make<Expr>(kind, line); }
    template <class T>
    T *stmt(StmtKind kind, std::uint32_t line) {
        return unit_.arena.make<T>(kind, line);
    }
    Expr *constant(Value value, std::uint32_t line);
    // Measures the height, which is bounded.
    Expr *done(Expr *node);

    // Statements.
    Body subparse(Names ends);
    Body statements(Names ends, bool drop);
    void statement(std::vector<Stmt *> &out);
    void flush(std::vector<Expr *> &data, std::vector<Stmt *> &out);
    Stmt *parse_set();
    Stmt *parse_for();
    Stmt *parse_if();
    Stmt *parse_with();
    Stmt *parse_autoescape();
    Stmt *parse_block();
    Stmt *parse_extends();
    bool parse_context(bool fallback);
    Stmt *parse_include();
    Stmt *parse_import();
    Stmt *parse_from();
    void parse_signature(MacroCode &macro);
    Stmt *parse_call_block();
    Stmt *parse_filter_block();
    Stmt *parse_macro();
    Stmt *parse_print();
    Stmt *parse_debug();

    // Expressions.
    Expr *assign_target(bool with_namespace = false, std::string_view end = {});
    Token target_name();
    Expr *expression(bool with_condition = true);
    Expr *parse_condition();
    Expr *parse_or();
    Expr *parse_and();
    Expr *parse_not();
    Expr *parse_compare();
    Expr *parse_sum();
    Expr *parse_concat();
    Expr *parse_product();
    Expr *parse_power();
    Expr *parse_unary(bool with_filter = true);
    Value integer_of(const Token &token);
    Expr *parse_primary(bool with_namespace = false);
    Expr *tuple(bool simplified = false, bool with_condition = true, std::string_view end = {},
                bool parentheses = false, bool with_namespace = false);
    Expr *parse_list();
    Expr *parse_dict();
    Expr *postfix(Expr *node);
    Expr *filter_expr(Expr *node);
    Expr *subscript(Expr *node);
    Expr *subscribed();
    CallArguments *call_arguments();
    Expr *parse_call(Expr *node);
    Expr *parse_filter(Expr *node, bool inline_start = false);
    Expr *parse_test(Expr *node);
    void mark_store(Expr *node);
    void enter();

    Unit &unit_;
    const Syntax &syntax_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    std::vector<std::string_view> tags_;
    std::vector<std::vector<std::string_view>> ends_;
    std::size_t depth_ = 0;
};

// The i18n extension's {% trans %}.
class Translation {
public:
    explicit Translation(Parser &parser) : parser_(parser) {}
    void parse(std::vector<Stmt *> &out);

private:
    std::string block(std::vector<std::string_view> &referenced, bool allow_pluralize);
    Parser &parser_;
};

} // namespace csgi::jinja::code
