// SPDX-License-Identifier: MIT
// Walks over a compiled template.
#include <csgi/template/meta.hpp>

#include "core/template/symbols.hpp"

namespace csgi::jinja {

using namespace code;

namespace {

// Calls `see_stmt` and `see_expr` for every node of a unit.
template <class SeeStmt, class SeeExpr>
void walk(const Expr *node, SeeStmt &statement, SeeExpr &expression) {
    expression(node);
    each_child(node, [&](const Expr *child) { walk(child, statement, expression); });
}
template <class SeeStmt, class SeeExpr>
void walk(const Stmt *node, SeeStmt &statement, SeeExpr &expression) {
    statement(node);
    each_child(
        node, [&](const Stmt *child) { walk(child, statement, expression); },
        [&](const Expr *child) { walk(child, statement, expression); });
}
template <class SeeStmt, class SeeExpr>
void walk(const Unit &unit, SeeStmt statement, SeeExpr expression) {
    for (const Stmt *node : unit.body) walk(node, statement, expression);
}

void add_names(std::vector<std::optional<std::string>> &out, const Expr *name) {
    const auto add = [&](const Value &value) {
        if (value.is_string())
            out.emplace_back(value.text());
        else
            out.emplace_back(std::nullopt);
    };
    if (name->kind == ExprKind::constant) {
        const Value &value = *name->value;
        if (value.is_tuple() || value.is_list())
            for (const Value &item : value.as_list()) add(item);
        else
            add(value);
    } else if (name->kind == ExprKind::tuple || name->kind == ExprKind::list) {
        for (const Expr *item : name->items) {
            if (item->kind == ExprKind::constant)
                add(*item->value);
            else
                out.emplace_back(std::nullopt);
        }
    } else {
        out.emplace_back(std::nullopt);
    }
}

} // namespace

std::set<std::string> find_undeclared_variables(const Template &page) {
    const Unit &unit = page.unit();
    const Dict &globals = unit.environment->globals();
    std::set<std::string> out;
    const auto add = [&](Loads loads) {
        for (const Load &load : loads)
            if (load.action == Load::resolve && !globals.contains(load.name))
                out.emplace(load.name);
    };
    add(unit.root.loads);
    walk(
        unit,
        [&](const Stmt *node) {
            switch (node->kind) {
            case StmtKind::loop: {
                const auto *loop = static_cast<const Loop *>(node);
                add(loop->loads);
                add(loop->test_loads);
                add(loop->else_loads);
                break;
            }
            case StmtKind::macro: add(static_cast<const Macro *>(node)->code.function.loads); break;
            case StmtKind::call_block:
                add(static_cast<const CallBlock *>(node)->code.function.loads);
                break;
            case StmtKind::filter_block: add(static_cast<const FilterBlock *>(node)->loads); break;
            case StmtKind::set_block: add(static_cast<const SetBlock *>(node)->loads); break;
            case StmtKind::with: add(static_cast<const With *>(node)->loads); break;
            case StmtKind::autoescape:
                add(static_cast<const AutoescapeBlock *>(node)->loads);
                break;
            case StmtKind::block: add(static_cast<const Block *>(node)->function.loads); break;
            default: break;
            }
        },
        [](const Expr *) {});
    return out;
}

std::vector<std::optional<std::string>> find_referenced_templates(const Template &page) {
    std::vector<std::optional<std::string>> out;
    walk(
        page.unit(),
        [&](const Stmt *node) {
            switch (node->kind) {
            case StmtKind::extends: add_names(out, static_cast<const Extends *>(node)->name); break;
            case StmtKind::include: add_names(out, static_cast<const Include *>(node)->name); break;
            case StmtKind::import:
            case StmtKind::from_import:
                add_names(out, static_cast<const Import *>(node)->name);
                break;
            default: break;
            }
        },
        [](const Expr *) {});
    return out;
}

Uses find_uses(const Template &page) {
    Uses out;
    walk(
        page.unit(), [](const Stmt *) {},
        [&](const Expr *node) {
            if (node->kind == ExprKind::filter) out.filters.emplace(node->text);
            if (node->kind == ExprKind::test) out.tests.emplace(node->text);
            if (node->kind == ExprKind::call && node->a->kind == ExprKind::getattr)
                out.methods.emplace(node->a->text);
        });
    return out;
}

} // namespace csgi::jinja
