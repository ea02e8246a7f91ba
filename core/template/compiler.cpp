// SPDX-License-Identifier: MIT
// Names become slots and every statement learns what Jinja's compiler would make of it.
#include <algorithm>
#include <array>
#include <set>

#include "core/template/builtin.hpp"
#include "core/template/operators.hpp"
#include "core/template/symbols.hpp"
#include "core/template/tables.hpp"

namespace csgi::jinja::code {

namespace {

struct EvalContext {
    bool autoescape = false, is_volatile = false;
};

struct Frame {
    Symbols *symbols;
    bool output_check = false;
    bool toplevel = false, rootlevel = false, soft = false;
    int loops = 0; // around this place, in the same function
    // What this loop or block has set so far, for the functions that it calls.
    std::set<std::string_view> *set_here = nullptr;
};

constexpr std::array<std::string_view, 11> loop_items = {
    "index",  "index0", "revindex", "revindex0", "first",   "last",
    "length", "depth",  "depth0",   "previtem",  "nextitem"};

class Compiler {
public:
    explicit Compiler(Unit &unit) : unit_(unit), tables_(unit.environment->tables()) {
        eval_.autoescape = unit.autoescape;
    }

    void run() {
        find_blocks(unit_.body);
        Symbols symbols = begin(unit_.root, nullptr);
        Frame frame{&symbols};
        unit_.uses_self = undeclared(unit_.body, {"self"}).contains("self");
        if (unit_.uses_self) unit_.self_slot = symbols.parameter("self")->slot;
        symbols.visit(unit_.body);
        frame.toplevel = frame.rootlevel = true;
        frame.output_check = unit_.extends;
        unit_.root.loads = loads(symbols);
        unit_.root.body = body(unit_.body, frame);
        unit_.root.line = 1;
        unit_.root.unit = &unit_;
        for (Block *block : unit_.blocks) compile_block(*block);
    }

private:
    [[noreturn]] void fail(std::string message, std::uint32_t line) {
        throw TemplateSyntaxError(std::move(message), unit_.name.value_or(std::string()), line,
                                  unit_.excerpt(line), "TemplateAssertionError");
    }

    void find_blocks(Body stmts) {
        for (Stmt *node : stmts) find_blocks(node);
    }
    void find_blocks(Stmt *node) {
        if (node->kind == StmtKind::extends) unit_.extends = true;
        if (node->kind == StmtKind::block) {
            auto *block = static_cast<Block *>(node);
            for (const Block *other : unit_.blocks)
                if (other->name == block->name)
                    fail("block '" + std::string(block->name) + "' defined twice", block->line);
            block->unit = &unit_;
            unit_.blocks.push_back(block);
        }
        each_child(
            node, [&](Stmt *child) { find_blocks(child); }, [](Expr *) {});
    }

    // Scopes.

    Symbols begin(Function &function, Scope *outer) {
        return Symbols(idents_, *idents_.function(function, outer), nullptr, 0);
    }
    Symbols inner(const Frame &frame) {
        return Symbols(idents_, frame.symbols->scope(), frame.symbols, frame.symbols->level() + 1);
    }
    Symbols inner(const Frame &frame, Scope &scope, int space = 0) {
        return Symbols(idents_, scope, frame.symbols, frame.symbols->level() + 1, space);
    }
    static Frame inside(const Frame &frame, Symbols &symbols) {
        Frame out{&symbols};
        out.output_check = frame.output_check;
        out.loops = frame.loops;
        return out;
    }

    Var reach(const Scope &from, Ident *ident) {
        const int hops = from.depth - ident->function->depth;
        if (hops > 0) {
            ident->function->function->captured = true;
            if (ident->loop) ident->loop->object = true;
        }
        return {static_cast<std::uint16_t>(hops), ident->slot};
    }

    Var reach(const Frame &frame, std::string_view name) {
        Ident *ident = frame.symbols->find(name);
        // Jinja fails an assertion here: a filter of a set block whose arguments nobody looked at.
        if (!ident) {
            frame.symbols->load(name);
            ident = frame.symbols->find(name);
        }
        return reach(frame.symbols->scope(), ident);
    }

