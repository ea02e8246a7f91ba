// SPDX-License-Identifier: MIT
// Structs as JSON: CSGI_FIELDS(title, body) in a struct says which members are its fields.
#pragma once

#include <concepts>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <csgi/value/value.hpp>

namespace csgi {

// A value that a struct does not take; the message begins with the field's name.
class FieldError : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

namespace detail {

template <class T>
concept Fields = requires(const T &value) {
    value.csgi_to_value();
};

// The first name of "title, body", which it takes off.
std::string_view next_field(std::string_view &names);
[[noreturn]] void missing_field(std::string_view name);
[[noreturn]] void wrong_field(std::string_view name, std::string_view wanted, const Value &value);
[[noreturn]] void no_object(const Value &value);

template <class T>
Value value_of(const T &field) {
    if constexpr (Fields<T>) {
        return field.csgi_to_value();
    } else if constexpr (std::constructible_from<Value, const T &>) {
        return Value(field);
    } else if constexpr (requires { field.has_value(); }) {
        return field ? value_of(*field) : Value();
    } else {
        List items;
        for (const auto &item : field) items.push_back(value_of(item));
        return Value(std::move(items));
    }
}

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
void read_field(std::string_view name, const Value &from, T &into) {
    if constexpr (std::same_as<T, Value>) {
        into = from;
    } else if constexpr (std::same_as<T, bool>) {
        if (!from.is_bool()) wrong_field(name, "true or false", from);
        into = from.as_bool();
    } else if constexpr (std::integral<T>) {
        if (!from.is(Kind::integer) || !std::in_range<T>(from.as_int()))
            wrong_field(name, "an integer that fits", from);
        into = static_cast<T>(from.as_int());
    } else if constexpr (std::floating_point<T>) {
        if (!from.is_float() && !from.is_integer()) wrong_field(name, "a number", from);
        into = static_cast<T>(from.as_double());
    } else if constexpr (std::same_as<T, std::string>) {
        if (!from.is_string()) wrong_field(name, "a string", from);
        into = from.text();
    } else if constexpr (is_optional<T>) {
        if (from.is_none())
            into.reset();
        else
            read_field(name, from, into.emplace());
    } else if constexpr (Fields<T>) {
        if (!from.is_dict()) wrong_field(name, "an object", from);
        into.csgi_read(from);
    } else {
        if (!from.is_list()) wrong_field(name, "a list", from);
        into.clear();
        for (const Value &item : from.as_list()) read_field(name, item, into.emplace_back());
    }
}

// A whole body.
template <class T>
void read_fields_of(const Value &from, T &into) {
    if constexpr (Fields<T>) {
        if (!from.is_dict()) no_object(from);
        into.csgi_read(from);
    } else {
        read_field("the body", from, into);
    }
}

template <class... T>
Value fields_to_value(std::string_view names, const std::tuple<T...> &fields) {
    Dict out;
    std::apply([&](const auto &...field) { ((out[next_field(names)] = value_of(field)), ...); },
               fields);
    return Value(std::move(out));
}

template <class T>
void read_member(const Value &from, std::string_view name, T &into) {
    if (const Value *value = from.find(name))
        read_field(name, *value, into);
    else if constexpr (!is_optional<T>)
        missing_field(name);
}

template <class... T>
void fields_from_value(const Value &from, std::string_view names, std::tuple<T...> fields) {
    std::apply([&](auto &...field) { (read_member(from, next_field(names), field), ...); }, fields);
}

} // namespace detail

} // namespace csgi

// In a struct: members that are its fields in JSON, both ways. A field may be of any kind that a
// Value has, a std::optional, a std::vector, or a struct of this sort; one that is not optional has
// to be there.
#define CSGI_FIELDS(...)                                                              \
    ::csgi::Value csgi_to_value() const {                                             \
        return ::csgi::detail::fields_to_value(#__VA_ARGS__, std::tie(__VA_ARGS__));  \
    }                                                                                 \
    void csgi_read(const ::csgi::Value &from) {                                       \
        ::csgi::detail::fields_from_value(from, #__VA_ARGS__, std::tie(__VA_ARGS__)); \
    }
