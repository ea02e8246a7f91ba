// SPDX-License-Identifier: MIT
// Jinja's environment: how templates are written, found, compiled and rendered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <csgi/template/error.hpp>
#include <csgi/template/loader.hpp>
#include <csgi/template/state.hpp>
#include <csgi/value/value.hpp>

namespace csgi::jinja {

class Template;
namespace code {
struct Unit;
}

// How a template is written; the defaults are Jinja's.
struct Syntax {
    std::string block_start = "{%", block_end = "%}";
    std::string variable_start = "{{", variable_end = "}}";
    std::string comment_start = "{#", comment_end = "#}";
    std::optional<std::string> line_statement_prefix, line_comment_prefix;
    bool trim_blocks = false, lstrip_blocks = false, keep_trailing_newline = false;
    std::string newline_sequence = "\n";
    // The extensions "do", "loopcontrols", "debug" and "i18n".
    bool do_statement = false, loop_controls = false, debug_statement = false, i18n = false;
    // i18n: gettext and kin format their arguments themselves.
    bool newstyle_gettext = false;
};

// What an undefined value may be used for.
enum class UndefinedType : std::uint8_t { normal, strict, chainable, debug };

// What one rendering may cost. Whatever goes beyond ends in a SecurityError, depth in a
// RecursionError.
struct Limits {
    // Passes of loops, calls, items that are filtered, compared, hashed or written. A page that
    // needs more is a mistake or an attack: an endless one ends within about a second.
    std::size_t steps = 20'000'000;
    // Bytes of text and lists made on the way, output included.
    std::size_t bytes = std::size_t{512} << 20;
    // Macros, blocks, includes and recursive loops inside each other.
    std::size_t depth = 400;
    // Numbers in one range() of a sandbox, as MAX_RANGE of Jinja.
    std::size_t range = 100'000;
};

// As Jinja's select_autoescape(): by the end of the template's name, without regard to case.
struct Autoescape {
    std::vector<std::string> enabled{"html", "htm", "xml"};
    std::vector<std::string> disabled;
    bool default_for_string = true;
    bool otherwise = false;

    // No name: the template is a string.
    bool operator()(std::optional<std::string_view> name) const;
};

using CustomFilter = std::function<Value(State &, const Arguments &)>;
using CustomTest = std::function<bool(State &, const Arguments &)>;

// Set up first, then used: what is public and not a function must not change once a template was
// compiled. Afterwards any number of threads may compile and render.
class Environment {
public:
    Environment();
    explicit Environment(Syntax syntax, std::unique_ptr<Loader> loader = nullptr);
    ~Environment();
    Environment(const Environment &) = delete;
    Environment &operator=(const Environment &) = delete;

    Syntax syntax;
    // NULL: there are no templates but those given as text.
    std::unique_ptr<Loader> loader;
    // By the name of the template; nothing for a text without one. Default: off.
    std::function<bool(std::optional<std::string_view> name)> autoescape;
    UndefinedType undefined = UndefinedType::normal;
    // As Jinja's SandboxedEnvironment; immutable: lists and dicts cannot be changed either.
    bool sandboxed = false, immutable = false;
    Limits limits;
    // Ask the loader at each look-up whether a template has changed.
    bool auto_reload = true;
    // How many compiled templates are kept; 0: none.
    std::size_t cache_size = 400;
    // Called with each value before it is printed. Default: none.
    CustomFilter finalize;
    // A relative template name from the template that asks for it. Default: as it is.
    std::function<std::string(const std::string &name, std::string_view parent)> join_path;
    // Told of undefined values that are printed or fail, as Jinja's make_logging_undefined().
    std::function<void(std::string_view message)> undefined_log;

    // Variables of all templates.
    Dict &globals() noexcept { return globals_; }
    const Dict &globals() const noexcept { return globals_; }
    // Jinja's policies: "urlize.rel", "truncate.leeway", "json.dumps_kwargs" ...
    Dict &policies() noexcept { return policies_; }
    const Dict &policies() const noexcept { return policies_; }

    void add_filter(std::string_view name, CustomFilter filter);
    void add_test(std::string_view name, CustomTest test);
    // Jinja's overlay(): an environment like this, of which some settings are then changed, and
    // whose filters, tests, globals and policies are those of this at this moment. It asks this
    // one's loader, so it must not outlive it; compiled templates are its own.
    std::unique_ptr<Environment> overlay() const { return overlay(syntax); }
    std::unique_ptr<Environment> overlay(Syntax other) const;

    bool has_filter(std::string_view name) const noexcept;
    bool has_test(std::string_view name) const noexcept;
    std::vector<std::string> filter_names() const;
    std::vector<std::string> test_names() const;

    // Throws TemplateNotFound or TemplateSyntaxError. `parent` is who asks.
    Template get_template(const std::string &name, std::string_view parent = {}) const;
    // The first that exists.
    Template select_template(const std::vector<std::string> &names,
                             std::string_view parent = {}) const;
    // `name` is for messages and autoescape alone.
    Template from_string(std::string_view source,
                         std::optional<std::string> name = std::nullopt) const;

    // The engine's own.
    struct Tables;
    const Tables &tables() const noexcept { return *tables_; }

private:
    Dict globals_, policies_;
    std::unique_ptr<Tables> tables_;
};

// A compiled template, shared: copies are cheap. Must not outlive its environment.
class Template {
public:
    explicit Template(const Environment &environment, std::shared_ptr<const code::Unit> unit)
        : environment_(&environment), unit_(std::move(unit)) {}

    // Empty for a template without one.
    std::string_view name() const noexcept;
    // Throws TemplateError. The context need only live as long as the call. [any thread]
    std::string render(const Dict &context = {}) const;
    // The same, appended.
    void render(std::string &out, const Dict &context) const;
    // In pieces of about `piece` bytes while it is made; an error may come after the first. The
    // text lives as long as the call of `sink`.
    void stream(const Dict &context, const std::function<void(std::string_view)> &sink,
                std::size_t piece = 16384) const;
    // One block alone, with the context of the whole. Throws std::out_of_range if there is none.
    std::string render_block(std::string_view block, const Dict &context = {}) const;
    std::vector<std::string> block_names() const;
    // What the template sets, or a macro of it, as Jinja's template.module has it: the template
    // runs once, without context, its text is dropped. A macro can be called as often as wanted and
    // gives Markup or str, each time in a rendering of its own that begins by running the template.
    // Throws PythonError (AttributeError) for a name that the template does not export.
    Value module_attribute(std::string_view name) const;

    const code::Unit &unit() const noexcept { return *unit_; }
    const std::shared_ptr<const code::Unit> &shared_unit() const noexcept { return unit_; }

private:
    const Environment *environment_;
    std::shared_ptr<const code::Unit> unit_;
};

} // namespace csgi::jinja
