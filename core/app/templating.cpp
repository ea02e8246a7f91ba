// SPDX-License-Identifier: MIT
// Templates with a request around them.
#include <csgi/app/templating.hpp>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

#include <csgi/app/app.hpp>
#include <csgi/app/context.hpp>
#include <csgi/value/json.hpp>
#include <csgi/value/object.hpp>

#include "core/app/python_text.hpp"
#include "core/app/template_folders.hpp"

namespace csgi {

// The context that renders now. Templates outlive requests, so what they find looks here.
struct Templating::Current {
    Context *ctx = nullptr;
    App *app = nullptr; // once its settings are what they are

    Context &get() const {
        if (!ctx) throw std::runtime_error("Working outside of application context.");
        return *ctx;
    }
};

namespace {

using Current = Templating::Current;

// A method of one of the objects below.
template <class F>
Value method(std::string_view name, F call) {
    return function(name, std::move(call));
}

std::string text_argument(const Arguments &arguments, std::size_t position, std::string_view name) {
    const Value *value = arguments.find(position, name);
    if (!value) throw TypeError("missing argument '" + std::string(name) + "'");
    return std::string(value->as_string());
}

Value fallback_of(const Arguments &arguments) {
    const Value *value = arguments.find(1, "default");
    return value ? *value : Value();
}

class ListPass final : public Iterator {
public:
    explicit ListPass(List items) : items_(std::move(items)) {}
    bool next(Value &item) override {
        if (at_ == items_.size()) return false;
        item = items_[at_++];
        return true;
    }

private:
    List items_;
    std::size_t at_ = 0;
};

// A mapping of the request: what dicts answer, from a dict that is made when it is asked for.
class Mapping : public Object {
public:
    std::optional<Value> item(const Value &key) override {
        if (!key.is_string()) return std::nullopt;
        return find(key.text());
    }
    std::optional<Value> attribute(std::string_view name) override {
        const std::shared_ptr<Object> self = shared_from_this();
        const auto own = [self]() -> Mapping & { return static_cast<Mapping &>(*self); };
        if (name == "get")
            return method(name, [own](const Arguments &arguments) {
                auto found = own().find(text_argument(arguments, 0, "key"));
                return found ? *std::move(found) : fallback_of(arguments);
            });
        if (name == "keys")
            return method(name, [own](const Arguments &) { return Value(own().keys()); });
        if (name == "values" || name == "items") {
            const bool pairs = name == "items";
            return method(name, [own, pairs](const Arguments &) {
                List out;
                for (const Value &key : own().keys()) {
                    Value value = own().find(key.text()).value_or(Value());
                    out.push_back(pairs ? Value::tuple({key, std::move(value)}) : std::move(value));
                }
                return Value(std::move(out));
            });
        }
        return std::nullopt;
    }
    std::unique_ptr<Iterator> iterate() override { return std::make_unique<ListPass>(keys()); }
    std::optional<std::size_t> size() const override {
        return const_cast<Mapping *>(this)->keys().size();
    }
    std::string text() const override {
        auto &own = const_cast<Mapping &>(*this);
        Dict out;
        for (const Value &key : own.keys()) out.set(key, own.find(key.text()).value_or(Value()));
        return python_repr(Value(std::move(out)));
    }

