// SPDX-License-Identifier: MIT
// Templates are found, compiled once, kept and rendered.
#include <csgi/template/environment.hpp>

#include <algorithm>
#include <stdexcept>

#include "core/template/builtin.hpp"
#include "core/template/globals.hpp"
#include "core/template/renderer.hpp"
#include "core/template/tables.hpp"
#include "core/template/token.hpp"
#include "core/value/nesting.hpp"

namespace csgi::jinja {

namespace {

// A text of this size needs minutes to parse and as much memory again.
constexpr std::size_t largest_template = std::size_t{256} << 20;
// Idle renderers that an environment keeps: one for each thread of a busy process.
constexpr std::size_t most_idle = 16;

bool ends_with_extension(std::string_view name, std::string_view extension) {
    if (name.size() <= extension.size() || name[name.size() - extension.size() - 1] != '.')
        return false;
    name.remove_prefix(name.size() - extension.size());
    return std::equal(name.begin(), name.end(), extension.begin(), [](char a, char b) {
        const auto lower = [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        };
        return lower(a) == lower(b);
    });
}

} // namespace

bool Autoescape::operator()(std::optional<std::string_view> name) const {
    if (!name) return default_for_string;
    const auto matches = [&](const std::string &extension) {
        return ends_with_extension(
            *name, std::string_view(extension).substr(extension.starts_with('.') ? 1 : 0));
    };
    if (std::any_of(enabled.begin(), enabled.end(), matches)) return true;
    if (std::any_of(disabled.begin(), disabled.end(), matches)) return false;
    return otherwise;
}

Environment::Tables::Tables() {
    for (const auto &table : builtin_filters())
        for (const NamedFilter &filter : table)
            filters[std::string(filter.name)] = {filter.call, {}};
    for (const auto &table : builtin_tests())
        for (const NamedTest &test : table) tests[std::string(test.name)] = {test.call, {}};
    idle.reserve(most_idle);
}

Environment::Tables::~Tables() = default;

std::shared_ptr<const code::Unit> Environment::Tables::recent(const std::string &name) const {
    const std::lock_guard lock(mutex);
    const auto found = by_name.find(name);
    if (found == by_name.end()) return nullptr;
    cached.splice(cached.begin(), cached, found->second);
    return found->second->unit;
}

void Environment::Tables::forget(const std::string &name,
                                 const std::shared_ptr<const code::Unit> &unit) const {
    const std::lock_guard lock(mutex);
    const auto found = by_name.find(name);
    if (found == by_name.end() || found->second->unit != unit) return;
    cached.erase(found->second);
    by_name.erase(found);
}

Environment::Environment() : Environment(Syntax()) {}

Environment::Environment(Syntax given, std::unique_ptr<Loader> from)
    : syntax(std::move(given)), loader(std::move(from)), tables_(std::make_unique<Tables>()) {
    for (const std::string *text :
         {&syntax.block_start, &syntax.block_end, &syntax.variable_start, &syntax.variable_end,
          &syntax.comment_start, &syntax.comment_end})
        if (text->empty()) throw std::invalid_argument("a delimiter of templates is empty");
    for (const auto *text : {&syntax.line_statement_prefix, &syntax.line_comment_prefix})
        if (*text && (*text)->empty())
            throw std::invalid_argument("a prefix of lines in templates is empty");
    if (syntax.block_start == syntax.variable_start || syntax.block_start == syntax.comment_start ||
        syntax.variable_start == syntax.comment_start)
        throw std::invalid_argument("block, variable and comment start strings must be different");
    if (syntax.newline_sequence != "\n" && syntax.newline_sequence != "\r\n" &&
        syntax.newline_sequence != "\r")
        throw std::invalid_argument("'newline_sequence' must be one of '\\n', '\\r\\n', or '\\r'.");
    add_globals(globals_);
    if (syntax.i18n) add_translations(globals_, syntax.newstyle_gettext);
    policies_["ext.i18n.trimmed"] = false;
    policies_["truncate.leeway"] = 5;
    policies_["urlize.rel"] = "noopener";
    policies_["urlize.target"] = Value();
    policies_["urlize.extra_schemes"] = Value();
    policies_["json.dumps_kwargs"] = Value(Dict{{"sort_keys", true}});
}

Environment::~Environment() = default;

void Environment::add_filter(std::string_view name, CustomFilter filter) {
    tables_->filters[std::string(name)] = {nullptr, std::move(filter)};
}

void Environment::add_test(std::string_view name, CustomTest test) {
    tables_->tests[std::string(name)] = {nullptr, std::move(test)};
}

bool Environment::has_filter(std::string_view name) const noexcept {
    return tables_->filter(name) != nullptr;
}

bool Environment::has_test(std::string_view name) const noexcept {
    return tables_->test(name) != nullptr;
}

std::vector<std::string> Environment::filter_names() const {
    std::vector<std::string> out;
    for (const auto &[name, entry] : tables_->filters) out.push_back(name);
    return out;
}

std::vector<std::string> Environment::test_names() const {
    std::vector<std::string> out;
    for (const auto &[name, entry] : tables_->tests) out.push_back(name);
    return out;
}

namespace {

class LoaderOf final : public Loader {
public:
    explicit LoaderOf(const Environment &environment) : environment_(environment) {}
    std::optional<Source> load(const std::string &name) const override {
        return environment_.loader->load(name);
    }
    std::vector<std::string> list() const override { return environment_.loader->list(); }

private:
    const Environment &environment_;
};

} // namespace

std::unique_ptr<Environment> Environment::overlay(Syntax other) const {
    auto out = std::make_unique<Environment>(std::move(other),
                                             loader ? std::make_unique<LoaderOf>(*this) : nullptr);
    out->autoescape = autoescape;
    out->undefined = undefined;
    out->sandboxed = sandboxed;
    out->immutable = immutable;
    out->limits = limits;
    out->auto_reload = auto_reload;
    out->cache_size = cache_size;
    out->finalize = finalize;
    out->join_path = join_path;
    out->undefined_log = undefined_log;
    out->globals_ = globals_;
    out->policies_ = policies_;
    out->tables_->filters = tables_->filters;
    out->tables_->tests = tables_->tests;
    return out;
}

namespace {

std::shared_ptr<const code::Unit> compiled(const Environment &environment, std::string_view text,
                                           std::optional<std::string> name, std::string path,
                                           std::function<bool()> is_current) {
    if (text.size() > largest_template)
        throw TemplateSyntaxError("the template is larger than 256 MiB", name.value_or(""), 1, {});
    auto unit = std::make_shared<code::Unit>();
    unit->environment = &environment;
    unit->name = std::move(name);
    unit->path = std::move(path);
    unit->is_current = std::move(is_current);
    unit->source = code::normalize_lines(text, environment.syntax.keep_trailing_newline);
    if (environment.autoescape)
        unit->autoescape = environment.autoescape(
            unit->name ? std::optional<std::string_view>(*unit->name) : std::nullopt);
    code::parse(*unit);
    code::compile(*unit);
    return unit;
}

} // namespace

Template Environment::from_string(std::string_view source, std::optional<std::string> name) const {
    return Template(*this, compiled(*this, source, std::move(name), {}, {}));
}

Template Environment::get_template(const std::string &asked, std::string_view parent) const {
    const std::string name = join_path && !parent.empty() ? join_path(asked, parent) : asked;
    const Tables &tables = *tables_;
    if (auto unit = tables.recent(name)) {
        // The loader is asked without the lock: it may look at a slow disk.
        if (!auto_reload || !unit->is_current || unit->is_current())
            return Template(*this, std::move(unit));
        tables.forget(name, unit);
    }
    if (!loader) throw TypeError("no loader for this environment specified");
    std::optional<Source> source = loader->load(name);
    if (!source) throw TemplateNotFound(name);
    auto unit =
        compiled(*this, source->text, name, std::move(source->path), std::move(source->is_current));
    if (cache_size > 0) {
        const std::lock_guard lock(tables.mutex);
        // Another thread may have been faster; either is as good.
        if (!tables.by_name.contains(name)) {
            tables.cached.push_front({name, unit});
            tables.by_name[name] = tables.cached.begin();
            if (tables.cached.size() > cache_size) {
                tables.by_name.erase(tables.cached.back().name);
                tables.cached.pop_back();
            }
        }
    }
    return Template(*this, std::move(unit));
}

Template Environment::select_template(const std::vector<std::string> &names,
                                      std::string_view parent) const {
    if (names.empty())
        throw TemplateNotFound(names, "Tried to select from an empty list of templates");
    for (const std::string &name : names) {
        try {
            return get_template(name, parent);
        } catch (const TemplateNotFound &) {
            continue; // compiling asks for no other template, so it is this one that is missing
        }
    }
    throw TemplateNotFound(names);
}

namespace {

// A renderer from those that wait, given back at the end; until then it pays for what values cost.
class Borrowed {
public:
    explicit Borrowed(const Environment &environment) : tables_(environment.tables()) {
        const std::lock_guard lock(tables_.mutex);
        if (!tables_.idle.empty()) {
            renderer_ = std::move(tables_.idle.back());
            tables_.idle.pop_back();
        }
        if (!renderer_) renderer_ = std::make_unique<Renderer>(environment);
        metered_.emplace(*renderer_);
    }
    ~Borrowed() {
        metered_.reset();
        renderer_->finish();
        const std::lock_guard lock(tables_.mutex);
        // There is room: it was made with the tables.
        if (tables_.idle.size() < most_idle) tables_.idle.push_back(std::move(renderer_));
    }
    Borrowed(const Borrowed &) = delete;
    Borrowed &operator=(const Borrowed &) = delete;
    Renderer *operator->() { return renderer_.get(); }

private:
    const Environment::Tables &tables_;
    std::unique_ptr<Renderer> renderer_;
    std::optional<Metered> metered_;
};

} // namespace

std::string_view Template::name() const noexcept {
    return unit_->name ? std::string_view(*unit_->name) : std::string_view();
}

std::string Template::render(const Dict &context) const {
    Borrowed renderer(*environment_);
    renderer->render(*unit_, context);
    return std::string(renderer->output());
}

void Template::render(std::string &out, const Dict &context) const {
    Borrowed renderer(*environment_);
    renderer->render(*unit_, context);
    out += renderer->output();
}

void Template::stream(const Dict &context, const std::function<void(std::string_view)> &sink,
                      std::size_t piece) const {
    Borrowed renderer(*environment_);
    renderer->stream(*unit_, context, sink, piece);
}

std::string Template::render_block(std::string_view block, const Dict &context) const {
    Borrowed renderer(*environment_);
    renderer->render_block(*unit_, block, context);
    return std::string(renderer->output());
}

namespace {

// A macro that outlives renderings: each call is one.
class KeptMacro final : public Object {
public:
    KeptMacro(const Environment &environment, std::shared_ptr<const code::Unit> unit,
              std::string_view name)
        : environment_(environment), unit_(std::move(unit)), name_(name) {}
    std::string_view type_name() const override { return "Macro"; }
    bool is_callable() const override { return true; }
    Value call(const Arguments &arguments) override {
        Borrowed renderer(environment_);
        return renderer->call_value(renderer->module_attribute(*unit_, name_), arguments);
    }
    std::string text() const override { return "<Macro '" + name_ + "'>"; }

private:
    const Environment &environment_;
    const std::shared_ptr<const code::Unit> unit_;
    const std::string name_;
};

} // namespace

Value Template::module_attribute(std::string_view name) const {
    Borrowed renderer(*environment_);
    Value value = renderer->module_attribute(*unit_, name);
    if (value.is_object() && value.as_object().is_callable() &&
        dynamic_cast<const Handle *>(&value.as_object()))
        return Value(std::make_shared<KeptMacro>(*environment_, unit_, name));
    return value;
}

std::vector<std::string> Template::block_names() const {
    std::vector<std::string> out;
    for (const code::Block *block : unit_->blocks) out.emplace_back(block->name);
    return out;
}

} // namespace csgi::jinja
