// SPDX-License-Identifier: MIT
// What a handler takes: how its arguments are told apart, and how values of a path become them.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <csgi/app/context.hpp>

namespace csgi {

// A UUID of a path, as a handler's argument.
struct Uuid {
    std::array<unsigned char, 16> bytes{};
    std::string text() const; // in lower case
    bool operator==(const Uuid &) const = default;
};

// The body, as JSON, mapped onto T: a Value, a struct with CSGI_FIELDS, or what may be a field of
// one, such as a vector of structs. 415 and 400 as Request::json(), 422 when a field is missing or
// of another kind.
template <class T>
struct Json {
    T value;
    const T *operator->() const { return &value; }
    const T &operator*() const { return value; }
};

// ---- How a value of a path becomes an argument ------------------------------------------------

namespace detail {

template <class T>
concept Whole = std::integral<T> && !std::same_as<T, bool>;

enum class Shape { none, integer, number, text, uuid, value, own };

template <class T>
constexpr Shape shape_of() {
    if constexpr (Whole<T>)
        return Shape::integer;
    else if constexpr (std::floating_point<T>)
        return Shape::number;
    else if constexpr (std::same_as<T, std::string> || std::same_as<T, std::string_view>)
        return Shape::text;
    else if constexpr (std::same_as<T, Uuid>)
        return Shape::uuid;
    else if constexpr (std::same_as<T, Value>)
        return Shape::value;
    else if constexpr (std::constructible_from<T, const Value &>)
        return Shape::own;
    else
        return Shape::none;
}

[[noreturn]] void not_in_range();
Uuid uuid_of(std::string_view text);

// From the text that was matched, without a detour.
template <class T>
T from_text(std::string_view text, const Converter &converter) {
    if constexpr (Whole<T>) {
        const std::optional<std::int64_t> number = to_integer(text);
        if (!number || !std::in_range<T>(*number)) not_in_range();
        return static_cast<T>(*number);
    } else if constexpr (std::floating_point<T>) {
        return static_cast<T>(to_double(text));
    } else if constexpr (std::same_as<T, std::string> || std::same_as<T, std::string_view>) {
        return T(text);
    } else if constexpr (std::same_as<T, Uuid>) {
        return uuid_of(text);
    } else {
        return T(converter.to_value(text));
    }
}

// From a value: a default, or what a preprocessor left. `value` lives as long as the request.
template <class T>
T from_value(const Value &value) {
    if constexpr (Whole<T>) {
        if (!std::in_range<T>(value.as_int())) not_in_range();
        return static_cast<T>(value.as_int());
    } else if constexpr (std::floating_point<T>) {
        return static_cast<T>(value.as_double());
    } else if constexpr (std::same_as<T, std::string> || std::same_as<T, std::string_view>) {
        return T(value.as_string());
    } else if constexpr (std::same_as<T, Uuid>) {
        Uuid uuid;
        if (!value.is(Kind::uuid)) throw TypeError("expected UUID, got another kind");
        for (std::size_t i = 0; i < 16; ++i)
            uuid.bytes[i] = static_cast<unsigned char>(value.text()[i]);
        return uuid;
    } else {
        return T(value);
    }
}

// ---- What a handler takes ---------------------------------------------------------------------

template <class T>
struct IsJson : std::false_type {};
template <class T>
struct IsJson<Json<T>> : std::true_type {};

// What the request itself gives, not its path.
template <class P, class T = std::remove_cvref_t<P>>
inline constexpr bool is_given = std::same_as<T, Context> || std::same_as<T, Request> ||
                                 std::same_as<T, csgi::Session> || IsJson<T>::value;

template <class>
using Type = void;

// An argument by reference that is made for the call and has memory of its own.
template <class P, class T = std::remove_cvref_t<P>>
inline constexpr bool is_lent =
    std::is_reference_v<P> && !std::is_arithmetic_v<T> && !std::same_as<T, std::string_view> &&
    (IsJson<T>::value || !is_given<T>);

// What the request gives, but as a copy.
template <class P, class T = std::remove_cvref_t<P>>
inline constexpr bool is_copied =
    !std::is_reference_v<P> &&
    (std::same_as<T, Context> || std::same_as<T, Request> || std::same_as<T, csgi::Session>);

template <class... P>
struct Parameters {
    static constexpr bool has_copies = (is_copied<P> || ...);
    static constexpr std::size_t path_count = (std::size_t{0} + ... + !is_given<P>);
    static constexpr std::array<Shape, sizeof...(P) + 1> shapes() {
        std::array<Shape, sizeof...(P) + 1> out{};
        std::size_t at = 0;
        ((is_given<P> ? void() : void(out[at++] = shape_of<std::remove_cvref_t<P>>())), ...);
        return out;
    }
    static constexpr bool all_fit =
        ((is_given<P> || shape_of<std::remove_cvref_t<P>>() != Shape::none) && ...);
};

template <class F>
struct Call {};
template <class F>
requires requires {
    typename Type<decltype(&F::operator())>;
}
struct Call<F> : Call<decltype(&F::operator())> {};
template <class R, class... P>
struct Call<R (*)(P...)> {
    using Result = R;
    using Arguments = Parameters<P...>;
    // Whether a result may point into an argument that is gone with the call.
    static constexpr bool lends = (is_lent<P> || ...);
    template <class F, class Get, class Use>
    static void with(F &f, Get &&get, Use &&use) {
        // Braces: from left to right.
        std::tuple<decltype(get.template operator()<P>())...> all{get.template operator()<P>()...};
        // Used while the arguments are still there.
        const auto call = [&f](auto &&...each) -> R {
            return f(std::forward<decltype(each)>(each)...);
        };
        if constexpr (std::is_void_v<R>) // which is refused
            std::apply(call, std::move(all));
        else
            use(std::apply(call, std::move(all)));
    }
};
template <class R, class... P>
struct Call<R(P...)> : Call<R (*)(P...)> {};
template <class R, class... P>
struct Call<R (*)(P...) noexcept> : Call<R (*)(P...)> {};
template <class C, class R, class... P>
struct Call<R (C::*)(P...) const> : Call<R (*)(P...)> {};
template <class C, class R, class... P>
struct Call<R (C::*)(P...)> : Call<R (*)(P...)> {};
template <class C, class R, class... P>
struct Call<R (C::*)(P...) const noexcept> : Call<R (*)(P...)> {};
template <class C, class R, class... P>
struct Call<R (C::*)(P...) noexcept> : Call<R (*)(P...)> {};

template <class F>
concept HasOneCall = requires {
    typename Call<std::decay_t<F>>::Result;
};

} // namespace detail

} // namespace csgi