    virtual std::optional<Value> find(std::string_view key) = 0;
    virtual List keys() = 0;
};

std::optional<Value> copied(const Value *value) {
    return value ? std::optional(*value) : std::nullopt;
}

List keys_of(const Dict &dict) {
    List out;
    for (const Dict::Entry &entry : dict) out.push_back(entry.key);
    return out;
}

class Globals final : public Mapping {
public:
    explicit Globals(const Current &current) : current_(current) {}
    std::string_view type_name() const override { return "_AppCtxGlobals"; }
    std::optional<Value> attribute(std::string_view name) override {
        if (auto value = find(name)) return value;
        return Mapping::attribute(name);
    }
    std::optional<Value> find(std::string_view key) override {
        return copied(std::as_const(current_.get().g).find(key));
    }
    List keys() override { return keys_of(current_.get().g); }

private:
    const Current &current_;
};

class SessionView final : public Mapping {
public:
    explicit SessionView(const Current &current) : current_(current) {}
    std::string_view type_name() const override { return "SecureCookieSession"; }
    std::optional<Value> attribute(std::string_view name) override {
        const Session &session = current_.get().session();
        if (name == "permanent") return Value(session.is_permanent());
        if (name == "modified") return Value(session.is_modified());
        if (name == "new") return Value(session.is_new());
        return Mapping::attribute(name);
    }
    std::optional<Value> find(std::string_view key) override {
        return copied(std::as_const(current_.get().session()).find(key));
    }
    List keys() override { return keys_of(current_.get().session().values()); }

private:
    const Current &current_;
};

class Settings final : public Mapping {
public:
    explicit Settings(const Current &current) : current_(current) {}
    std::string_view type_name() const override { return "Config"; }
    std::optional<Value> find(std::string_view key) override {
        const Config &config = current_.get().app.config;
        if (!config.contains(key)) return std::nullopt;
        return config[key];
    }
    List keys() override { return keys_of(current_.get().app.config.values()); }

private:
    const Current &current_;
};

// request.args and kin: several values of one name, of which the first is shown.
class Values final : public Mapping {
public:
    explicit Values(const MultiDict &values) {
        for (const auto &[name, value] : values) values_.emplace_back(name, value);
    }
    std::string_view type_name() const override { return "ImmutableMultiDict"; }
    std::optional<Value> attribute(std::string_view name) override {
        if (name != "getlist") return Mapping::attribute(name);
        const std::shared_ptr<Object> self = shared_from_this();
        return method(name, [self](const Arguments &arguments) {
            const std::string key = text_argument(arguments, 0, "key");
            List out;
            for (const auto &[known, value] : static_cast<const Values &>(*self).values_)
                if (known == key) out.emplace_back(value);
            return Value(std::move(out));
        });
    }
    std::optional<Value> find(std::string_view key) override {
        for (const auto &[known, value] : values_)
            if (known == key) return Value(value);
        return std::nullopt;
    }
    List keys() override {
        List out;
        for (const auto &[name, value] : values_) {
            const Value key(name);
            if (std::find(out.begin(), out.end(), key) == out.end()) out.push_back(key);
        }
        return out;
    }

private:
    std::vector<std::pair<std::string, std::string>> values_;
};

class Fields final : public Mapping {
public:
    explicit Fields(const Current &current) : current_(current) {}
    std::string_view type_name() const override { return "EnvironHeaders"; }
    std::optional<Value> find(std::string_view key) override {
        const auto value = current_.get().request().header(key);
        return value ? std::optional(Value(*value)) : std::nullopt;
    }
    List keys() override {
        List out;
        const csgi_request &raw = current_.get().request().raw();
        for (std::size_t i = 0; i < raw.nheaders; ++i)
            out.emplace_back(std::string_view(raw.headers[i].name.p, raw.headers[i].name.n));
        return out;
    }

private:
    const Current &current_;
};

class RequestView final : public Object {
public:
    explicit RequestView(const Current &current) : current_(current) {}
    std::string_view type_name() const override { return "Request"; }
    std::string text() const override {
        const Request &request = current_.get().request();
        return "<Request '" + request.url() + "' [" + std::string(request.method()) + "]>";
    }
    std::optional<Value> attribute(std::string_view name) override {
        Context &ctx = current_.get();
        const Request &request = ctx.request();
        if (name == "method") return Value(request.method());
        if (name == "path") return Value(request.path());
        if (name == "full_path") return Value(request.full_path());
        if (name == "url") return Value(request.url());
        if (name == "base_url") return Value(request.base_url());
        if (name == "url_root" || name == "root_url") return Value(request.root_url());
        if (name == "host_url") return Value(request.host_url());
        if (name == "host") return Value(request.host());
        if (name == "scheme") return Value(request.scheme());
        if (name == "is_secure") return Value(request.is_secure());
        if (name == "script_root" || name == "root_path") return Value(request.root_path());
        if (name == "query_string") return Value::bytes(request.query_string());
        if (name == "remote_addr") return Value(request.remote_addr());
        if (name == "referrer") return maybe(request.referrer());
        if (name == "user_agent") return Value(request.user_agent());
        if (name == "content_type") return maybe(request.content_type());
        if (name == "mimetype") return Value(request.mimetype());
        if (name == "content_length")
            return request.content_length() < 0 ? Value() : Value(request.content_length());
        if (name == "is_json") return Value(request.is_json());
        if (name == "json") return request.json();
        if (name == "endpoint") return maybe(ctx.endpoint());
        if (name == "blueprint") return maybe(ctx.blueprint());
        if (name == "view_args") return Value(ctx.view_args());
        if (name == "args") return Value(std::make_shared<Values>(request.args()));
        if (name == "form") return Value(std::make_shared<Values>(request.form()));
        if (name == "cookies") return Value(std::make_shared<Values>(request.cookies()));
        if (name == "headers") return Value(std::make_shared<Fields>(current_));
        return std::nullopt;
    }

private:
    static Value maybe(std::string_view text) { return text.empty() ? Value() : Value(text); }

