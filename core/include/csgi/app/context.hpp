// SPDX-License-Identifier: MIT
// What one request carries with it, handed to whoever asks for it: nothing here is global.
#pragma once

#include <csgi.h>

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <csgi/app/request.hpp>
#include <csgi/app/response.hpp>
#include <csgi/app/router.hpp>
#include <csgi/app/session.hpp>
#include <csgi/value/value.hpp>

namespace csgi {

class App;
struct Route;

// Lives from the request's arrival to the end of its answer, also of a streamed one. A handler,
// a hook or an error handler takes it as `Context &`.
class Context {
public:
    Context(App &an_app, csgi_request *raw);
    // One without a request: see App::app_context().
    explicit Context(App &an_app);
    Context(const Context &) = delete;
    ~Context();

    App &app;
    // Throws std::runtime_error, in Flask's words, where there is none.
    Request &request() {
        if (!raw_) no_request();
        return request_;
    }
    const Request &request() const {
        if (!raw_) no_request();
        return request_;
    }
    bool has_request() const { return raw_ != nullptr; }
    // Flask's g: whatever belongs to this request.
    Dict g;

    // Flask's session, in a signed cookie. Without a SECRET_KEY it can be read, as an empty one;
    // writing throws std::logic_error that says so.
    Session &session();
    // A message for the next page, and those that wait: taken out of the session once per request.
    void flash(const Value &message, std::string_view category = "message");
    // With a filter, those of its categories; pairs of category and message.
    std::vector<std::pair<std::string, Value>>
    get_flashed_messages(const std::vector<std::string> &category_filter = {});

    // The endpoint that was found, and its blueprint: "" if there is none.
    std::string_view endpoint() const;
    std::string_view blueprint() const;
    // The blueprint and those around it, from the innermost outward.
    std::vector<std::string_view> blueprints() const;
    // What the router found instead of a route: 0, 404, 405, or 308 for a redirect.
    int routing_error() const;
    const Rule *rule() const { return match_.rule; }
    // Values of the rule's variables. A preprocessor may change them for the handler.
    Dict &view_args();

    // Flask's url_for(): values of variables, others for the query, and _external, _scheme,
    // _anchor, _method. An endpoint that begins with "." is one of this blueprint. Throws
    // BuildError.
    std::string url_for(std::string_view endpoint, Dict values = {});

    // JSON as this application writes it.
    Response jsonify(const Value &value) const;

    void after_this_request(std::function<void(Response &)> call) {
        after_.push_back(std::move(call));
    }

    // One line in the server's log, about this request. CSGI_LOG_*
    void log(std::int32_t level, std::string_view text) const;
    csgi_exchange *exchange() const { return raw_ ? raw_->exchange : nullptr; }

private:
    friend class App;
    friend class Application;
    friend class Receiving;
    friend class Serving;
    friend struct PathValues;

    UrlAdapter adapter();
    [[noreturn]] static void no_request();

    csgi_request *raw_;
    std::string path_text_; // where escapes had to be undone
    Request request_;
    Match match_;
    const Route *route_ = nullptr;
    std::string host_;
    std::unique_ptr<Dict> view_args_;
    std::unique_ptr<Session> session_;
    std::unique_ptr<std::vector<std::pair<std::string, Value>>> flashed_;
    std::vector<std::function<void(Response &)>> after_;
    std::exception_ptr error_; // that nobody handled
};

} // namespace csgi
