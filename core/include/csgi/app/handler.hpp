// SPDX-License-Identifier: MIT
// From any callable to a handler: what it takes is found in the request, what it returns becomes
// the answer. What does not fit is refused while compiling.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <csgi/app/context.hpp>
#include <csgi/app/fields.hpp>
#include <csgi/app/rule_text.hpp>

namespace csgi {

// A UUID of a path, as a handler's argument.
struct Uuid {
    std::array<unsigned char, 16> bytes{};
    std::string text() const; // in lower case
    bool operator==(const Uuid &) const = default;
};

// The body, as JSON, mapped onto T: a Value, or a struct with CSGI_FIELDS. 415 and 400 as
// Request::json(), 422 when a field is missing or of another kind.
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

template <class... P>
struct Parameters {
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

// ---- Refusals, whose names are what a compiler prints -----------------------------------------

void the_rule_is_malformed();
void the_rule_must_start_with_a_slash();
void the_rule_uses_a_variable_name_twice();
void the_rule_has_more_variables_than_the_handler_takes();
void the_handler_takes_more_values_than_the_rule_has_variables();
void an_int_variable_needs_an_integer_argument();
void a_float_variable_needs_a_floating_point_argument();
void a_text_variable_needs_a_string_argument();
void a_uuid_variable_needs_a_Uuid_argument();

constexpr bool is_one_of(std::string_view name, std::string_view a, std::string_view b = "",
                         std::string_view c = "", std::string_view d = "") {
    return name == a || name == b || name == c || name == d;
}

// Whether a rule's variables are what the handler takes; in a constant expression a refusal is a
// compile error that names it. `more_to_come`: the rule has defaults besides, or a prefix.
template <class Arguments>
constexpr void check_rule(std::string_view rule, bool may_take_more) {
    constexpr auto shapes = Arguments::shapes();
    std::array<std::string_view, Arguments::path_count + 1> names{};
    std::size_t count = 0;
    RuleText reader(rule);
    for (auto token = reader.next(); token.kind != RuleText::Kind::end; token = reader.next()) {
        if (token.kind == RuleText::Kind::malformed) {
            the_rule_is_malformed();
            return;
        }
        if (token.kind != RuleText::Kind::variable) continue;
        if (count == Arguments::path_count) {
            the_rule_has_more_variables_than_the_handler_takes();
            return;
        }
        for (std::size_t i = 0; i < count; ++i)
            if (names[i] == token.variable) the_rule_uses_a_variable_name_twice();
        names[count] = token.variable;
        const Shape shape = shapes[count++];
        if (shape == Shape::value || shape == Shape::own) continue;
        const std::string_view name = token.converter;
        if (name == "int" && shape != Shape::integer) an_int_variable_needs_an_integer_argument();
        if (name == "float" && shape != Shape::number)
            a_float_variable_needs_a_floating_point_argument();
        if (is_one_of(name, "", "string", "path", "any") && shape != Shape::text)
            a_text_variable_needs_a_string_argument();
        if (name == "uuid" && shape != Shape::uuid) a_uuid_variable_needs_a_Uuid_argument();
    }
    if (count < Arguments::path_count && !may_take_more)
        the_handler_takes_more_values_than_the_rule_has_variables();
}

// What is no handler at all is refused in words of its own, where it becomes one.
template <class F>
constexpr void check_rule_for(std::string_view rule, bool may_take_more) {
    if constexpr (HasOneCall<F>) {
        using Arguments = typename Call<std::decay_t<F>>::Arguments;
        if constexpr (Arguments::all_fit) check_rule<Arguments>(rule, may_take_more);
    }
}

} // namespace detail

// A rule that is only known at run time; what does not fit is then a SetupError at start-up.
struct Runtime {
    std::string_view text;
};
constexpr Runtime runtime(std::string_view text) {
    return {text};
}

// A rule for a handler of type F, checked against it. `may_take_more`: the handler may be given
// what the rule does not have.
template <class F, bool may_take_more>
class CheckedRule {
public:
    template <std::size_t N>
    consteval CheckedRule(const char (&text)[N], const char *file = __builtin_FILE(),
                          unsigned line = __builtin_LINE())
        : text_(text), file_(file), line_(line) {
        if (N > 1 && text[0] != '/') detail::the_rule_must_start_with_a_slash();
        detail::check_rule_for<F>(text_, may_take_more);
    }
    CheckedRule(Runtime rule, const char *file = __builtin_FILE(), unsigned line = __builtin_LINE())
        : text_(rule.text), file_(file), line_(line) {}

    std::string_view text() const { return text_; }
    const char *file() const { return file_; }
    unsigned line() const { return line_; }

private:
    std::string_view text_;
    const char *file_;
    unsigned line_;
};

template <class F>
using RuleFor = CheckedRule<F, false>;
// Where defaults may give the handler what the rule does not have.
template <class F>
using RuleWithDefaultsFor = CheckedRule<F, true>;

// ---- What a handler returns -------------------------------------------------------------------

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

template <class T>
inline constexpr bool is_answer_alone =
    std::same_as<T, Response> || std::same_as<T, std::string> ||
    std::convertible_to<T, std::string_view> || std::same_as<T, Value> || std::same_as<T, Dict> ||
    std::same_as<T, List> || std::same_as<T, std::vector<unsigned char>> || Fields<T> ||
    std::derived_from<T, HttpError> || std::same_as<T, Forwarded> ||
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

// ---- The handler itself -----------------------------------------------------------------------

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
