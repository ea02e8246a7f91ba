// SPDX-License-Identifier: MIT
// The functions that every template finds.
#include "core/template/globals.hpp"

#include <algorithm>
#include <functional>

#include "core/template/builtin.hpp"
#include "core/template/format.hpp"
#include "core/template/python_text.hpp"

namespace csgi::jinja {

namespace {

class Function final : public Callable {
public:
    using Call = std::function<Value(State &, const Arguments &)>;
    Function(std::string_view name, std::string_view shown, Call call)
        : name_(name), shown_(shown), call_(std::move(call)) {}
    std::string_view type_name() const override { return "function"; }
    Value call(State &state, const Arguments &arguments) override {
        return call_(state, arguments);
    }
    std::string text() const override { return shown_; }

private:
    std::string name_, shown_;
    Call call_;
};

class Range final : public Object {
public:
    explicit Range(RangeParts given) : parts(given) {}
    std::string_view type_name() const override { return "range"; }
    std::unique_ptr<Iterator> iterate() override {
        struct Pass final : Iterator {
            RangeParts parts;
            std::size_t at = 0;
            bool next(Value &item) override {
                if (at >= parts.size) return false;
                item = Value(parts.start + static_cast<std::int64_t>(at++) * parts.step);
                return true;
            }
        };
        auto pass = std::make_unique<Pass>();
        pass->parts = parts;
        return pass;
    }
    std::optional<Value> item(const Value &key) override {
        if (!key.is(Kind::integer) && !key.is_bool()) return std::nullopt;
        std::int64_t at = key.as_int();
        if (at < 0) at += static_cast<std::int64_t>(parts.size);
        if (at < 0 || static_cast<std::size_t>(at) >= parts.size) return std::nullopt;
        return Value(parts.start + at * parts.step);
    }
    std::optional<Value> attribute(std::string_view name) override {
        if (name == "start") return Value(parts.start);
        if (name == "stop") return Value(parts.stop);
        if (name == "step") return Value(parts.step);
        return std::nullopt;
    }
    std::optional<std::size_t> size() const override { return parts.size; }
    std::string text() const override {
        std::string out =
            "range(" + std::to_string(parts.start) + ", " + std::to_string(parts.stop);
        if (parts.step != 1) out += ", " + std::to_string(parts.step);
        return out + ")";
    }
    bool equals(const Object &other) const override {
        const auto *range = dynamic_cast<const Range *>(&other);
        return range && range->parts.size == parts.size &&
               (parts.size == 0 || (range->parts.start == parts.start &&
                                    (parts.size == 1 || range->parts.step == parts.step)));
    }

