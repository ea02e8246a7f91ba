// SPDX-License-Identifier: MIT
// Answers and their fields.
#include <csgi/app/response.hpp>

#include <unistd.h>

#include <csgi/app/html.hpp>
#include <csgi/http/field_value.hpp>
#include <csgi/http/url.hpp>

#include "core/http/text.hpp"

namespace csgi {

Response::Response(Response &&other) noexcept {
    *this = std::move(other);
}

Response &Response::operator=(Response &&other) noexcept {
    status = other.status;
    headers = std::move(other.headers);
    text_ = std::move(other.text_);
    is_own_ = other.is_own_;
    has_cookies_ = other.has_cookies_;
    // A short text has moved with its string.
    view_ = is_own_ ? std::string_view(text_) : other.view_;
    source_ = std::move(other.source_);
    file_ = std::move(other.file_);
    forward_ = other.forward_;
    on_close_ = std::move(other.on_close_);
    return *this;
}

Response::File::~File() {
    if (descriptor >= 0) close(descriptor);
}

void Response::set_file(int descriptor, std::uint64_t offset, std::uint64_t length) {
    set_body_view("");
    file_.reset(new File{descriptor, offset, length});
}

void Response::set_mimetype(std::string_view type) {
    std::string full(type);
    const bool is_text = type.starts_with("text/") || type.ends_with("+xml") ||
                         type == "application/ecmascript" || type == "application/javascript" ||
                         type == "application/sql" || type == "application/xml" ||
                         type == "application/xml-dtd" ||
                         type == "application/xml-external-parsed-entity";
    if (is_text) full += "; charset=utf-8";
    set_content_type(full);
}

void Response::set_cookie(const Cookie &cookie) {
    std::string value;
    append_cookie(value, cookie);
    headers.add("set-cookie", value);
    has_cookies_ = true;
}

void Response::delete_cookie(std::string_view name, std::string_view path,
                             std::string_view domain) {
    Cookie cookie;
    cookie.name = name;
    cookie.path = path;
    cookie.domain = domain;
    cookie.max_age = 0;
    cookie.expires = 0;
    set_cookie(cookie);
}

void Response::add_vary(std::string_view name) {
    std::string all;
    for (const std::string_view line : headers.get_all("vary")) {
        for (const std::string &item : parse_list_header(line))
            if (item == "*" || same_word(item, name)) return;
        if (!all.empty()) all += ", ";
        all += line;
    }
    if (!all.empty()) all += ", ";
    all += name;
    headers.set("vary", all);
}

Response redirect(std::string_view location, int status) {
    std::string page = "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n"
                       "<h1>Redirecting...</h1>\n"
                       "<p>You should be redirected automatically to the target URL: <a href=\"";
    append_html(page, location);
    page += "\">";
    append_html(page, location);
    page += "</a>. If not, click the link.\n";
    Response response(std::move(page), status);
    response.headers.add("location", iri_to_uri(location));
    return response;
}

void abort(Response response) {
    throw AbortedWith{std::make_shared<Response>(std::move(response))};
}

Response jsonify(const Value &value, const JsonFormat &format) {
    std::string text;
    append_json(text, value, format);
    text += '\n';
    return Response(std::move(text), 200, "application/json");
}

} // namespace csgi
