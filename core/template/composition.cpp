// SPDX-License-Identifier: MIT
// Templates that include, import and extend each other, and blocks that stand in for others.
#include <algorithm>

#include "core/template/calls.hpp"
#include "core/template/python.hpp"
#include "core/template/renderer.hpp"

namespace csgi::jinja {

Value Renderer::module(const code::Unit &unit, Context &context) {
    context.add_blocks(unit);
    Handle *made = nullptr;
    Value value = handle(Handle::Role::module, made);
    Capture capture(*this);
    render_root(unit, context);
    made->context = &context;
    made->body.assign(out_->view());
    grow(made->body.size());
    return value;
}

Value Renderer::module_attribute(const code::Unit &unit, std::string_view name) {
    const Dict nothing;
    begin(nothing);
    Context &own = new_context(unit, &globals_);
    const Value made = module(unit, own);
    given_.dict = nullptr;
    context_ = &own; // a macro that is called from outside escapes as the template does
    if (auto found = static_cast<Handle &>(made.as_object()).attribute(name))
        return *std::move(found);
    throw PythonError("AttributeError",
                      "'TemplateModule' object has no attribute " + repr(Value(name)));
}

Value Renderer::default_module(const std::shared_ptr<const code::Unit> &unit) {
    for (const auto &[known, value] : modules_)
        if (known == unit.get()) return value;
    const code::Unit &kept = keep(unit);
    Value made = module(kept, new_context(kept, &globals_));
    modules_.emplace_back(&kept, made);
    return made;
}

const code::Unit &Renderer::keep(std::shared_ptr<const code::Unit> unit) {
    const code::Unit &out = *unit;
    // Compiled templates are shared and may be dropped by the cache while they are in use.
    if (std::none_of(units_.begin(), units_.end(),
                     [&](const auto &known) { return known.get() == &out; }))
        units_.push_back(std::move(unit));
    return out;
}

std::shared_ptr<const code::Unit> Renderer::find_unit(const Value &name, const code::Unit &asking,
                                                      bool one) {
    const std::string_view parent = asking.name ? std::string_view(*asking.name) : "";
    if (name.is_string())
        return environment_->get_template(std::string(name.text()), parent).shared_unit();
    if (name.is_undefined()) fail_undefined(name);
    if (!one) {
        if (!truthy(name))
            throw TemplateNotFound({}, "Tried to select from an empty list of templates.");
        std::vector<std::string> names;
        Items items(*this, name);
        while (const Value *item = items.next()) {
            // No template has such a name, and Jinja tries the next one.
            if (item->is_undefined()) {
                names.emplace_back("\0", 1);
                continue;
            }
            expect_hashable(*item); // a name is looked up in a dict
            names.push_back(str(*item));
        }
        if (names.empty())
            throw TemplateNotFound(names, "Tried to select from an empty list of templates.");
        try {
            return environment_->select_template(names, parent).shared_unit();
        } catch (const TemplateNotFound &) {
            // Jinja asks for the last of them.
            if (name.is_dict()) throw KeyError("-1");
            if (!has_items(name))
                throw TypeError("'" + std::string(name.type_name()) +
                                "' object is not subscriptable");
            throw;
        }
    }
    expect_hashable(name);
    throw TemplateNotFound(str(name));
}

void Renderer::include(const code::Include &node, Activation &at) {
    Value room;
    const Value &name = ref(*node.name, at, room);
    std::shared_ptr<const code::Unit> unit;
    try {
        unit = find_unit(name, *at.function->unit, false);
    } catch (const TemplateNotFound &) {
        if (!node.ignore_missing) throw;
        return;
    }
    if (!node.with_context) {
        const Value module = default_module(unit);
        out_->append(static_cast<const Handle &>(module.as_object()).body);
        return;
    }
    const code::Unit &kept = keep(std::move(unit));
    const std::size_t pins = pins_, contexts = contexts_used_, layers = layers_used_;
    Context &context = new_context(kept, &visible_layer(node.locals, at));
    context.add_blocks(kept);
    render_root(kept, context);
    if (pins == pins_) {
        contexts_used_ = contexts;
        layers_used_ = layers;
    }
}

void Renderer::import(const code::Import &node, Activation &at) {
    Value room;
    const Value &name = ref(*node.name, at, room);
    const std::shared_ptr<const code::Unit> unit = find_unit(name, *at.function->unit);
    Value value;
    if (node.with_context) {
        const code::Unit &kept = keep(unit);
        value = module(kept, new_context(kept, &visible_layer(node.locals, at)));
    } else {
        value = default_module(unit);
    }
    if (node.kind == code::StmtKind::import) {
        slot(at, node.var) = value;
        if (node.toplevel) at.context->set(node.target, value, false);
        return;
    }
    auto &module = static_cast<Handle &>(value.as_object());
    for (const code::Import::Name &wanted : node.names) {
        std::optional<Value> found = module.attribute(wanted.name);
        if (!found) {
            std::string position = "line " + std::to_string(node.line);
            const code::Unit &here = *at.function->unit;
            if (here.name) position += " in '" + *here.name + "'";
            found = undefined_hint(
                "the template " + (unit->name ? "'" + *unit->name + "'" : "None") +
                " (imported on " + position + ") does not export the requested name '" +
                std::string(wanted.name) + "'");
        }
        slot(at, wanted.var) = *found;
        if (node.toplevel) at.context->set(wanted.alias, *found, false);
    }
}

void Renderer::extends(const code::Extends &node, Activation &at) {
    if (node.twice || root_->parent) throw TemplateRuntimeError("extended multiple times");
    Value room;
    const Value &name = ref(*node.name, at, room);
    const code::Unit &parent = keep(find_unit(name, *at.function->unit));
    at.context->add_blocks(parent);
    root_->parent = &parent;
}

void Renderer::block(const code::Block &node, Activation &at) {
    Context *context = at.context;
    const BlockStack *stack = context->stack(node.name);
    if (node.required && stack->blocks.size() <= 1)
        throw TemplateRuntimeError("Required block '" + std::string(node.name) + "' not found");
    const std::size_t pins = pins_, contexts = contexts_used_, layers = layers_used_;
    if (node.scoped) {
        Context &derived = new_context(*context->unit, &visible_layer(node.locals, at));
        derived.autoescape = context->autoescape;
        for (std::size_t i = 0; i < context->blocks_used; ++i) {
            if (derived.blocks_used == derived.blocks.size()) derived.blocks.emplace_back();
            derived.blocks[derived.blocks_used++] = context->blocks[i];
        }
        context = &derived;
    }
    run_block(*stack->blocks.front(), *context);
    if (node.scoped && pins == pins_) {
        contexts_used_ = contexts;
        layers_used_ = layers;
    }
}

} // namespace csgi::jinja
