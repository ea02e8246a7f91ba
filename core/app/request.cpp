// SPDX-License-Identifier: MIT
// A request, read as far as somebody asks.
#include <csgi/app/request.hpp>

#include <csgi/sdk.h>

#include <csgi/http/cookie.hpp>
#include <csgi/http/field_value.hpp>
#include <csgi/http/host.hpp>
#include <csgi/value/json.hpp>

#include "core/http/field.h"
#include "core/http/text.hpp"

namespace csgi {

struct Request::Parsed {
    std::optional<MultiDict> args, cookies;
    std::optional<Form> form;
    std::optional<Value> json;
};

Request::Request(const csgi_request *raw, std::string_view path) : raw_(raw), path_(path) {}
Request::~Request() = default;

Request::Parsed &Request::parsed() const {
    if (!parsed_) parsed_ = std::make_unique<Parsed>();
    return *parsed_;
}

std::string Request::full_path() const {
    return std::string(path_) + "?" + std::string(query_string());
}

std::string Request::host() const {
    const std::string_view authority = view(raw_->authority);
    if (authority.empty()) return get_host(scheme(), std::nullopt, std::nullopt);
    return get_host(scheme(), authority);
}

std::string Request::host_url() const {
    return std::string(scheme()) + "://" + host() + "/";
}

std::string Request::root_url() const {
    std::string url = host_url();
    const std::string_view root = root_path();
    if (!root.empty()) url += std::string(root.substr(1)) + "/";
    return url;
}

std::string Request::base_url() const {
    std::string url = host_url();
    // As it was sent, escapes and all.
    const std::string_view path = view(raw_->path);
    return url + std::string(path.empty() ? path : path.substr(1));
}

std::string Request::url() const {
    std::string url = base_url();
    if (!query_string().empty()) url += "?" + std::string(query_string());
    return url;
}

std::optional<std::string_view> Request::header(std::string_view name) const {
    const std::string low = lower(name);
    const csgi_header *field = csgi_find(raw_, csgi_str_n(low.data(), low.size()));
    if (!field) return std::nullopt;
    return view(field->value);
}

std::vector<std::string_view> Request::headers(std::string_view name) const {
    const std::string low = lower(name);
    std::vector<std::string_view> all;
    const csgi_header *field = csgi_find(raw_, csgi_str_n(low.data(), low.size()));
    for (; field; field = csgi_next(raw_, field)) all.push_back(view(field->value));
    return all;
}

std::string Request::mimetype() const {
    const std::string_view type = content_type();
    return lower(strip(type.substr(0, type.find(';'))));
}

const MultiDict &Request::args() const {
    auto &args = parsed().args;
    if (!args) args = parse_query(query_string());
    return *args;
}

const MultiDict &Request::cookies() const {
    auto &cookies = parsed().cookies;
    if (!cookies) {
        cookies.emplace();
        const csgi_header *field = csgi_field(raw_, CSGI_FIELD_COOKIE);
        // HTTP/2 may send them line by line.
        for (; field; field = csgi_next(raw_, field))
            for (const MultiDict::Item &item : parse_cookies(view(field->value)))
                cookies->add(item.name, item.value);
    }
    return *cookies;
}

Form &Request::whole_form() const {
    auto &form = parsed().form;
    if (!form) {
        if (body_.size() > limits_.field_bytes && mimetype() == "application/x-www-form-urlencoded")
            throw RequestEntityTooLarge();
        try {
            form = parse_form(content_type(), body_, limits_);
        } catch (const TooLarge &) {
            throw RequestEntityTooLarge();
        } catch (const MalformedBody &) {
            // As Werkzeug, which takes it for no form.
        }
        if (!form) form.emplace();
    }
    return *form;
}

void Request::set_form(Form form) {
    parsed().form = std::move(form);
}

const MultiDict &Request::form() const {
    return whole_form().fields;
}

std::vector<UploadedFile> &Request::files() const {
    return whole_form().files;
}

UploadedFile *Request::file(std::string_view field) const {
    for (UploadedFile &file : files())
        if (file.name == field) return &file;
    return nullptr;
}

std::string_view Request::arg(std::string_view name) const {
    if (const auto value = args().get(name)) return *value;
    throw BadRequestKeyError(std::string(name));
}

std::string_view Request::form_value(std::string_view name) const {
    if (const auto value = form().get(name)) return *value;
    throw BadRequestKeyError(std::string(name));
}

bool Request::is_json() const {
    const std::string type = mimetype();
    return type == "application/json" ||
           (type.starts_with("application/") && type.ends_with("+json"));
}

const Value &Request::json() const {
    auto &json = parsed().json;
    if (!json) {
        if (!is_json())
            throw UnsupportedMediaType("Did not attempt to load JSON data because the request "
                                       "Content-Type was not 'application/json'.");
        json = get_json(true);
    }
    return *json;
}

Value Request::get_json(bool force, bool silent) const {
    if (!force && !is_json()) {
        if (silent) return {};
        return json();
    }
    try {
        return parse_json(body_);
    } catch (const JsonError &) {
        if (silent) return {};
        throw BadRequest("The browser (or proxy) sent a request that this server could not "
                         "understand.");
    }
}

} // namespace csgi
