// SPDX-License-Identifier: MIT
// Accounts: the passwords as Werkzeug hashes them, the user's number in Flask's session.
#include "examples/flaskr/auth.hpp"

#include <csgi/crypto/password.hpp>

#include "examples/flaskr/database.hpp"
#include "examples/flaskr/pages.hpp"

namespace flaskr {

namespace {

csgi::Response do_register(csgi::Context &ctx) {
    if (ctx.request().method() != "POST") return render(ctx, "auth/register.html");
    const std::string_view username = ctx.request().form_value("username");
    const std::string_view password = ctx.request().form_value("password");
    std::string error;
    if (username.empty()) {
        error = "Username is required.";
    } else if (password.empty()) {
        error = "Password is required.";
    } else {
        try {
            get_db(ctx).query("INSERT INTO user (username, password) VALUES (?, ?)",
                              {username, csgi::generate_password_hash(password)});
            return csgi::redirect(ctx.url_for("auth.login"));
        } catch (const IntegrityError &) {
            error = "User " + std::string(username) + " is already registered.";
        }
    }
    ctx.flash(error);
    return render(ctx, "auth/register.html");
}

csgi::Response login(csgi::Context &ctx) {
    if (ctx.request().method() != "POST") return render(ctx, "auth/login.html");
    const std::string_view username = ctx.request().form_value("username");
    const std::string_view password = ctx.request().form_value("password");
    const csgi::Value user = get_db(ctx).one("SELECT * FROM user WHERE username = ?", {username});
    std::string error;
    if (user.is_none())
        error = "Incorrect username.";
    else if (!csgi::check_password_hash(user.at("password").as_string(), password))
        error = "Incorrect password.";
    if (error.empty()) {
        ctx.session().clear();
        ctx.session().set("user_id", user.at("id"));
        return csgi::redirect(ctx.url_for("blog.index"));
    }
    ctx.flash(error);
    return render(ctx, "auth/login.html");
}

csgi::Response logout(csgi::Context &ctx) {
    ctx.session().clear();
    return csgi::redirect(ctx.url_for("blog.index"));
}

void load_logged_in_user(csgi::Context &ctx) {
    const csgi::Value id = ctx.session().get("user_id");
    ctx.g["user"] = id.is_none()
                        ? csgi::Value()
                        : get_db(ctx).one("SELECT id, username FROM user WHERE id = ?", {id});
}

} // namespace

csgi::Blueprint make_auth() {
    csgi::Blueprint auth("auth", {.url_prefix = "/auth"});
    auth.before_app_request(load_logged_in_user);
    const std::vector<std::string> both = {"GET", "POST"};
    auth.route("/register", {.endpoint = "register", .methods = both}, do_register);
    auth.route("/login", {.endpoint = "login", .methods = both}, login);
    auth.get("/logout", logout).as("logout");
    return auth;
}

} // namespace flaskr
