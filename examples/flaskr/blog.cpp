// SPDX-License-Identifier: MIT
// The posts' pages. Reading is for everybody, writing for who is logged in, changing for the
// author.
#include "examples/flaskr/blog.hpp"

#include "examples/flaskr/auth.hpp"
#include "examples/flaskr/database.hpp"
#include "examples/flaskr/pages.hpp"

namespace flaskr {

namespace {

csgi::Response index(csgi::Context &ctx) {
    const csgi::List posts =
        get_db(ctx).query("SELECT p.id, title, body, created, author_id, username"
                          " FROM post p JOIN user u ON p.author_id = u.id"
                          " ORDER BY created DESC, p.id DESC");
    return render(ctx, "blog/index.html", {{"posts", posts}});
}

csgi::Response create(csgi::Context &ctx) {
    if (ctx.request().method() != "POST") return render(ctx, "blog/create.html");
    const std::string_view title = ctx.request().form_value("title");
    const std::string_view body = ctx.request().form_value("body");
    if (title.empty()) {
        ctx.flash("Title is required.");
        return render(ctx, "blog/create.html");
    }
    get_db(ctx).query("INSERT INTO post (title, body, author_id) VALUES (?, ?, ?)",
                      {title, body, ctx.g["user"].at("id")});
    return csgi::redirect(ctx.url_for("blog.index"));
}

// A post of the user's own: 404 for one that there is not, 403 for another's.
csgi::Value get_post(csgi::Context &ctx, int id) {
    csgi::Value post = get_db(ctx).one("SELECT p.id, title, body, created, author_id, username"
                                       " FROM post p JOIN user u ON p.author_id = u.id"
                                       " WHERE p.id = ?",
                                       {id});
    if (post.is_none()) csgi::abort(404, "Post id " + std::to_string(id) + " doesn't exist.");
    if (!(post.at("author_id") == ctx.g["user"].at("id"))) csgi::abort(403);
    return post;
}

csgi::Response update(csgi::Context &ctx, int id) {
    const csgi::Value post = get_post(ctx, id);
    if (ctx.request().method() != "POST") return render(ctx, "blog/update.html", {{"post", post}});
    const std::string_view title = ctx.request().form_value("title");
    const std::string_view body = ctx.request().form_value("body");
    if (title.empty()) {
        ctx.flash("Title is required.");
        return render(ctx, "blog/update.html", {{"post", post}});
    }
    get_db(ctx).query("UPDATE post SET title = ?, body = ? WHERE id = ?", {title, body, id});
    return csgi::redirect(ctx.url_for("blog.index"));
}

csgi::Response remove(csgi::Context &ctx, int id) {
    get_post(ctx, id);
    get_db(ctx).query("DELETE FROM post WHERE id = ?", {id});
    return csgi::redirect(ctx.url_for("blog.index"));
}

} // namespace

csgi::Blueprint make_blog() {
    csgi::Blueprint blog("blog");
    const std::vector<std::string> both = {"GET", "POST"};
    blog.get("/", index).as("index");
    blog.route("/create", {.endpoint = "create", .methods = both}, login_required(create));
    blog.route("/<int:id>/update", {.endpoint = "update", .methods = both}, login_required(update));
    blog.post("/<int:id>/delete", login_required(remove)).as("delete");
    return blog;
}

} // namespace flaskr
