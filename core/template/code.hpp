// SPDX-License-Identifier: MIT
// A compiled template: nodes in one arena, names resolved to slots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <csgi/template/environment.hpp>

namespace csgi::jinja::code {

// Memory that is given back as a whole. What lies in it is never destroyed.
class Arena {
public:
    template <class T, class... Args>
    T *make(Args &&...args) {
        static_assert(std::is_trivially_destructible_v<T>);
        return new (take(sizeof(T), alignof(T))) T(std::forward<Args>(args)...);
    }
    template <class T>
    std::span<T> copy(const std::vector<T> &items) {
        static_assert(std::is_trivially_copyable_v<T>);
        if (items.empty()) return {};
        auto *out = static_cast<T *>(take(sizeof(T) * items.size(), alignof(T)));
        std::memcpy(static_cast<void *>(out), items.data(), sizeof(T) * items.size());
        return {out, items.size()};
    }
    std::string_view copy(std::string_view text) {
        if (text.empty()) return {};
        auto *out = static_cast<char *>(take(text.size(), 1));
        std::memcpy(out, text.data(), text.size());
        return {out, text.size()};
    }
    void *take(std::size_t bytes, std::size_t alignment) {
        at_ = (at_ + alignment - 1) / alignment * alignment;
        if (blocks_.empty() || at_ + bytes > size_) {
            size_ = bytes > block ? bytes : block;
            blocks_.push_back(std::make_unique<std::byte[]>(size_));
            at_ = 0;
        }
        void *out = blocks_.back().get() + at_;
        at_ += bytes;
        return out;
    }

private:
    static constexpr std::size_t block = 8192;
    std::vector<std::unique_ptr<std::byte[]>> blocks_;
    std::size_t at_ = 0, size_ = 0;
};

// A variable: how many functions further out, and which of its slots.
struct Var {
    std::uint16_t hops = 0;
    std::uint16_t slot = 0;
};

enum class ExprKind : std::uint8_t {
    constant,
    data, // text of the template
    name,
    loop_item, // loop.index and kin, read without an object
    tuple,
    list,
    dict,
    logical_and,
    logical_or,
    logical_not,
    negative,
    positive,
    binary,
    concat,
    compare,
    getattr,
    getitem,
    slice, // value[start:stop:step]
    slice_object,
    filter,
    test,
    condition,
    call,
    namespace_target, // ns.name = ...
    mark_safe,        // Markup() where output is escaped
    debug,            // the context as text
};

enum class Comparison : std::uint8_t { eq, ne, lt, le, gt, ge, in, not_in };

enum class LoopItem : std::uint8_t {
    index,
    index0,
    revindex,
    revindex0,
    first,
    last,
    length,
    depth,
    depth0,
    previtem,
    nextitem,
};

// A call of the loop variable or of its methods.
enum class LoopCall : std::uint8_t { none, recurse, cycle, changed };

// Should printed text be escaped?
enum class Escape : std::uint8_t { off, on, runtime };

struct Expr;

struct Keyword {
    std::string_view name;
    Expr *value = nullptr;
};

// A variable in sight, for templates that are included with it and functions that are called.
struct Visible {
    std::string_view name;
    Var var;
};

struct CallArguments {
    std::span<Expr *> positional;
    std::span<Keyword> named;
    Expr *dyn_args = nullptr;
    Expr *dyn_kwargs = nullptr;
    std::span<Visible> locals; // that a function finds in its State besides the context
};

struct FilterEntry;
struct TestEntry;

struct Expr {
    ExprKind kind;
    Operator op = Operator::add;
    Comparison comparison = Comparison::eq; // of an operand: its own
    LoopItem item = LoopItem::index;
    Escape escape = Escape::off;
    LoopCall loop_call = LoopCall::none;
    bool store = false;     // a target
    bool parameter = false; // of a macro: its target, never missing once bound
    bool quiet = false;     // evaluating it changes nothing: names, constants, attributes
    bool plain = false;     // of a concat: the result is no markup, whatever is joined
    bool method = false;    // of a getattr: dicts have a method of this name
    std::uint16_t height = 1;
    std::uint32_t line = 0;
    Var var;
    Expr *a = nullptr, *b = nullptr, *c = nullptr, *d = nullptr;
    std::span<Expr *> items;       // of a dict: key, value, key, value
    const Value *value = nullptr;  // of a constant; also the name as a value
    std::string_view text;         // name, attribute, data
    CallArguments *call = nullptr; // of a call, filter or test
    const FilterEntry *filter = nullptr;
    const TestEntry *test = nullptr;

    Expr(ExprKind k, std::uint32_t l) : kind(k), line(l) {}
};

enum class StmtKind : std::uint8_t {
    output,
    loop,
    branch,
    macro,
    call_block,
    filter_block,
    set,
    set_block,
    with,
    include,
    import,
    from_import,
    extends,
    block,
    autoescape,
    run, // {% do %}
    break_loop,
    continue_loop,
};

struct Stmt {
    StmtKind kind;
    bool output_check = false; // does nothing once the template extends another
    std::uint32_t line;

