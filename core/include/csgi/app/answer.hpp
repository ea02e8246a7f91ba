// SPDX-License-Identifier: MIT
// What a handler returns, made a response.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <csgi/app/context.hpp>
#include <csgi/app/fields.hpp>

namespace csgi {

// Returned by a handler that let somebody else answer, such as another application.
struct Forwarded {
    csgi_app *to;
};

// Lets another application answer the request: `return csgi::forward_to(app)`.
inline Forwarded forward_to(csgi_app *app) {
    return {app};
}

namespace detail {

// A view that returned nothing, as Flask's TypeError.
[[noreturn]] void returned_nothing(const Context &ctx);
void set_json(const Context &ctx, Response &out, const Value &value);
void set_headers(Response &out, const Headers &headers);
void set_forwarded(Response &out, csgi_app *app);

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsTuple : std::false_type {};
template <class... T>
struct IsTuple<std::tuple<T...>> : std::true_type {};
template <class A, class B>
struct IsTuple<std::pair<A, B>> : std::true_type {};

// What answers by a text that lies elsewhere.
template <class T>
inline constexpr bool may_be_view =
    std::same_as<T, std::string_view> || std::same_as<T, const char *> || std::same_as<T, char *>;
template <class T>
inline constexpr bool may_be_view<std::optional<T>> = may_be_view<T>;
template <class T, class... More>
inline constexpr bool may_be_view<std::tuple<T, More...>> = may_be_view<T>;
template <class T, class More>
inline constexpr bool may_be_view<std::pair<T, More>> = may_be_view<T>;

// What becomes a list in JSON.
template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> =
    std::constructible_from<Value, const std::vector<T> &> && !std::same_as<T, unsigned char>;

template <class T>
inline constexpr bool is_answer_alone =
    std::same_as<T, Response> || std::same_as<T, std::string> ||
    std::convertible_to<T, std::string_view> || std::same_as<T, Value> || std::same_as<T, Dict> ||
    std::same_as<T, List> || std::same_as<T, std::vector<unsigned char>> || Fields<T> ||
    is_list<T> || std::derived_from<T, HttpError> || std::same_as<T, Forwarded> ||
    std::convertible_to<T, std::unique_ptr<BodySource>>;

template <class T>
inline constexpr bool is_answer = is_answer_alone<T> || IsOptional<T>::value || IsTuple<T>::value;

inline void begin_text(Response &out) {
    out.headers.add_known(CSGI_FIELD_CONTENT_TYPE, html_type);
}

void set_error(Response &out, const HttpError &error);
void set_value(const Context &ctx, Response &out, const Value &value);
void set_status(Response &out, int status);
void set_bytes(Response &out, const unsigned char *bytes, std::size_t n);

template <class R>
void answer(const Context &ctx, Response &out, R &&result) {
    using T = std::remove_cvref_t<R>;
    if constexpr (IsOptional<T>::value) {
        if (!result) returned_nothing(ctx);
        answer(ctx, out, *std::forward<R>(result));
    } else if constexpr (IsTuple<T>::value) {
        // (body, status), (body, headers) or (body, status, headers), as in Flask.
        answer(ctx, out, std::get<0>(std::forward<R>(result)));
        const auto add = [&out](const auto &more) {
            using M = std::remove_cvref_t<decltype(more)>;
            static_assert(std::integral<M> || std::same_as<M, Headers>,
                          "beside a body a handler returns a status (int) or csgi::Headers");
            if constexpr (std::integral<M>) // a status that no int holds is none
                set_status(out, std::in_range<int>(more) ? static_cast<int>(more) : 0);
            else
                set_headers(out, more);
        };
        static_assert(std::tuple_size_v<T> <= 3,
                      "a handler returns a body, a status and headers, no more");
        if constexpr (std::tuple_size_v < T >> 1) add(std::get<1>(result));
        if constexpr (std::tuple_size_v < T >> 2) add(std::get<2>(result));
    } else if constexpr (std::same_as<T, Response>) {
        out = std::forward<R>(result);
    } else if constexpr (std::same_as<T, std::string>) {
        begin_text(out);
        out.set_body(std::forward<R>(result));
    } else if constexpr (std::same_as<T, Value>) {
        set_value(ctx, out, result);
    } else if constexpr (std::same_as<T, Dict> || std::same_as<T, List>) {
        set_json(ctx, out, Value(std::forward<R>(result)));
    } else if constexpr (is_list<T>) {
        set_json(ctx, out, Value(result));
    } else if constexpr (Fields<T>) {
        set_json(ctx, out, result.csgi_to_value());
    } else if constexpr (std::derived_from<T, HttpError>) {
        set_error(out, result);
    } else if constexpr (std::same_as<T, Forwarded>) {
        set_forwarded(out, result.to);
    } else if constexpr (std::same_as<T, std::vector<unsigned char>>) {
        set_bytes(out, result.data(), result.size());
    } else if constexpr (std::convertible_to<T, std::unique_ptr<BodySource>>) {
        begin_text(out);
        out.set_source(std::unique_ptr<BodySource>(std::forward<R>(result)));
    } else {
        begin_text(out);
        // A view, or a literal, is of what outlives the request. What else can be read as text has
        // the text, and is soon gone.
        if constexpr (std::is_class_v<T> && !std::same_as<T, std::string_view>)
            out.set_body(std::string(std::string_view(result)));
        else
            out.set_body_view(std::string_view(result));
    }
}

// For what a body may be a view of that is soon gone.
inline void keep_text(Response &out) {
    if (!out.body().empty()) out.set_body(std::string(out.body()));
}

} // namespace detail

// What a handler's result becomes, to be changed before it is returned: Flask's make_response().
template <class R>
Response make_response(const Context &ctx, R &&result) {
    static_assert(detail::is_answer<std::remove_cvref_t<R>>,
                  "a response is made of what a handler may return");
    Response out;
    detail::answer(ctx, out, std::forward<R>(result));
    return out;
}

} // namespace csgi
