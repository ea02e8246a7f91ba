// SPDX-License-Identifier: MIT
// Requests to an application on a host inside the process.
#include <csgi/testing.hpp>

#include <csgi/sdk.h>

#include <algorithm>
#include <deque>
#include <set>

#include <csgi/http/base64.hpp>
#include <csgi/http/form.hpp>
#include <csgi/http/query.hpp>
#include <csgi/http/url.hpp>
#include <csgi/value/json.hpp>

#include "core/gateway/nested.h"
#include "core/http/text.hpp"
#include "core/testing/cookie_jar.hpp"

namespace csgi {

namespace {

// Real time that an answer may take when other threads work on it.
constexpr unsigned patience_ms = 30'000;

csgi_str str(std::string_view text) {
    return csgi_str_n(text.data() ? text.data() : "", text.size());
}

// A layer that hangs the test's hooks onto each request, and tells it where it came from.
struct Outer {
    csgi_app app{};
    csgi_app *inner = nullptr;
    TestHooks *hooks = nullptr;
    std::string scheme, remote_addr;
    std::uint32_t mount_len = 0;

    static csgi_rc handle(csgi_app *self, csgi_request *raw) {
        auto *outer = reinterpret_cast<Outer *>(self);
        csgi_request *view = raw->exchange->api->derive(raw);
        auto *attr = static_cast<csgi_attr *>(csgi_alloc(raw->exchange, sizeof(csgi_attr)));
        if (!view || !attr) return CSGI_NOMEM;
        *attr = {str(TestHooks::id), outer->hooks, view->attrs};
        view->attrs = attr;
        view->scheme = str(outer->scheme);
        view->peer = str(outer->remote_addr);
        view->mount_len = outer->mount_len;
        return outer->inner->handle(outer->inner, view);
    }
};

struct Target {
    std::string scheme, host, path, query;
};

// http://host/path?query; a part that is missing stays empty.
Target split(std::string_view url) {
    Target out;
    if (const std::size_t colon = url.find("://"); colon != url.npos) {
        out.scheme = url.substr(0, colon);
        url.remove_prefix(colon + 3);
        const std::size_t slash = std::min(url.find_first_of("/?#"), url.size());
        out.host = url.substr(0, slash);
        url.remove_prefix(slash);
    }
    url = url.substr(0, url.find('#'));
    const std::size_t mark = url.find('?');
    out.path = url.substr(0, mark);
    if (mark != url.npos) out.query = url.substr(mark + 1);
    return out;
}

// What the test passed in may refer to what lives in the test.
class ForThisCall {
public:
    explicit ForThisCall(TestHooks &hooks) : hooks_(hooks) {}
    ForThisCall(const ForThisCall &) = delete;
    ~ForThisCall() {
        hooks_.inspect = nullptr;
        hooks_.enter = nullptr;
        hooks_.session = nullptr;
    }

private:
    TestHooks &hooks_;
};

std::string without_port(const std::string &host) {
    return host.substr(0, host.find(':', host.starts_with('[') ? host.find(']') : 0));
}

} // namespace

// ---- Answers ----------------------------------------------------------------------------------

Value TestResponse::json() const {
    return parse_json(body);
}

std::string_view TestResponse::header(std::string_view name) const {
    for (const auto &[key, value] : headers)
        if (same_word(key, name)) return value;
    return {};
}

std::vector<std::string_view> TestResponse::all_headers(std::string_view name) const {
    std::vector<std::string_view> all;
    for (const auto &[key, value] : headers)
        if (same_word(key, name)) all.push_back(value);
    return all;
}

// ---- The client -------------------------------------------------------------------------------

struct TestClient::State {
    Outer outer;
    csgi_nested *host = nullptr;
    bool use_cookies = true;
    CookieJar jar;
    std::vector<std::string> log;
    // One for each request: an exchange that was given up may still look at its own.
    std::deque<TestHooks> hooks;

