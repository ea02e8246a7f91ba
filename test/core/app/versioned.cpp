// SPDX-License-Identifier: MIT
// An application that shows which version of the framework it was made with.
#include <csgi/app.hpp>

using namespace csgi;

namespace {

struct Oops : std::runtime_error {
    using std::runtime_error::runtime_error;
};

Generator counting() {
    for (int i = 0; i < 1000; ++i) co_yield "0123456789";
}

} // namespace

App create_app() {
    App app("versioned");
    app.config["SECRET_KEY"] = "k";
    app.get("/size", [] { return std::to_string(sizeof(Response)); });
    app.get("/type", [] { return "type"; });
    app.get("/throw", []() -> std::string { throw Oops("thrown"); });
    app.get("/abort", []() -> std::string { abort(409, "conflict"); });
    app.errorhandler<Oops>([](const Oops &oops) { return std::tuple(oops.what(), 502); });
    app.after_request([](Response &response) { response.headers.set("x-after", "1"); });
    app.get("/stream", [] { return counting(); });
    app.get("/count", [](Session &session) {
        session["n"] = session.get("n", 0).as_int() + 1;
        return Dict{{"n", session.get("n")}};
    });
    return app;
}
CSGI_APP_MODULE(create_app, "versioned", "1.0");
