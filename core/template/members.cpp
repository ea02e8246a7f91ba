// SPDX-License-Identifier: MIT
// value.name and value[key], in Jinja's order, and what a sandbox keeps from templates.
#include <algorithm>
#include <iterator>

#include "core/template/builtin.hpp"
#include "core/template/calls.hpp"
#include "core/template/renderer.hpp"
#include "core/template/text.hpp"
#include "core/template/undefined.hpp"

namespace csgi::jinja {

namespace {

// As Jinja's object_type_repr() names what has no such attribute.
std::string type_of(const Value &value) {
    switch (value.kind()) {
    case Kind::none: return "None";
    case Kind::string:
        if (value.is_markup()) return "markupsafe.Markup object";
        break;
    case Kind::datetime: return "datetime.datetime object";
    case Kind::uuid: return "uuid.UUID object";
    case Kind::undefined: return "jinja2.runtime.Undefined object";
    case Kind::object:
        for (const std::string_view name :
             {"LoopContext", "TemplateReference", "Macro", "BlockReference"})
            if (value.type_name() == name) return "jinja2.runtime." + std::string(name) + " object";
        for (const std::string_view name : {"Namespace", "Cycler", "Joiner"})
            if (value.type_name() == name) return "jinja2.utils." + std::string(name) + " object";
        if (value.type_name() == "TemplateModule")
            return "jinja2.environment.TemplateModule object";
        break;
    default: break;
    }
    return std::string(value.type_name()) + " object";
}

// Attributes that every Python object has, and that a template must not come near.
constexpr std::string_view object_attributes[] = {
    "__class__",
    "__init__",
    "__new__",
    "__doc__",
    "__dir__",
    "__getattr__",
    "__getattribute__",
    "__setattr__",
    "__delattr__",
    "__reduce__",
    "__reduce_ex__",
    "__repr__",
    "__str__",
    "__format__",
    "__hash__",
    "__eq__",
    "__ne__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__sizeof__",
    "__init_subclass__",
    "__subclasshook__",
    "__dict__",
    "__module__",
    "__globals__",
    "__code__",
    "__self__",
    "__call__",
    "__func__",
    "__builtins__",
    "__getitem__",
    "__len__",
    "__contains__",
    "__iter__",
    "__add__",
    "__mul__",
    "__mod__",
    "__weakref__",
};

} // namespace

Value State::undefined_member(const Value &object, const Value &name) {
    const std::string type = type_of(object);
    if (name.is_string())
        return make_undefined(UndefinedForm::member, type + "\n" + std::string(name.text()));
    return make_undefined(UndefinedForm::element, type + "\n" + repr(name));
}

bool Renderer::is_unsafe(const Value &object, std::string_view name) const {
    if (!environment_->sandboxed) return false;
    if (name.starts_with('_')) return true;
    return environment_->immutable && is_mutating(object, name);
}

std::optional<Value> Renderer::hidden(const Value &value, std::string_view name, bool found) {
    if (!is_unsafe(value, name)) return std::nullopt;
    if (!found && std::find(std::begin(object_attributes), std::end(object_attributes), name) ==
                      std::end(object_attributes))
        return std::nullopt;
    return make_undefined(UndefinedForm::security, "access to attribute " + repr(Value(name)) +
                                                       " of '" + std::string(value.type_name()) +
                                                       "' object is unsafe.");
}

std::optional<Value> State::attribute(const Value &value, std::string_view name) {
    check(value);
    if (value.is_object()) return value.as_object().attribute(name);
    if (const Method method = find_method(value, name)) return bound_method(value, name, method);
    return find_attribute(value, name);
}

namespace {

std::optional<Value> item_of(State &state, const Value &value, const Value &key) {
    switch (value.kind()) {
    case Kind::dict:
        try {
            if (const Value *found = value.as_dict().find(key)) return *found;
        } catch (const TypeError &) {
        }
        return std::nullopt;
    case Kind::list:
    case Kind::tuple:
    case Kind::string:
    case Kind::bytes: {
        if (!key.is(Kind::integer) && !key.is_bool()) return std::nullopt;
        const auto size = static_cast<std::int64_t>(value.is(Kind::bytes) ? value.text().size()
                                                                          : state.length(value));
        std::int64_t index = key.as_int();
        if (index < 0) index += size;
        if (index < 0 || index >= size) return std::nullopt;
        const auto at = static_cast<std::size_t>(index);
        if (value.is_list() || value.is_tuple()) return value.as_list()[at];
        if (value.is(Kind::bytes))
            return Value(static_cast<int>(static_cast<unsigned char>(value.text()[at])));
        const std::string_view text = value.text();
        const std::size_t offset = code_point_offset(text, at);
        const std::string_view letter = text.substr(offset, code_point_length(text, offset));
        return value.is_markup() ? Value::markup(letter) : Value(letter);
    }
    case Kind::object: return value.as_object().item(key);
    default: return std::nullopt;
    }
}

} // namespace

Value State::member_of_undefined(const Value &value) {
    if (environment_->undefined == UndefinedType::chainable &&
        form_of(value) != UndefinedForm::plain)
        return value;
    fail_undefined(value);
}

Value State::getattr(const Value &value, std::string_view name) {
    if (value.is_undefined()) {
        // It has what every object of Python has, which a sandbox hides; it is no function.
        static constexpr std::string_view without[] = {
            "__globals__", "__code__", "__self__", "__func__", "__builtins__", "__contains__"};
        if (std::find(std::begin(without), std::end(without), name) == std::end(without))
            if (std::optional<Value> instead =
                    static_cast<Renderer &>(*this).hidden(value, name, false))
                return *std::move(instead);
        return member_of_undefined(value);
    }
    std::optional<Value> found = attribute(value, name);
    if (std::optional<Value> instead =
            static_cast<Renderer &>(*this).hidden(value, name, found.has_value()))
        return *std::move(instead);
    if (found) return *std::move(found);
    const Value key(name);
    if (std::optional<Value> item = item_of(*this, value, key)) return *std::move(item);
    return undefined_member(value, key);
}

Value State::getitem(const Value &value, const Value &key) {
    if (value.is_undefined()) return member_of_undefined(value);
    if (std::optional<Value> item = item_of(*this, value, key)) return *std::move(item);
    if (key.is_string()) {
        const std::string_view name = key.text();
        std::optional<Value> found = attribute(value, name);
        if (std::optional<Value> instead =
                static_cast<Renderer &>(*this).hidden(value, name, found.has_value()))
            return *std::move(instead);
        if (found) return *std::move(found);
    }
    return undefined_member(value, key);
}

} // namespace csgi::jinja
