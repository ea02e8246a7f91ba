// SPDX-License-Identifier: MIT
// Statements are carried out.
#include "core/template/calls.hpp"

#include <csgi/value/number.hpp>

#include "core/template/builtin.hpp"
#include "core/template/globals.hpp"
#include "core/template/text.hpp"

namespace csgi::jinja {

using namespace code;

Flow Renderer::execute(Body body, Activation &at) {
    for (const Stmt *node : body) {
        line_ = node->line;
        const Flow flow = statement(*node, at);
        if (flow != Flow::normal) return flow;
    }
    return Flow::normal;
}

Flow Renderer::statement(const Stmt &node, Activation &at) {
    switch (node.kind) {
    case StmtKind::output: output(static_cast<const Output &>(node), at); break;
    case StmtKind::loop: loop(static_cast<const Loop &>(node), at); break;
    case StmtKind::branch:
        for (const Branch::Arm &arm : static_cast<const Branch &>(node).arms)
            if (!arm.test || condition(*arm.test, at)) return execute(arm.body, at);
        break;
    case StmtKind::macro: define_macro(static_cast<const Macro &>(node), at); break;
    case StmtKind::call_block: call_block(static_cast<const CallBlock &>(node), at); break;
    case StmtKind::filter_block: {
        const auto &block = static_cast<const FilterBlock &>(node);
        enter(block.loads, at);
        Value input;
        Flow flow = Flow::normal;
        {
            Capture capture(*this);
            flow = execute(block.body, at);
            input = capture.value(escapes(block.escape));
        }
        if (flow != Flow::normal) return flow;
        filter_input_ = &input;
        line_ = node.line;
        write_result(eval(*block.filter, at));
        leave(block.loads, at);
        break;
    }
    case StmtKind::set: set(static_cast<const Set &>(node), at); break;
    case StmtKind::set_block: {
        const auto &block = static_cast<const SetBlock &>(node);
        enter(block.loads, at);
        Value value;
        {
            Capture capture(*this);
            const Flow flow = execute(block.body, at);
            if (flow != Flow::normal) return flow;
            value = capture.value(escapes(block.escape));
        }
        check_namespaces(*block.target, at);
        if (block.filter) {
            filter_input_ = &value;
            value = eval(*block.filter, at);
        }
        if (*context_->autoescape)
            value = Value::markup(str(value));
        else if (!block.filter && value.is_markup())
            value = Value(value.text());
        assign(*block.target, at, value);
        if (block.toplevel) export_target(*block.target, at);
        leave(block.loads, at);
        break;
    }
    case StmtKind::with: {
        const auto &with = static_cast<const With &>(node);
        enter(with.loads, at);
        for (std::size_t i = 0; i < with.targets.size(); ++i)
            assign(*with.targets[i], at, eval(*with.values[i], at));
        const Flow flow = execute(with.body, at);
        leave(with.loads, at);
        return flow;
    }
    case StmtKind::include: include(static_cast<const Include &>(node), at); break;
    case StmtKind::import:
    case StmtKind::from_import: import(static_cast<const Import &>(node), at); break;
    case StmtKind::extends: extends(static_cast<const Extends &>(node), at); break;
    case StmtKind::block:
        if (!node.output_check || !root_->parent) block(static_cast<const Block &>(node), at);
        break;
    case StmtKind::autoescape: {
        const auto &block = static_cast<const AutoescapeBlock &>(node);
        enter(block.loads, at);
        const bool saved = *at.context->autoescape;
        *at.context->autoescape = truthy(eval(*block.value, at));
        const Flow flow = execute(block.body, at);
        *at.context->autoescape = saved;
        leave(block.loads, at);
        return flow;
    }
    case StmtKind::run: {
        Value room;
        ref(*static_cast<const code::Run &>(node).value, at, room);
        break;
    }
    case StmtKind::break_loop: return Flow::break_loop;
    case StmtKind::continue_loop: return Flow::continue_loop;
    }
    return Flow::normal;
}

void Renderer::output(const Output &node, Activation &at) {
    if (node.output_check && root_->parent) return;
    for (const Expr *item : node.items) {
        if (item->kind == ExprKind::data) {
            out_->append(item->text);
            continue;
        }
        line_ = item->line;
        const bool escape = escapes(item->escape);
        if (item->kind == ExprKind::call && print_call(*item, at, escape)) continue;
        Value room;
        const Value &value = ref(*item, at, room);
        if (environment_->finalize) [[unlikely]] {
            const Arguments arguments{{&value, 1}, {}};
            write(environment_->finalize(*this, arguments), escape);
        } else {
            write(value, escape);
        }
    }
    if (out_->size() > bytes_left_) [[unlikely]]
        out_of_memory();
    if (out_ == &base_ && base_.size() >= piece_) [[unlikely]]
        flush();
}

// A macro, block or recursive loop writes where its result would go: a text that is markup, or not
// escaped, would be copied there as it is.
bool Renderer::print_call(const Expr &node, Activation &at, bool escape) {
    if (environment_->finalize || (escape && !*context_->autoescape)) return false;
    if (node.loop_call == LoopCall::recurse) {
        LoopState &state = loop_of(slot(at, node.var));
        CallValues values;
        arguments(*node.call, at, values);
        if (!state.node->recursive || values.view().positional.size() != 1 ||
            !values.view().named.empty())
            return false;
        recurse(state, values.view().positional[0]);
        return true;
    }
    if (node.loop_call != LoopCall::none) return false;
    const Expr &callee = *node.a;
    if (callee.kind != ExprKind::name && callee.kind != ExprKind::getattr) return false;
    if (!callee.quiet) return false;
    Value room;
    const Value &function = ref(callee, at, room);
    if (!function.is_object()) return false;
    const auto *made = dynamic_cast<const Handle *>(&function.as_object());
    if (!made || made->renderer != this) return false;
    const Value kept = function;
    if (made->role == Handle::Role::macro) {
        CallValues values;
        arguments(*node.call, at, values);
        line_ = node.line;
        run_macro(*made, values.view());
        return true;
    }
    if (made->role == Handle::Role::block && node.call->positional.empty() &&
        node.call->named.empty() && !node.call->dyn_args && !node.call->dyn_kwargs) {
        if (escape && !*made->context->autoescape) return false;
        const BlockStack *stack = made->context->stack(made->name);
        if (!stack || made->depth >= stack->blocks.size()) return false;
        run_block(*stack->blocks[made->depth], *made->context);
        return true;
    }
    return false;
}

void Renderer::write(const Value &value, bool escape) {
    switch (value.kind()) {
    case Kind::string:
        if (escape && !value.is_markup())
            escape_into(*out_, value.text());
        else
            out_->append(value.text());
        return;
    case Kind::integer: {
        char *to = out_->room(number_length);
        out_->advance(write_integer(value.as_int(), to));
        return;
    }
    case Kind::floating: {
        char *to = out_->room(number_length);
        out_->advance(write_double(value.as_double(), to));
        return;
    }
    case Kind::none: out_->append("None"); return;
    case Kind::boolean: out_->append(value.truthy() ? "True" : "False"); return;
    case Kind::big_integer: out_->append(value.text()); return;
    default: break;
    }
    std::string text;
    if (escape)
        append_escaped(text, value);
    else
        append_str(text, value);
    out_->append(text);
}

// Loops.

bool LoopState::pull(Value &out) {
    // Straight from what is passed over, through the loop's filter.
    for (;;) {
        const Value *item = items->next();
        if (!item) return false;
        if (!node->test) {
            out = *item;
            return true;
        }
        Value kept = *item;
        renderer->assign(*node->test_target, *activation, kept);
        if (renderer->condition(*node->test, *activation)) {
            out = std::move(kept);
            return true;
        }
    }
}

bool LoopState::next(Value &out) {
    if (ahead_at < ahead.size()) {
        out = std::move(ahead[ahead_at++]);
        if (ahead_at == ahead.size()) {
            ahead.clear();
            ahead_at = 0;
        }
        return true;
    }
    if (exhausted) return false;
    return pull(out);
}

const Value *LoopState::peek() {
    if (ahead_at == ahead.size()) {
        Value item;
        if (finished || exhausted || !pull(item)) return nullptr;
        ahead.push_back(std::move(item));
    }
    return &ahead[ahead_at];
}

std::size_t LoopState::length() {
    if (known_length) return *known_length;
    if (!node->test)
        if (const auto size = items->size()) {
            known_length = *size;
            return *known_length;
        }
    Value item;
    while (!exhausted && pull(item)) {
        renderer->grow(sizeof(Value));
        ahead.push_back(item);
    }
    exhausted = true;
    known_length = static_cast<std::size_t>(index0 + 1) + (ahead.size() - ahead_at);
    return *known_length;
}

void Renderer::loop(const Loop &node, Activation &at) {
    // for key, value in something.items(): no list of pairs is made.
    const Expr *iter = node.iter;
    if (!node.recursive && !node.extended && !node.test && iter->kind == ExprKind::call &&
        iter->a->kind == ExprKind::getattr && iter->a->text == "items" && iter->a->a->quiet &&
        iter->call->positional.empty() && iter->call->named.empty() && !iter->call->dyn_args &&
        !iter->call->dyn_kwargs && node.target->kind == ExprKind::tuple &&
        node.target->items.size() == 2) {
        Value room;
        const Value &subject = ref(*iter->a->a, at, room);
        if (subject.is_dict()) {
            const Value held = subject;
            const Dict &dict = held.as_dict();
            const std::size_t size = dict.size();
            bool completed = false;
            enter(node.loads, at);
            for (std::size_t i = 0; i < dict.size(); ++i) {
                step();
                if (i) reenter(node.loads, at);
                const Dict::Entry &entry = *(dict.begin() + static_cast<std::ptrdiff_t>(i));
                assign(*node.target->items[0], at, entry.key);
                assign(*node.target->items[1], at, entry.value);
                const Flow flow = execute(node.body, at);
                completed = completed || flow == Flow::normal;
                if (flow == Flow::break_loop) break;
                if (dict.size() != size)
                    throw PythonError("RuntimeError", "dictionary changed size during iteration");
            }
            leave(node.loads, at);
            if (!completed && !node.otherwise.empty()) {
                enter(node.else_loads, at);
                execute(node.otherwise, at);
                leave(node.else_loads, at);
            }
            return;
        }
    }
    Value room;
    const Value &iterable = ref(*iter, at, room);
    if (node.recursive)
        recurse(node, iterable, at, 0);
    else
        run_loop(node, iterable, at, 0);
}

void Renderer::run_loop(const Loop &node, const Value &iterable, Activation &at,
                        std::size_t depth) {
    Items items(*this, iterable);
    const bool simple = !node.extended && !node.test && node.target->kind == ExprKind::name;
    // As in Jinja, `else` is for a loop of which no pass came to its end.
    bool any = false, completed = false;
    const auto run_body = [&] {
        const Flow flow = execute(node.body, at);
        completed = completed || flow == Flow::normal;
        return flow != Flow::break_loop;
    };
    if (simple) {
        Value *target = &slot(at, node.target->var);
        while (const Value *item = items.next()) {
            step();
            if (!any)
                enter(node.loads, at);
            else
                reenter(node.loads, at);
            any = true;
            *target = *item;
            if (!run_body()) break;
        }
    } else {
        LoopState state;
        state.renderer = this;
        state.node = &node;
        state.activation = &at;
        state.items = &items;
        state.depth0 = depth;
        const std::size_t pins = pins_;
        Value object;
        struct Ended {
            Value &object;
            ~Ended() {
                if (object.is_object()) static_cast<Handle &>(object.as_object()).loop = nullptr;
            }
        } ended{object};
        if (node.extended) {
            if (node.object) {
                Handle *made = nullptr;
                object = handle(Handle::Role::loop, made);
                made->loop = &state;
            } else {
                object = Value(static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(&state)));
            }
        }
        if (node.test) enter(node.test_loads, at);
        Value item;
        const bool previous = node.previous || node.object;
        while (state.next(item)) {
            step();
            ++state.index0;
            if (previous) {
                state.before = std::move(state.current);
                state.current = item;
            }
            if (!any)
                enter(node.loads, at);
            else
                reenter(node.loads, at);
            any = true;
            if (node.extended) slot(at, node.loop) = object;
            assign(*node.target, at, item);
            if (!run_body()) break;
        }
        state.finished = true;
        if (node.extended) slot(at, node.loop) = missing();
        if (node.test) leave(node.test_loads, at);
        if (node.object) {
            // Nobody kept the loop: what it was pinned for can go.
            for (const Load &load : node.loads) at.slots[load.slot] = missing();
            if (object.object_pointer().use_count() == 1 && object.holders() == 2) {
                static_cast<Handle &>(object.as_object()).loop = nullptr;
                const bool newest = &made_.back().as_object() == &object.as_object();
                Value mine = object;
                object = Value();
                release(mine);
                if (newest && pins_ == pins + 1) pins_ = pins;
            } else {
                auto &kept = static_cast<Handle &>(object.as_object());
                kept.last_index0 = state.index0;
                // Of a loop that was left early over who knows how many: as many as there were.
                const std::optional<std::size_t> all =
                    node.test ? std::optional<std::size_t>() : items.size();
                kept.last_length = state.known_length.value_or(
                    all.value_or(static_cast<std::size_t>(state.index0 + 1)));
            }
        }
    }
    if (any) leave(node.loads, at);
    if (!completed && !node.otherwise.empty()) {
        enter(node.else_loads, at);
        execute(node.otherwise, at);
        leave(node.else_loads, at);
    }
}

