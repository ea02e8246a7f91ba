// SPDX-License-Identifier: MIT
// Expressions, in Jinja's order of precedence.
#include <algorithm>

#include "core/template/parser.hpp"

namespace csgi::jinja::code {

namespace {

// Nodes above each other. Each costs a renderer a few hundred bytes of stack; Python's own compiler
// stops Jinja at 200 parentheses.
constexpr std::uint16_t tallest = 600;

// The node's class in Jinja, in small letters.
std::string_view class_name(const Expr &node) {
    switch (node.kind) {
    case ExprKind::constant: return "const";
    case ExprKind::data: return "templatedata";
    case ExprKind::name:
    case ExprKind::loop_item: return "name";
    case ExprKind::tuple: return "tuple";
    case ExprKind::list: return "list";
    case ExprKind::dict: return "dict";
    case ExprKind::logical_and: return "and";
    case ExprKind::logical_or: return "or";
    case ExprKind::logical_not: return "not";
    case ExprKind::negative: return "neg";
    case ExprKind::positive: return "pos";
    case ExprKind::binary:
        switch (node.op) {
        case Operator::add: return "add";
        case Operator::sub: return "sub";
        case Operator::mul: return "mul";
        case Operator::div: return "div";
        case Operator::floordiv: return "floordiv";
        case Operator::mod: return "mod";
        case Operator::pow: return "pow";
        }
        return "add";
    case ExprKind::concat: return "concat";
    case ExprKind::compare: return "compare";
    case ExprKind::getattr: return "getattr";
    case ExprKind::getitem:
    case ExprKind::slice:
    case ExprKind::slice_object: return "getitem";
    case ExprKind::filter: return "filter";
    case ExprKind::test: return "test";
    case ExprKind::condition: return "condexpr";
    case ExprKind::call: return "call";
    case ExprKind::namespace_target: return "nsref";
    case ExprKind::mark_safe:
    case ExprKind::debug: break;
    }
    return "expr";
}

bool can_assign(const Expr &node) {
    switch (node.kind) {
    case ExprKind::name:
    case ExprKind::namespace_target: return true;
    case ExprKind::tuple:
        return std::all_of(node.items.begin(), node.items.end(),
                           [](const Expr *item) { return can_assign(*item); });
    default: return false;
    }
}

} // namespace

Expr *Parser::done(Expr *node) {
    std::uint16_t height = 0;
    const auto see = [&](const Expr *child) {
        if (child) height = std::max(height, child->height);
    };
    see(node->a);
    see(node->b);
    see(node->c);
    see(node->d);
    for (const Expr *item : node->items) see(item);
    if (node->call) {
        for (const Expr *item : node->call->positional) see(item);
        for (const Keyword &keyword : node->call->named) see(keyword.value);
        see(node->call->dyn_args);
        see(node->call->dyn_kwargs);
    }
    if (height >= tallest) fail("the expression is nested too deeply", node->line);
    node->height = static_cast<std::uint16_t>(height + 1);
    return node;
}

void Parser::enter() {
    // Parentheses, brackets and signs cost the parser its own stack.
    if (depth_ > 200) fail("the expression is nested too deeply");
}

void Parser::mark_store(Expr *node) {
    node->store = true;
    for (Expr *item : node->items) mark_store(item);
}

Expr *Parser::assign_target(bool with_namespace, std::string_view end) {
    Expr *target = tuple(true, true, end, false, with_namespace);
    if (!can_assign(*target))
        fail("can't assign to '" + std::string(class_name(*target)) + "'", target->line);
    mark_store(target);
    return target;
}

Token Parser::target_name() {
    const Token token = expect(TokenKind::name);
    static constexpr std::string_view reserved[] = {"true", "false", "none",
                                                    "True", "False", "None"};
    if (std::find(std::begin(reserved), std::end(reserved), token.text) != std::end(reserved))
        fail("can't assign to 'name'", token.line);
    return token;
}

Expr *Parser::expression(bool with_condition) {
    ++depth_;
    enter();
    Expr *node = with_condition ? parse_condition() : parse_or();
    --depth_;
    return node;
}

Expr *Parser::parse_condition() {
    std::uint32_t line = current().line;
    Expr *node = parse_or();
    while (skip_name("if")) {
        Expr *condition = expr(ExprKind::condition, line);
        condition->a = node;
        condition->b = parse_or();
        if (skip_name("else")) {
            ++depth_;
            enter();
            condition->c = parse_condition();
            --depth_;
        }
        node = done(condition);
        line = current().line;
    }
    return node;
}

Expr *Parser::parse_or() {
    std::uint32_t line = current().line;
    Expr *left = parse_and();
    while (skip_name("or")) {
        Expr *node = expr(ExprKind::logical_or, line);
        node->a = left;
        node->b = parse_and();
        left = done(node);
        line = current().line;
    }
    return left;
}

Expr *Parser::parse_and() {
    std::uint32_t line = current().line;
    Expr *left = parse_not();
    while (skip_name("and")) {
        Expr *node = expr(ExprKind::logical_and, line);
        node->a = left;
        node->b = parse_not();
        left = done(node);
        line = current().line;
    }
    return left;
}

Expr *Parser::parse_not() {
    if (!is_name("not")) return parse_compare();
    Expr *node = expr(ExprKind::logical_not, next().line);
    ++depth_;
    enter();
    node->a = parse_not();
    --depth_;
    return done(node);
}

Expr *Parser::parse_compare() {
    const std::uint32_t line = current().line;
    Expr *first = parse_sum();
    std::vector<Expr *> operands;
    for (;;) {
        std::optional<Comparison> comparison;
        switch (current().kind) {
        case TokenKind::eq: comparison = Comparison::eq; break;
        case TokenKind::ne: comparison = Comparison::ne; break;
        case TokenKind::lt: comparison = Comparison::lt; break;
        case TokenKind::le: comparison = Comparison::le; break;
        case TokenKind::gt: comparison = Comparison::gt; break;
        case TokenKind::ge: comparison = Comparison::ge; break;
        default: break;
        }
        if (comparison) {
            next();
        } else if (skip_name("in")) {
            comparison = Comparison::in;
        } else if (is_name("not") && look().kind == TokenKind::name && look().text == "in") {
            next();
            next();
            comparison = Comparison::not_in;
        } else {
            break;
        }
        // The comparison is kept by a node of its own: an operand may be shared with nobody.
        Expr *operand = expr(ExprKind::positive, current().line);
        operand->comparison = *comparison;
        operand->a = parse_sum();
        operands.push_back(done(operand));
    }
    if (operands.empty()) return first;
    Expr *node = expr(ExprKind::compare, line);
    node->a = first;
    node->items = unit_.arena.copy(operands);
    return done(node);
}

Expr *Parser::parse_sum() {
    std::uint32_t line = current().line;
    Expr *left = parse_concat();
    while (is(TokenKind::add) || is(TokenKind::sub)) {
        Expr *node = expr(ExprKind::binary, line);
        node->op = next().kind == TokenKind::add ? Operator::add : Operator::sub;
        node->a = left;
        node->b = parse_concat();
        left = done(node);
        line = current().line;
    }
    return left;
}

Expr *Parser::parse_concat() {
    const std::uint32_t line = current().line;
    std::vector<Expr *> items{parse_product()};
    while (skip_if(TokenKind::tilde)) items.push_back(parse_product());
    if (items.size() == 1) return items.front();
    Expr *node = expr(ExprKind::concat, line);
    node->items = unit_.arena.copy(items);
    return done(node);
}

Expr *Parser::parse_product() {
    std::uint32_t line = current().line;
    Expr *left = parse_power();
    for (;;) {
        Operator op = Operator::mul;
        switch (current().kind) {
        case TokenKind::mul: break;
        case TokenKind::div: op = Operator::div; break;
        case TokenKind::floordiv: op = Operator::floordiv; break;
        case TokenKind::mod: op = Operator::mod; break;
        default: return left;
        }
        next();
        Expr *node = expr(ExprKind::binary, line);
        node->op = op;
        node->a = left;
        node->b = parse_power();
        left = done(node);
        line = current().line;
    }
}

Expr *Parser::parse_power() {
    std::uint32_t line = current().line;
    Expr *left = parse_unary();
    while (skip_if(TokenKind::pow)) {
        Expr *node = expr(ExprKind::binary, line);
        node->op = Operator::pow;
        node->a = left;
        node->b = parse_unary();
        left = done(node);
        line = current().line;
    }
    return left;
}

Expr *Parser::parse_unary(bool with_filter) {
    const Token token = current();
    Expr *node = nullptr;
    if (token.kind == TokenKind::sub || token.kind == TokenKind::add) {
        next();
        node = expr(token.kind == TokenKind::sub ? ExprKind::negative : ExprKind::positive,
                    token.line);
        ++depth_;
        enter();
        node->a = parse_unary(false);
        --depth_;
        done(node);
    } else {
        node = parse_primary();
    }
    node = postfix(node);
    return with_filter ? filter_expr(node) : node;
}

} // namespace csgi::jinja::code
