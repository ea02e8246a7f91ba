// SPDX-License-Identifier: MIT
// Macros: their arguments, bound as Jinja binds them, and what they give.
#include <algorithm>

#include "core/template/calls.hpp"
#include "core/template/renderer.hpp"

namespace csgi::jinja {

Capture::Capture(Renderer &renderer) : r_(renderer), saved_(renderer.out_) {
    if (r_.captures_used_ == r_.captures_.size())
        r_.captures_.push_back(std::make_unique<Buffer>());
    r_.out_ = r_.captures_[r_.captures_used_++].get();
    r_.out_->clear();
}

Capture::~Capture() {
    --r_.captures_used_;
    r_.out_ = saved_;
}

Value Capture::value(bool markup) {
    const std::string_view text = r_.out_->view();
    r_.grow(text.size());
    return markup ? Value::markup(text) : Value(text);
}

void Renderer::bind_macro(const Handle &handle, const Arguments &arguments, Activation &at) {
    const code::MacroCode &macro = *handle.macro;
    const std::size_t count = macro.parameters.size();
    const std::size_t given = std::min(arguments.positional.size(), count);
    const auto name = [&] {
        return macro.named ? "'" + std::string(macro.name) + "'" : std::string("None");
    };
    for (std::size_t i = 0; i < given; ++i)
        at.slots[macro.parameters[i].slot] = arguments.positional[i];
    bool found_caller = given == count && macro.explicit_caller;
    std::size_t used = 0;
    for (std::size_t i = given; i < count; ++i) {
        const code::Parameter &parameter = macro.parameters[i];
        if (const Value *value = arguments.find(parameter.name)) {
            at.slots[parameter.slot] = *value;
            ++used;
        }
        if (parameter.name == "caller") found_caller = true;
    }
    bool caller_taken = false;
    if (macro.caller && !found_caller) {
        const Value *caller = arguments.find("caller");
        caller_taken = caller != nullptr;
        used += caller_taken;
        if (caller && !caller->is_none())
            at.slots[macro.caller_slot] = *caller;
        else
            at.slots[macro.caller_slot] = undefined_hint("No caller defined");
    }
    if (macro.catch_kwargs || used != arguments.named.size()) {
        Dict rest;
        for (const Arguments::Named &argument : arguments.named) {
            bool taken = caller_taken && argument.name == "caller";
            for (std::size_t i = given; i < count; ++i)
                taken = taken || macro.parameters[i].name == argument.name;
            if (!taken) rest.set(Value(argument.name), argument.value);
        }
        if (macro.catch_kwargs) {
            at.slots[macro.kwargs_slot] = Value(std::move(rest));
        } else if (!rest.empty()) {
            if (rest.contains("caller"))
                throw TypeError("macro " + name() +
                                " was invoked with two values for the special caller argument. "
                                "This is most likely a bug.");
            throw TypeError("macro " + name() + " takes no keyword argument " +
                            repr(rest.begin()->key));
        }
    }
    if (macro.catch_varargs) {
        List rest;
        for (std::size_t i = given; i < arguments.positional.size(); ++i)
            rest.push_back(arguments.positional[i]);
        at.slots[macro.varargs_slot] = Value::tuple(std::move(rest));
    } else if (arguments.positional.size() > count) {
        throw TypeError("macro " + name() + " takes not more than " + std::to_string(count) +
                        " argument(s)");
    }
}

Value Renderer::call_macro(const Handle &macro, const Arguments &arguments) {
    const bool markup = *context_->autoescape;
    Capture capture(*this);
    run_macro(macro, arguments);
    return capture.value(markup);
}

Value Renderer::call_block_reference(const Handle &reference) {
    const BlockStack *stack = reference.context->stack(reference.name);
    if (!stack || reference.depth >= stack->blocks.size())
        throw KeyError(std::string(reference.name));
    Capture capture(*this);
    run_block(*stack->blocks[reference.depth], *reference.context);
    return capture.value(*reference.context->autoescape);
}

// What a call block or a filter block gives is not escaped, and has to be text: Jinja joins it.
void Renderer::write_result(const Value &result) {
    if (!result.is_string())
        throw TypeError("sequence item 0: expected str instance, " +
                        std::string(result.type_name()) + " found");
    out_->append(result.text());
}

void Renderer::call_block(const code::CallBlock &node, Activation &at) {
    const std::size_t pins = pins_;
    Handle *macro = nullptr;
    Value caller = handle(Handle::Role::macro, macro);
    macro->macro = &node.code;
    macro->activation = &at;
    macro->context = at.context;
    const Value result = call(*node.call, at, &caller);
    line_ = node.line;
    write_result(result);
    const auto holders = caller.object_pointer().use_count();
    if (made_.back().is_object() && &made_.back().as_object() == macro && holders == 1 &&
        caller.holders() == 2) {
        release(caller);
        pins_ = pins;
    }
}

} // namespace csgi::jinja
