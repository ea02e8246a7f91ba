// SPDX-License-Identifier: MIT
// What a handler returns: status, fields, and a body in one piece, from a file or bit by bit.
#pragma once

#include <csgi.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <csgi/app/error.hpp>
#include <csgi/http/cache_control.hpp>
#include <csgi/http/cookie.hpp>
#include <csgi/http/etag.hpp>
#include <csgi/http/headers.hpp>
#include <csgi/value/json.hpp>
#include <csgi/value/value.hpp>

namespace csgi {

class Request;

// A body that is made while it is sent.
class BodySource {
public:
    virtual ~BodySource() = default;
    // Appends the next piece to `out`; false: there are no more. Called when the client has taken
    // what came before.
    virtual bool next(std::string &out) = 0;
};

inline constexpr std::string_view html_type = "text/html; charset=utf-8";

// Flask's Response. Its type is text/html unless a handler says otherwise; Content-Length is the
// host's to add. Movable.
class Response {
public:
    Response() = default;
    explicit Response(std::string body, int a_status = 200, std::string_view type = html_type)
        : status(a_status), text_(std::move(body)), view_(text_), is_own_(true) {
        headers.add_known(CSGI_FIELD_CONTENT_TYPE, type);
    }
    Response(Response &&other) noexcept;
    Response &operator=(Response &&other) noexcept;
    Response(const Response &) = delete;

    int status = 200;
    Headers headers;

    // The body as text; empty while it is a file or a source.
    std::string_view body() const { return view_; }
    void set_body(std::string body) {
        text_ = std::move(body);
        view_ = text_;
        is_own_ = true;
        source_.reset();
        file_.reset();
    }
    // A body that outlives the request, such as a literal: it is not copied here.
    void set_body_view(std::string_view body) {
        view_ = body;
        is_own_ = false;
        source_.reset();
        file_.reset();
    }
    void set_source(std::unique_ptr<BodySource> source) {
        set_body_view("");
        source_ = std::move(source);
    }
    // Bytes of an open file from `offset` on; the descriptor is then the response's to close.
    void set_file(int descriptor, std::uint64_t offset, std::uint64_t length);
    bool is_streamed() const { return source_ != nullptr; }
    // Another application answers instead, as it sees the request.
    void forward_to(csgi_app *app) { forward_ = app; }

    std::string_view content_type() const { return headers.get("content-type", ""); }
    void set_content_type(std::string_view type) {
        headers.set_known(CSGI_FIELD_CONTENT_TYPE, type);
    }
    // A type without parameters; "; charset=utf-8" is added to text/* and the like, as Werkzeug
    // does.
    void set_mimetype(std::string_view type);

    // Adds a Set-Cookie; throws std::invalid_argument as append_cookie() does.
    void set_cookie(const Cookie &cookie);
    void set_cookie(std::string_view name, std::string_view value) {
        Cookie cookie;
        cookie.name = name;
        cookie.value = value;
        set_cookie(cookie);
    }
    bool has_cookies() const { return has_cookies_; } // set as above
    // Asks the client to forget it: the same path and domain as it was set with.
    void delete_cookie(std::string_view name, std::string_view path = "/",
                       std::string_view domain = {});
    // Adds a name to Vary unless it is there, or "*".
    void add_vary(std::string_view name);

    // What a client keeps, and for how long. Seconds are since 1970; http_date() throws for years
    // that it cannot write. add_etag() makes a tag of the body as text, with SHA-1, as Werkzeug; it
    // throws std::logic_error for one that is sent in pieces.
    void set_etag(std::string_view tag, bool weak = false);
    Etag etag() const; // lies in the headers; empty: none
    void add_etag(bool overwrite = false, bool weak = false);
    void set_last_modified(std::int64_t seconds);
    void set_expires(std::int64_t seconds);
    std::optional<std::int64_t> last_modified() const, expires() const;
    CacheControl cache_control() const;
    void set_cache_control(const CacheControl &control);
    // Becomes 304, 412 or, with `accept_ranges` and the length of the whole body, 206, where the
    // request asks for that: by entity-tag, date and Range. Throws RequestedRangeNotSatisfiable. Of
    // a body that is made while it is sent no ranges are given.
    void make_conditional(const Request &request, bool accept_ranges = false,
                          std::optional<std::int64_t> length = std::nullopt);

    // Runs when the answer is over and its client has it, or has left.
    void call_on_close(std::function<void()> call) { on_close_.push_back(std::move(call)); }

private:
    friend class Sending;
    struct File {
        int descriptor;
        std::uint64_t offset, length;
        ~File();
    };
    void keep_range(std::uint64_t start, std::uint64_t length);

    std::string text_;
    std::string_view view_; // of text_ when is_own_
    bool is_own_ = false, has_cookies_ = false;
    std::unique_ptr<BodySource> source_;
    std::unique_ptr<File> file_;
    csgi_app *forward_ = nullptr;
    std::vector<std::function<void()>> on_close_;
};

// A page that sends its reader on, with a short text for who cannot follow. What a URL does not
// hold is percent-encoded; throws std::invalid_argument for a host that cannot be.
Response redirect(std::string_view location, int status = 302);

// Ends the request with this answer: Flask's abort(response). No error handler is asked.
[[noreturn]] void abort(Response response);
// What it throws.
struct AbortedWith {
    std::shared_ptr<Response> response;
};

// JSON as Flask's jsonify() writes it in production; jsonify(ctx, ...) knows the application's
// settings, and so does a handler that returns the value itself.
Response jsonify(const Value &value, const JsonFormat &format = JsonFormat::compacted());

} // namespace csgi