    RangeParts parts;
};

class Namespace final : public Object {
public:
    explicit Namespace(Dict attributes) : attributes_(std::move(attributes)) {}
    std::string_view type_name() const override { return "Namespace"; }
    std::optional<Value> attribute(std::string_view name) override {
        if (const Value *value = attributes_.find(name)) return *value;
        return std::nullopt;
    }
    bool set_attribute(std::string_view name, const Value &value) override {
        attributes_[name] = value;
        return true;
    }
    std::string text() const override {
        std::string out = "<Namespace ";
        append_python(out, attributes_);
        return out + ">";
    }

private:
    Dict attributes_;
};

class Cycler final : public Object {
public:
    explicit Cycler(List items) : items_(std::move(items)) {}
    std::string_view type_name() const override { return "Cycler"; }
    std::optional<Value> attribute(std::string_view name) override;
    Value next() {
        Value out = items_[at_];
        at_ = (at_ + 1) % items_.size();
        return out;
    }
    void reset() { at_ = 0; }

private:
    List items_;
    std::size_t at_ = 0;
};

Value method(std::string_view name, Function::Call call) {
    return Value(std::make_shared<Function>(name, "<bound method " + std::string(name) + ">",
                                            std::move(call)));
}

std::optional<Value> Cycler::attribute(std::string_view name) {
    if (name == "current") return items_[at_];
    if (name == "items") return Value::tuple(items_);
    if (name == "pos") return Value(at_);
    if (name != "next" && name != "reset") return std::nullopt;
    const std::shared_ptr<Object> self = shared_from_this();
    const bool next = name == "next";
    return method(name, [self, next](State &, const Arguments &arguments) {
        const Bound<0> given(next ? "Cycler.next" : "Cycler.reset", {}, 0, arguments);
        auto &cycler = static_cast<Cycler &>(*self);
        if (next) return cycler.next();
        cycler.reset();
        return Value();
    });
}

class Joiner final : public Callable {
public:
    explicit Joiner(Value separator) : separator_(std::move(separator)) {}
    std::string_view type_name() const override { return "Joiner"; }
    Value call(State &, const Arguments &arguments) override {
        const Bound<0> given("Joiner.__call__", {}, 0, arguments);
        if (!std::exchange(used_, true)) return Value("");
        return separator_;
    }
    std::optional<Value> attribute(std::string_view name) override {
        if (name == "sep") return separator_;
        if (name == "used") return Value(used_);
        return std::nullopt;
    }

private:
    Value separator_;
    bool used_ = false;
};

Value make_range(State &state, const Arguments &arguments) {
    if (!arguments.named.empty()) throw TypeError("range() takes no keyword arguments");
    const std::size_t n = arguments.positional.size();
    if (n == 0) throw TypeError("range expected at least 1 argument, got 0");
    if (n > 3) throw TypeError("range expected at most 3 arguments, got " + std::to_string(n));
    std::int64_t numbers[3] = {0, 0, 1};
    for (std::size_t i = 0; i < n; ++i) numbers[i] = state.index(arguments.positional[i]);
    if (n == 1) std::swap(numbers[0], numbers[1]);
    if (numbers[2] == 0) throw PythonError("ValueError", "range() arg 3 must not be zero");
    Value out = range(numbers[0], numbers[1], numbers[2]);
    if (state.environment().sandboxed) {
        const std::size_t size = *out.as_object().size();
        if (size > state.environment().limits.range)
            throw PythonError("OverflowError",
                              "Range too big. The sandbox blocks ranges larger than MAX_RANGE (" +
                                  std::to_string(state.environment().limits.range) + ").");
    }
    return out;
}

// dict(mapping or pairs, **kwargs)
Dict make_dict(State &state, const Arguments &arguments) {
    Dict out;
    if (arguments.positional.size() > 1)
        throw TypeError("dict expected at most 1 argument, got " +
                        std::to_string(arguments.positional.size()));
    if (!arguments.positional.empty()) {
        const Value &from = arguments.positional[0];
        state.check(from); // Python asks whether it has keys()
        if (from.is_dict()) {
            out = from.as_dict();
        } else {
            Items items(state, from);
            while (const Value *item = items.next()) {
                const List pair = state.list(*item);
                if (pair.size() != 2)
                    throw PythonError("ValueError",
                                      "dictionary update sequence element has length " +
                                          std::to_string(pair.size()) + "; 2 is required");
                out.set(pair[0], pair[1]);
            }
        }
    }
    for (const Arguments::Named &argument : arguments.named) out[argument.name] = argument.value;
    return out;
}

Value do_dict(State &state, const Arguments &arguments) {
    return Value(make_dict(state, arguments));
}

Value do_namespace(State &state, const Arguments &arguments) {
    return Value(std::make_shared<Namespace>(make_dict(state, arguments)));
}

Value do_cycler(State &, const Arguments &arguments) {
    if (!arguments.named.empty())
        throw TypeError("Cycler.__init__() got an unexpected keyword argument '" +
                        std::string(arguments.named[0].name) + "'");
    if (arguments.positional.empty())
        throw PythonError("RuntimeError", "at least one item has to be provided");
    return Value(
        std::make_shared<Cycler>(List(arguments.positional.begin(), arguments.positional.end())));
}

Value do_joiner(State &, const Arguments &arguments) {
    const Bound<1> given("Joiner.__init__", {"sep"}, 0, arguments);
    return Value(std::make_shared<Joiner>(given[0] ? *given[0] : Value(", ")));
}

// Words for filler text: any that are nobody's.
constexpr std::string_view words[] = {
    "lorem", "ipsum",  "dolor",  "sit",   "amet",  "consectetur", "adipiscing", "elit",
    "sed",   "magna",  "aliqua", "velit", "porta", "vitae",       "nulla",      "mauris",
    "donec", "tortor", "libero", "massa", "felis", "rutrum",      "semper",     "turpis"};

Value do_lipsum(State &state, const Arguments &arguments) {
    const Bound<4> given("generate_lorem_ipsum", {"n", "html", "min", "max"}, 0, arguments);
    const std::int64_t n = given[0] ? state.index(*given[0]) : 5;
    const bool html = given[1] ? state.truthy(*given[1]) : true;
    const std::int64_t low = given[2] ? state.index(*given[2]) : 20;
    const std::int64_t high = given[3] ? state.index(*given[3]) : 100;
    if (low >= high) throw PythonError("ValueError", "empty range for randrange()");
    // Filler, no secret: the same words each time make pages that can be compared.
    std::uint32_t seed = 12345;
    const auto draw = [&](std::size_t below) {
        seed = seed * 1664525u + 1013904223u;
        return (seed >> 8) % below;
    };
    std::string out;
    for (std::int64_t i = 0; i < n; ++i) {
        std::string paragraph;
        const auto count =
            low + static_cast<std::int64_t>(draw(static_cast<std::size_t>(high - low)));
        bool sentence = true;
        for (std::int64_t word = 0; word < count; ++word) {
            state.step();
            std::string text(words[draw(std::size(words))]);
            if (sentence) text[0] = static_cast<char>(text[0] - 'a' + 'A');
            if (!paragraph.empty()) paragraph += ' ';
            paragraph += text;
            sentence = word + 1 == count || draw(12) == 0;
            if (sentence) paragraph += '.';
        }
        state.grow(paragraph.size());
        if (i) out += html ? "\n" : "\n\n";
        out += html ? "<p>" + paragraph + "</p>" : paragraph;
    }
    return html ? Value::markup(out) : Value(out);
}

Value function(std::string_view name, std::string_view shown,
               Value (*call)(State &, const Arguments &)) {
    return Value(std::make_shared<Function>(name, shown, call));
}

// gettext and kin. The new style formats what it returns.

Value formatted(State &state, Value text, Dict variables) {
    if (state.autoescape()) text = Value::markup(state.soft_str(text).text());
    return state.binary(Operator::mod, text, Value(std::move(variables)));
}

Function::Call translation(std::size_t contexts, bool plural, bool newstyle) {
    return [=](State &state, const Arguments &arguments) -> Value {
        const std::size_t wanted = contexts + (plural ? 3 : 1);
        if (arguments.positional.size() != wanted || (!newstyle && !arguments.named.empty()))
            throw TypeError("gettext functions take " + std::to_string(wanted) + " arguments");
        const Value *own = &arguments.positional[contexts];
        Value text = own[0];
        Dict variables;
        for (const Arguments::Named &argument : arguments.named)
            variables[argument.name] = argument.value;
        if (plural) {
            if (!state.equal(own[2], Value(1))) text = own[1];
            if (!variables.contains("num")) variables["num"] = own[2];
        }
        if (!newstyle) return text;
        if (contexts && !variables.contains("context"))
            variables["context"] = arguments.positional[0];
        return formatted(state, std::move(text), std::move(variables));
    };
}

} // namespace

Value range(std::int64_t start, std::int64_t stop, std::int64_t step) {
    RangeParts parts{start, stop, step, 0};
    const auto distance = [](std::int64_t low, std::int64_t high) {
        return static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    };
    if (step > 0 && start < stop)
        parts.size = (distance(start, stop) - 1) / static_cast<std::uint64_t>(step) + 1;
    else if (step < 0 && start > stop)
        parts.size = (distance(stop, start) - 1) / (0 - static_cast<std::uint64_t>(step)) + 1;
    return Value(std::make_shared<Range>(parts));
}

bool range_parts(const Value &value, RangeParts &out) {
    if (!value.is_object()) return false;
    const auto *range = dynamic_cast<const Range *>(&value.as_object());
    if (range) out = range->parts;
    return range != nullptr;
}

bool is_namespace(const Value &value) {
    return value.is_object() && dynamic_cast<const Namespace *>(&value.as_object());
}

void add_globals(Dict &globals) {
    globals["range"] = function("range", "<class 'range'>", make_range);
    globals["dict"] = function("dict", "<class 'dict'>", do_dict);
    globals["lipsum"] = function("lipsum", "<function generate_lorem_ipsum>", do_lipsum);
    globals["cycler"] = function("cycler", "<class 'jinja2.utils.Cycler'>", do_cycler);
    globals["joiner"] = function("joiner", "<class 'jinja2.utils.Joiner'>", do_joiner);
    globals["namespace"] = function("namespace", "<class 'jinja2.utils.Namespace'>", do_namespace);
}

void add_translations(Dict &globals, bool newstyle) {
    const auto add = [&](std::string_view name, std::size_t contexts, bool plural) {
        globals[name] = Value(std::make_shared<Function>(
            name, "<function " + std::string(name) + ">", translation(contexts, plural, newstyle)));
    };
    add("_", 0, false);
    add("gettext", 0, false);
    add("ngettext", 0, true);
    add("pgettext", 1, false);
    add("npgettext", 1, true);
}

} // namespace csgi::jinja
