// SPDX-License-Identifier: MIT
// One rendering, as filters, tests and functions see it: Python's operations on values, and what
// the template's surroundings say.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <csgi/template/error.hpp>
#include <csgi/value/object.hpp>
#include <csgi/value/value.hpp>

namespace csgi::jinja {

class Environment;
class State;

// A filter: `arguments.positional[0]` is what stands before the bar.
using Filter = Value (*)(State &state, const Arguments &arguments);
// A test: `arguments.positional[0]` is what stands before `is`.
using Test = bool (*)(State &state, const Arguments &arguments);
// A method of str, list, dict ...: `self` is what stands before the dot.
using Method = Value (*)(State &state, const Value &self, const Arguments &arguments);

// The filters and tests that every environment has.
struct NamedFilter {
    std::string_view name;
    Filter call;
};
struct NamedTest {
    std::string_view name;
    Test call;
};

// How operators are named inside the engine.
enum class Operator : std::uint8_t { add, sub, mul, div, floordiv, mod, pow };

// Lives as long as the rendering, on one thread. Everything here may throw what <error.hpp>
// declares, or csgi::TypeError in Python's words.
class State {
public:
    State(const State &) = delete;
    State &operator=(const State &) = delete;

    const Environment &environment() const noexcept { return *environment_; }
    // Is output escaped where the call stands (Jinja's eval_ctx.autoescape)?
    bool autoescape() const noexcept;
    // Of the template that is being rendered; empty without one.
    std::string_view template_name() const noexcept;
    // What the environment says, for filters that ask: a policy ("urlize.rel"), NULL if it is not
    // set; newline_sequence; whether attributes are restricted; which filters and tests there are.
    const Value *policy(std::string_view name) const;
    std::string_view newline_sequence() const noexcept;
    bool is_sandboxed() const noexcept;
    bool has_filter(std::string_view name) const;
    bool has_test(std::string_view name) const;
    // A variable of the context, as pass_context gives; for a function also what the loop or block
    // that calls it has set. NULL if there is none.
    const Value *resolve(std::string_view name) const;

    // str(value), appended; an undefined value as its type says.
    void append_str(std::string &out, const Value &value);
    std::string str(const Value &value) {
        std::string out;
        append_str(out, value);
        return out;
    }
    // str(value) as a view: of a string its own bytes, else written to `room`.
    std::string_view text(const Value &value, std::string &room);
    // repr(value), appended.
    void append_repr(std::string &out, const Value &value);
    std::string repr(const Value &value) {
        std::string out;
        append_repr(out, value);
        return out;
    }
    // escape(value), appended: Markup and objects with html() as they are.
    void append_escaped(std::string &out, const Value &value);
    // escape(value): Markup.
    Value escape(const Value &value);
    // soft_str(): strings, also Markup, as they are; all else str(value).
    Value soft_str(const Value &value);

    // bool(value). A strict undefined value throws.
    bool truthy(const Value &value);
    // a == b.
    bool equal(const Value &a, const Value &b);
    // Python's order, also of what it refuses to order (throws TypeError); undefined values throw.
    // `sign` is the operator in the message: "<", ">=" ...
    std::partial_ordering compare(const Value &a, const Value &b, std::string_view sign = "<");
    bool less(const Value &a, const Value &b) { return compare(a, b) < 0; }
    // needle in haystack.
    bool contains(const Value &haystack, const Value &needle);
    // a + b and so on. Integers have up to 4,300 decimal digits; beyond: OverflowError.
    Value binary(Operator op, const Value &a, const Value &b);
    Value negate(const Value &value);
    // len(value): of strings code points.
    std::size_t length(const Value &value);
    // value[start:stop:step]; NULL or none: left out.
    Value slice(const Value &value, const Value *start, const Value *stop, const Value *step);
    // list(value).
    List list(const Value &value);
    // int(value), as an index: throws TypeError for what is no integer.
    std::int64_t index(const Value &value, std::string_view what = {});

    // value.name and value[key] in Jinja's order; undefined if there is neither.
    Value getattr(const Value &value, std::string_view name);
    Value getitem(const Value &value, const Value &key);
    // Python's getattr() alone, without items; nothing if there is no such attribute.
    std::optional<Value> attribute(const Value &value, std::string_view name);

    // Calls a function, macro, method or object.
    Value call(const Value &callable, const Arguments &arguments);
    bool is_callable(const Value &value);
    // By name, also of the environment's own; an unknown name throws.
    Value filter(std::string_view name, const Arguments &arguments);
    bool test(std::string_view name, const Arguments &arguments);

