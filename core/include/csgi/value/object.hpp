// SPDX-License-Identifier: MIT
// What a host program offers to templates and JSON: an object answers for itself.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <csgi/value/value.hpp>

namespace csgi {

// What a call was given. Lives as long as the call.
struct Arguments {
    struct Named {
        std::string_view name;
        Value value;
    };
    std::span<const Value> positional;
    std::span<const Named> named;

    // NULL when there is none.
    const Value *find(std::size_t position) const {
        return position < positional.size() ? &positional[position] : nullptr;
    }
    const Value *find(std::string_view name) const {
        for (const Named &argument : named)
            if (argument.name == name) return &argument.value;
        return nullptr;
    }
    // The argument at a position or, if that was not given, of a name.
    const Value *find(std::size_t position, std::string_view name) const {
        const Value *value = find(position);
        return value ? value : find(name);
    }
};

// One pass over the items of something.
class Iterator {
public:
    virtual ~Iterator() = default;
    // False at the end; `item` is then unchanged.
    virtual bool next(Value &item) = 0;
};

// Every answer has a default, that of a Python object without the method in question. An answer may
// throw; the exception reaches whoever asked. Two threads may ask at once only if the object
// allows it.
class Object : public std::enable_shared_from_this<Object> {
public:
    virtual ~Object() = default;

    // The class, as error messages name it. Lives as long as the object.
    virtual std::string_view type_name() const = 0;

    // value.name; nothing: there is no such attribute.
    virtual std::optional<Value> attribute(std::string_view name);
    // value[key].
    virtual std::optional<Value> item(const Value &key);
    // value.name = ...; false: it cannot be set.
    virtual bool set_attribute(std::string_view name, const Value &value);

    virtual bool is_callable() const { return false; }
    // Throws TypeError unless callable.
    virtual Value call(const Arguments &arguments);

    // NULL: it cannot be iterated over.
    virtual std::unique_ptr<Iterator> iterate();
    // Nothing: it has no length.
    virtual std::optional<std::size_t> size() const { return std::nullopt; }
    // True unless the size is 0.
    virtual bool truthy() const;

    // str(value).
    virtual std::string text() const;
    // The text as HTML, not to be escaped, for an object that knows (Python's __html__).
    virtual std::optional<std::string> html() const { return std::nullopt; }
    // What stands for it in JSON: anything but an object. Nothing: it cannot be written.
    virtual std::optional<Value> json() const { return std::nullopt; }

    virtual bool equals(const Object &other) const { return this == &other; }
};

// callable(argument, ...). Throws TypeError for what cannot be called, and what the callable
// throws.
Value call(const Value &callable, std::initializer_list<Value> arguments = {});

// A function of the host program as a value. `name` is copied.
Value function(std::string_view name, std::function<Value(const Arguments &)> call);

} // namespace csgi