    Stmt(StmtKind k, std::uint32_t l) : kind(k), line(l) {}
};

using Body = std::span<Stmt *>;

// What a variable holds when its scope is entered.
struct Load {
    enum Action : std::uint8_t { resolve, alias, missing, parameter } action;
    bool stored = false; // assigned to inside: a loop resolves it anew for each item
    std::uint16_t slot;
    Var source;            // of an alias
    std::string_view name; // of what is looked up in the context
};
using Loads = std::span<Load>;

// What Jinja makes a Python function of: one set of slots for each call.
struct Function {
    std::string_view name;
    std::uint16_t slots = 0;
    bool captured = false; // functions inside it read its slots
    Loads loads;
    Body body;
    std::uint32_t line = 0;
    const Unit *unit = nullptr;
};

struct Output : Stmt {
    std::span<Expr *> items;
    using Stmt::Stmt;
};

struct Loop : Stmt {
    Expr *target = nullptr, *iter = nullptr, *test = nullptr;
    Body body, otherwise;
    bool recursive = false;
    bool extended = false; // `loop` is used
    bool object = false;   // and as a value, or from another function
    bool previous = false; // loop.previtem is
    Var loop;
    Expr *test_target = nullptr;
    Loads loads, test_loads, else_loads;
    Function *function = nullptr; // of a recursive loop
    using Stmt::Stmt;
};

struct Branch : Stmt {
    struct Arm {
        Expr *test; // NULL: else
        Body body;
    };
    std::span<Arm> arms;
    using Stmt::Stmt;
};

struct Parameter {
    std::string_view name;
    std::uint16_t slot = 0;
    Expr *fallback = nullptr;
};

struct MacroCode {
    std::string_view name; // empty: of a call block
    bool named = false;
    Function function;
    std::span<Parameter> parameters;
    bool catch_kwargs = false, catch_varargs = false, caller = false, explicit_caller = false;
    std::uint16_t kwargs_slot = 0, varargs_slot = 0, caller_slot = 0;
    Expr *arguments = nullptr;
};

struct Macro : Stmt {
    MacroCode code;
    Var target;
    bool toplevel = false;
    using Stmt::Stmt;
};

struct CallBlock : Stmt {
    MacroCode code;
    Expr *call = nullptr;
    using Stmt::Stmt;
};

struct FilterBlock : Stmt {
    Expr *filter = nullptr;
    Body body;
    Loads loads;
    Escape escape = Escape::off;
    using Stmt::Stmt;
};

struct Set : Stmt {
    Expr *target = nullptr, *value = nullptr;
    bool toplevel = false;
    using Stmt::Stmt;
};

struct SetBlock : Stmt {
    Expr *target = nullptr, *filter = nullptr;
    Body body;
    Loads loads;
    bool toplevel = false;
    Escape escape = Escape::off;
    using Stmt::Stmt;
};

struct With : Stmt {
    std::span<Expr *> targets, values;
    Body body;
    Loads loads;
    using Stmt::Stmt;
};

struct Include : Stmt {
    Expr *name = nullptr;
    bool ignore_missing = false, with_context = true;
    std::span<Visible> locals;
    using Stmt::Stmt;
};

struct Import : Stmt {
    struct Name {
        std::string_view name, alias;
        Var var;
    };
    Expr *name = nullptr;
    std::string_view target;
    Var var;
    bool with_context = false, toplevel = false;
    std::span<Name> names; // of from ... import
    std::span<Visible> locals;
    using Stmt::Stmt;
};

struct Extends : Stmt {
    Expr *name = nullptr;
    bool twice = false; // after another one that is certain
    using Stmt::Stmt;
};

struct Block : Stmt {
    std::string_view name;
    bool scoped = false, required = false;
    Function function;
    Body body;
    bool uses_self = false, uses_super = false;
    std::uint16_t self_slot = 0, super_slot = 0;
    std::span<Visible> locals;
    const Unit *unit = nullptr;
    using Stmt::Stmt;
};

struct AutoescapeBlock : Stmt {
    Expr *value = nullptr;
    Body body;
    Loads loads;
    using Stmt::Stmt;
};

struct Run : Stmt {
    Expr *value = nullptr;
    using Stmt::Stmt;
};

struct FilterEntry {
    Filter call = nullptr;
    CustomFilter custom;
};

struct TestEntry {
    Test call = nullptr;
    CustomTest custom;
};

// A whole template.
struct Unit {
    const Environment *environment = nullptr;
    std::optional<std::string> name;
    std::string path;
    std::string source; // with "\n" alone between lines
    Arena arena;
    std::deque<Value> constants;
    Function root;
    Body body; // also before it is compiled
    std::vector<Block *> blocks;
    bool extends = false;
    bool uses_self = false;
    std::uint16_t self_slot = 0;
    bool autoescape = false;
    std::function<bool()> is_current;

    std::string excerpt(std::size_t line) const;
    std::string_view shown_name() const { return name ? std::string_view(*name) : "<template>"; }
};

// Text to nodes; throws TemplateSyntaxError. What comes is no unit to render before it was
// compiled.
void parse(Unit &unit);
// Names to slots.
void compile(Unit &unit);

} // namespace csgi::jinja::code
