// SPDX-License-Identifier: MIT
// What an object answers that was not told to answer, and calls.
#include <csgi/value/object.hpp>

namespace csgi {

std::optional<Value> Object::attribute(std::string_view) {
    return std::nullopt;
}

std::optional<Value> Object::item(const Value &) {
    return std::nullopt;
}

bool Object::set_attribute(std::string_view, const Value &) {
    return false;
}

Value Object::call(const Arguments &) {
    throw TypeError("'" + std::string(type_name()) + "' object is not callable");
}

std::unique_ptr<Iterator> Object::iterate() {
    return nullptr;
}

bool Object::truthy() const {
    return size().value_or(1) != 0;
}

std::string Object::text() const {
    return "<" + std::string(type_name()) + " object>";
}

Value call(const Value &callable, std::initializer_list<Value> arguments) {
    if (!callable.is_object())
        throw TypeError("'" + std::string(callable.type_name()) + "' object is not callable");
    return callable.as_object().call({{arguments.begin(), arguments.end()}, {}});
}

namespace {

class Function final : public Object {
public:
    Function(std::string_view name, std::function<Value(const Arguments &)> call)
        : name_(name), call_(std::move(call)) {}

    std::string_view type_name() const override { return "function"; }
    bool is_callable() const override { return true; }
    Value call(const Arguments &arguments) override { return call_(arguments); }
    std::string text() const override { return "<function " + name_ + ">"; }

private:
    std::string name_;
    std::function<Value(const Arguments &)> call_;
};

} // namespace

Value function(std::string_view name, std::function<Value(const Arguments &)> call) {
    return Value(std::make_shared<Function>(name, std::move(call)));
}

} // namespace csgi
