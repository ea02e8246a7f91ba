// SPDX-License-Identifier: MIT
// One request's things.
#include <csgi/app/app.hpp>

#include <csgi/sdk.h>

#include <algorithm>

#include <csgi/http/host.hpp>
#include <csgi/http/url.hpp>

#include "core/app/python_text.hpp"
#include "core/http/word.h"

namespace csgi {

namespace {

// Whether a path has escapes, or bytes that are no ASCII and so may be no UTF-8.
bool is_plain(std::string_view text) {
    const char *p = text.data();
    std::size_t n = text.size();
    for (; n >= 8; p += 8, n -= 8) {
        const std::uint64_t word = csgi_word_load8(p), escape = word ^ CSGI_WORD('%');
        if ((word | ((escape - CSGI_WORD(1)) & ~escape)) & CSGI_WORD_TOP) return false;
    }
    for (; n > 0; ++p, --n)
        if (*p == '%' || static_cast<unsigned char>(*p) >= 0x80) return false;
    return true;
}

std::string_view path_of(const csgi_request *raw, std::string &storage) {
    std::string_view path(raw->path.p + raw->mount_len, raw->path.n - raw->mount_len);
    if (!is_plain(path)) {
        append_unquoted(storage, path, false, BadBytes::replace);
        path = storage;
    }
    // Of several slashes in front the router sees one, as Werkzeug's.
    while (path.size() > 1 && path[0] == '/' && path[1] == '/') path.remove_prefix(1);
    return path;
}

} // namespace

Context::Context(App &an_app, csgi_request *raw)
    : app(an_app), raw_(raw), request_(raw, path_of(raw, path_text_)) {
    request_.limits_ = app.form_limits_;
}

Context::Context(App &an_app) : app(an_app), raw_(nullptr), request_(nullptr, "") {}

Context::~Context() = default;

void Context::no_request() {
    throw std::runtime_error(
        "Working outside of request context.\n\n"
        "This typically means that you attempted to use functionality that needed\n"
        "an active HTTP request. Consult the documentation on testing for\n"
        "information about how to avoid this problem.");
}

std::string_view Context::endpoint() const {
    return route_ ? std::string_view(route_->endpoint) : std::string_view();
}

std::string_view Context::blueprint() const {
    return route_ ? std::string_view(route_->blueprint) : std::string_view();
}

std::vector<std::string_view> Context::blueprints() const {
    std::vector<std::string_view> all;
    for (std::string_view name = blueprint(); !name.empty();) {
        all.push_back(name);
        const std::size_t dot = name.rfind('.');
        name = dot == name.npos ? std::string_view() : name.substr(0, dot);
    }
    return all;
}

int Context::routing_error() const {
    using Outcome = Match::Outcome;
    switch (match_.outcome) {
    case Outcome::found: return 0;
    case Outcome::not_found: return 404;
    case Outcome::method_not_allowed: return 405;
    case Outcome::websocket_mismatch: return 400;
    default: return 308;
    }
}

Dict &Context::view_args() {
    if (!view_args_) view_args_ = std::make_unique<Dict>(match_.arguments());
    return *view_args_;
}

Session &Context::session() {
    if (!session_) session_ = app.session_interface().open(app, request());
    return *session_;
}

void Context::flash(const Value &message, std::string_view category) {
    Session &kept = session();
    const Value *there = kept.find("_flashes");
    List all = there && there->is_list() ? there->as_list() : List();
    all.push_back(Value::tuple({Value(category), message}));
    kept.set("_flashes", Value(std::move(all)));
}

std::vector<std::pair<std::string, Value>>
Context::get_flashed_messages(const std::vector<std::string> &category_filter) {
    if (!flashed_) {
        flashed_ = std::make_unique<std::vector<std::pair<std::string, Value>>>();
        Session &kept = session();
        const Value waiting = kept.contains("_flashes") ? kept.pop("_flashes") : Value();
        if (waiting.is_list())
            for (const Value &item : waiting.as_list())
                if ((item.is_tuple() || item.is_list()) && item.size() == 2)
                    flashed_->emplace_back(item.at(std::size_t{0}).text(), item.at(std::size_t{1}));
    }
    if (category_filter.empty()) return *flashed_;
    std::vector<std::pair<std::string, Value>> some;
    for (const auto &message : *flashed_)
        if (std::find(category_filter.begin(), category_filter.end(), message.first) !=
            category_filter.end())
            some.push_back(message);
    return some;
}

UrlAdapter Context::adapter() {
    if (host_.empty()) host_ = request_.host();
    UrlAdapter adapter;
    adapter.router = &app.url_map;
    adapter.server_name = host_;
    adapter.script_name = request_.root_path();
    adapter.scheme = request_.scheme();
    adapter.default_method = request_.method();
    adapter.query = request_.query_string();
    if (!app.url_map.host_matching) {
        if (!app.server_name_.empty()) adapter.server_name = app.server_name_;
        adapter.subdomain = app.url_map.default_subdomain;
        if (app.subdomain_matching && !app.server_name_.empty()) {
            const std::string_view host = host_, name = app.server_name_;
            if (host == name)
                adapter.subdomain = "";
            else if (host.size() > name.size() && host.ends_with(name) &&
                     host[host.size() - name.size() - 1] == '.')
                adapter.subdomain = host.substr(0, host.size() - name.size() - 1);
            else
                adapter.subdomain = "<invalid>"; // matches nothing, as in Werkzeug
        }
    }
    return adapter;
}

namespace {

// Takes a value out of what url_for() was given.
Value taken(Dict &values, std::string_view name) {
    const Value *value = std::as_const(values).find(name);
    if (!value) return {};
    Value out = *value;
    values.erase(name);
    return out;
}

} // namespace

std::string Context::url_for(std::string_view endpoint, Dict values) {
    if (!raw_) return app.url_for(endpoint, std::move(values));
    std::string full(endpoint);
    if (endpoint.starts_with('.')) {
        const std::string_view own = blueprint();
        full = own.empty() ? std::string(endpoint.substr(1)) : std::string(own) + full;
    }
    for (std::size_t scope = 0; scope < app.scopes_.size(); ++scope) {
        // The application's, then those of the endpoint's blueprints.
        const std::string &name = app.scope_names_[scope];
        if (scope &&
            !(full.size() > name.size() && full.starts_with(name) && full[name.size()] == '.'))
            continue;
        for (const Hooks::Defaults &add : app.scopes_[scope].url_defaults) add(*this, full, values);
    }
    const Value external = taken(values, "_external"), scheme = taken(values, "_scheme"),
                method = taken(values, "_method"), anchor = taken(values, "_anchor");
    UrlAdapter adapter = this->adapter();
    UrlAdapter::Build how;
    const std::string method_text = method.is_none() ? "" : url_text(method);
    const std::string scheme_text = scheme.is_none() ? "" : url_text(scheme);
    how.method = method_text;
    how.scheme = scheme_text;
    how.external = external.is_none() ? !scheme.is_none() : external.truthy();
    if (!scheme.is_none() && !how.external)
        throw std::invalid_argument("When specifying '_scheme', '_external' must be True.");
    std::string url = adapter.build(full, values, how);
    if (!anchor.is_none()) {
        url += '#';
        append_quoted(url, url_text(anchor), Place::fragment);
    }
    return url;
}

std::string App::url_for(std::string_view endpoint, Dict values) const {
    if (server_name_.empty())
        throw std::runtime_error("Unable to build URLs outside an active request without "
                                 "'SERVER_NAME' configured. Also configure 'APPLICATION_ROOT' and "
                                 "'PREFERRED_URL_SCHEME' as needed.");
    const Value &root = config["APPLICATION_ROOT"], &preferred = config["PREFERRED_URL_SCHEME"];
    const Value external = taken(values, "_external"), scheme = taken(values, "_scheme"),
                method = taken(values, "_method"), anchor = taken(values, "_anchor");
    const std::string method_text = method.is_none() ? "" : url_text(method);
    UrlAdapter adapter;
    adapter.router = &url_map;
    adapter.server_name = server_name_;
    if (root.is_string() && root.text() != "/") adapter.script_name = root.text();
    adapter.subdomain = url_map.default_subdomain;
    adapter.scheme = scheme.is_string() ? scheme.text() : preferred.text();
    UrlAdapter::Build how;
    how.method = method_text;
    how.external = external.is_none() || external.truthy();
    if (!scheme.is_none() && !how.external)
        throw std::invalid_argument("When specifying '_scheme', '_external' must be True.");
    std::string url = adapter.build(endpoint, values, how);
    if (!anchor.is_none()) {
        url += '#';
        append_quoted(url, url_text(anchor), Place::fragment);
    }
    return url;
}

Response Context::jsonify(const Value &value) const {
    Response response = csgi::jsonify(value, app.json_format());
    response.set_content_type(app.json.mimetype);
    return response;
}

void Context::log(std::int32_t level, std::string_view text) const {
    app.logger.log(level, text, exchange());
}

} // namespace csgi
