// SPDX-License-Identifier: MIT
// A rendering's memory, and how its functions are entered and left.
#include "core/template/renderer.hpp"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <new>
#include <stdexcept>

#include "core/template/calls.hpp"

namespace csgi::jinja {

namespace {

constexpr std::size_t chunk_values = 512;
// The stack that a rendering may use, of the 8 MiB that Linux gives a thread: Limits::depth bounds
// it before, except in builds with large frames.
constexpr std::size_t most_stack = std::size_t{3} << 20;
// A renderer that waits keeps this much output buffer, and so many handles.
constexpr std::size_t kept_buffer = std::size_t{1} << 20;
constexpr std::size_t kept_handles = 64;
// Places of one error: a recursion would else fill pages.
constexpr std::size_t most_places = 20;

} // namespace

const Value *Context::find(std::string_view wanted) const {
    for (const Variable &variable : variables)
        if (variable.name == wanted) return &variable.value;
    for (const Layer *at = layer; at; at = at->below) {
        if (at->dict)
            if (const Value *value = at->dict->find(wanted)) return value;
        for (const Variable &variable : at->variables)
            if (variable.name == wanted) return &variable.value;
    }
    return nullptr;
}

void Context::set(std::string_view name, const Value &value, bool exported) {
    for (Variable &variable : variables)
        if (variable.name == name) {
            variable.value = value;
            variable.exported = exported;
            return;
        }
    variables.push_back({name, value, exported});
}

BlockStack *Context::stack(std::string_view name) {
    for (std::size_t i = 0; i < blocks_used; ++i)
        if (blocks[i].name == name) return &blocks[i];
    return nullptr;
}

Renderer::Renderer(const Environment &environment) : State(environment) {}

Renderer::~Renderer() {
    finish();
}

Value *Renderer::take_slots(std::size_t n) {
    if (n == 0) return nullptr;
    const std::size_t bytes = n * sizeof(Value);
    while (chunk_ < chunks_.size() && chunks_[chunk_].size - chunks_[chunk_].used < bytes) {
        if (chunk_ + 1 == chunks_.size()) break;
        ++chunk_;
    }
    if (chunks_.empty() || chunks_[chunk_].size - chunks_[chunk_].used < bytes) {
        const std::size_t size = std::max(bytes, chunk_values * sizeof(Value));
        chunks_.push_back({std::make_unique<std::byte[]>(size), size, 0});
        chunk_ = chunks_.size() - 1;
    }
    Chunk &chunk = chunks_[chunk_];
    auto *slots = reinterpret_cast<Value *>(chunk.memory.get() + chunk.used);
    chunk.used += bytes;
    for (std::size_t i = 0; i < n; ++i) new (slots + i) Value(missing());
    return slots;
}

void Renderer::drop_slots(Value *slots, std::size_t n) {
    std::destroy_n(slots, n);
}

Context &Renderer::new_context(const code::Unit &unit, const Layer *layer) {
    if (contexts_used_ == contexts_.size()) contexts_.emplace_back();
    Context &context = contexts_[contexts_used_++];
    context.unit = &unit;
    context.layer = layer;
    context.variables.clear();
    context.blocks_used = 0;
    context.own_autoescape = unit.autoescape;
    context.autoescape = &context.own_autoescape;
    return context;
}

namespace {

void add_blocks(Context &context, const code::Unit &unit) {
    for (const code::Block *block : unit.blocks) {
        BlockStack *stack = context.stack(block->name);
        if (!stack) {
            if (context.blocks_used == context.blocks.size()) context.blocks.emplace_back();
            stack = &context.blocks[context.blocks_used++];
            stack->name = block->name;
            stack->blocks.clear();
        }
        stack->blocks.push_back(block);
    }
}

} // namespace

Layer &Renderer::new_layer(const Layer *below) {
    if (layers_used_ == layers_.size()) layers_.emplace_back();
    Layer &layer = layers_[layers_used_++];
    layer.below = below;
    layer.dict = nullptr;
    layer.variables.clear();
    return layer;
}

Layer &Renderer::visible_layer(std::span<const code::Visible> locals, const Activation &at) {
    // A copy of what is visible now: what is set later does not show, as in Jinja.
    const Context &context = *at.context;
    Layer &layer = new_layer(context.layer);
    for (const code::Visible &local : locals) {
        const Value &value = slot(const_cast<Activation &>(at), local.var);
        if (!is_missing(value)) layer.variables.push_back({local.name, value, false});
    }
    for (const Variable &variable : context.variables)
        if (std::none_of(locals.begin(), locals.end(), [&](const code::Visible &local) {
                return local.name == variable.name &&
                       !is_missing(slot(const_cast<Activation &>(at), local.var));
            }))
            layer.variables.push_back(variable);
    return layer;
}

Value Renderer::handle(Handle::Role role, Handle *&made) {
    if (spare_.empty()) spare_.emplace_back(std::make_shared<Handle>());
    Value value = std::move(spare_.back());
    spare_.pop_back();
    made = static_cast<Handle *>(&value.as_object());
    made->role = role;
    made->renderer = this;
    made_.push_back(value);
    ++pins_;
    grow(sizeof(Handle));
    return value;
}

void Renderer::release(const Value &handle) {
    // One count is the caller's, one is ours: more, and somebody keeps it.
    auto &object = static_cast<Handle &>(handle.as_object());
    for (std::size_t i = made_.size(); i-- > 0;) {
        if (&made_[i].as_object() != &object) continue;
        object.role = Handle::Role::dead;
        if (spare_.size() < kept_handles) spare_.push_back(std::move(made_[i]));
        made_.erase(made_.begin() + static_cast<std::ptrdiff_t>(i));
        return;
    }
}

void Renderer::finish() noexcept {
    modules_.clear();
    dynamic_names_.clear();
    for (Context &context : contexts_) context.variables.clear();
    for (Layer &layer : layers_) layer.variables.clear();
    for (const auto &[slots, n] : kept_) drop_slots(slots, n);
    kept_.clear();
    for (Value &value : made_) {
        auto &object = static_cast<Handle &>(value.as_object());
        object.role = Handle::Role::dead;
        object.body.clear();
        if (spare_.size() < kept_handles && !value.is_shared() &&
            value.object_pointer().use_count() == 1)
            spare_.push_back(std::move(value));
    }
    made_.clear();
    units_.clear();
    for (Chunk &chunk : chunks_) chunk.used = 0;
    // One deep recursion is no reason to hold its memory for ever.
    if (chunks_.size() > 16) chunks_.resize(16);
    chunk_ = 0;
    if (contexts_.size() > 64) contexts_.resize(64);
    if (layers_.size() > 64) layers_.resize(64);
    if (activations_.size() > 1024) activations_.resize(1024);
    contexts_used_ = layers_used_ = activations_used_ = captures_used_ = 0;
    pins_ = 0;
    out_ = &base_;
    base_.shrink(kept_buffer);
    for (const auto &capture : captures_) capture->shrink(kept_buffer);
    context_ = nullptr;
    root_ = nullptr;
    filter_input_ = nullptr;
    depth_ = 0;
    given_ = Layer();
}

void Renderer::check_depth() {
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    const auto start = reinterpret_cast<std::uintptr_t>(stack_start_);
    if (++depth_ > environment_->limits.depth || start - here > most_stack)
        throw PythonError("RecursionError", "maximum recursion depth exceeded");
}

void Renderer::rethrow_with_place(const code::Unit &unit, std::uint32_t line) {
    const auto place = [&] {
        return TemplateError::Place{unit.name.value_or(std::string()), line, unit.excerpt(line)};
    };
    try {
        throw;
    } catch (TemplateError &error) {
        if (error.places().size() < most_places) error.add_outer_place(place());
        throw;
    } catch (const TypeError &error) {
        PythonError out("TypeError", error.what());
        out.add_outer_place(place());
        throw out;
    } catch (const KeyError &error) {
        PythonError out("KeyError", error.what());
        out.add_outer_place(place());
        throw out;
    } catch (const std::bad_alloc &) {
        PythonError out("MemoryError", "out of memory");
        out.add_outer_place(place());
        throw out;
    } catch (const std::length_error &error) {
        PythonError out("MemoryError", error.what());
        out.add_outer_place(place());
        throw out;
    }
}

template <class Prepare>
void Renderer::call_function(const code::Function &function, Activation *outer, Context &context,
                             Prepare prepare) {
    // Gives back what the function had, unless something was made that may refer to it.
    struct Frame {
        Renderer &r;
        std::size_t pins, chunk, used, activations, depth;
        Context *context;
        std::uint32_t line;
        Activation *at = nullptr;

        explicit Frame(Renderer &renderer)
            : r(renderer), pins(r.pins_), chunk(r.chunk_),
              used(r.chunks_.empty() ? 0 : r.chunks_[r.chunk_].used),
              activations(r.activations_used_), depth(r.depth_), context(r.context_),
              line(r.line_) {}
        ~Frame() {
            r.depth_ = depth;
            r.context_ = context;
            r.line_ = line;
            if (!at) return;
            const std::size_t n = at->function->slots;
            if (r.pins_ != pins) {
                if (n) r.kept_.emplace_back(at->slots, n);
                return;
            }
            r.drop_slots(at->slots, n);
            r.activations_used_ = activations;
            if (!r.chunks_.empty()) {
                for (std::size_t i = chunk + 1; i <= r.chunk_; ++i) r.chunks_[i].used = 0;
                r.chunks_[chunk].used = used;
                r.chunk_ = chunk;
            }
        }
    } frame(*this);

    check_depth();
    step();
    Value *slots = take_slots(function.slots);
    if (activations_used_ == activations_.size()) activations_.emplace_back();
    Activation &at = activations_[activations_used_++];
    at = {outer, slots, &context, &function};
    frame.at = &at;
    context_ = &context;
    line_ = function.line;
    try {
        prepare(at);
    } catch (const std::exception &) {
        rethrow_with_place(*function.unit, line_);
    }
}

void Renderer::enter(code::Loads loads, Activation &at) {
    for (const code::Load &load : loads) {
        Value &target = at.slots[load.slot];
        switch (load.action) {
        case code::Load::resolve:
            if (const Value *value = at.context->find(load.name))
                target = *value;
            else
                target = missing();
            break;
        case code::Load::alias: target = slot(at, load.source); break;
        case code::Load::missing: target = missing(); break;
        case code::Load::parameter: break;
        }
    }
}

void Renderer::reenter(code::Loads loads, Activation &at) {
    for (const code::Load &load : loads) {
        if (load.action == code::Load::parameter) continue;
        // What the loop does not assign to is what it was.
        if (load.action == code::Load::resolve && !load.stored) continue;
        enter({const_cast<code::Load *>(&load), 1}, at);
    }
}

void Renderer::leave(code::Loads loads, Activation &at) {
    for (const code::Load &load : loads) at.slots[load.slot] = missing();
}

void Renderer::begin(const code::Unit &unit, const Dict &context) {
    static_cast<void>(unit);
    finish();
    steps_left_ = environment_->limits.steps;
    bytes_left_ = environment_->limits.bytes;
    base_.clear();
    globals_.dict = &environment_->globals();
    given_.below = &globals_;
    given_.dict = &context;
    stack_start_ = static_cast<const char *>(__builtin_frame_address(0));
}

void Renderer::render(const code::Unit &unit, const Dict &context) {
    begin(unit, context);
    Context &own = new_context(unit, &given_);
    add_blocks(own, unit);
    render_root(unit, own);
}

void Renderer::stream(const code::Unit &unit, const Dict &context, const Sink &sink,
                      std::size_t piece) {
    sink_ = &sink;
    piece_ = piece;
    struct Ended {
        Renderer &r;
        ~Ended() {
            r.sink_ = nullptr;
            r.piece_ = SIZE_MAX;
        }
    } ended{*this};
    render(unit, context);
    if (base_.size()) flush();
}

void Renderer::flush() {
    if (base_.size() == 0) return;
    (*sink_)(base_.view());
    base_.clear();
}

void Renderer::render_block(const code::Unit &unit, std::string_view block, const Dict &context) {
    begin(unit, context);
    Context &own = new_context(unit, &given_);
    add_blocks(own, unit);
    const BlockStack *stack = own.stack(block);
    if (!stack) throw std::out_of_range("no block '" + std::string(block) + "'");
    run_block(*stack->blocks.front(), own);
}

void Renderer::render_root(const code::Unit &unit, Context &context) {
    struct Restore {
        Renderer &r;
        Root *saved;
        ~Restore() { r.root_ = saved; }
    } restore{*this, root_};
    std::size_t parents = 0;
    for (const code::Unit *at = &unit; at;) {
        Root root;
        root_ = &root;
        call_function(at->root, nullptr, context, [&](Activation &activation) {
            if (at->uses_self) {
                Handle *self = nullptr;
                activation.slots[at->self_slot] = handle(Handle::Role::self, self);
                self->context = &context;
            }
            enter(at->root.loads, activation);
            execute(at->root.body, activation);
        });
        if (++parents > environment_->limits.depth)
            throw PythonError("RecursionError", "maximum recursion depth exceeded");
        at = root.parent;
    }
}

void Renderer::run_block(const code::Block &block, Context &context) {
    call_function(block.function, nullptr, context, [&](Activation &at) {
        if (block.uses_self) {
            Handle *self = nullptr;
            at.slots[block.self_slot] = handle(Handle::Role::self, self);
            self->context = &context;
        }
        if (block.uses_super) {
            const BlockStack *stack = context.stack(block.name);
            std::size_t depth = 0;
            if (stack)
                while (depth < stack->blocks.size() && stack->blocks[depth] != &block) ++depth;
            if (stack && depth + 1 < stack->blocks.size()) {
                Handle *super = nullptr;
                at.slots[block.super_slot] = handle(Handle::Role::block, super);
                super->context = &context;
                super->name = block.name;
                super->depth = depth + 1;
            } else {
                at.slots[block.super_slot] = undefined_hint("there is no parent block called '" +
                                                            std::string(block.name) + "'.");
            }
        }
        enter(block.function.loads, at);
        execute(block.function.body, at);
    });
}

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

void Renderer::run_macro(const Handle &handle, const Arguments &arguments) {
    const code::MacroCode &macro = *handle.macro;
    call_function(macro.function, handle.activation, *handle.context, [&](Activation &at) {
        bind_macro(handle, arguments, at);
        enter(macro.function.loads, at);
        for (const code::Parameter &parameter : macro.parameters) {
            Value &target = at.slots[parameter.slot];
            if (!is_missing(target)) continue;
            if (parameter.fallback)
                target = eval(*parameter.fallback, at);
            else
                target = undefined_hint("parameter '" + std::string(parameter.name) +
                                        "' was not provided");
        }
        execute(macro.function.body, at);
    });
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

void Renderer::recurse(const code::Loop &node, const Value &iterable, Activation &at,
                       std::size_t depth) {
    call_function(*node.function, &at, *at.context,
                  [&](Activation &own) { run_loop(node, iterable, own, depth); });
}

Value Renderer::module(const code::Unit &unit, Context &context) {
    add_blocks(context, unit);
    Handle *made = nullptr;
    Value value = handle(Handle::Role::module, made);
    Capture capture(*this);
    render_root(unit, context);
    made->context = &context;
    made->body.assign(out_->view());
    grow(made->body.size());
    return value;
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
            if (item->is_undefined()) fail_undefined(*item);
            names.push_back(str(*item));
        }
        if (names.empty())
            throw TemplateNotFound(names, "Tried to select from an empty list of templates.");
        return environment_->select_template(names, parent).shared_unit();
    }
    // A name is looked up in a dict.
    if (name.is_list() || name.is_dict())
        throw TypeError("unhashable type: '" + std::string(name.type_name()) + "'");
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
    add_blocks(context, kept);
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
    add_blocks(*at.context, parent);
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
