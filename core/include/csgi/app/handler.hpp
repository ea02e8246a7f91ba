// SPDX-License-Identifier: MIT
// From any callable to a handler: what it takes is found in the request, what it returns becomes
// the answer. What does not fit is refused while compiling.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <csgi/app/answer.hpp>
#include <csgi/app/argument.hpp>
#include <csgi/app/checked_rule.hpp>
#include <csgi/app/fields.hpp>

namespace csgi {

// Where a handler's argument comes from in the rule at hand.
struct Binding {
    std::int32_t variable = -1; // of the rule; below 0: a default
    bool is_translated = false; // a text that is not what stands in the path
    std::string name;
};

// Reads the values that a handler takes from the path, one after the other.
struct PathValues {
    Context &ctx;
    const std::vector<Binding> &bindings;
    std::size_t at = 0;

    template <class T>
    T next() {
        const Binding &binding = bindings[at++];
        if (const Value *value = changed(binding)) return detail::from_value<T>(*value);
        return detail::from_text<T>(text(binding), converter(binding));
    }

private:
    // The value, if it is not simply what stands in the path.
    const Value *changed(const Binding &binding) const;
    std::string_view text(const Binding &binding) const;
    const Converter &converter(const Binding &binding) const;
};

namespace detail {

const Value &json_body(const Context &ctx);

template <class P>
decltype(auto) given(Context &ctx) {
    using T = std::remove_cvref_t<P>;
    if constexpr (std::same_as<T, Context>) {
        return static_cast<Context &>(ctx);
    } else if constexpr (std::same_as<T, Request>) {
        return static_cast<Request &>(ctx.request());
    } else if constexpr (std::same_as<T, csgi::Session>) {
        return static_cast<csgi::Session &>(ctx.session());
    } else {
        using Inner = decltype(T::value);
        if constexpr (std::same_as<Inner, Value>) {
            return T{json_body(ctx)};
        } else {
            T body{};
            read_fields_of(json_body(ctx), body.value);
            return body;
        }
    }
}

} // namespace detail

using ViewFunction = std::function<void(Context &, Response &, const std::vector<Binding> &)>;

template <class F>
ViewFunction make_view(F handler) {
    static_assert(detail::HasOneCall<F>,
                  "a handler is a function or a lambda whose argument types are written out");
    if constexpr (detail::HasOneCall<F>) {
        using Call = detail::Call<F>;
        static_assert(
            Call::Arguments::all_fit,
            "a handler takes Context&, Request&, Session&, Json<T>, or values of its path: "
            "integers, floating point numbers, strings, Uuid, Value");
        static_assert(!Call::Arguments::has_copies,
                      "a handler takes Context, Request and Session by reference: what is done to "
                      "a copy is lost");
        using Result = std::remove_cvref_t<typename Call::Result>;
        static_assert(!std::is_void_v<typename Call::Result>,
                      "a handler returns its answer; this one returns nothing");
        static_assert(std::is_void_v<typename Call::Result> || detail::is_answer<Result>,
                      "a handler returns text, bytes, Value, Response, a tuple with status and "
                      "headers, a generator or another application");
        static_assert(
            !Call::lends || !requires { typename Result::promise_type; },
            "a coroutine takes values of the path and JSON by value: it runs on when "
            "they are gone");
        return [handler = std::move(handler)](Context &ctx, Response &out,
                                              const std::vector<Binding> &bindings) mutable {
            PathValues path{ctx, bindings};
            const auto get = [&]<class P>() -> decltype(auto) {
                if constexpr (detail::is_given<P>)
                    return detail::given<P>(ctx);
                else
                    return path.next<std::remove_cvref_t<P>>();
            };
            Call::with(handler, get, [&](auto &&result) {
                detail::answer(ctx, out, std::forward<decltype(result)>(result));
                if constexpr (Call::lends && detail::may_be_view<Result>) detail::keep_text(out);
            });
        };
    }
}

} // namespace csgi
