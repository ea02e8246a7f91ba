// SPDX-License-Identifier: MIT
// What operators stand between: literals, names, subscripts, calls, filters, tests.
#include <algorithm>
#include <charconv>
#include <limits>

#include "core/template/parser.hpp"

namespace csgi::jinja::code {

namespace {

std::string without_underscores(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != '_') out += c;
    return out;
}

} // namespace

Value Parser::integer_of(const Token &token) {
    const std::string digits = without_underscores(token.text);
    const char base = digits.size() > 1 ? static_cast<char>(digits[1] | 0x20) : '0';
    if (base != 'x' && base != 'o' && base != 'b') return Value::integer(digits);
    std::uint64_t number = 0;
    const auto read = std::from_chars(digits.data() + 2, digits.data() + digits.size(), number,
                                      base == 'x'   ? 16
                                      : base == 'o' ? 8
                                                    : 2);
    if (read.ec != std::errc())
        fail("an integer with a base has at most 64 bits here: '" + digits.substr(0, 80) + "'",
             token.line);
    return Value(number);
}

Expr *Parser::parse_primary(bool with_namespace) {
    const Token token = current();
    switch (token.kind) {
    case TokenKind::name: {
        next();
        if (token.text == "true" || token.text == "True") return constant(Value(true), token.line);
        if (token.text == "false" || token.text == "False")
            return constant(Value(false), token.line);
        if (token.text == "none" || token.text == "None") return constant(Value(), token.line);
        Expr *node = expr(ExprKind::name, token.line);
        node->text = token.text;
        node->quiet = true;
        if (with_namespace && is(TokenKind::dot)) {
            next();
            node->kind = ExprKind::namespace_target;
            Expr *attribute = constant(Value(expect(TokenKind::name).text), token.line);
            node->a = attribute;
        }
        return node;
    }
    case TokenKind::string: {
        next();
        if (!is(TokenKind::string)) return constant(Value(token.text), token.line);
        std::string text(token.text);
        while (is(TokenKind::string)) text += next().text;
        return constant(Value(text), token.line);
    }
    case TokenKind::integer: {
        next();
        return constant(integer_of(token), token.line);
    }
    case TokenKind::floating: {
        next();
        const std::string digits = without_underscores(token.text);
        double number = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (read.ec == std::errc::result_out_of_range)
            number = digits.find("e-") != digits.npos || digits.find("E-") != digits.npos
                         ? 0.0
                         : std::numeric_limits<double>::infinity();
        return constant(Value(number), token.line);
    }
    case TokenKind::lparen: {
        next();
        Expr *node = tuple(false, true, {}, true);
        expect(TokenKind::rparen);
        return node;
    }
    case TokenKind::lbracket: return parse_list();
    case TokenKind::lbrace: return parse_dict();
    default: fail("unexpected '" + std::string(describe(token)) + "'", token.line);
    }
}

Expr *Parser::tuple(bool simplified, bool with_condition, std::string_view end, bool parentheses,
                    bool with_namespace) {
    std::uint32_t line = current().line;
    std::vector<Expr *> items;
    bool is_tuple = false;
    for (;;) {
        if (!items.empty()) expect(TokenKind::comma);
        if (is(TokenKind::variable_end) || is(TokenKind::block_end) || is(TokenKind::rparen) ||
            (!end.empty() && is_name(end)))
            break;
        if (simplified) {
            ++depth_;
            enter();
            items.push_back(parse_primary(with_namespace));
            --depth_;
        } else {
            items.push_back(expression(with_condition));
        }
        if (!is(TokenKind::comma)) break;
        is_tuple = true;
        line = current().line;
    }
    if (!is_tuple) {
        if (!items.empty()) return items.front();
        if (!parentheses)
            fail("Expected an expression, got '" + std::string(describe(current())) + "'");
    }
    Expr *node = expr(ExprKind::tuple, line);
    node->items = unit_.arena.copy(items);
    return done(node);
}

Expr *Parser::parse_list() {
    Expr *node = expr(ExprKind::list, expect(TokenKind::lbracket).line);
    std::vector<Expr *> items;
    while (!is(TokenKind::rbracket)) {
        if (!items.empty()) expect(TokenKind::comma);
        if (is(TokenKind::rbracket)) break;
        items.push_back(expression());
    }
    expect(TokenKind::rbracket);
    node->items = unit_.arena.copy(items);
    return done(node);
}

Expr *Parser::parse_dict() {
    Expr *node = expr(ExprKind::dict, expect(TokenKind::lbrace).line);
    std::vector<Expr *> items;
    while (!is(TokenKind::rbrace)) {
        if (!items.empty()) expect(TokenKind::comma);
        if (is(TokenKind::rbrace)) break;
        items.push_back(expression());
        expect(TokenKind::colon);
        items.push_back(expression());
    }
    expect(TokenKind::rbrace);
    node->items = unit_.arena.copy(items);
    return done(node);
}

Expr *Parser::postfix(Expr *node) {
    for (;;) {
        if (is(TokenKind::dot) || is(TokenKind::lbracket))
            node = subscript(node);
        else if (is(TokenKind::lparen))
            node = parse_call(node);
        else
            return node;
    }
}

Expr *Parser::filter_expr(Expr *node) {
    for (;;) {
        if (is(TokenKind::pipe))
            node = parse_filter(node);
        else if (is_name("is"))
            node = parse_test(node);
        else if (is(TokenKind::lparen))
            node = parse_call(node);
        else
            return node;
    }
}

