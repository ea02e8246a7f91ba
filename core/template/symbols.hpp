// SPDX-License-Identifier: MIT
// Which variable a name means, scope by scope: the rules of Jinja's idtracking.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "core/template/code.hpp"

namespace csgi::jinja::code {

struct Scope;

// A variable of one function; sibling scopes of one depth share theirs.
struct Ident {
    Scope *function = nullptr;
    std::uint16_t slot = 0;
    Loop *loop = nullptr; // it is the `loop` of this one
};

// A function while it is compiled.
struct Scope {
    Function *function = nullptr;
    Scope *outer = nullptr;
    int depth = 0;
    std::map<std::pair<int, std::string_view>, Ident *> idents;
};

struct LoadOf {
    Load::Action action = Load::missing;
    std::string_view name;
    Ident *source = nullptr;
};

// Makes the identifiers of all scopes, and holds them.
class Idents {
public:
    Ident *get(Scope &scope, int level, std::string_view name);
    Scope *function(Function &function, Scope *outer);

private:
    std::deque<Ident> idents_;
    std::deque<Scope> scopes_;
};

class Symbols {
public:
    Symbols(Idents &idents, Scope &scope, const Symbols *parent, int level, int space = 0)
        : idents_(&idents), scope_(&scope), parent_(parent), level_(level), space_(space) {}

    Ident *find(std::string_view name) const;
    void store(std::string_view name);
    Ident *parameter(std::string_view name);
    void load(std::string_view name);
    void join(const std::vector<const Symbols *> &branches);

    // All that is assigned to in this scope and those around it.
    std::vector<std::pair<std::string_view, Ident *>> stored() const;
    bool stores(std::string_view name) const { return stores_.contains(name); }
    const std::vector<std::pair<Ident *, LoadOf>> &loads() const { return loads_; }
    // Names whose slot may change inside.
    bool changes(const Ident *ident) const;

    Scope &scope() const { return *scope_; }
    int level() const { return level_; }

    // What the statements of a scope do to it.
    void visit(const Expr *node, bool as_parameter = false);
    void visit(const Stmt *node);
    void visit(Body body) {
        for (const Stmt *node : body) visit(node);
    }

private:
    Ident *define(std::string_view name);
    Ident *define(std::string_view name, LoadOf load);
    void set_load(Ident *ident, LoadOf load);
    void visit_arms(std::span<const Branch::Arm> arms);

    Idents *idents_;
    Scope *scope_;
    const Symbols *parent_;
    int level_, space_;
    std::map<std::string_view, Ident *> refs_;
    std::vector<std::pair<Ident *, LoadOf>> loads_;
    std::set<std::string_view> stores_;
};

// Which of the names are read, though nothing before assigned to them: Jinja's find_undeclared().
// Does not look into blocks.
std::set<std::string_view> undeclared(Body body, std::set<std::string_view> names);

// Calls `see` for every child of a node that is a statement or an expression, in Jinja's order.
template <class SeeStmt, class SeeExpr>
void each_child(const Stmt *node, SeeStmt &&statement, SeeExpr &&expression);
template <class SeeExpr>
void each_child(const Expr *node, SeeExpr &&see) {
    const auto arguments = [&] {
        if (!node->call) return;
        for (Expr *item : node->call->positional) see(item);
        for (const Keyword &keyword : node->call->named) see(keyword.value);
        if (node->call->dyn_args) see(node->call->dyn_args);
        if (node->call->dyn_kwargs) see(node->call->dyn_kwargs);
    };
    if (node->kind == ExprKind::condition) { // the test comes first
        see(node->b);
        see(node->a);
        if (node->c) see(node->c);
        return;
    }
    if (node->a) see(node->a);
    if (node->b) see(node->b);
    if (node->c) see(node->c);
    if (node->d) see(node->d);
    for (Expr *item : node->items) see(item);
    arguments();
}

template <class SeeStmt, class SeeExpr>
void each_child(const Stmt *node, SeeStmt &&statement, SeeExpr &&expression) {
    const auto body = [&](Body stmts) {
        for (Stmt *child : stmts) statement(child);
    };
    const auto one = [&](Expr *child) {
        if (child) expression(child);
    };
    const auto macro = [&](const MacroCode &code) {
        for (const Parameter &parameter : code.parameters) one(parameter.fallback);
        body(code.function.body);
    };
    switch (node->kind) {
    case StmtKind::output:
        for (Expr *item : static_cast<const Output *>(node)->items) one(item);
        break;
    case StmtKind::loop: {
        const auto *loop = static_cast<const Loop *>(node);
        one(loop->target);
        one(loop->iter);
        body(loop->body);
        body(loop->otherwise);
        one(loop->test);
        break;
    }
    case StmtKind::branch:
        for (const Branch::Arm &arm : static_cast<const Branch *>(node)->arms) {
            one(arm.test);
            body(arm.body);
        }
        break;
    case StmtKind::macro: macro(static_cast<const Macro *>(node)->code); break;
    case StmtKind::call_block:
        one(static_cast<const CallBlock *>(node)->call);
        macro(static_cast<const CallBlock *>(node)->code);
        break;
    case StmtKind::filter_block:
        body(static_cast<const FilterBlock *>(node)->body);
        one(static_cast<const FilterBlock *>(node)->filter);
        break;
    case StmtKind::set:
        one(static_cast<const Set *>(node)->target);
        one(static_cast<const Set *>(node)->value);
        break;
    case StmtKind::set_block:
        one(static_cast<const SetBlock *>(node)->target);
        one(static_cast<const SetBlock *>(node)->filter);
        body(static_cast<const SetBlock *>(node)->body);
        break;
    case StmtKind::with: {
        const auto *with = static_cast<const With *>(node);
        for (Expr *target : with->targets) one(target);
        for (Expr *value : with->values) one(value);
        body(with->body);
        break;
    }
    case StmtKind::include: one(static_cast<const Include *>(node)->name); break;
    case StmtKind::import:
    case StmtKind::from_import: one(static_cast<const Import *>(node)->name); break;
    case StmtKind::extends: one(static_cast<const Extends *>(node)->name); break;
    case StmtKind::block: body(static_cast<const Block *>(node)->body); break;
    case StmtKind::autoescape:
        one(static_cast<const AutoescapeBlock *>(node)->value);
        body(static_cast<const AutoescapeBlock *>(node)->body);
        break;
    case StmtKind::run: one(static_cast<const Run *>(node)->value); break;
    case StmtKind::break_loop:
    case StmtKind::continue_loop: break;
    }
}

} // namespace csgi::jinja::code