    Loads loads(const Symbols &symbols) {
        std::vector<Load> out;
        for (const auto &[ident, load] : symbols.loads()) {
            Load made;
            made.action = load.action;
            made.stored = symbols.changes(ident);
            made.slot = ident->slot;
            made.name = load.name;
            if (load.source) made.source = reach(symbols.scope(), load.source);
            out.push_back(made);
        }
        return unit_.arena.copy(out);
    }

    std::span<Visible> visible(const Frame &frame) {
        std::vector<Visible> out;
        for (const auto &[name, ident] : frame.symbols->stored()) {
            if (ident->loop) ident->loop->object = true;
            out.push_back({name, reach(frame.symbols->scope(), ident)});
        }
        return unit_.arena.copy(out);
    }

    Escape escape() const {
        if (eval_.is_volatile) return Escape::runtime;
        return eval_.autoescape ? Escape::on : Escape::off;
    }

    // Statements.

    Body body(Body stmts, Frame &frame) {
        std::vector<Stmt *> out;
        for (Stmt *node : stmts) {
            const bool goes_on = statement(node, frame, out);
            if (!goes_on) break;
        }
        return unit_.arena.copy(out);
    }

    // False: what follows is never reached.
    bool statement(Stmt *node, Frame &frame, std::vector<Stmt *> &out) {
        switch (node->kind) {
        case StmtKind::output:
            if (!output(*static_cast<Output *>(node), frame)) return true;
            break;
        case StmtKind::loop: loop(*static_cast<Loop *>(node), frame); break;
        case StmtKind::branch: {
            auto &branch = *static_cast<Branch *>(node);
            Frame soft = frame;
            soft.rootlevel = false;
            soft.soft = true;
            for (Branch::Arm &arm : branch.arms) {
                if (arm.test) expression(arm.test, soft);
                arm.body = body(arm.body, soft);
            }
            break;
        }
        case StmtKind::macro: {
            auto &macro = *static_cast<Macro *>(node);
            macro_body(macro.code, frame, macro.line);
            macro.toplevel = frame.toplevel;
            macro.target = reach(frame, macro.code.name);
            break;
        }
        case StmtKind::call_block: {
            auto &block = *static_cast<CallBlock *>(node);
            macro_body(block.code, frame, block.line);
            if (block.call->call)
                for (const Keyword &keyword : block.call->call->named)
                    if (keyword.name == "caller")
                        fail("keyword argument repeated: caller", block.line);
            expression(block.call, frame);
            break;
        }
        case StmtKind::filter_block: {
            auto &block = *static_cast<FilterBlock *>(node);
            Symbols symbols = inner(frame);
            symbols.visit(block.body);
            symbols.visit(block.filter);
            Frame within = inside(frame, symbols);
            block.body = body(block.body, within);
            block.escape = escape();
            expression(block.filter, within);
            block.loads = loads(symbols);
            break;
        }
        case StmtKind::set: {
            auto &set = *static_cast<Set *>(node);
            set.toplevel = frame.toplevel;
            expression(set.value, frame);
            expression(set.target, frame);
            note_set(set.target, frame);
            break;
        }
        case StmtKind::set_block: {
            auto &set = *static_cast<SetBlock *>(node);
            Symbols symbols = inner(frame);
            symbols.visit(set.body);
            Frame within = inside(frame, symbols);
            within.output_check = false;
            set.body = body(set.body, within);
            set.toplevel = frame.toplevel;
            set.escape = escape();
            expression(set.target, frame);
            note_set(set.target, frame);
            if (set.filter) expression(set.filter, within);
            set.loads = loads(symbols);
            break;
        }
        case StmtKind::with: {
            auto &with = *static_cast<With *>(node);
            Symbols symbols = inner(frame);
            for (const Expr *target : with.targets) symbols.visit(target);
            symbols.visit(with.body);
            Frame within = inside(frame, symbols);
            for (Expr *target : with.targets) expression(target, within);
            for (Expr *value : with.values) expression(value, frame);
            with.body = body(with.body, within);
            with.loads = loads(symbols);
            break;
        }
        case StmtKind::include: {
            auto &include = *static_cast<Include *>(node);
            expression(include.name, frame);
            if (include.with_context) include.locals = visible(frame);
            break;
        }
        case StmtKind::import:
        case StmtKind::from_import: {
            auto &import = *static_cast<Import *>(node);
            expression(import.name, frame);
            import.toplevel = frame.toplevel;
            if (import.kind == StmtKind::import) import.var = reach(frame, import.target);
            for (Import::Name &name : import.names) name.var = reach(frame, name.alias);
            if (import.with_context) import.locals = visible(frame);
            break;
        }
        case StmtKind::extends: {
            auto &extends = *static_cast<Extends *>(node);
            if (!frame.toplevel) fail("cannot use extend from a non top-level scope", extends.line);
            expression(extends.name, frame);
            if (extends_so_far_ > 0 && known_extends_) {
                extends.twice = true;
                out.push_back(node);
                return false;
            }
            if (frame.rootlevel) known_extends_ = true;
            ++extends_so_far_;
            break;
        }
        case StmtKind::block: {
            auto &block = *static_cast<Block *>(node);
            if (frame.toplevel) {
                if (known_extends_) return true;
                block.output_check = extends_so_far_ > 0;
            }
            if (block.scoped) block.locals = visible(frame);
            break;
        }
        case StmtKind::autoescape: {
            auto &block = *static_cast<AutoescapeBlock *>(node);
            Symbols symbols = inner(frame);
            symbols.visit(block.value);
            symbols.visit(block.body);
            Frame within = inside(frame, symbols);
            const EvalContext saved = eval_;
            expression(block.value, within);
            if (block.value->kind == ExprKind::constant)
                eval_.autoescape = block.value->value->truthy();
            else
                eval_.is_volatile = true;
            block.body = body(block.body, within);
            eval_ = saved;
            block.loads = loads(symbols);
            break;
        }
        case StmtKind::run: expression(static_cast<Run *>(node)->value, frame); break;
        case StmtKind::break_loop:
        case StmtKind::continue_loop:
            if (frame.loops == 0)
                fail(std::string("'") +
                         (node->kind == StmtKind::break_loop ? "break" : "continue") +
                         "' outside loop",
                     node->line);
            break;
        }
        out.push_back(node);
        return true;
    }

