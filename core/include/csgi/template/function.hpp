// SPDX-License-Identifier: MIT
// Plain C++ functions as filters, tests and globals: their arguments are checked and converted.
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <csgi/template/environment.hpp>
#include <csgi/value/object.hpp>

namespace csgi::jinja {

namespace detail {

// One argument as a parameter wants it. Throws TypeError for a value of another kind.
template <class T>
struct Argument {
    static T from(State &state, const Value *value) {
        if (!value) throw TypeError("an argument is missing");
        state.check(*value);
        if constexpr (std::same_as<T, Value>)
            return *value;
        else if constexpr (std::same_as<T, bool>)
            return state.truthy(*value);
        else if constexpr (std::integral<T>)
            return static_cast<T>(state.index(*value));
        else if constexpr (std::floating_point<T>)
            return static_cast<T>(value->as_double());
        else if constexpr (std::same_as<T, std::string_view>)
            return value->as_string();
        else if constexpr (std::same_as<T, std::string>)
            return std::string(value->as_string());
        else if constexpr (std::same_as<T, List>)
            return state.list(*value);
        else if constexpr (std::same_as<T, Dict>)
            return value->as_dict();
        else if constexpr (requires(T & out, const Value &in) { out.csgi_read(in); }) {
            T out{};
            out.csgi_read(*value);
            return out;
        } else {
            static_assert(std::same_as<T, Value>,
                          "a parameter is a bool, a number, a string, a List, a Dict, a Value, a "
                          "std::optional of these or a struct with CSGI_FIELDS");
        }
    }
};

// Not given, or none.
template <class T>
struct Argument<std::optional<T>> {
    static std::optional<T> from(State &state, const Value *value) {
        if (!value || value->is_none()) return std::nullopt;
        return Argument<T>::from(state, value);
    }
};

template <class T>
Value to_value(T &&result) {
    using Plain = std::remove_cvref_t<T>;
    if constexpr (requires { result.csgi_to_value(); })
        return result.csgi_to_value();
    else if constexpr (requires { Value(std::forward<T>(result)); })
        return Value(std::forward<T>(result));
    else {
        List out;
        for (const typename Plain::value_type &item : result) out.push_back(to_value(item));
        return Value(std::move(out));
    }
}

// The parameters of a callable.
template <class F>
struct Signature : Signature<decltype(&F::operator())> {};
template <class R, class... A>
struct Signature<R (*)(A...)> {
    using Result = R;
    using Parameters = std::tuple<A...>;
};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...)> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const> : Signature<R (*)(A...)> {};

template <class F, class Parameters>
struct Caller;
template <class F, class... A>
struct Caller<F, std::tuple<State &, A...>> {
    static constexpr std::size_t count = sizeof...(A);
    template <std::size_t... I>
    static decltype(auto) call(F &f, State &state, const Arguments &arguments,
                               std::index_sequence<I...>) {
        return f(state, Argument<std::remove_cvref_t<A>>::from(state, arguments.find(I))...);
    }
};
template <class F, class... A>
struct Caller<F, std::tuple<A...>> {
    static constexpr std::size_t count = sizeof...(A);
    template <std::size_t... I>
    static decltype(auto) call(F &f, State &state, const Arguments &arguments,
                               std::index_sequence<I...>) {
        return f(Argument<std::remove_cvref_t<A>>::from(state, arguments.find(I))...);
    }
};

// Calls with what a template gave, by position.
template <class F>
decltype(auto) call_typed(F &f, State &state, const Arguments &arguments) {
    using Call = Caller<F, typename Signature<F>::Parameters>;
    if (arguments.positional.size() > Call::count || !arguments.named.empty())
        throw TypeError(
            "the function takes " + std::to_string(Call::count) + " arguments by position but " +
            std::to_string(arguments.positional.size() + arguments.named.size()) + " were given");
    return Call::call(f, state, arguments, std::make_index_sequence<Call::count>());
}

template <class F>
class TypedFunction final : public Callable {
public:
    explicit TypedFunction(F function) : call_(std::move(function)) {}
    Value call(State &state, const Arguments &arguments) override {
        return to_value(call_typed(call_, state, arguments));
    }

private:
    F call_;
};

} // namespace detail

// A filter: the first parameter is what stands before the bar, or the one after `State &`.
//     env.add_filter("shout", jinja::filter([](std::string_view text) { ... }));
// Parameters are given by position; those that may be left out are std::optional.
template <class F>
CustomFilter filter(F call) {
    return [call = std::move(call)](State &state, const Arguments &arguments) mutable -> Value {
        return detail::to_value(detail::call_typed(call, state, arguments));
    };
}

// A test, the same way; what it returns is taken for its truth.
template <class F>
CustomTest test(F call) {
    return [call = std::move(call)](State &state, const Arguments &arguments) mutable -> bool {
        return static_cast<bool>(detail::call_typed(call, state, arguments));
    };
}

// A function for the globals or a context.
template <class F>
Value function(F call) {
    return Value(std::make_shared<detail::TypedFunction<F>>(std::move(call)));
}

// Any of these ways to write one, or what add_filter() and add_test() take.
template <class F>
CustomFilter as_filter(F call) {
    if constexpr (std::is_convertible_v<F, CustomFilter>)
        return call;
    else
        return filter(std::move(call));
}
template <class F>
CustomTest as_test(F call) {
    if constexpr (std::is_convertible_v<F, CustomTest>)
        return call;
    else
        return test(std::move(call));
}
// A function, or a value that templates find as it is.
template <class F>
Value as_global(F given) {
    if constexpr (requires { &F::operator(); } || std::is_function_v<std::remove_pointer_t<F>>)
        return function(std::move(given));
    else
        return Value(std::move(given));
}

} // namespace csgi::jinja
