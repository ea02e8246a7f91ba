// SPDX-License-Identifier: MIT
// Macros, blocks, loops and modules as values.
#include "core/template/calls.hpp"

#include <algorithm>
#include <array>

#include "core/template/builtin.hpp"
#include "core/template/python_text.hpp"

namespace csgi::jinja {

namespace {

class BoundMethod final : public Callable {
public:
    BoundMethod(const Value &self, std::string_view name, Method method)
        : self_(self), name_(name), method_(method) {}
    std::string_view type_name() const override { return "builtin_function_or_method"; }
    Value call(State &state, const Arguments &arguments) override {
        return method_(state, self_, arguments);
    }
    std::string text() const override {
        return "<built-in method " + name_ + " of " + std::string(self_.type_name()) + " object>";
    }

private:
    Value self_;
    std::string name_;
    Method method_;
};

class LoopMethod final : public Callable {
public:
    LoopMethod(std::shared_ptr<Object> handle, code::LoopCall what)
        : handle_(std::move(handle)), what_(what) {}
    std::string_view type_name() const override { return "method"; }
    Value call(State &, const Arguments &arguments) override {
        const auto &handle = static_cast<const Handle &>(*handle_);
        if (!handle.loop) throw TypeError("the loop is over");
        return handle.renderer->loop_call(*handle.loop, what_, arguments);
    }

private:
    std::shared_ptr<Object> handle_;
    code::LoopCall what_;
};

std::string quoted(std::string_view text) {
    std::string out;
    append_python_repr(out, text, false);
    return out;
}

constexpr std::array<std::string_view, 11> loop_items = {
    "index",  "index0", "revindex", "revindex0", "first",   "last",
    "length", "depth",  "depth0",   "previtem",  "nextitem"};

} // namespace

Value bound_method(const Value &self, std::string_view name, Method method) {
    return Value(std::make_shared<BoundMethod>(self, name, method));
}

Value Callable::call(const Arguments &) {
    throw TypeError("'" + std::string(type_name()) + "' can be called by templates alone");
}

std::string_view Handle::type_name() const {
    switch (role) {
    case Role::macro: return "Macro";
    case Role::block: return "BlockReference";
    case Role::self: return "TemplateReference";
    case Role::loop: return "LoopContext";
    case Role::module: return "TemplateModule";
    case Role::dead: break;
    }
    return "object of a rendering that is over";
}

Value Handle::call(State &, const Arguments &arguments) {
    return call(arguments);
}

Value Handle::call(const Arguments &arguments) {
    switch (role) {
    case Role::macro: return renderer->call_macro(*this, arguments);
    case Role::block: {
        const Bound<0> given("BlockReference.__call__", {}, 0, arguments);
        return renderer->call_block_reference(*this);
    }
    case Role::loop:
        if (loop) return renderer->loop_call(*loop, code::LoopCall::recurse, arguments);
        throw TypeError("the loop is over");
    default: break;
    }
    throw TypeError("'" + std::string(type_name()) + "' object is not callable");
}

std::optional<Value> Handle::attribute(std::string_view wanted) {
    switch (role) {
    case Role::macro: {
        if (wanted == "name") return macro->named ? Value(macro->name) : Value();
        if (wanted == "arguments") {
            List names;
            for (const code::Parameter &parameter : macro->parameters)
                names.emplace_back(parameter.name);
            return Value::tuple(std::move(names));
        }
        if (wanted == "catch_kwargs") return Value(macro->catch_kwargs);
        if (wanted == "catch_varargs") return Value(macro->catch_varargs);
        if (wanted == "caller") return Value(macro->caller);
        if (wanted == "explicit_caller") return Value(macro->explicit_caller);
        return std::nullopt;
    }
    case Role::block: {
        if (wanted == "name") return Value(name);
        if (wanted != "super") return std::nullopt;
        const BlockStack *stack = context->stack(name);
        if (!stack || depth + 1 >= stack->blocks.size())
            return renderer->undefined_hint("there is no parent block called " + quoted(name) +
                                            ".");
        Handle *made = nullptr;
        Value out = renderer->handle(Role::block, made);
        made->context = context;
        made->name = name;
        made->depth = depth + 1;
        return out;
    }
    case Role::loop: {
        if (!loop) {
            const auto length = static_cast<std::int64_t>(last_length);
            if (wanted == "index") return Value(last_index0 + 1);
            if (wanted == "index0") return Value(last_index0);
            if (wanted == "revindex") return Value(length - last_index0);
            if (wanted == "revindex0") return Value(length - last_index0 - 1);
            if (wanted == "first") return Value(last_index0 == 0);
            if (wanted == "last") return Value(last_index0 + 1 == length);
            if (wanted == "length") return Value(length);
            return std::nullopt;
        }
        const auto found = std::find(loop_items.begin(), loop_items.end(), wanted);
        if (found != loop_items.end())
            return renderer->loop_attribute(
                *loop, static_cast<code::LoopItem>(found - loop_items.begin()));
        if (wanted == "cycle" || wanted == "changed")
            return Value(std::make_shared<LoopMethod>(shared_from_this(),
                                                      wanted == "cycle" ? code::LoopCall::cycle
                                                                        : code::LoopCall::changed));
        return std::nullopt;
    }
    case Role::module:
        for (const Variable &variable : context->variables)
            if (variable.exported && variable.name == wanted) return variable.value;
        if (wanted == "__name__" && context->unit->name) return Value(*context->unit->name);
        return std::nullopt;
    default: return std::nullopt;
    }
}

std::optional<Value> Handle::item(const Value &key) {
    if (role != Role::self || !key.is_string()) return std::nullopt;
    const BlockStack *stack = context->stack(key.text());
    if (!stack) return std::nullopt;
    Handle *made = nullptr;
    Value out = renderer->handle(Role::block, made);
    made->context = context;
    made->name = stack->name;
    return out;
}

// A loop gives its own items to whoever asks, each with itself: they are missing in its passes.
std::unique_ptr<Iterator> Handle::iterate() {
    struct Rest final : Iterator {
        std::shared_ptr<Object> holder;
        bool next(Value &item) override {
            LoopState *state = static_cast<Handle &>(*holder).loop;
            Value taken;
            if (!state || !state->next(taken)) return false;
            ++state->index0;
            state->before = std::move(state->current);
            state->current = taken;
            item = Value::tuple({std::move(taken), Value(holder)});
            return true;
        }
    };
    // To Python, self is what has items, beginning with 0.
    struct Blocks final : Iterator {
        bool next(Value &) override { throw KeyError("0"); }
    };
    if (role == Role::self) return std::make_unique<Blocks>();
    if (role != Role::loop) return nullptr;
    auto rest = std::make_unique<Rest>();
    rest->holder = shared_from_this();
    return rest;
}

std::optional<std::size_t> Handle::size() const {
    if (role == Role::loop) return loop ? loop->length() : last_length;
    return std::nullopt;
}

std::string Handle::text() const {
    switch (role) {
    case Role::macro:
        return macro->named ? "<Macro " + quoted(macro->name) + ">" : "<Macro anonymous>";
    case Role::loop:
        return "<LoopContext " + std::to_string((loop ? loop->index0 : last_index0) + 1) + "/" +
               std::to_string(loop ? loop->length() : last_length) + ">";
    case Role::self:
        return "<TemplateReference " +
               (context->unit->name ? quoted(*context->unit->name) : "None") + ">";
    case Role::block: return "<jinja2.runtime.BlockReference object>";
    case Role::module: return body;
    case Role::dead: break;
    }
    return "<" + std::string(type_name()) + ">";
}

std::optional<std::string> Handle::html() const {
    if (role == Role::module) return body;
    return std::nullopt;
}

} // namespace csgi::jinja
