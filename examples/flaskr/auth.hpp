// SPDX-License-Identifier: MIT
// Who may do what: accounts, logging in and out, and what to put round a handler that needs it.
#pragma once

#include <csgi/app.hpp>

#include <utility>

namespace flaskr {

// The blueprint "auth", at /auth. Before each request it puts the user into g, or none.
csgi::Blueprint make_auth();

// The same handler for who is logged in; others are sent to the page where they can.
template <class... P>
auto login_required(csgi::Response (*view)(csgi::Context &, P...)) {
    return [view](csgi::Context &ctx, P... values) -> csgi::Response {
        if (ctx.g["user"].is_none()) return csgi::redirect(ctx.url_for("auth.login"));
        return view(ctx, std::move(values)...);
    };
}

} // namespace flaskr