    // False: a child template prints nothing here.
    bool output(Output &node, Frame &frame) {
        if (frame.output_check) {
            if (known_extends_) return false;
            node.output_check = true;
        }
        std::vector<Expr *> items;
        for (Expr *item : node.items) {
            expression(item, frame);
            item->escape = escape();
            // What Jinja computes when it compiles is escaped as it finds out then.
            if (eval_.is_volatile && is_constant(item))
                item->escape = eval_.autoescape ? Escape::on : Escape::off;
            // Neighbouring texts become one.
            if (item->kind == ExprKind::data && !items.empty() &&
                items.back()->kind == ExprKind::data) {
                Expr *&last = items.back();
                std::string joined(last->text);
                joined += item->text;
                Expr *both = unit_.arena.make<Expr>(ExprKind::data, last->line);
                both->text = unit_.arena.copy(joined);
                last = both;
                continue;
            }
            items.push_back(item);
        }
        node.items = unit_.arena.copy(items);
        return true;
    }

    bool has_scoped_block(const Stmt *node) {
        if (node->kind == StmtKind::block && static_cast<const Block *>(node)->scoped) return true;
        bool found = false;
        each_child(
            node, [&](const Stmt *child) { found = found || has_scoped_block(child); },
            [](const Expr *) {});
        return found;
    }

    void refuse_loop_target(const Expr *node) {
        if (node->kind == ExprKind::name && node->store && !node->parameter && node->text == "loop")
            fail("Can't assign to special loop variable in for-loop target", node->line);
        each_child(node, [&](const Expr *child) { refuse_loop_target(child); });
    }
    void refuse_loop_target(const Stmt *node) {
        each_child(
            node, [&](const Stmt *child) { refuse_loop_target(child); },
            [&](const Expr *child) { refuse_loop_target(child); });
    }

    Expr *copy_target(const Expr *target) {
        Expr *out = unit_.arena.make<Expr>(*target);
        std::vector<Expr *> items;
        for (const Expr *item : target->items) items.push_back(copy_target(item));
        out->items = unit_.arena.copy(items);
        return out;
    }

