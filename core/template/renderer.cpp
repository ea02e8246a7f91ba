// SPDX-License-Identifier: MIT
// A rendering's memory, and how its functions are entered and left.
#include "core/template/renderer.hpp"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <new>
#include <stdexcept>
#include <utility>

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

void Context::add_blocks(const code::Unit &from) {
    for (const code::Block *block : from.blocks) {
        BlockStack *line = stack(block->name);
        if (!line) {
            if (blocks_used == blocks.size()) blocks.emplace_back();
            line = &blocks[blocks_used++];
            line->name = block->name;
            line->blocks.clear();
        }
        line->blocks.push_back(block);
    }
}

Renderer::Renderer(const Environment &environment) : State(environment) {
    spare_.reserve(kept_handles);
}

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
    // What is active now may be referred to from here on: its end must not have to ask for memory.
    if (const std::size_t most = kept_.size() + activations_used_; most > kept_.capacity())
        kept_.reserve(std::max(most, 2 * kept_.capacity()));
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
    if (rendering_) *rendering_ = false;
    rendering_.reset();
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
    if (++depth_ > environment_->limits.depth || (here < start && start - here > most_stack))
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
    } catch (const RecursionError &error) {
        PythonError out("RecursionError", error.what());
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
        const Locals *locals;
        std::uint32_t line;
        Activation *at = nullptr;

        explicit Frame(Renderer &renderer)
            : r(renderer), pins(r.pins_), chunk(r.chunk_),
              used(r.chunks_.empty() ? 0 : r.chunks_[r.chunk_].used),
              activations(r.activations_used_), depth(r.depth_), context(r.context_),
              locals(std::exchange(r.locals_, nullptr)), line(r.line_) {}
        ~Frame() {
            r.depth_ = depth;
            r.context_ = context;
            r.locals_ = locals;
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

void Renderer::begin(const Dict &context) {
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
    begin(context);
    Context &own = new_context(unit, &given_);
    own.add_blocks(unit);
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
    begin(context);
    Context &own = new_context(unit, &given_);
    own.add_blocks(unit);
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

void Renderer::recurse(const code::Loop &node, const Value &iterable, Activation &at,
                       std::size_t depth) {
    call_function(*node.function, &at, *at.context,
                  [&](Activation &own) { run_loop(node, iterable, own, depth); });
}

} // namespace csgi::jinja
