// SPDX-License-Identifier: MIT
// What a handler reads: Flask's request.
#pragma once

#include <csgi.h>

#include <charconv>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <csgi/app/error.hpp>
#include <csgi/http/accept.hpp>
#include <csgi/http/authorization.hpp>
#include <csgi/http/cache_control.hpp>
#include <csgi/http/etag.hpp>
#include <csgi/http/form.hpp>
#include <csgi/http/query.hpp>
#include <csgi/http/range.hpp>
#include <csgi/value/value.hpp>

namespace csgi {

// Views and references that are handed out live as long as the request. What has to be parsed is
// parsed when it is first asked for.
class Request {
public:
    // `path` without what the application is mounted under, its escapes undone.
    Request(const csgi_request *raw, std::string_view path);
    Request(const Request &) = delete;
    ~Request();

    std::string_view method() const { return view(raw_->method); }
    std::string_view scheme() const { return view(raw_->scheme); }
    bool is_secure() const { return scheme() == "https"; }
    std::string_view path() const { return path_; }
    // Where the application is mounted, without a "/" at its end: WSGI's SCRIPT_NAME.
    std::string_view root_path() const { return view(raw_->path).substr(0, raw_->mount_len); }
    std::string_view query_string() const { return view(raw_->query); }
    std::string full_path() const; // path and query, always with a "?"
    // Host, and the port unless the scheme has it anyway; empty if there is none or it is
    // malformed.
    std::string host() const;
    std::string url() const;      // http://host/root/path?query
    std::string base_url() const; // the same without the query
    std::string root_url() const; // http://host/root/
    std::string host_url() const; // http://host/
    std::string_view remote_addr() const { return view(raw_->peer); }

    // Fields: the first value of a name in any case.
    std::optional<std::string_view> header(std::string_view name) const;
    std::string_view header(std::string_view name, std::string_view fallback) const {
        return header(name).value_or(fallback);
    }
    std::vector<std::string_view> headers(std::string_view name) const;
    // As a number, if all of it is one that fits: Flask's headers.get(name, type=int).
    template <class T>
    requires std::integral<T> || std::floating_point<T> std::optional<T>
    header_as(std::string_view name)
    const {
        const std::optional<std::string_view> text = header(name);
        T number{};
        if (!text) return std::nullopt;
        const auto [stop, error] =
            std::from_chars(text->data(), text->data() + text->size(), number);
        if (error != std::errc() || stop != text->data() + text->size()) return std::nullopt;
        return number;
    }
    std::string_view content_type() const { return known(CSGI_FIELD_CONTENT_TYPE); }
    std::string mimetype() const; // the type without parameters, in lower case
    // The parameters of the content type, such as charset.
    std::vector<std::pair<std::string, std::string>> mimetype_params() const;
    std::string_view content_encoding() const { return header("content-encoding", ""); }
    std::int64_t content_length() const { return raw_->content_length; }
    std::string_view user_agent() const { return known(CSGI_FIELD_USER_AGENT); }
    std::string_view referrer() const { return known(CSGI_FIELD_REFERER); }
    std::string_view origin() const { return header("origin", ""); }
    std::optional<std::int64_t> date() const; // seconds since 1970
    std::optional<int> max_forwards() const;
    CacheControl cache_control() const;
    // What the client would rather have.
    Accept accept_mimetypes() const, accept_encodings() const, accept_languages() const,
        accept_charsets() const;
    // Nothing where there are no credentials, or malformed ones.
    std::optional<Authorization> authorization() const;
    // Conditions; tags lie in the request.
    Etags if_match() const, if_none_match() const;
    std::optional<std::int64_t> if_modified_since() const, if_unmodified_since() const;
    IfRange if_range() const;
    std::optional<Range> range() const;
    // X-Forwarded-For as it came, or the client alone: not to be believed without a proxy of one's
    // own.
    std::vector<std::string> access_route() const;

    // What stands behind "?" in the URL, and in the body.
    const MultiDict &args() const;
    const MultiDict &form() const;
    std::vector<UploadedFile> &files() const;
    const MultiDict &cookies() const;
    // args() and then form(): Flask's request.values. Of GET and HEAD the former alone.
    std::vector<std::string_view> values(std::string_view name) const;
    std::optional<std::string_view> value(std::string_view name) const;
    // Flask's request.args["name"] and request.form["name"]: 400 when there is none.
    std::string_view arg(std::string_view name) const;
    std::string_view form_value(std::string_view name) const;
    // The file of a form's field, NULL when none came.
    UploadedFile *file(std::string_view field) const;

    // The body as it came; empty for a form with files, which is read by parts.
    std::string_view data() const { return body_; }
    bool is_json() const; // application/json or application/*+json
    // The body as JSON: 415 for another type, 400 for a text that is none.
    const Value &json() const;
    // Flask's get_json(): with `force` of any type; with `silent` none instead of an error.
    Value get_json(bool force, bool silent = false) const;

    const csgi_request &raw() const { return *raw_; }

private:
    friend class Context;
    friend class Receiving;
    struct Parsed;

    static std::string_view view(csgi_str text) { return {text.p, text.n}; }
    std::string_view known(unsigned id) const {
        const std::uint16_t at = id < raw_->nknown ? raw_->known[id] : std::uint16_t{0};
        return at ? view(raw_->headers[at - 1].value) : std::string_view();
    }
    Parsed &parsed() const;
    Form &whole_form() const;
    void set_form(Form form);

    const csgi_request *raw_;
    std::string_view path_, body_;
    FormLimits limits_;
    mutable std::unique_ptr<Parsed> parsed_;
};

} // namespace csgi
