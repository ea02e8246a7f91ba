// SPDX-License-Identifier: MIT
// Expressions get their values.
#include <algorithm>

#include "core/template/builtin.hpp"
#include "core/template/calls.hpp"
#include "core/template/globals.hpp"
#include "core/template/operators.hpp"
#include "core/template/tables.hpp"
#include "core/template/undefined.hpp"

namespace csgi::jinja {

using namespace code;

const Value &Renderer::ref_before(const Expr &node, const Expr &next, Activation &at, Value &room) {
    if (next.quiet) return ref(node, at, room);
    room = eval(node, at);
    return room;
}

const Value &Renderer::ref(const Expr &node, Activation &at, Value &room) {
    switch (node.kind) {
    case ExprKind::constant: return *node.value;
    case ExprKind::data: room = Value::borrowed(node.text); return room;
    case ExprKind::name: {
        const Value &value = slot(at, node.var);
        return is_missing(value) ? *node.value : value;
    }
    case ExprKind::loop_item: {
        LoopState &state = loop_of(slot(at, node.var));
        room = loop_attribute(state, node.item);
        return room;
    }
    case ExprKind::getattr: return member(node, at, room);
    case ExprKind::getitem: {
        Value object_room, key_room;
        const Value &object = ref_before(*node.a, *node.b, at, object_room);
        const Value &key = ref(*node.b, at, key_room);
        if (object.is_dict() && key.is_string()) {
            if (const Value *value = object.as_dict().find(key.text())) {
                if (&object != &object_room) return *value;
                room = *value;
                return room;
            }
        } else if ((object.is_list() || object.is_tuple()) && key.is(Kind::integer)) {
            const List &list = object.as_list();
            const auto size = static_cast<std::int64_t>(list.size());
            std::int64_t index = key.as_int();
            if (index < 0) index += size;
            if (index >= 0 && index < size) {
                const Value &value = list[static_cast<std::size_t>(index)];
                if (&object != &object_room) return value;
                room = value;
                return room;
            }
        }
        room = getitem(object, key);
        return room;
    }
    case ExprKind::logical_and:
    case ExprKind::logical_or: {
        const Value &left = ref(*node.a, at, room);
        if (truthy(left) == (node.kind == ExprKind::logical_or)) return left;
        return ref(*node.b, at, room);
    }
    case ExprKind::logical_not: room = Value(!condition(*node.a, at)); return room;
    case ExprKind::condition:
        if (condition(*node.b, at)) return ref(*node.a, at, room);
        if (node.c) return ref(*node.c, at, room);
        room = plain_undefined(node.value->text());
        return room;
    case ExprKind::compare:
    case ExprKind::test: room = Value(condition(node, at)); return room;
    case ExprKind::binary: {
        Value left_room, right_room;
        const Value &left = ref_before(*node.a, *node.b, at, left_room);
        const Value &right = ref(*node.b, at, right_room);
        // Most are small sums of counters.
        if (left.is(Kind::integer) && right.is(Kind::integer) && node.op <= Operator::sub) {
            std::int64_t out = 0;
            const bool over = node.op == Operator::add
                                  ? __builtin_add_overflow(left.as_int(), right.as_int(), &out)
                                  : __builtin_sub_overflow(left.as_int(), right.as_int(), &out);
            if (!over) {
                room = Value(out);
                return room;
            }
        }
        room = binary(node.op, left, right);
        return room;
    }
    case ExprKind::negative: room = negate(eval(*node.a, at)); return room;
    case ExprKind::positive: {
        Value value = eval(*node.a, at);
        check(value);
        if (value.is_bool()) value = Value(value.as_int());
        if (!value.is_integer() && !value.is_float())
            throw TypeError("bad operand type for unary +: '" + std::string(value.type_name()) +
                            "'");
        room = std::move(value);
        return room;
    }
    case ExprKind::concat: room = concat(node, at); return room;
    case ExprKind::tuple:
    case ExprKind::list: {
        List items;
        items.reserve(node.items.size());
        for (const Expr *item : node.items) items.push_back(eval(*item, at));
        room =
            node.kind == ExprKind::list ? Value(std::move(items)) : Value::tuple(std::move(items));
        return room;
    }
    case ExprKind::dict: {
        Dict dict;
        for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
            Value key = eval(*node.items[i], at);
            if (key.is_undefined() || key.is_object()) expect_hashable(key);
            dict.set(std::move(key), eval(*node.items[i + 1], at));
        }
        room = Value(std::move(dict));
        return room;
    }
    case ExprKind::slice: {
        const Value object = eval(*node.a, at);
        Value start, stop, step;
        if (node.b) start = eval(*node.b, at);
        if (node.c) stop = eval(*node.c, at);
        if (node.d) step = eval(*node.d, at);
        room = slice(object, node.b ? &start : nullptr, node.c ? &stop : nullptr,
                     node.d ? &step : nullptr);
        return room;
    }
    case ExprKind::slice_object: throw TypeError("unhashable type: 'slice'");
    case ExprKind::filter: room = filter_call(node, at); return room;
    case ExprKind::call: room = call(node, at); return room;
    case ExprKind::mark_safe: {
        Value value = eval(*node.a, at);
        room = *context_->autoescape ? Value::markup(str(value)) : std::move(value);
        return room;
    }
    case ExprKind::debug: room = debug_text(at); return room;
    case ExprKind::namespace_target: break;
    }
    room = Value();
    return room;
}

