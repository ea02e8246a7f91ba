// SPDX-License-Identifier: MIT
// Renders compiled templates: the State behind the public one.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <csgi/template/state.hpp>

#include "core/template/buffer.hpp"
#include "core/template/code.hpp"
#include "core/value/nesting.hpp"

namespace csgi::jinja {

class Renderer;
struct Context;

// The slots of a function that runs, or ran while something still refers to them.
struct Activation {
    Activation *outer = nullptr;
    Value *slots = nullptr;
    Context *context = nullptr;
    const code::Function *function = nullptr;
};

struct Variable {
    std::string_view name;
    Value value;
    bool exported = false;
};

// Variables that a context looks at after its own.
struct Layer {
    const Layer *below = nullptr;
    const Dict *dict = nullptr;
    std::vector<Variable> variables;
};

// The blocks of one name, the outermost child's first.
struct BlockStack {
    std::string_view name;
    std::vector<const code::Block *> blocks;
};

// Jinja's Context: what one template sees.
struct Context {
    const code::Unit *unit = nullptr;
    const Layer *layer = nullptr;
    std::vector<Variable> variables; // set at the top level
    std::vector<BlockStack> blocks;  // of which so many count; the others keep their memory
    std::size_t blocks_used = 0;
    bool own_autoescape = false;
    bool *autoescape = nullptr; // shared with contexts that are derived from this one

    const Value *find(std::string_view name) const;
    void set(std::string_view name, const Value &value, bool exported);
    void add_blocks(const code::Unit &from); // behind those that are there
    BlockStack *stack(std::string_view name);
    const BlockStack *stack(std::string_view name) const {
        return const_cast<Context *>(this)->stack(name);
    }
};

struct LoopState;

// What templates hold of the engine's own: macros, super(), self, loop, modules. When the rendering
// is over they are dead, whoever still holds them.
class Handle final : public Callable {
public:
    enum class Role : std::uint8_t { dead, macro, block, self, loop, module };

    std::string_view type_name() const override;
    bool is_callable() const override {
        return role == Role::macro || role == Role::block || role == Role::loop;
    }
    Value call(State &state, const Arguments &arguments) override;
    Value call(const Arguments &arguments) override;
    std::optional<Value> attribute(std::string_view name) override;
    std::optional<Value> item(const Value &key) override;
    std::unique_ptr<Iterator> iterate() override;
    std::optional<std::size_t> size() const override;
    std::string text() const override;
    std::optional<std::string> html() const override;

    Role role = Role::dead;
    Renderer *renderer = nullptr;
    // A macro: its code, the slots around it.
    const code::MacroCode *macro = nullptr;
    Activation *activation = nullptr;
    Context *context = nullptr;
    // A block reference, also its depth.
    std::string_view name;
    std::size_t depth = 0;
    LoopState *loop = nullptr;
    // Of a loop that is over, and kept: where it stopped, of how many.
    std::int64_t last_index0 = -1;
    std::size_t last_length = 0;
    std::string body; // of a module
};

// Makes a bound method: `"a".upper` without a call.
Value bound_method(const Value &self, std::string_view name, Method method);

enum class Flow : std::uint8_t { normal, break_loop, continue_loop };

class Renderer final : public State, public Meter {
public:
    explicit Renderer(const Environment &environment);
    ~Renderer();

    using Sink = std::function<void(std::string_view)>;
    // Renders to the end. The output lies in output() until the next rendering.
    void render(const code::Unit &unit, const Dict &context);
    void render_block(const code::Unit &unit, std::string_view block, const Dict &context);
    void stream(const code::Unit &unit, const Dict &context, const Sink &sink, std::size_t piece);
    // What the template exports under that name, after it has run without context.
    Value module_attribute(const code::Unit &unit, std::string_view name);
    std::string_view output() const { return base_.view(); }
    // The rendering is over: nothing that was made in it lives on.
    void finish() noexcept;

    // Used by what templates hold.
    Value call_macro(const Handle &macro, const Arguments &arguments);
    Value call_block_reference(const Handle &block);
    Value handle(Handle::Role role, Handle *&made);
    Value call_value(const Value &callable, const Arguments &arguments);
    Value loop_attribute(LoopState &loop, code::LoopItem item);
    Value loop_call(LoopState &loop, code::LoopCall what, const Arguments &arguments);

    void spend(std::size_t steps, std::size_t bytes) override {
        step(steps);
        grow(bytes);
    }

    bool autoescape_now() const { return *context_->autoescape; }
    const Context *context() const { return context_; }
    const Value *resolve_here(std::string_view name) const;
    std::string message_of(const Value &undefined) const;
    void write(const Value &value, bool escape);

private:
    friend class State;
    friend struct LoopState;
    friend class Capture;
    struct Root {
        const code::Unit *parent = nullptr; // that the template extends
    };

    // Memory.
    Value *take_slots(std::size_t n);
    void drop_slots(Value *slots, std::size_t n);
    Context &new_context(const code::Unit &unit, const Layer *layer);
    Layer &new_layer(const Layer *below);
    Layer &visible_layer(std::span<const code::Visible> locals, const Activation &at);
    void release(const Value &handle);

    // Functions.
    template <class Prepare>
    void call_function(const code::Function &function, Activation *outer, Context &context,
                       Prepare prepare);
    [[noreturn]] void rethrow_with_place(const code::Unit &unit, std::uint32_t line);
    void check_depth();
    void render_root(const code::Unit &unit, Context &context);
    void enter(code::Loads loads, Activation &at);
    void reenter(code::Loads loads, Activation &at);
    void leave(code::Loads loads, Activation &at);
    void run_block(const code::Block &block, Context &context);
    void bind_macro(const Handle &handle, const Arguments &arguments, Activation &at);
    void run_macro(const Handle &handle, const Arguments &arguments);
    void begin(const Dict &context);