    const Current &current_;
};

Value flashed(Context &ctx, const Arguments &arguments) {
    const Value *with = arguments.find(0, "with_categories");
    const Value *filter = arguments.find(1, "category_filter");
    std::vector<std::string> categories;
    if (filter && (filter->is_list() || filter->is_tuple()))
        for (const Value &category : filter->as_list())
            categories.emplace_back(category.as_string());
    List out;
    for (auto &[category, message] : ctx.get_flashed_messages(categories))
        out.push_back(with && with->truthy() ? Value::tuple({Value(category), message}) : message);
    return Value(std::move(out));
}

int indent_of(const Value &indent) {
    return static_cast<int>(std::clamp<std::int64_t>(indent.as_int(), 0, 64));
}

// Flask's app.json.dumps(), which tojson asks.
Value json_text(const App::Json &json, const Arguments &given) {
    JsonFormat format;
    format.ensure_ascii = json.ensure_ascii;
    format.sort_keys = json.sort_keys;
    for (const Arguments::Named &argument : given.named) {
        if (argument.name == "ensure_ascii")
            format.ensure_ascii = argument.value.truthy();
        else if (argument.name == "sort_keys")
            format.sort_keys = argument.value.truthy();
        else if (argument.name == "indent")
            format.indent = argument.value.is_none() ? -1 : indent_of(argument.value);
        else
            throw TypeError("dumps() got an unexpected keyword argument " +
                            python_repr(argument.name));
    }
    const Value *value = given.find(0, "obj");
    if (!value) throw TypeError("dumps() missing 1 required positional argument: 'obj'");
    return Value(dump_json(*value, format));
}

bool escapes(std::optional<std::string_view> name) {
    if (!name) return true;
    for (const std::string_view end : {".html", ".htm", ".xml", ".xhtml", ".svg"})
        if (name->ends_with(end)) return true;
    return false;
}

} // namespace

Templating::Templating()
    : current_(std::make_unique<Current>()), folders_(std::make_shared<TemplateFolders>()),
      environment_(std::make_unique<jinja::Environment>(jinja::Syntax(),
                                                        std::make_unique<FolderLoader>(folders_))) {
    environment_->autoescape = escapes;
    Dict &globals = environment_->globals();
    const Current &current = *current_;
    environment_->policies()["json.dumps_function"] =
        function("dumps", [&current](const Arguments &arguments) {
            return json_text(current.app ? current.app->json : App::Json(), arguments);
        });
    globals["request"] = Value(std::make_shared<RequestView>(current));
    globals["session"] = Value(std::make_shared<SessionView>(current));
    globals["g"] = Value(std::make_shared<Globals>(current));
    globals["config"] = Value(std::make_shared<Settings>(current));
    globals["url_for"] = function("url_for", [&current](const Arguments &arguments) {
        Dict values;
        for (const Arguments::Named &argument : arguments.named)
            if (argument.name != "endpoint") values[argument.name] = argument.value;
        return Value(
            current.get().url_for(text_argument(arguments, 0, "endpoint"), std::move(values)));
    });
    globals["get_flashed_messages"] =
        function("get_flashed_messages", [&current](const Arguments &arguments) {
            return flashed(current.get(), arguments);
        });
}

Templating::~Templating() = default;

void Templating::add_folder(std::string folder, std::string owner) {
    folders_->all.push_back({std::move(owner), std::move(folder)});
}

void Templating::set_up(App &app) {
    current_->app = &app;
    const Value &reload = std::as_const(app.config)["TEMPLATES_AUTO_RELOAD"];
    environment_->auto_reload =
        reload.is_none() ? environment_->auto_reload && app.is_debug() : reload.truthy();
    if (!std::as_const(app.config)["EXPLAIN_TEMPLATE_LOADING"].truthy()) return;
    folders_->explain = [&current = *current_](std::string text, bool is_odd) {
        const std::string_view blueprint = current.ctx ? current.ctx->blueprint() : "";
        if (is_odd && !blueprint.empty())
            text +=
                "\n  The template was looked up from an endpoint that belongs to the blueprint " +
                python_repr(blueprint) +
                ".\n  Maybe you did not place a template in the right folder?\n  See "
                "https://flask.palletsprojects.com/blueprints/#templates";
        current.app->logger.info(text);
    };
}

// Makes a context the one that renders, for as long as it lives.
class Templating::Rendering {
public:
    Rendering(Current &current, Context &ctx) : current_(current), outer_(current.ctx) {
        current.ctx = &ctx;
        current.app = &ctx.app;
    }
    Rendering(const Rendering &) = delete;
    ~Rendering() { current_.ctx = outer_; }

private:
    Current &current_;
    Context *outer_;
};

jinja::Template Templating::get(Context &ctx, const std::vector<std::string> &names) {
    const Rendering rendering(*current_, ctx);
    return names.size() == 1 ? environment_->get_template(names.front())
                             : environment_->select_template(names);
}

std::string Templating::render(Context &ctx, const jinja::Template &page, Dict values) {
    const Rendering rendering(*current_, ctx);
    Dict all;
    ctx.app.add_template_values(ctx, all);
    if (all.empty()) return page.render(values);
    for (Dict::Entry &entry : values) all.set(entry.key, std::move(entry.value));
    return page.render(all);
}

Value Templating::attribute(Context &ctx, const jinja::Template &page, std::string_view name) {
    const Rendering rendering(*current_, ctx);
    Value value = page.module_attribute(name);
    if (!value.is_object() || !value.as_object().is_callable()) return value;
    return function(name, [this, &ctx, value](const Arguments &arguments) {
        const Rendering again(*current_, ctx);
        return value.as_object().call(arguments);
    });
}

Templating &App::templating() {
    if (!templating_) {
        templating_ = std::make_unique<Templating>();
        templating_->add_folder(template_folder_, "application " + python_repr(name_));
        if (is_served_) templating_->set_up(*this);
    }
    return *templating_;
}

void App::add_template_values(Context &ctx, Dict &values) {
    static constexpr std::uint32_t own[] = {0};
    const Route *route = ctx.route_;
    const std::span<const std::uint32_t> chain = route ? std::span(route->scopes) : std::span(own);
    for (const std::uint32_t scope : chain)
        if (scope < scopes_.size())
            for (const Hooks::ContextProcessor &add : scopes_[scope].context_processors)
                for (Dict::Entry &entry : add(ctx)) values.set(entry.key, std::move(entry.value));
}

std::string render_template(Context &ctx, const std::vector<std::string> &names, Dict values) {
    Templating &templates = ctx.app.templating();
    return templates.render(ctx, templates.get(ctx, names), std::move(values));
}

std::string render_template(Context &ctx, const std::string &name, Dict values) {
    return render_template(ctx, std::vector<std::string>{name}, std::move(values));
}

std::string render_template_string(Context &ctx, std::string_view source, Dict values) {
    Templating &templates = ctx.app.templating();
    return templates.render(ctx, templates.environment().from_string(source), std::move(values));
}

Value get_template_attribute(Context &ctx, const std::string &name, std::string_view attribute) {
    Templating &templates = ctx.app.templating();
    return templates.attribute(ctx, templates.get(ctx, {name}), attribute);
}

namespace {

class TemplateBody final : public BodySource {
public:
    TemplateBody(Context &ctx, jinja::Template page, Dict values)
        : ctx_(ctx), page_(std::move(page)), values_(std::move(values)) {}
    bool next(std::string &out) override {
        if (done_) return false;
        done_ = true;
        out += ctx_.app.templating().render(ctx_, page_, std::move(values_));
        return true;
    }

private:
    Context &ctx_;
    jinja::Template page_;
    Dict values_;
    bool done_ = false;
};

} // namespace

std::unique_ptr<BodySource> stream_template(Context &ctx, const std::string &name, Dict values) {
    return std::make_unique<TemplateBody>(ctx, ctx.app.templating().get(ctx, {name}),
                                          std::move(values));
}

std::unique_ptr<BodySource> stream_template_string(Context &ctx, std::string_view source,
                                                   Dict values) {
    return std::make_unique<TemplateBody>(
        ctx, ctx.app.templating().environment().from_string(source), std::move(values));
}

} // namespace csgi