    // Undefined values of the environment's type: 'name' is undefined; the hint as message;
    // object has no attribute or element.
    Value undefined(std::string_view name);
    Value undefined_hint(std::string_view hint);
    Value undefined_member(const Value &object, const Value &name);
    // Throws UndefinedError in its words.
    [[noreturn]] void fail_undefined(const Value &undefined);
    // The same if it is undefined.
    void check(const Value &value) {
        if (value.is_undefined()) [[unlikely]]
            fail_undefined(value);
    }
    // May it be a key? Throws TypeError of a list or dict; strict undefined values fail too.
    void expect_hashable(const Value &value);

    // Counts against the limits of the environment: work to be done, bytes to be held. Every loop
    // of a filter that a small input can make long calls these first.
    void step(std::size_t steps = 1) {
        if (steps > steps_left_) [[unlikely]]
            out_of_steps();
        steps_left_ -= steps;
    }
    void grow(std::size_t bytes) {
        if (bytes > bytes_left_) [[unlikely]]
            out_of_memory();
        bytes_left_ -= bytes;
    }

protected:
    explicit State(const Environment &environment) : environment_(&environment) {}
    ~State() = default;
    Value member_of_undefined(const Value &undefined);
    [[noreturn]] void out_of_steps();
    [[noreturn]] void out_of_memory();

    const Environment *environment_;
    // True until the rendering is over, for what is made later; NULL until somebody asks.
    std::shared_ptr<bool> rendering_;
    friend Value generator(State &state, std::string_view name, std::unique_ptr<Iterator> items);
    std::size_t steps_left_ = SIZE_MAX;
    std::size_t bytes_left_ = SIZE_MAX;
};

// for item in value: one pass, without a copy of what is passed over.
//     Items items(state, value);
//     while (const Value *item = items.next()) ...
// Holds the value. A list that grows meanwhile is seen growing, as in Python.
class Items {
public:
    // Throws TypeError: 'int' object is not iterable.
    Items(State &state, const Value &value);
    Items(const Items &) = delete;
    Items &operator=(const Items &) = delete;
    // Lives until the next call. NULL at the end.
    const Value *next();
    // How many there are in all, if that is known without going through them.
    std::optional<std::size_t> size() const;

private:
    enum class Source : std::uint8_t { none, list, dict, text, range, iterator };
    Value value_;
    Value item_;
    Source source_ = Source::none;
    std::size_t at_ = 0;
    std::int64_t start_ = 0, step_ = 0;
    std::size_t count_ = 0;
    std::unique_ptr<Iterator> iterator_;
};

// Parameters of a filter, test or method, bound as Python binds them: by position or by name.
//     const Bound<3> given("do_truncate", {"s", "length", "end"}, 1, arguments);
//     given[1]   NULL if not given
// Throws TypeError in Python's words for a name that does not exist, too many, and too few:
// `required` is how many have no default.
void bind(std::string_view function, std::span<const std::string_view> names, std::size_t required,
          const Arguments &arguments, const Value **out);

template <std::size_t N>
class Bound {
public:
    Bound(std::string_view function, const std::array<std::string_view, N> &names,
          std::size_t required, const Arguments &arguments) {
        // Qualified: std::bind would be found for a std::array.
        jinja::bind(function, names, required, arguments, values_.data());
    }
    const Value *operator[](std::size_t position) const { return values_[position]; }

private:
    std::array<const Value *, N> values_{};
};

// An object that is called with the rendering at hand.
class Callable : public Object {
public:
    std::string_view type_name() const override { return "function"; }
    bool is_callable() const override { return true; }
    virtual Value call(State &state, const Arguments &arguments) = 0;
    // Without a rendering: throws TypeError.
    Value call(const Arguments &arguments) override;
};

// Python's generator: one pass, then empty. str() is `<generator object NAME>`: no address. Its
// items may use the rendering, so whoever asks for one when that is over gets a TypeError.
Value generator(State &state, std::string_view name, std::unique_ptr<Iterator> items);
// An iterable that can be passed several times and prints as `NAME([a, b])`: dict_items and kin.
Value view(std::string_view name, List items);
// range(start, stop, step).
Value range(std::int64_t start, std::int64_t stop, std::int64_t step);

// `& < > ' "` as `&amp; &lt; &gt; &#39; &#34;`, appended.
void append_escaped_text(std::string &out, std::string_view text);

} // namespace csgi::jinja
