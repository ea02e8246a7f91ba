// SPDX-License-Identifier: MIT
// Handlers that are classes: Flask's View and MethodView.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <csgi/app/handler.hpp>

namespace csgi {

// A class whose dispatch_request(...) is a handler, told by add_view<Class>(). It may have
//   static constexpr bool init_every_request = false;         one object for all requests
//   static constexpr std::array methods = {"GET", "POST"};    else GET
//   static constexpr bool provide_automatic_options = false;
//   static std::vector<Decorator> decorators();               around it, the last outermost
struct View {
    static constexpr bool init_every_request = true;
};

// A class whose get(...), post(...), put(...), patch(...), del(...), head(...), options(...) and
// trace(...) answer those methods; HEAD is get() where there is no head(). All take the same values
// of the path.
struct MethodView : View {};

// Takes a handler and gives another one, which may call it.
using Decorator = std::function<ViewFunction(ViewFunction)>;

namespace detail {

void view_answers_no_method(const Context &ctx); // throws

// A member of a class as a handler; a new object for each call, or one for all.
template <class V, class M>
struct MemberHandler {};
template <class V, class C, class R, class... P>
struct MemberHandler<V, R (C::*)(P...)> {
    std::function<std::shared_ptr<V>()> make;
    R (C::*member)(P...);
    R operator()(P... values) const { return ((*make()).*member)(std::forward<P>(values)...); }
};
template <class V, class C, class R, class... P>
struct MemberHandler<V, R (C::*)(P...) const> {
    std::function<std::shared_ptr<V>()> make;
    R (C::*member)(P...) const;
    R operator()(P... values) const { return ((*make()).*member)(std::forward<P>(values)...); }
};

template <class V, class... A>
std::function<std::shared_ptr<V>()> view_maker(A... arguments) {
    if constexpr (V::init_every_request)
        return [... arguments = std::move(arguments)] { return std::make_shared<V>(arguments...); };
    else
        return [view = std::make_shared<V>(std::move(arguments)...)] { return view; };
}

template <class V, class M>
MemberHandler<V, M> member_handler(const std::function<std::shared_ptr<V>()> &make, M member) {
    using Result = typename Call<M>::Result;
    static_assert(
        !V::init_every_request || !requires { typename Result::promise_type; },
        "a coroutine of a view runs on when the object is gone: say "
        "`static constexpr bool init_every_request = false`");
    return {make, member};
}

// Calls use("GET", &V::get) and so on for what the class has.
template <class V, class Use>
constexpr void each_verb(Use &&use) {
    if constexpr (requires { &V::get; }) use("GET", &V::get);
    if constexpr (requires { &V::head; }) use("HEAD", &V::head);
    if constexpr (requires { &V::post; }) use("POST", &V::post);
    if constexpr (requires { &V::put; }) use("PUT", &V::put);
    if constexpr (requires { &V::patch; }) use("PATCH", &V::patch);
    if constexpr (requires { &V::del; }) use("DELETE", &V::del);
    if constexpr (requires { &V::options; }) use("OPTIONS", &V::options);
    if constexpr (requires { &V::trace; }) use("TRACE", &V::trace);
}

template <class V>
inline constexpr bool has_dispatch = requires {
    &V::dispatch_request;
};

// The member that stands for all: what it takes decides whether a rule fits.
template <class V>
constexpr auto first_member() {
    if constexpr (has_dispatch<V>)
        return &V::dispatch_request;
    else if constexpr (requires { &V::get; })
        return &V::get;
    else if constexpr (requires { &V::post; })
        return &V::post;
    else if constexpr (requires { &V::put; })
        return &V::put;
    else if constexpr (requires { &V::patch; })
        return &V::patch;
    else {
        static_assert(
            requires { &V::del; },
            "a view has dispatch_request(), or get(), post(), put(), patch() or del()");
        return &V::del;
    }
}
template <class V>
using ViewHandler = MemberHandler<V, decltype(first_member<V>())>;

// One handler for all verbs of a class.
template <class V>
ViewFunction by_method(const std::function<std::shared_ptr<V>()> &make) {
    std::vector<std::pair<std::string_view, ViewFunction>> verbs;
    using First = typename Call<ViewHandler<V>>::Arguments;
    each_verb<V>([&](std::string_view name, auto member) {
        auto handler = member_handler<V>(make, member);
        using Taken = typename Call<decltype(handler)>::Arguments;
        static_assert(Taken::path_count == First::path_count,
                      "the methods of a MethodView take the same values of the path");
        verbs.emplace_back(name, make_view(std::move(handler)));
    });
    return [verbs = std::move(verbs)](Context &ctx, Response &out,
                                      const std::vector<Binding> &bindings) {
        const std::string_view method = ctx.request().method();
        for (const std::string_view wanted : {method, std::string_view("GET")}) {
            for (const auto &[name, view] : verbs)
                if (name == wanted) return view(ctx, out, bindings);
            if (method != "HEAD") break;
        }
        view_answers_no_method(ctx);
    };
}

template <class V>
std::vector<std::string> view_methods() {
    std::vector<std::string> methods;
    if constexpr (requires { V::methods; }) {
        for (const auto &method : V::methods) methods.emplace_back(method);
    } else if constexpr (!has_dispatch<V>) {
        each_verb<V>([&](std::string_view name, auto) { methods.emplace_back(name); });
    }
    return methods;
}

template <class V, class... A>
ViewFunction class_view(A... arguments) {
    const auto make = view_maker<V>(std::move(arguments)...);
    ViewFunction view;
    if constexpr (has_dispatch<V>)
        view = make_view(member_handler<V>(make, &V::dispatch_request));
    else
        view = by_method<V>(make);
    if constexpr (requires { V::decorators(); })
        for (const Decorator &decorate : V::decorators()) view = decorate(std::move(view));
    return view;
}

} // namespace detail

} // namespace csgi