    // Statements.
    Flow execute(code::Body body, Activation &at);
    Flow statement(const code::Stmt &node, Activation &at);
    void output(const code::Output &node, Activation &at);
    bool print_call(const code::Expr &node, Activation &at, bool escape);
    void loop(const code::Loop &node, Activation &at);
    void run_loop(const code::Loop &node, const Value &iterable, Activation &at, std::size_t depth);
    void recurse(const code::Loop &node, const Value &iterable, Activation &at, std::size_t depth);
    void recurse(LoopState &loop, const Value &iterable);
    void include(const code::Include &node, Activation &at);
    void import(const code::Import &node, Activation &at);
    void extends(const code::Extends &node, Activation &at);
    void block(const code::Block &node, Activation &at);
    void define_macro(const code::Macro &node, Activation &at);
    void write_result(const Value &result);
    void call_block(const code::CallBlock &node, Activation &at);
    void set(const code::Set &node, Activation &at);
    void set_block(const code::SetBlock &node, Activation &at);
    void assign(const code::Expr &target, Activation &at, const Value &value);
    void export_target(const code::Expr &target, Activation &at);
    void check_namespaces(const code::Expr &target, Activation &at);
    Value module(const code::Unit &unit, Context &context);
    Value default_module(const std::shared_ptr<const code::Unit> &unit);
    std::shared_ptr<const code::Unit> find_unit(const Value &name, const code::Unit &asking,
                                                bool one = true);
    const code::Unit &keep(std::shared_ptr<const code::Unit> unit);
    Value captured(Buffer &buffer, bool markup);

    // Expressions.
    static Value &slot(Activation &at, code::Var var) {
        Activation *in = &at;
        for (std::uint16_t i = 0; i < var.hops; ++i) in = in->outer;
        return in->slots[var.slot];
    }
    const Value &ref(const code::Expr &node, Activation &at, Value &room);
    Value eval(const code::Expr &node, Activation &at) {
        Value room;
        const Value &value = ref(node, at, room);
        return &value == &room ? std::move(room) : Value(value);
    }
    // The value, safe from what evaluating `next` may change.
    const Value &ref_before(const code::Expr &node, const code::Expr &next, Activation &at,
                            Value &room);
    bool condition(const code::Expr &node, Activation &at);
    const Value &member(const code::Expr &node, Activation &at, Value &room);
    bool compare(const code::Expr &node, Activation &at);
    bool compare_one(code::Comparison how, const Value &a, const Value &b);
    Value call(const code::Expr &node, Activation &at, const Value *caller = nullptr);
    Value call_seeing(std::span<const code::Visible> locals, Activation &at, const Value &callable,
                      const Arguments &arguments);
    Value filter_call(const code::Expr &node, Activation &at);
    bool test_call(const code::Expr &node, Activation &at);
    Value concat(const code::Expr &node, Activation &at);
    Value debug_text(Activation &at);
    bool is_unsafe(const Value &object, std::string_view name) const;
    // What a sandbox shows in place of an attribute. Nothing: it is to be seen, or there is none.
    std::optional<Value> hidden(const Value &object, std::string_view name, bool found);
    bool escapes(code::Escape escape) const {
        return escape == code::Escape::on ||
               (escape == code::Escape::runtime && *context_->autoescape);
    }
    LoopState &loop_of(const Value &slot) const;
    struct CallValues;
    void arguments(const code::CallArguments &call, Activation &at, CallValues &out,
                   const Value *caller = nullptr);
    void flush();

    Buffer base_;
    Buffer *out_ = &base_;
    std::vector<std::unique_ptr<Buffer>> captures_;
    std::size_t captures_used_ = 0;
    const Sink *sink_ = nullptr;
    std::size_t piece_ = SIZE_MAX;

    // Slots, in chunks that stay where they are.
    struct Chunk {
        std::unique_ptr<std::byte[]> memory;
        std::size_t size = 0, used = 0;
    };
    std::vector<Chunk> chunks_;
    std::size_t chunk_ = 0;
    std::vector<std::pair<Value *, std::size_t>> kept_; // slots that something may refer to
    std::deque<Activation> activations_;
    std::size_t activations_used_ = 0;
    std::deque<Context> contexts_;
    std::size_t contexts_used_ = 0;
    std::deque<Layer> layers_;
    std::size_t layers_used_ = 0;
    // Handles that were made; those that are left when it is over, for the next time.
    std::vector<Value> made_, spare_;
    std::size_t pins_ = 0;
    std::vector<std::shared_ptr<const code::Unit>> units_;
    std::vector<std::pair<const code::Unit *, Value>> modules_;

    Context *context_ = nullptr;
    Root *root_ = nullptr;
    const Value *filter_input_ = nullptr;
    // What the loop or block has set whose function call runs; NULL if none does.
    struct Locals {
        Activation *at;
        std::span<const code::Visible> names;
    };
    const Locals *locals_ = nullptr;
    std::uint32_t line_ = 0;
    std::size_t depth_ = 0;
    const char *stack_start_ = nullptr;
    Layer globals_, given_;
    std::vector<Value> dynamic_names_; // dicts of **arguments, whose keys are names in use
};

} // namespace csgi::jinja