    void loop(Loop &node, Frame &frame) {
        node.extended = node.recursive || undeclared(node.body, {"loop"}).contains("loop") ||
                        has_scoped_block(&node);
        expression(node.iter, frame);
        Scope *scope = &frame.symbols->scope();
        if (node.recursive) {
            node.function = unit_.arena.make<Function>();
            node.function->line = node.line;
            node.function->unit = &unit_;
            scope = idents_.function(*node.function, scope);
        }
        Symbols symbols = inner(frame, *scope);
        Symbols other = inner(frame, *scope);
        Symbols filter = inner(frame, *scope, ++spaces_);
        other.visit(node.otherwise);
        if (node.test) {
            filter.visit(node.target, true);
            filter.visit(node.test);
            node.test_target = copy_target(node.target);
            Frame within = inside(frame, filter);
            expression(node.test_target, within);
            expression(node.test, within);
            node.test_loads = loads(filter);
        }
        refuse_loop_target(&node);
        Ident *ident = node.extended ? symbols.parameter("loop") : nullptr;
        symbols.visit(node.target, true);
        symbols.visit(node.body);
        if (ident) {
            ident->loop = &node;
            node.loop = {0, ident->slot};
        }
        Frame within = inside(frame, symbols);
        within.loops = frame.loops + 1;
        if (node.recursive) within.loops = 1;
        expression(node.target, within);
        std::set<std::string_view> set_here;
        within.set_here = &set_here;
        node.body = body(node.body, within);
        if (ident) ident->loop = nullptr;
        Frame otherwise = inside(frame, other);
        if (node.recursive) otherwise.loops = 0;
        node.otherwise = body(node.otherwise, otherwise);
        node.loads = loads(symbols);
        node.else_loads = loads(other);
    }

    void macro_body(MacroCode &macro, Frame &frame, std::uint32_t line) {
        Scope *scope = idents_.function(macro.function, &frame.symbols->scope());
        Symbols symbols = inner(frame, *scope);
        std::optional<std::size_t> explicit_caller;
        bool own_kwargs = false, own_varargs = false;
        for (std::size_t i = 0; i < macro.parameters.size(); ++i) {
            Parameter &parameter = macro.parameters[i];
            if (parameter.name == "caller") explicit_caller = i;
            own_kwargs |= parameter.name == "kwargs";
            own_varargs |= parameter.name == "varargs";
            parameter.slot = symbols.parameter(parameter.name)->slot;
        }
        const auto used = undeclared(macro.function.body, {"caller", "kwargs", "varargs"});
        macro.explicit_caller = explicit_caller.has_value();
        if (used.contains("caller")) {
            if (explicit_caller) {
                if (!macro.parameters[*explicit_caller].fallback)
                    fail("When defining macros or call blocks the special \"caller\" argument "
                         "must be omitted or be given a default.",
                         line);
            } else {
                macro.caller_slot = symbols.parameter("caller")->slot;
            }
            macro.caller = true;
        }
        if (used.contains("kwargs") && !own_kwargs) {
            macro.kwargs_slot = symbols.parameter("kwargs")->slot;
            macro.catch_kwargs = true;
        }
        if (used.contains("varargs") && !own_varargs) {
            macro.varargs_slot = symbols.parameter("varargs")->slot;
            macro.catch_varargs = true;
        }
        for (const Parameter &parameter : macro.parameters)
            if (parameter.fallback) symbols.visit(parameter.fallback);
        symbols.visit(macro.function.body);
        Frame within = inside(frame, symbols);
        within.output_check = false;
        within.loops = 0;
        for (Parameter &parameter : macro.parameters)
            if (parameter.fallback) expression(parameter.fallback, within);
        macro.function.body = body(macro.function.body, within);
        macro.function.name = macro.named ? macro.name : std::string_view("caller");
        macro.function.loads = loads(symbols);
        macro.function.unit = &unit_;
        // What is defined here may be called when this function has returned.
        frame.symbols->scope().function->captured = true;
    }

    void compile_block(Block &block) {
        Symbols symbols = begin(block.function, nullptr);
        Frame frame{&symbols};
        const auto used = undeclared(block.body, {"self", "super"});
        block.uses_self = used.contains("self");
        block.uses_super = used.contains("super");
        if (block.uses_self) block.self_slot = symbols.parameter("self")->slot;
        if (block.uses_super) block.super_slot = symbols.parameter("super")->slot;
        symbols.visit(block.body);
        std::set<std::string_view> set_here;
        frame.set_here = &set_here;
        block.function.name = block.name;
        block.function.line = block.line;
        block.function.unit = &unit_;
        block.function.body = body(block.body, frame);
        block.function.loads = loads(symbols);
    }