LoopState &Renderer::loop_of(const Value &slot) const {
    if (slot.is(Kind::integer))
        return *reinterpret_cast<LoopState *>(static_cast<std::intptr_t>(slot.as_int()));
    if (slot.is_object())
        if (const auto *made = dynamic_cast<const Handle *>(&slot.as_object()); made && made->loop)
            return *made->loop;
    throw UndefinedError("'loop' is undefined");
}

void Renderer::recurse(LoopState &state, const Value &iterable) {
    if (!state.node->recursive)
        throw TypeError("The loop must have the 'recursive' marker to be called recursively.");
    // The activation of a recursive loop has the function around it as its outer one.
    recurse(*state.node, iterable, *state.activation->outer, state.depth0 + 1);
}

Value Renderer::loop_call(LoopState &state, LoopCall what, const Arguments &arguments) {
    switch (what) {
    case LoopCall::recurse: {
        const Bound<1> given("__call__", {"iterable"}, 1, arguments);
        if (!state.node->recursive)
            throw TypeError("The loop must have the 'recursive' marker to be called recursively.");
        Capture capture(*this);
        const bool markup = *context_->autoescape;
        recurse(state, *given[0]);
        return capture.value(markup);
    }
    case LoopCall::cycle: {
        if (arguments.positional.empty()) throw TypeError("no items for cycling given");
        if (!arguments.named.empty())
            throw TypeError("LoopContext.cycle() got an unexpected keyword argument '" +
                            std::string(arguments.named[0].name) + "'");
        const auto n = static_cast<std::int64_t>(arguments.positional.size());
        return arguments.positional[static_cast<std::size_t>(state.index0 % n)];
    }
    case LoopCall::changed: {
        if (!arguments.named.empty())
            throw TypeError("LoopContext.changed() got an unexpected keyword argument '" +
                            std::string(arguments.named[0].name) + "'");
        const List now(arguments.positional.begin(), arguments.positional.end());
        // Compared as tuples, in which nothing strictly undefined may be.
        if (state.has_changed && equal(Value::tuple(List(state.changed)), Value::tuple(List(now))))
            return Value(false);
        state.has_changed = true;
        state.changed = now;
        return Value(true);
    }
    case LoopCall::none: break;
    }
    return Value();
}

