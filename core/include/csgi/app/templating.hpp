// SPDX-License-Identifier: MIT
// Pages from templates: Flask's render_template() and what its templates find.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <csgi/app/response.hpp>
#include <csgi/template/environment.hpp>
#include <csgi/value/value.hpp>

namespace csgi {

class App;
class Context;
struct TemplateFolders;

// An application's templates. Its globals are Flask's: url_for, get_flashed_messages, config,
// request, session and g, of whatever context renders. Templates lie in the application's
// template_folder, then in those of its blueprints. Names that end in .html, .htm, .xml, .xhtml or
// .svg are escaped, and texts without a name; nothing else is.
class Templating {
public:
    Templating();
    ~Templating();
    Templating(const Templating &) = delete;

    jinja::Environment &environment() { return *environment_; }
    // Searched after those that were added before; `owner` is for EXPLAIN_TEMPLATE_LOADING.
    void add_folder(std::string folder, std::string owner = "the application");

    // As jinja::Template does; the values come after what the context processors say, and win.
    std::string render(Context &ctx, const jinja::Template &page, Dict values);
    jinja::Template get(Context &ctx, const std::vector<std::string> &names);
    Value attribute(Context &ctx, const jinja::Template &page, std::string_view name);

    struct Current; // whose request it is
private:
    friend class App;
    class Rendering;
    void set_up(App &app); // by its settings

    std::unique_ptr<Current> current_;
    std::shared_ptr<TemplateFolders> folders_;
    std::unique_ptr<jinja::Environment> environment_;
};

// Flask's. Throw jinja::TemplateError: TemplateNotFound, TemplateSyntaxError ...
//     return render_template(ctx, "post.html", {{"post", post}});
std::string render_template(Context &ctx, const std::string &name, Dict values = {});
// The first of these that there is.
std::string render_template(Context &ctx, const std::vector<std::string> &names, Dict values = {});
inline std::string render_template(Context &ctx, const char *name, Dict values = {}) {
    return render_template(ctx, std::string(name), std::move(values));
}
inline std::string render_template(Context &ctx, std::initializer_list<const char *> names,
                                   Dict values = {}) {
    return render_template(ctx, std::vector<std::string>(names.begin(), names.end()),
                           std::move(values));
}
std::string render_template_string(Context &ctx, std::string_view source, Dict values = {});

// What a template sets, or a macro of it, to be called from C++: Flask's get_template_attribute().
//     const Value hello = get_template_attribute(ctx, "_cider.html", "hello");
//     call(hello, {"World"})    Markup
// Valid as long as the context. Throws also jinja::PythonError (AttributeError).
Value get_template_attribute(Context &ctx, const std::string &name, std::string_view attribute);

// As a response's body, made when the client asks for its first piece.
std::unique_ptr<BodySource> stream_template(Context &ctx, const std::string &name,
                                            Dict values = {});
std::unique_ptr<BodySource> stream_template_string(Context &ctx, std::string_view source,
                                                   Dict values = {});

} // namespace csgi