    // Expressions.

    void expression(Expr *node, Frame &frame) {
        switch (node->kind) {
        case ExprKind::constant:
        case ExprKind::data: return;
        case ExprKind::name: {
            node->var = reach(frame, node->text);
            Ident *ident = frame.symbols->find(node->text);
            if (ident->loop && !node->store) ident->loop->object = true;
            unit_.constants.push_back(Value::undefined(node->text));
            node->value = &unit_.constants.back();
            return;
        }
        case ExprKind::namespace_target: node->var = reach(frame, node->text); return;
        case ExprKind::getattr:
            if (Ident *ident = loop_of(node->a, frame)) {
                const auto found = std::find(loop_items.begin(), loop_items.end(), node->text);
                if (found != loop_items.end()) {
                    node->kind = ExprKind::loop_item;
                    if (node->text == "previtem") ident->loop->previous = true;
                    node->item = static_cast<LoopItem>(found - loop_items.begin());
                    node->var = {0, ident->slot};
                    node->a->var = node->var;
                    return;
                }
            }
            node->method = find_method(dict_, node->text) != nullptr;
            break;
        case ExprKind::call: {
            // loop(...), loop.cycle(...), loop.changed(...) need no object either.
            Expr *callee = node->a;
            Expr *subject = callee->kind == ExprKind::getattr &&
                                    (callee->text == "cycle" || callee->text == "changed")
                                ? callee->a
                                : callee;
            if (Ident *ident = loop_of(subject, frame)) {
                node->var = {0, ident->slot};
                node->loop_call = subject == callee         ? LoopCall::recurse
                                  : callee->text == "cycle" ? LoopCall::cycle
                                                            : LoopCall::changed;
                arguments(*node->call, frame, node->line);
                return;
            }
            if (frame.set_here && !frame.set_here->empty()) node->call->locals = set_so_far(frame);
            break;
        }
        case ExprKind::condition: {
            Frame soft = frame;
            soft.soft = true;
            soft.rootlevel = false;
            expression(node->a, soft);
            expression(node->b, soft);
            if (node->c) {
                expression(node->c, soft);
            } else {
                std::string hint = "the inline if-expression on " + position(node->line) +
                                   " evaluated to false and no else section was defined.";
                unit_.constants.emplace_back(hint);
                node->value = &unit_.constants.back();
            }
            return;
        }
        case ExprKind::filter:
            node->filter = tables_.filter(node->text);
            if (!node->filter && !frame.soft)
                fail("No filter named '" + std::string(node->text) + "'.", node->line);
            break;
        case ExprKind::test:
            node->test = tables_.test(node->text);
            if (!node->test && !frame.soft)
                fail("No test named '" + std::string(node->text) + "'.", node->line);
            break;
        default: break;
        }
        if (node->a) expression(node->a, frame);
        if (node->b) expression(node->b, frame);
        if (node->c) expression(node->c, frame);
        if (node->d) expression(node->d, frame);
        for (Expr *item : node->items) expression(item, frame);
        if (node->call) arguments(*node->call, frame, node->line, is_constant(node));
        node->escape = escape();
        // Where Jinja does not know whether to escape, or joins what it knows, nothing is markup.
        if (node->kind == ExprKind::concat) node->plain = eval_.is_volatile || is_constant(node);
        fold(node);
    }

    void note_set(const Expr *target, const Frame &frame) {
        if (!frame.set_here) return;
        if (target->kind == ExprKind::name) frame.set_here->insert(target->text);
        for (const Expr *item : target->items) note_set(item, frame);
    }

    std::span<Visible> set_so_far(const Frame &frame) {
        std::vector<Visible> out;
        for (const std::string_view name : *frame.set_here)
            out.push_back({name, reach(frame, name)});
        return unit_.arena.copy(out);
    }

    // The variable, if this is the `loop` of a loop in the same function.
    Ident *loop_of(const Expr *node, const Frame &frame) {
        if (node->kind != ExprKind::name || node->text != "loop") return nullptr;
        Ident *ident = frame.symbols->find("loop");
        if (!ident || !ident->loop || ident->function != &frame.symbols->scope()) return nullptr;
        return ident;
    }

