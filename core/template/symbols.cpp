// SPDX-License-Identifier: MIT
// The scopes of a template and what happens to names in them.
#include "core/template/symbols.hpp"

#include <algorithm>

namespace csgi::jinja::code {

Ident *Idents::get(Scope &scope, int level, std::string_view name) {
    Ident *&ident = scope.idents[{level, name}];
    if (!ident) {
        if (scope.function->slots == UINT16_MAX)
            throw TemplateSyntaxError("too many variables", {}, scope.function->line, {});
        idents_.push_back({&scope, scope.function->slots++, nullptr});
        ident = &idents_.back();
    }
    return ident;
}

Scope *Idents::function(Function &function, Scope *outer) {
    scopes_.push_back({&function, outer, outer ? outer->depth + 1 : 0, {}});
    return &scopes_.back();
}

Ident *Symbols::find(std::string_view name) const {
    for (const Symbols *at = this; at; at = at->parent_)
        if (const auto found = at->refs_.find(name); found != at->refs_.end()) return found->second;
    return nullptr;
}

Ident *Symbols::define(std::string_view name) {
    // The variables of a loop's filter are not those of its body, though of the same depth.
    Ident *ident = idents_->get(*scope_, level_ + (space_ << 16), name);
    // An earlier scope of this depth may have had its `loop` here.
    ident->loop = nullptr;
    refs_[name] = ident;
    return ident;
}

void Symbols::set_load(Ident *ident, LoadOf load) {
    for (auto &[known, how] : loads_)
        if (known == ident) {
            how = load;
            return;
        }
    loads_.emplace_back(ident, load);
}

Ident *Symbols::define(std::string_view name, LoadOf load) {
    Ident *ident = define(name);
    set_load(ident, load);
    return ident;
}

void Symbols::store(std::string_view name) {
    stores_.insert(name);
    if (refs_.contains(name)) return;
    if (parent_)
        if (Ident *outer = parent_->find(name)) {
            define(name, {Load::alias, name, outer});
            return;
        }
    define(name, {Load::missing, name, nullptr});
}

Ident *Symbols::parameter(std::string_view name) {
    stores_.insert(name);
    return define(name, {Load::parameter, name, nullptr});
}

void Symbols::load(std::string_view name) {
    if (!find(name)) define(name, {Load::resolve, name, nullptr});
}

void Symbols::join(const std::vector<const Symbols *> &branches) {
    std::set<std::string_view> stored;
    for (const Symbols *branch : branches)
        stored.insert(branch->stores_.begin(), branch->stores_.end());
    for (const std::string_view name : stores_) stored.erase(name);
    for (const Symbols *branch : branches) {
        for (const auto &[name, ident] : branch->refs_) refs_[name] = ident;
        for (const auto &[ident, load] : branch->loads_) set_load(ident, load);
        stores_.insert(branch->stores_.begin(), branch->stores_.end());
    }
    for (const std::string_view name : stored) {
        Ident *target = find(name);
        if (parent_)
            if (Ident *outer = parent_->find(name)) {
                set_load(target, {Load::alias, name, outer});
                continue;
            }
        set_load(target, {Load::resolve, name, nullptr});
    }
}

std::vector<std::pair<std::string_view, Ident *>> Symbols::stored() const {
    std::vector<std::pair<std::string_view, Ident *>> out;
    std::set<std::string_view> seen;
    for (const Symbols *at = this; at; at = at->parent_)
        for (const std::string_view name : at->stores_)
            if (seen.insert(name).second) out.emplace_back(name, find(name));
    return out;
}

bool Symbols::changes(const Ident *ident) const {
    return std::any_of(refs_.begin(), refs_.end(), [&](const auto &ref) {
        return ref.second == ident && stores_.contains(ref.first);
    });
}

void Symbols::visit(const Expr *node, bool as_parameter) {
    switch (node->kind) {
    case ExprKind::name:
        if (as_parameter || node->parameter)
            parameter(node->text);
        else if (node->store)
            store(node->text);
        else
            load(node->text);
        break;
    case ExprKind::namespace_target: load(node->text); break;
    default: each_child(node, [&](const Expr *child) { visit(child, as_parameter); });
    }
}

void Symbols::visit_arms(std::span<const Branch::Arm> arms) {
    visit(arms.front().test);
    Symbols body(*this), elifs(*this), otherwise(*this);
    body.visit(arms.front().body);
    arms = arms.subspan(1);
    if (!arms.empty() && !arms.back().test) {
        otherwise.visit(arms.back().body);
        arms = arms.first(arms.size() - 1);
    }
    for (const Branch::Arm &arm : arms) elifs.visit_arms({&arm, 1});
    join({&body, &elifs, &otherwise});
}

void Symbols::visit(const Stmt *node) {
    switch (node->kind) {
    case StmtKind::branch: visit_arms(static_cast<const Branch *>(node)->arms); break;
    case StmtKind::loop: visit(static_cast<const Loop *>(node)->iter); break;
    case StmtKind::macro: store(static_cast<const Macro *>(node)->code.name); break;
    case StmtKind::call_block: visit(static_cast<const CallBlock *>(node)->call); break;
    case StmtKind::filter_block: visit(static_cast<const FilterBlock *>(node)->filter); break;
    case StmtKind::set:
        visit(static_cast<const Set *>(node)->value);
        visit(static_cast<const Set *>(node)->target);
        break;
    case StmtKind::set_block: visit(static_cast<const SetBlock *>(node)->target); break;
    case StmtKind::with:
        for (const Expr *value : static_cast<const With *>(node)->values) visit(value);
        break;
    case StmtKind::import:
        visit(static_cast<const Import *>(node)->name);
        store(static_cast<const Import *>(node)->target);
        break;
    case StmtKind::from_import:
        visit(static_cast<const Import *>(node)->name);
        for (const Import::Name &name : static_cast<const Import *>(node)->names) store(name.alias);
        break;
    case StmtKind::block:
    case StmtKind::autoescape: break;
    default:
        each_child(
            node, [&](const Stmt *child) { visit(child); },
            [&](const Expr *child) { visit(child); });
    }
}

namespace {

struct Undeclared {
    std::set<std::string_view> names, found;

    void see(const Expr *node) {
        if (node->kind == ExprKind::name) {
            if (!node->store && !node->parameter && names.contains(node->text))
                found.insert(node->text);
            else
                names.erase(node->text);
            return;
        }
        each_child(node, [&](const Expr *child) { see(child); });
    }
    void see(const Stmt *node) {
        if (node->kind == StmtKind::block) return;
        const MacroCode *macro = nullptr;
        if (node->kind == StmtKind::macro) macro = &static_cast<const Macro *>(node)->code;
        if (node->kind == StmtKind::call_block) {
            see(static_cast<const CallBlock *>(node)->call);
            macro = &static_cast<const CallBlock *>(node)->code;
        }
        if (macro) {
            for (const Parameter &parameter : macro->parameters) names.erase(parameter.name);
            for (const Parameter &parameter : macro->parameters)
                if (parameter.fallback) see(parameter.fallback);
            for (const Stmt *child : macro->function.body) see(child);
            return;
        }
        each_child(
            node, [&](const Stmt *child) { see(child); }, [&](const Expr *child) { see(child); });
    }
};

} // namespace

std::set<std::string_view> undeclared(Body body, std::set<std::string_view> names) {
    Undeclared search{std::move(names), {}};
    for (const Stmt *node : body) search.see(node);
    return search.found;
}

} // namespace csgi::jinja::code