Value Renderer::loop_attribute(LoopState &state, LoopItem item) {
    const auto length = [&] { return static_cast<std::int64_t>(state.length()); };
    switch (item) {
    case LoopItem::index: return Value(state.index0 + 1);
    case LoopItem::index0: return Value(state.index0);
    case LoopItem::revindex: return Value(length() - state.index0);
    case LoopItem::revindex0: return Value(length() - state.index0 - 1);
    case LoopItem::first: return Value(state.index0 == 0);
    case LoopItem::last: return Value(state.peek() == nullptr);
    case LoopItem::length: return Value(length());
    case LoopItem::depth: return Value(static_cast<std::int64_t>(state.depth0 + 1));
    case LoopItem::depth0: return Value(static_cast<std::int64_t>(state.depth0));
    case LoopItem::previtem:
        if (state.index0 == 0) return undefined_hint("there is no previous item");
        return state.before;
    case LoopItem::nextitem:
        if (const Value *next = state.peek()) return *next;
        return undefined_hint("there is no next item");
    }
    return Value();
}

// Assignments.

void Renderer::assign(const Expr &target, Activation &at, const Value &value) {
    switch (target.kind) {
    case ExprKind::name: slot(at, target.var) = value; return;
    case ExprKind::namespace_target: {
        const Value &space = slot(at, target.var);
        if (!space.is_object() || !is_namespace(space))
            throw TemplateRuntimeError("cannot assign attribute on non-namespace object");
        space.as_object().set_attribute(target.a->value->text(), value);
        return;
    }
    case ExprKind::tuple: break;
    default: return;
    }
    const std::size_t wanted = target.items.size();
    if (value.is_tuple() || value.is_list()) {
        const Value held = value;
        const List &list = held.as_list();
        if (list.size() == wanted) {
            for (std::size_t i = 0; i < wanted; ++i) assign(*target.items[i], at, list[i]);
            return;
        }
    }
    List values;
    try {
        Items items(*this, value);
        while (const Value *item = items.next()) {
            values.push_back(*item);
            if (values.size() > wanted)
                throw PythonError("ValueError", "too many values to unpack (expected " +
                                                    std::to_string(wanted) + ")");
        }
    } catch (const TypeError &) {
        throw TypeError("cannot unpack non-iterable " + std::string(value.type_name()) + " object");
    }
    if (values.size() < wanted)
        throw PythonError("ValueError", "not enough values to unpack (expected " +
                                            std::to_string(wanted) + ", got " +
                                            std::to_string(values.size()) + ")");
    for (std::size_t i = 0; i < wanted; ++i) assign(*target.items[i], at, values[i]);
}