    void arguments(CallArguments &call, Frame &frame, std::uint32_t line, bool constant = false) {
        // Python's compiler says so: not of what no code is made of.
        std::set<std::string_view> names;
        for (const Keyword &keyword : call.named)
            if (!constant && !names.insert(keyword.name).second)
                fail("keyword argument repeated: " + std::string(keyword.name), line);
        for (Expr *item : call.positional) expression(item, frame);
        for (Keyword &keyword : call.named) expression(keyword.value, frame);
        if (call.dyn_args) expression(call.dyn_args, frame);
        if (call.dyn_kwargs) expression(call.dyn_kwargs, frame);
    }

    std::string position(std::uint32_t line) const {
        std::string out = "line " + std::to_string(line);
        if (unit_.name) out += " in '" + *unit_.name + "'";
        return out;
    }

    // Would Jinja's compiler compute this? It folds all but names and calls, and filters and tests
    // unless they want the context or escaping is not known yet.
    bool is_constant(const Expr *node) const {
        switch (node->kind) {
        case ExprKind::constant: return true;
        case ExprKind::tuple:
        case ExprKind::list:
        case ExprKind::dict:
        case ExprKind::logical_and:
        case ExprKind::logical_or:
        case ExprKind::logical_not:
        case ExprKind::negative:
        case ExprKind::positive:
        case ExprKind::binary:
        case ExprKind::concat:
        case ExprKind::compare:
        case ExprKind::getattr:
        case ExprKind::getitem:
        case ExprKind::slice:
        case ExprKind::condition: break;
        case ExprKind::filter:
            for (const std::string_view name :
                 {"map", "select", "reject", "selectattr", "rejectattr", "random"})
                if (node->text == name) return false;
            [[fallthrough]];
        case ExprKind::test:
            // The input of a filter block is known to nobody.
            if (eval_.is_volatile || !node->a || !node->call) return false;
            break;
        default: return false;
        }
        const auto all = [this](const Expr *e) { return !e || is_constant(e); };
        if (!all(node->a) || !all(node->b) || !all(node->c) || !all(node->d)) return false;
        for (const Expr *item : node->items)
            if (!is_constant(item)) return false;
        if (!node->call) return true;
        for (const Expr *item : node->call->positional)
            if (!is_constant(item)) return false;
        for (const Keyword &keyword : node->call->named)
            if (!is_constant(keyword.value)) return false;
        return all(node->call->dyn_args) && all(node->call->dyn_kwargs);
    }

    void fold(Expr *node) {
        const auto constant = [](const Expr *e) { return e->kind == ExprKind::constant; };
        Value value;
        switch (node->kind) {
        case ExprKind::negative:
        case ExprKind::binary: {
            if (!constant(node->a) || (node->b && !constant(node->b))) return;
            const auto is_number = [](const Value &v) { return v.is_integer() || v.is_float(); };
            // What may become large is left to run time, where it is counted.
            if (node->op == Operator::pow || !is_number(*node->a->value) ||
                (node->b && !is_number(*node->b->value)))
                return;
            try {
                value = node->kind == ExprKind::negative
                            ? negated(*node->a->value)
                            : calculate(node->op, *node->a->value, *node->b->value);
            } catch (const std::exception &) {
                return; // fails when it is reached, as in Python
            }
            break;
        }
        case ExprKind::tuple: {
            if (node->store || !std::all_of(node->items.begin(), node->items.end(), constant))
                return;
            List items;
            for (const Expr *item : node->items) items.push_back(*item->value);
            value = Value::tuple(std::move(items));
            break;
        }
        default: return;
        }
        unit_.constants.push_back(std::move(value));
        node->kind = ExprKind::constant;
        node->value = &unit_.constants.back();
        node->quiet = true;
        node->a = node->b = nullptr;
        node->items = {};
    }

    Unit &unit_;
    const Environment::Tables &tables_;
    Idents idents_;
    EvalContext eval_;
    bool known_extends_ = false;
    int extends_so_far_ = 0;
    int spaces_ = 0;
    const Value dict_{Dict()};
};

} // namespace

void compile(Unit &unit) {
    Compiler(unit).run();
}

} // namespace csgi::jinja::code
