// SPDX-License-Identifier: MIT
// A client for tests: Flask's test_client(). No sockets, no threads; any application of CSGI.
#pragma once

#include <csgi.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <csgi/app/test_hooks.hpp>
#include <csgi/value/value.hpp>

namespace csgi {

// A file of a form.
struct TestFile {
    std::string name, filename, content;
    std::string content_type = "application/octet-stream";
};

// What a request has besides its method and path.
struct TestRequest {
    std::string query_string = {}; // as it is; a "?" in the path does as well
    Dict query = {};               // encoded; lists repeat
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string data = {};
    std::string content_type = {};
    // A form: multipart if there are files.
    std::vector<std::pair<std::string, std::string>> form = {};
    std::vector<TestFile> files = {};
    std::optional<Value> json = std::nullopt;
    std::optional<std::pair<std::string, std::string>> auth = std::nullopt; // Basic
    std::string base_url = "http://localhost/"; // its path is where the application is mounted
    std::string remote_addr = "127.0.0.1";
    bool follow_redirects = false;
    bool allow_subdomain_redirects = false; // to subdomains of where the request went
    // The body piece by piece, of a length that nobody knows: appends to `out`, false at its end.
    // Instead of `data`.
    std::function<bool(std::string &out)> input_stream = nullptr;
    // Takes the answer's body as it comes; false: the client leaves. It is in the answer as well.
    std::function<bool(std::string_view piece)> on_body = nullptr;
    // Called with the context once the answer is made, to look at g or the session.
    std::function<void(Context &)> inspect = nullptr;
};

// An answer, all of it.
class TestResponse {
public:
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers; // names in lower case
    std::string body;
    bool is_complete = true; // false: it broke off
    // The request it is the answer to.
    std::string request_method, request_path;
    std::vector<TestResponse> history; // the answers that redirected here, oldest first

    const std::string &text() const { return body; }
    // Throws JsonError.
    Value json() const;
    // The first value of a name in any case; empty if there is none.
    std::string_view header(std::string_view name) const;
    std::vector<std::string_view> all_headers(std::string_view name) const;
    std::string_view location() const { return header("location"); }
};

// A redirect that leads back to where it came from, or to another host.
class RedirectError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class TestClient {
public:
    // The application must outlive the client. Throws std::runtime_error with its reason when it
    // refuses to start.
    explicit TestClient(csgi_app *app, bool use_cookies = true);
    template <class A>
    requires requires(A &app) { app.as_csgi(); }
    explicit TestClient(A &app, bool use_cookies = true) : TestClient(app.as_csgi(), use_cookies) {}
    TestClient(const TestClient &) = delete;
    ~TestClient();

    // Throws what a handler threw, when the application propagates (TESTING); RedirectError; and
    // std::runtime_error when no answer comes.
    TestResponse open(std::string_view method, std::string_view path, TestRequest request = {});
    TestResponse get(std::string_view path, TestRequest request = {}) {
        return open("GET", path, std::move(request));
    }
    TestResponse post(std::string_view path, TestRequest request = {}) {
        return open("POST", path, std::move(request));
    }
    TestResponse put(std::string_view path, TestRequest request = {}) {
        return open("PUT", path, std::move(request));
    }
    TestResponse patch(std::string_view path, TestRequest request = {}) {
        return open("PATCH", path, std::move(request));
    }
    TestResponse del(std::string_view path, TestRequest request = {}) {
        return open("DELETE", path, std::move(request));
    }
    TestResponse head(std::string_view path, TestRequest request = {}) {
        return open("HEAD", path, std::move(request));
    }
    TestResponse options(std::string_view path, TestRequest request = {}) {
        return open("OPTIONS", path, std::move(request));
    }

    // Flask's test_request_context(): the context of a request whose route was looked for, and no
    // hook or handler called. What `use` throws is thrown here; afterwards the context ends.
    void request_context(std::string_view path, std::function<void(Context &)> use,
                         TestRequest request = {}, std::string_view method = "GET");

    // Reads and changes the session as a handler would.
    void session_transaction(std::function<void(Session &)> change);

    void set_cookie(std::string_view name, std::string_view value,
                    std::string_view domain = "localhost", std::string_view path = "/");
    std::optional<std::string> get_cookie(std::string_view name,
                                          std::string_view domain = "localhost",
                                          std::string_view path = "/") const;
    void delete_cookie(std::string_view name, std::string_view domain = "localhost",
                       std::string_view path = "/");

    // What the application logged, in order.
    const std::vector<std::string> &log() const;

private:
    struct State;

    TestResponse send(std::string_view method, std::string_view path, TestRequest request,
                      TestHooks &hooks);
    TestResponse exchange(const std::string &method, const std::string &host,
                          const std::string &root, const std::string &scheme,
                          const std::string &path, const std::string &query,
                          const TestRequest &request, const std::string &body,
                          const std::string &content_type, TestHooks &hooks);

    std::unique_ptr<State> state_;
};

} // namespace csgi