Expr *Parser::subscript(Expr *object) {
    const Token token = next();
    if (token.kind == TokenKind::dot) {
        const Token name = next();
        if (name.kind == TokenKind::name) {
            Expr *node = expr(ExprKind::getattr, token.line);
            node->a = object;
            node->text = name.text;
            unit_.constants.emplace_back(name.text);
            node->value = &unit_.constants.back();
            node->quiet = object->quiet;
            return done(node);
        }
        if (name.kind != TokenKind::integer) fail("expected name or number", name.line);
        Expr *node = expr(ExprKind::getitem, token.line);
        node->a = object;
        node->b = constant(integer_of(name), name.line);
        node->quiet = object->quiet;
        return done(node);
    }
    std::vector<Expr *> items;
    while (!is(TokenKind::rbracket)) {
        if (!items.empty()) expect(TokenKind::comma);
        items.push_back(subscribed());
    }
    expect(TokenKind::rbracket);
    Expr *argument = nullptr;
    if (items.size() == 1) {
        argument = items.front();
    } else {
        argument = expr(ExprKind::tuple, token.line);
        argument->items = unit_.arena.copy(items);
        done(argument);
    }
    Expr *node = expr(ExprKind::getitem, token.line);
    if (argument->kind == ExprKind::slice_object) {
        node->kind = ExprKind::slice;
        node->b = argument->b;
        node->c = argument->c;
        node->d = argument->d;
    } else {
        node->b = argument;
        node->quiet = object->quiet && argument->quiet;
    }
    node->a = object;
    return done(node);
}

Expr *Parser::subscribed() {
    const std::uint32_t line = current().line;
    Expr *start = nullptr;
    if (!is(TokenKind::colon)) {
        start = expression();
        if (!is(TokenKind::colon)) return start;
    }
    next();
    Expr *node = expr(ExprKind::slice_object, line);
    node->b = start;
    if (!is(TokenKind::colon) && !is(TokenKind::rbracket) && !is(TokenKind::comma))
        node->c = expression();
    if (skip_if(TokenKind::colon) && !is(TokenKind::rbracket) && !is(TokenKind::comma))
        node->d = expression();
    return done(node);
}

CallArguments *Parser::call_arguments() {
    const Token token = expect(TokenKind::lparen);
    std::vector<Expr *> positional;
    std::vector<Keyword> named;
    auto *call = unit_.arena.make<CallArguments>();
    const auto ensure = [&](bool holds) {
        if (!holds) fail("invalid syntax for function call expression", token.line);
    };
    bool comma = false;
    while (!is(TokenKind::rparen)) {
        if (comma) {
            expect(TokenKind::comma);
            if (is(TokenKind::rparen)) break;
        }
        if (is(TokenKind::mul)) {
            ensure(!call->dyn_args && !call->dyn_kwargs);
            next();
            call->dyn_args = expression();
        } else if (is(TokenKind::pow)) {
            ensure(!call->dyn_kwargs);
            next();
            call->dyn_kwargs = expression();
        } else if (is(TokenKind::name) && look().kind == TokenKind::assign) {
            ensure(!call->dyn_kwargs);
            const std::string_view key = next().text;
            next();
            named.push_back({key, expression()});
        } else {
            ensure(!call->dyn_args && !call->dyn_kwargs && named.empty());
            positional.push_back(expression());
        }
        comma = true;
    }
    expect(TokenKind::rparen);
    call->positional = unit_.arena.copy(positional);
    call->named = unit_.arena.copy(named);
    return call;
}

Expr *Parser::parse_call(Expr *callee) {
    Expr *node = expr(ExprKind::call, current().line);
    node->a = callee;
    node->call = call_arguments();
    return done(node);
}

Expr *Parser::parse_filter(Expr *node, bool inline_start) {
    while (is(TokenKind::pipe) || inline_start) {
        if (!inline_start) next();
        const Token token = expect(TokenKind::name);
        Expr *filter = expr(ExprKind::filter, token.line);
        filter->text = token.text;
        if (is(TokenKind::dot)) {
            std::string name(token.text);
            while (skip_if(TokenKind::dot)) {
                name += '.';
                name += expect(TokenKind::name).text;
            }
            filter->text = unit_.arena.copy(name);
        }
        filter->call = is(TokenKind::lparen) ? call_arguments() : unit_.arena.make<CallArguments>();
        filter->a = node;
        node = done(filter);
        inline_start = false;
    }
    return node;
}

Expr *Parser::parse_test(Expr *subject) {
    const Token token = next();
    const bool negated = skip_name("not");
    const Token name = expect(TokenKind::name);
    Expr *node = expr(ExprKind::test, token.line);
    node->text = name.text;
    if (is(TokenKind::dot)) {
        std::string whole(name.text);
        while (skip_if(TokenKind::dot)) {
            whole += '.';
            whole += expect(TokenKind::name).text;
        }
        node->text = unit_.arena.copy(whole);
    }
    node->a = subject;
    switch (current().kind) {
    case TokenKind::lparen: node->call = call_arguments(); break;
    case TokenKind::name:
    case TokenKind::string:
    case TokenKind::integer:
    case TokenKind::floating:
    case TokenKind::lbracket:
    case TokenKind::lbrace:
        if (!is_any({"else", "or", "and"})) {
            if (is_name("is")) fail("You cannot chain multiple tests with is");
            node->call = unit_.arena.make<CallArguments>();
            ++depth_;
            enter();
            Expr *argument = postfix(parse_primary());
            --depth_;
            node->call->positional = unit_.arena.copy(std::vector<Expr *>{argument});
            break;
        }
        [[fallthrough]];
    default: node->call = unit_.arena.make<CallArguments>();
    }
    done(node);
    if (!negated) return node;
    Expr *inverse = expr(ExprKind::logical_not, token.line);
    inverse->a = node;
    return done(inverse);
}

} // namespace csgi::jinja::code