void Renderer::check_namespaces(const Expr &target, Activation &at) {
    if (target.kind == ExprKind::namespace_target) {
        const Value &space = slot(at, target.var);
        if (!space.is_object() || !is_namespace(space))
            throw TemplateRuntimeError("cannot assign attribute on non-namespace object");
    }
    for (const Expr *item : target.items) check_namespaces(*item, at);
}

void Renderer::export_target(const Expr &target, Activation &at) {
    if (target.kind == ExprKind::name)
        at.context->set(target.text, slot(at, target.var), !target.text.starts_with('_'));
    for (const Expr *item : target.items) export_target(*item, at);
}

void Renderer::set(const Set &node, Activation &at) {
    if (node.target->kind == ExprKind::name) {
        Value value = eval(*node.value, at);
        slot(at, node.target->var) = std::move(value);
    } else {
        check_namespaces(*node.target, at);
        assign(*node.target, at, eval(*node.value, at));
    }
    if (node.toplevel) export_target(*node.target, at);
}

void Renderer::define_macro(const Macro &node, Activation &at) {
    Handle *made = nullptr;
    Value value = handle(Handle::Role::macro, made);
    made->macro = &node.code;
    made->activation = &at;
    made->context = at.context;
    if (node.toplevel) at.context->set(node.code.name, value, !node.code.name.starts_with('_'));
    slot(at, node.target) = std::move(value);
}

} // namespace csgi::jinja