    ~State() {
        if (host) csgi_nested_free(host);
    }
};

TestClient::TestClient(csgi_app *app, bool use_cookies) : state_(std::make_unique<State>()) {
    State &state = *state_;
    state.use_cookies = use_cookies;
    state.outer.inner = app;
    state.outer.app.struct_size = sizeof(csgi_app);
    state.outer.app.handle = Outer::handle;
    state.outer.app.inner = &state.outer.inner;
    state.outer.app.ninner = 1;
    csgi_nested_options options{};
    options.caps = CSGI_NESTED_CAPS;
    options.log_level = CSGI_LOG_DEBUG;
    options.log = [](void *arg, std::int32_t, csgi_str message) {
        static_cast<State *>(arg)->log.emplace_back(message.p, message.n);
    };
    options.arg = &state;
    state.host = csgi_nested_new(&options);
    if (!state.host) throw std::bad_alloc();
    char err[1024] = "";
    if (csgi_nested_start(state.host, &state.outer.app, err, sizeof err) < 0)
        throw std::runtime_error(std::string("the application refuses to start: ") + err);
}

TestClient::~TestClient() = default;

const std::vector<std::string> &TestClient::log() const {
    return state_->log;
}

void TestClient::set_cookie(std::string_view name, std::string_view value, std::string_view domain,
                            std::string_view path) {
    state_->jar.set(name, value, domain, path, true);
}

std::optional<std::string> TestClient::get_cookie(std::string_view name, std::string_view domain,
                                                  std::string_view path) const {
    return state_->jar.get(name, domain, path);
}

void TestClient::delete_cookie(std::string_view name, std::string_view domain,
                               std::string_view path) {
    state_->jar.remove(name, domain, path);
}

TestResponse TestClient::exchange(const std::string &method, const std::string &host,
                                  const std::string &root, const std::string &scheme,
                                  const std::string &path, const std::string &query,
                                  const TestRequest &request, const std::string &body,
                                  const std::string &content_type, TestHooks &hooks) {
    State &state = *state_;
    std::vector<std::pair<std::string, std::string>> fields = {{"host", host}};
    if (!content_type.empty()) fields.emplace_back("content-type", content_type);
    if (request.auth)
        fields.emplace_back("authorization",
                            "Basic " + base64(request.auth->first + ":" + request.auth->second));
    for (const auto &field : request.headers) fields.push_back(field);
    if (state.use_cookies) {
        std::string cookies = state.jar.field(without_port(host), path);
        if (!cookies.empty()) fields.emplace_back("cookie", std::move(cookies));
    }
    std::vector<csgi_header> lines;
    for (const auto &[name, value] : fields) lines.push_back({str(name), str(value), 0, 0, 0});
    const std::string target = root + path + (query.empty() ? "" : "?" + query);

    state.outer.hooks = &hooks;
    state.outer.scheme = scheme;
    state.outer.remote_addr = request.remote_addr;
    state.outer.mount_len = static_cast<std::uint32_t>(root.size());
    csgi_nested_request raw{};
    raw.method = str(method);
    raw.target = str(target);
    raw.headers = lines.data();
    raw.nheaders = lines.size();
    raw.body = str(body);
    raw.stream = static_cast<bool>(request.input_stream);
    csgi_nested_call *call = csgi_nested_open(state.host, &raw);
    if (!call) throw std::bad_alloc();
    const csgi_nested_answer *answer = csgi_nested_answer_of(call);
    std::size_t seen = 0;
    bool is_there = true; // the client
    const auto look = [&] {
        if (!request.on_body || !is_there || answer->body.n == seen) return;
        const std::string_view piece(answer->body.p + seen, answer->body.n - seen);
        seen = answer->body.n;
        is_there = request.on_body(piece);
        if (!is_there) csgi_nested_lose(call);
    };
    while (raw.stream && is_there) {
        std::string piece;
        const bool more = request.input_stream(piece);
        csgi_nested_feed(call, str(piece));
        if (!more) csgi_nested_feed_end(call);
        while (csgi_nested_turn(state.host)) look();
        if (!more) break;
    }
    while (request.on_body && !answer->done && csgi_nested_turn(state.host)) look();
    const bool is_done = csgi_nested_finish(call, patience_ms);
    look();
    if (hooks.thrown) std::rethrow_exception(hooks.thrown);
    if (!is_done || !answer->begun)
        throw std::runtime_error("no answer to " + method + " " + target);

    TestResponse response;
    response.status = static_cast<int>(answer->status);
    response.is_complete = answer->complete && !answer->broken;
    for (std::size_t i = 0; i < answer->nheaders; ++i) {
        const csgi_header &line = answer->headers[i];
        response.headers.emplace_back(std::string(line.name.p, line.name.n),
                                      std::string(line.value.p, line.value.n));
    }
    response.body.assign(answer->body.p, answer->body.n);
    response.request_method = method;
    response.request_path = path;
    if (state.use_cookies)
        for (const std::string_view field : response.all_headers("set-cookie"))
            state.jar.take(field, without_port(host), path);
    return response;
}

TestResponse TestClient::open(std::string_view method, std::string_view path, TestRequest request) {
    TestHooks &hooks = state_->hooks.emplace_back();
    const ForThisCall until_then(hooks);
    hooks.inspect = request.inspect;
    return send(method, path, std::move(request), hooks);
}

void TestClient::request_context(std::string_view path, std::function<void(Context &)> use,
                                 TestRequest request, std::string_view method) {
    TestHooks &hooks = state_->hooks.emplace_back();
    const ForThisCall until_then(hooks);
    hooks.enter = std::move(use);
    (void)send(method, path, std::move(request), hooks);
}

TestResponse TestClient::send(std::string_view method, std::string_view path, TestRequest request,
                              TestHooks &hooks) {
    const Target base = split(request.base_url);
    std::string root = base.path;
    while (root.ends_with('/')) root.pop_back();
    Target target = split(path);
    if (target.host.empty()) {
        target.scheme = base.scheme;
        target.host = base.host;
    }
    if (!request.query_string.empty()) target.query = request.query_string;
    for (const Dict::Entry &entry : request.query) {
        const auto add = [&](const Value &value) {
            std::string text;
            if (value.is_string())
                text = value.text();
            else
                append_json(text, value);
            append_query(target.query, entry.key.as_string(), text);
        };
        if (entry.value.is_list())
            for (const Value &item : entry.value.as_list()) add(item);
        else if (!entry.value.is_none())
            add(entry.value);
    }
    // What a path may not hold as it is.
    std::string clean;
    for (const char c : target.path) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7f && c != '"' && c != '<' && c != '>')
            clean += c;
        else
            append_quoted(clean, std::string_view(&c, 1), Place::segment);
    }
    target.path = clean.empty() ? "/" : clean;

    std::string body = request.data, type = request.content_type;
    if (request.json) {
        body = dump_json(*request.json);
        if (type.empty()) type = "application/json";
    } else if (!request.files.empty() ||
               (type.starts_with("multipart/form-data") && !request.form.empty())) {
        MultipartEncoder encoder("---------------------------csgi-test-client-boundary");
        for (const auto &[name, value] : request.form) encoder.add_field(name, value);
        for (const TestFile &file : request.files)
            encoder.add_file(file.name, file.filename, file.content_type, file.content);
        body = encoder.finish();
        type = encoder.content_type();
    } else if (!request.form.empty()) {
        for (const auto &[name, value] : request.form) append_query(body, name, value);
        if (type.empty()) type = "application/x-www-form-urlencoded";
    }

    std::string verb(method);
    TestResponse response = exchange(verb, target.host, root, target.scheme, target.path,
                                     target.query, request, body, type, hooks);
    std::vector<TestResponse> history;
    std::set<std::pair<std::string, int>> seen;
    while (request.follow_redirects &&
           (response.status == 301 || response.status == 302 || response.status == 303 ||
            response.status == 305 || response.status == 307 || response.status == 308)) {
        const std::string location(response.location());
        if (!seen.emplace(location, response.status).second)
            throw RedirectError("Loop detected: A " + std::to_string(response.status) +
                                " redirect to " + location + " was already made.");
        Target next = split(location);
        if (next.host.empty()) next.host = target.host;
        if (next.host != target.host) {
            if (!next.host.ends_with("." + base.host) && next.host != base.host)
                throw RedirectError("Following external redirects is not supported.");
            if (!request.allow_subdomain_redirects)
                throw RedirectError("Following subdomain redirects is not enabled.");
        }
        if (next.scheme.empty()) next.scheme = target.scheme;
        if (next.path.empty()) {
            next.path = root + target.path;
        } else if (next.path[0] != '/') {
            next.path = root + target.path.substr(0, target.path.rfind('/') + 1) + next.path;
        }
        if (!root.empty() && !next.path.starts_with(root))
            throw RedirectError("Following external redirects is not supported.");
        next.path.erase(0, root.size());
        target = next;
        // Only 307 and 308 keep method and body.
        if (response.status != 307 && response.status != 308) {
            if (verb != "HEAD") verb = "GET";
            body.clear();
            type.clear();
        }
        history.push_back(std::move(response));
        response = exchange(verb, target.host, root, target.scheme, target.path, target.query,
                            request, body, type, hooks);
    }
    response.history = std::move(history);
    return response;
}

void TestClient::session_transaction(std::function<void(Session &)> change) {
    if (!state_->use_cookies)
        throw std::logic_error("Cookies are disabled. Create a client with 'use_cookies=True'.");
    TestHooks &hooks = state_->hooks.emplace_back();
    const ForThisCall until_then(hooks);
    hooks.session = std::move(change);
    (void)exchange("GET", "localhost", "", "http", "/", "", {}, "", "", hooks);
}

} // namespace csgi