const Value &Renderer::member(const Expr &node, Activation &at, Value &room) {
    Value object_room;
    const Value &object = ref(*node.a, at, object_room);
    if (object.is_dict() && !node.method && !environment_->sandboxed) {
        if (const Value *value = object.as_dict().find(node.text)) {
            if (&object != &object_room) return *value;
            room = *value;
            return room;
        }
    }
    room = getattr(object, node.text);
    return room;
}

bool Renderer::condition(const Expr &node, Activation &at) {
    switch (node.kind) {
    case ExprKind::logical_not: return !condition(*node.a, at);
    case ExprKind::logical_and: return condition(*node.a, at) && condition(*node.b, at);
    case ExprKind::logical_or: return condition(*node.a, at) || condition(*node.b, at);
    case ExprKind::compare: return compare(node, at);
    case ExprKind::test: return test_call(node, at);
    default: break;
    }
    Value room;
    return truthy(ref(node, at, room));
}

bool Renderer::compare_one(Comparison how, const Value &a, const Value &b) {
    switch (how) {
    case Comparison::eq: return equal(a, b);
    case Comparison::ne: return !equal(a, b);
    case Comparison::in: return contains(b, a);
    case Comparison::not_in: return !contains(b, a);
    case Comparison::lt: return State::compare(a, b, "<") < 0;
    case Comparison::le: return State::compare(a, b, "<=") <= 0;
    case Comparison::gt: return State::compare(a, b, ">") > 0;
    case Comparison::ge: return State::compare(a, b, ">=") >= 0;
    }
    return false;
}

bool Renderer::compare(const Expr &node, Activation &at) {
    if (node.items.size() == 1) {
        Value left_room, right_room;
        const Expr &operand = *node.items[0];
        const Value &left = ref_before(*node.a, *operand.a, at, left_room);
        return compare_one(operand.comparison, left, ref(*operand.a, at, right_room));
    }
    Value left = eval(*node.a, at);
    for (const Expr *operand : node.items) {
        Value right = eval(*operand->a, at);
        if (!compare_one(operand->comparison, left, right)) return false;
        left = std::move(right);
    }
    return true;
}

Value Renderer::concat(const Expr &node, Activation &at) {
    Short<Value, 6> parts;
    for (const Expr *item : node.items) parts.add(eval(*item, at));
    std::string out;
    // Jinja makes text of the parts before it looks whether one is markup.
    bool safe = false;
    if (!node.plain && escapes(node.escape))
        for (const Value &part : parts.span()) safe = safe || part.is_markup();
    for (const Value &part : parts.span()) {
        if (safe && !part.is_markup())
            append_escaped(out, soft_str(part));
        else
            append_str(out, part);
        if (out.size() > bytes_left_) out_of_memory();
    }
    return safe ? Value::markup(out) : Value(out);
}

void Renderer::arguments(const CallArguments &call, Activation &at, CallValues &out,
                         const Value *caller) {
    for (const Expr *item : call.positional) out.positional.add(eval(*item, at));
    if (call.dyn_args) {
        const Value more = eval(*call.dyn_args, at);
        Items items(*this, more);
        while (const Value *item = items.next()) {
            grow(sizeof(Value));
            out.positional.add(*item);
        }
    }
    // As in Python: after what stands behind the star.
    for (const Keyword &keyword : call.named)
        out.named.add(Arguments::Named{keyword.name, eval(*keyword.value, at)});
    if (caller) out.named.add(Arguments::Named{"caller", *caller});
    if (call.dyn_kwargs) {
        const Value more = eval(*call.dyn_kwargs, at);
        check(more);
        if (!more.is_dict())
            throw TypeError("argument after ** must be a mapping, not " +
                            std::string(more.type_name()));
        // The names must live as long as the call, and the dict may be a temporary.
        if (more.as_dict().size()) dynamic_names_.push_back(more);
        for (const Dict::Entry &entry : more.as_dict()) {
            if (!entry.key.is_string()) throw TypeError("keywords must be strings");
            if (out.view().find(entry.key.text()))
                throw TypeError("got multiple values for keyword argument '" +
                                std::string(entry.key.text()) + "'");
            out.named.add(Arguments::Named{entry.key.text(), entry.value});
        }
    }
}

