// SPDX-License-Identifier: MIT
// Python's operations on values: truth, order, arithmetic, slices.
#include <csgi/template/state.hpp>

#include <algorithm>

#include "core/template/calls.hpp"
#include "core/template/format.hpp"
#include "core/template/globals.hpp"
#include "core/template/operators.hpp"
#include "core/template/python.hpp"
#include "core/template/python_text.hpp"
#include "core/template/tables.hpp"
#include "core/template/text.hpp"
#include "core/template/undefined.hpp"
#include "core/value/nesting.hpp"

namespace csgi::jinja {

namespace {

Renderer &own(State &state) {
    return static_cast<Renderer &>(state);
}
const Renderer &own(const State &state) {
    return static_cast<const Renderer &>(state);
}

} // namespace

void State::out_of_steps() {
    throw SecurityError("the template takes too many steps");
}

void State::out_of_memory() {
    throw SecurityError("the template makes too much text or too large lists");
}

bool State::autoescape() const noexcept {
    return own(*this).context() && *own(*this).context()->autoescape;
}

std::string_view State::template_name() const noexcept {
    const Context *context = own(*this).context();
    return context && context->unit->name ? std::string_view(*context->unit->name)
                                          : std::string_view();
}

const Value *State::resolve(std::string_view name) const {
    return own(*this).resolve_here(name);
}

const Value *State::policy(std::string_view name) const {
    return environment_->policies().find(name);
}

std::string_view State::newline_sequence() const noexcept {
    return environment_->syntax.newline_sequence;
}

bool State::is_sandboxed() const noexcept {
    return environment_->sandboxed;
}

bool State::has_filter(std::string_view name) const {
    return environment_->has_filter(name);
}

bool State::has_test(std::string_view name) const {
    return environment_->has_test(name);
}

// Undefined values.

Value State::undefined(std::string_view name) {
    return Value::undefined(name);
}

Value State::undefined_hint(std::string_view hint) {
    return make_undefined(UndefinedForm::hint, hint);
}

std::string Renderer::message_of(const Value &value) const {
    const std::string_view text = value.text();
    const std::string_view rest = text.empty() ? text : text.substr(1);
    const std::size_t split = rest.find('\n');
    const auto quoted = [&](std::string_view name) {
        return const_cast<Renderer *>(this)->repr(Value(name));
    };
    switch (form_of(value)) {
    case UndefinedForm::hint:
    case UndefinedForm::plain:
    case UndefinedForm::security: return std::string(rest);
    case UndefinedForm::member:
        return "'" + std::string(rest.substr(0, split)) + "' has no attribute " +
               quoted(rest.substr(split + 1));
    case UndefinedForm::element:
        return std::string(rest.substr(0, split)) + " has no element " +
               std::string(rest.substr(split + 1));
    case UndefinedForm::missing: break;
    }
    return quoted(text) + " is undefined";
}

void State::fail_undefined(const Value &undefined) {
    const std::string message = own(*this).message_of(undefined);
    if (environment_->undefined_log) environment_->undefined_log(message);
    if (form_of(undefined) == UndefinedForm::security) throw SecurityError(message);
    throw UndefinedError(message);
}

namespace {

bool is_strict(const Environment &environment, const Value &value) {
    return environment.undefined == UndefinedType::strict && form_of(value) != UndefinedForm::plain;
}

} // namespace

// Text.

std::string_view State::text(const Value &value, std::string &room) {
    if (value.is_string()) return value.text();
    room.clear();
    append_str(room, value);
    return room;
}

void State::append_str(std::string &out, const Value &value) {
    if (value.is_string()) {
        out += value.text();
        return;
    }
    if (!value.is_undefined()) {
        append_python(out, value, false);
        return;
    }
    if (is_strict(*environment_, value)) fail_undefined(value);
    if (environment_->undefined_log) environment_->undefined_log(own(*this).message_of(value));
    if (environment_->undefined != UndefinedType::debug) return;
    const std::string_view text = value.text();
    const std::string_view rest = text.empty() ? text : text.substr(1);
    const std::size_t split = rest.find('\n');
    switch (form_of(value)) {
    case UndefinedForm::plain: return;
    case UndefinedForm::hint:
    case UndefinedForm::security:
        out += "{{ undefined value printed: " + std::string(rest) + " }}";
        return;
    case UndefinedForm::member:
        out += "{{ no such element: " + std::string(rest.substr(0, split)) + "[" +
               repr(Value(rest.substr(split + 1))) + "] }}";
        return;
    case UndefinedForm::element:
        out += "{{ no such element: " + std::string(rest.substr(0, split)) + "[" +
               std::string(rest.substr(split + 1)) + "] }}";
        return;
    case UndefinedForm::missing: break;
    }
    out += "{{ " + std::string(text) + " }}";
}

void State::append_repr(std::string &out, const Value &value) {
    append_python(out, value, true);
}

void State::append_escaped(std::string &out, const Value &value) {
    if (value.is_markup()) {
        out += value.text();
        return;
    }
    if (value.is_string()) {
        append_escaped_text(out, value.text());
        return;
    }
    if (value.is_object())
        if (const auto html = value.as_object().html()) {
            out += *html;
            return;
        }
    if (value.is_undefined() && environment_->undefined == UndefinedType::chainable) {
        append_str(out, value);
        return;
    }
    std::string text;
    append_str(text, value);
    append_escaped_text(out, text);
}

Value State::escape(const Value &value) {
    if (value.is_markup()) return value;
    std::string out;
    append_escaped(out, value);
    return Value::markup(out);
}

Value State::soft_str(const Value &value) {
    return value.is_string() ? value : Value(str(value));
}

// Truth and order.

bool State::truthy(const Value &value) {
    if (value.is_undefined()) {
        if (is_strict(*environment_, value)) fail_undefined(value);
        if (environment_->undefined_log) environment_->undefined_log(own(*this).message_of(value));
        return false;
    }
    return value.truthy();
}

namespace {

// Of lists, tuples and dicts, as far as Python looks.
bool strictly_equal(State &state, const Value &a, const Value &b) {
    if (a.is_dict()) {
        const Dict &x = a.as_dict(), &y = b.as_dict();
        if (&x == &y) return true;
        if (x.size() != y.size()) return false;
        const Nested level(x.size());
        for (const Dict::Entry &entry : x) {
            const Value *other = y.find(entry.key);
            if (!other || !state.equal(entry.value, *other)) return false;
        }
        return true;
    }
    const List &x = a.as_list(), &y = b.as_list();
    if (&x == &y) return true;
    // Tuples of different length may differ before one of them ends.
    if (a.is_list() && x.size() != y.size()) return false;
    const Nested level(std::min(x.size(), y.size()));
    for (std::size_t i = 0; i < x.size() && i < y.size(); ++i)
        if (!state.equal(x[i], y[i])) return false;
    return x.size() == y.size();
}

} // namespace

bool State::equal(const Value &a, const Value &b) {
    if (a.is_undefined() && is_strict(*environment_, a)) fail_undefined(a);
    if (b.is_undefined() && is_strict(*environment_, b)) fail_undefined(b);
    if (environment_->undefined == UndefinedType::strict && a.kind() == b.kind() &&
        (a.is_list() || a.is_tuple() || a.is_dict()))
        return strictly_equal(*this, a, b);
    return a == b;
}

std::partial_ordering State::compare(const Value &a, const Value &b, std::string_view sign) {
    check(a);
    check(b);
    if (a.is(Kind::integer) && b.is(Kind::integer)) return a.as_int() <=> b.as_int();
    const bool same = a.kind() == b.kind();
    const auto is_number = [](const Value &v) {
        return v.is_integer() || v.is_bool() || v.is_float();
    };
    const bool ordered =
        (is_number(a) && is_number(b)) ||
        (same && (a.is_string() || a.is(Kind::bytes) || a.is(Kind::uuid) || a.is(Kind::datetime)));
    if (ordered) return Value::compare(a, b);
    if (same && (a.is_list() || a.is_tuple())) {
        const List &x = a.as_list(), &y = b.as_list();
        const Nested level(std::min(x.size(), y.size()));
        for (std::size_t i = 0; i < x.size() && i < y.size(); ++i)
            if (!equal(x[i], y[i])) return compare(x[i], y[i], sign);
        return x.size() <=> y.size();
    }
    throw TypeError("'" + std::string(sign) + "' not supported between instances of '" +
                    std::string(a.type_name()) + "' and '" + std::string(b.type_name()) + "'");
}

void State::expect_hashable(const Value &value) {
    if (value.is_undefined() && is_strict(*environment_, value)) fail_undefined(value);
    if (value.is_object() &&
        (value.type_name() == "dict_keys" || value.type_name() == "dict_items"))
        throw TypeError("unhashable type: '" + std::string(value.type_name()) + "'");
    Dict().find(value);
}

bool State::contains(const Value &haystack, const Value &needle) {
    switch (haystack.kind()) {
    case Kind::string:
        if (!needle.is_string())
            throw TypeError("'in <string>' requires string as left operand, not " +
                            std::string(needle.type_name()));
        step_search(*this, haystack.text(), needle.text());
        return haystack.text().find(needle.text()) != std::string_view::npos;
    case Kind::bytes:
        if (needle.is(Kind::bytes))
            return haystack.text().find(needle.text()) != std::string_view::npos;
        if (!needle.is(Kind::integer) && !needle.is_bool())
            throw TypeError("a bytes-like object is required, not '" +
                            std::string(needle.type_name()) + "'");
        if (needle.as_int() < 0 || needle.as_int() > 255)
            throw PythonError("ValueError", "byte must be in range(0, 256)");
        break;
    case Kind::dict: expect_hashable(needle); return haystack.as_dict().find(needle) != nullptr;
    case Kind::undefined:
        if (is_strict(*environment_, haystack)) fail_undefined(haystack);
        return false;
    case Kind::list:
    case Kind::tuple:
        step(haystack.as_list().size());
        for (const Value &item : haystack.as_list())
            if (equal(item, needle)) return true;
        return false;
    case Kind::object: {
        RangeParts range;
        if (range_parts(haystack, range) && needle.is(Kind::integer)) {
            const std::int64_t n = needle.as_int();
            if (range.size == 0) return false;
            const bool inside = range.step > 0 ? n >= range.start && n < range.stop
                                               : n <= range.start && n > range.stop;
            return inside && (n - range.start) % range.step == 0;
        }
        // The keys of a dict are looked up in it.
        if (haystack.type_name() == "dict_keys") expect_hashable(needle);
        if (haystack.type_name() == "dict_items" && needle.is_tuple() &&
            needle.as_list().size() == 2)
            expect_hashable(needle.as_list()[0]);
        break;
    }
    default: break;
    }
    try {
        Items items(*this, haystack);
        while (const Value *item = items.next()) {
            step();
            if (equal(*item, needle)) return true;
        }
        return false;
    } catch (const TypeError &) {
        throw TypeError("argument of type '" + std::string(haystack.type_name()) +
                        "' is not iterable");
    }
}

// Arithmetic.

namespace {

// Long division of integers at the limit takes about 20 ms, which is 400,000 steps.
std::size_t work_of_integers(Operator op, const Value &a, const Value &b) {
    const auto digits = [](const Value &value) {
        return value.is(Kind::big_integer) ? value.text().size() : std::size_t{20};
    };
    if (op == Operator::pow && b.is(Kind::integer))
        return static_cast<std::size_t>(std::clamp<std::int64_t>(b.as_int(), 0, 20'000));
    return digits(a) * digits(b) / 40;
}

} // namespace

Value State::binary(Operator op, const Value &a, const Value &b) {
    check(a);
    if (op == Operator::mod && (a.is_string() || a.is(Kind::bytes)))
        return format_percent(*this, a, b);
    if (op == Operator::mul && a.is_markup() && b.is_undefined())
        throw TypeError("'Undefined' object cannot be interpreted as an integer");
    // A chainable undefined value knows itself as HTML.
    if (op == Operator::add && a.is_markup() && b.is_undefined() &&
        environment_->undefined == UndefinedType::chainable && form_of(b) != UndefinedForm::plain)
        return a;
    check(b);
    if (op == Operator::add && (a.is_markup() || b.is_markup())) {
        // Markup adds what has html() as it is, and escapes text.
        const auto part = [&](const Value &value) {
            if (value.is_string()) return escape(value);
            if (value.is_object() && value.as_object().html()) return escape(value);
            return value;
        };
        const Value left = part(a), right = part(b);
        grow(left.text().size() + right.text().size());
        return calculate(op, left, right);
    }
    if (a.is(Kind::big_integer) || b.is(Kind::big_integer) || op == Operator::pow)
        step(work_of_integers(op, a, b));
    if (op == Operator::mul || op == Operator::add) {
        std::size_t bytes = 0;
        for (const Value *value : {&a, &b}) {
            if (value->is_string() || value->is(Kind::bytes)) bytes += value->text().size();
            if (value->is_list() || value->is_tuple())
                bytes += value->as_list().size() * sizeof(Value);
        }
        if (bytes) {
            const Value *times = a.is(Kind::integer) ? &a : b.is(Kind::integer) ? &b : nullptr;
            if (op == Operator::mul && times && times->as_int() > 1) {
                std::size_t product = 0;
                if (__builtin_mul_overflow(bytes, static_cast<std::size_t>(times->as_int()),
                                           &product))
                    throw PythonError("MemoryError", "out of memory");
                bytes = product;
            }
            grow(bytes);
        }
    }
    return calculate(op, a, b);
}

Value State::negate(const Value &value) {
    check(value);
    return negated(value);
}

std::size_t State::length(const Value &value) {
    if (value.is_string()) return count_code_points(value.text());
    if (value.is_undefined()) {
        if (is_strict(*environment_, value)) fail_undefined(value);
        return 0;
    }
    return value.size();
}

List State::list(const Value &value) {
    Items items(*this, value);
    List out;
    if (const auto size = items.size()) out.reserve(std::min<std::size_t>(*size, 1 << 16));
    while (const Value *item = items.next()) {
        step();
        grow(sizeof(Value));
        out.push_back(*item);
    }
    return out;
}

std::int64_t State::index(const Value &value, std::string_view what) {
    if (value.is(Kind::integer) || value.is_bool()) return value.as_int();
    if (value.is(Kind::big_integer)) return value.text().starts_with('-') ? INT64_MIN : INT64_MAX;
    if (!what.empty()) throw TypeError(std::string(what));
    throw TypeError("'" + std::string(value.type_name()) +
                    "' object cannot be interpreted as an integer");
}

Value State::slice(const Value &value, const Value *start, const Value *stop, const Value *step) {
    if (value.is_undefined() && environment_->undefined == UndefinedType::chainable) return value;
    check(value);
    const auto bound = [&](const Value *at) -> std::optional<std::int64_t> {
        if (!at || at->is_none()) return std::nullopt;
        return index(*at, "slice indices must be integers or None or have an __index__ method");
    };
    RangeParts range;
    const bool is_range = range_parts(value, range);
    const bool is_text = value.is_string() || value.is(Kind::bytes);
    if (!is_text && !value.is_list() && !value.is_tuple() && !is_range) {
        if (value.is_dict()) throw TypeError("unhashable type: 'slice'");
        throw TypeError("'" + std::string(value.type_name()) + "' object is not subscriptable");
    }
    const std::int64_t by = bound(step).value_or(1);
    if (by == 0) throw PythonError("ValueError", "slice step cannot be zero");
    std::int64_t size = 0;
    if (is_range)
        size = static_cast<std::int64_t>(range.size);
    else if (value.is_string())
        size = static_cast<std::int64_t>(count_code_points(value.text()));
    else if (value.is(Kind::bytes))
        size = static_cast<std::int64_t>(value.text().size());
    else
        size = static_cast<std::int64_t>(value.as_list().size());
    const auto clamp = [&](std::optional<std::int64_t> at, std::int64_t otherwise) {
        if (!at) return otherwise;
        const std::int64_t low = by < 0 ? -1 : 0, high = by < 0 ? size - 1 : size;
        if (*at < 0) return std::max(*at < -size - 1 ? low : *at + size, low);
        return std::min(*at, high);
    };
    const std::int64_t from = clamp(bound(start), by < 0 ? size - 1 : 0);
    const std::int64_t to = clamp(bound(stop), by < 0 ? -1 : size);
    std::vector<std::size_t> picked;
    // In steps that cannot overflow: `by` may be anything.
    for (std::int64_t i = from; by > 0 ? i < to : i > to;) {
        picked.push_back(static_cast<std::size_t>(i));
        if (by > 0 ? by > to - i : by < to - i) break;
        i += by;
    }
    grow(picked.size() * sizeof(std::size_t));
    if (is_range)
        return jinja::range(range.start + from * range.step, range.start + to * range.step,
                            by * range.step);
    if (is_text) {
        const std::string_view text = value.text();
        std::string out;
        if (value.is_string() && static_cast<std::size_t>(size) != text.size()) {
            std::vector<std::size_t> starts;
            for (std::size_t at = 0; at < text.size(); at += code_point_length(text, at))
                starts.push_back(at);
            for (const std::size_t i : picked)
                out += text.substr(starts[i], code_point_length(text, starts[i]));
        } else {
            for (const std::size_t i : picked) out += text[i];
        }
        if (value.is(Kind::bytes)) return Value::bytes(out);
        return value.is_markup() ? Value::markup(out) : Value(out);
    }
    List out;
    for (const std::size_t i : picked) out.push_back(value.as_list()[i]);
    return value.is_list() ? Value(std::move(out)) : Value::tuple(std::move(out));
}

// Calls.

Value State::call(const Value &callable, const Arguments &arguments) {
    return own(*this).call_value(callable, arguments);
}

bool State::is_callable(const Value &value) {
    return value.is_object() && value.as_object().is_callable();
}

Value State::filter(std::string_view name, const Arguments &arguments) {
    const code::FilterEntry *entry = environment_->tables().filter(name);
    if (!entry) throw TemplateRuntimeError("No filter named " + repr(Value(name)) + ".");
    return entry->call ? entry->call(*this, arguments) : entry->custom(*this, arguments);
}

bool State::test(std::string_view name, const Arguments &arguments) {
    const code::TestEntry *entry = environment_->tables().test(name);
    if (!entry) throw TemplateRuntimeError("No test named " + repr(Value(name)) + ".");
    return entry->call ? entry->call(*this, arguments) : entry->custom(*this, arguments);
}

void bind(std::string_view function, std::span<const std::string_view> names, std::size_t required,
          const Arguments &arguments, const Value **out) {
    const auto called = [&] { return std::string(function) + "()"; };
    if (arguments.positional.size() > names.size()) {
        std::string takes = std::to_string(names.size());
        if (required != names.size()) takes = "from " + std::to_string(required) + " to " + takes;
        throw TypeError(called() + " takes " + takes + " positional argument" +
                        (names.size() == 1 ? "" : "s") + " but " +
                        std::to_string(arguments.positional.size()) + " were given");
    }
    for (std::size_t i = 0; i < arguments.positional.size(); ++i) out[i] = &arguments.positional[i];
    for (const Arguments::Named &argument : arguments.named) {
        const auto at = std::find(names.begin(), names.end(), argument.name);
        if (at == names.end())
            throw TypeError(called() + " got an unexpected keyword argument '" +
                            std::string(argument.name) + "'");
        const Value *&slot = out[at - names.begin()];
        if (slot)
            throw TypeError(called() + " got multiple values for argument '" +
                            std::string(argument.name) + "'");
        slot = &argument.value;
    }
    for (std::size_t i = 0; i < required; ++i)
        if (!out[i])
            throw TypeError(called() + " missing 1 required positional argument: '" +
                            std::string(names[i]) + "'");
}

} // namespace csgi::jinja