Value Renderer::filter_call(const Expr &node, Activation &at) {
    CallValues values;
    // Without a value before it the filter works on what its block has printed.
    if (node.a)
        values.positional.add(eval(*node.a, at));
    else
        values.positional.add(*filter_input_);
    arguments(*node.call, at, values);
    line_ = node.line;
    if (!node.filter)
        throw TemplateRuntimeError("No filter named '" + std::string(node.text) + "' found.");
    const Arguments given = values.view();
    return node.filter->call ? node.filter->call(*this, given) : node.filter->custom(*this, given);
}

bool Renderer::test_call(const Expr &node, Activation &at) {
    CallValues values;
    values.positional.add(eval(*node.a, at));
    arguments(*node.call, at, values);
    line_ = node.line;
    if (!node.test)
        throw TemplateRuntimeError("No test named '" + std::string(node.text) + "' found.");
    const Arguments given = values.view();
    return node.test->call ? node.test->call(*this, given) : node.test->custom(*this, given);
}

Value Renderer::call(const Expr &node, Activation &at, const Value *caller) {
    if (node.loop_call != LoopCall::none) {
        LoopState &state = loop_of(slot(at, node.var));
        CallValues values;
        arguments(*node.call, at, values);
        return loop_call(state, node.loop_call, values.view());
    }
    const Expr &callee = *node.a;
    if (callee.kind == ExprKind::getattr) {
        const Value object = eval(*callee.a, at);
        if (!object.is_object() && !object.is_undefined() &&
            !(environment_->sandboxed && is_unsafe(object, callee.text))) {
            if (const Method method = find_method(object, callee.text)) {
                CallValues values;
                arguments(*node.call, at, values, caller);
                line_ = node.line;
                step();
                return method(*this, object, values.view());
            }
        }
        const Value function = getattr(object, callee.text);
        CallValues values;
        arguments(*node.call, at, values, caller);
        line_ = node.line;
        return call_seeing(node.call->locals, at, function, values.view());
    }
    const Value function = eval(callee, at);
    CallValues values;
    arguments(*node.call, at, values, caller);
    line_ = node.line;
    return call_seeing(node.call->locals, at, function, values.view());
}

// Jinja gives a function with pass_context what its loop or block has set besides the context;
// filters, tests and macros get the context alone.
Value Renderer::call_seeing(std::span<const Visible> locals, Activation &at, const Value &callable,
                            const Arguments &arguments) {
    if (locals.empty()) return call_value(callable, arguments);
    struct Seen {
        Renderer &r;
        const Locals *outer;
        ~Seen() { r.locals_ = outer; }
    } seen{*this, locals_};
    const Locals own{&at, locals};
    locals_ = &own;
    return call_value(callable, arguments);
}

const Value *Renderer::resolve_here(std::string_view name) const {
    if (locals_)
        for (const Visible &local : locals_->names)
            if (local.name == name) {
                const Value &value = slot(*locals_->at, local.var);
                if (!is_missing(value)) return &value;
            }
    return context_ ? context_->find(name) : environment_->globals().find(name);
}

Value Renderer::call_value(const Value &callable, const Arguments &arguments) {
    check(callable);
    step();
    if (!callable.is_object())
        throw TypeError("'" + std::string(callable.type_name()) + "' object is not callable");
    Object &object = callable.as_object();
    if (auto *own = dynamic_cast<Callable *>(&object)) return own->call(*this, arguments);
    return object.call(arguments);
}

Value Renderer::debug_text(Activation &at) {
    // {'context': {...}, 'filters': [...], 'tests': [...]}
    Dict context;
    std::vector<const Layer *> layers;
    for (const Layer *layer = at.context->layer; layer; layer = layer->below)
        layers.push_back(layer);
    std::reverse(layers.begin(), layers.end());
    for (const Layer *layer : layers) {
        if (layer->dict)
            for (const Dict::Entry &entry : *layer->dict) context.set(entry.key, entry.value);
        for (const Variable &variable : layer->variables) context[variable.name] = variable.value;
    }
    for (const Variable &variable : at.context->variables) context[variable.name] = variable.value;
    const auto sorted = [](std::vector<std::string> names) {
        List out;
        for (const std::string &name : names) out.emplace_back(name);
        return Value(std::move(out));
    };
    Dict all;
    all["context"] = Value(std::move(context));
    all["filters"] = sorted(environment_->filter_names());
    all["tests"] = sorted(environment_->test_names());
    return Value(repr(Value(std::move(all))));
}

} // namespace csgi::jinja
