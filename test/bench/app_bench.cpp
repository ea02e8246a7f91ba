// SPDX-License-Identifier: MIT
// Applications to be measured: hello by itself, among many routes, and with JSON or a session.
#include <csgi/app.hpp>

#include <string>

namespace {

csgi::App hello() {
    csgi::App app("hello", {.static_folder = ""});
    app.get("/", [] { return "Hello, world!\n"; });
    return app;
}

// As many rules as that, of three kinds, and one that has a converter and sets fields.
csgi::App among(int rules) {
    csgi::App app = hello();
    app.get("/user/<int:id>", [](int id) {
        csgi::Response response("user " + std::to_string(id) + "\n");
        response.headers.set("cache-control", "no-store");
        response.headers.set("x-user", "somebody");
        return response;
    });
    for (int i = 0; i + 2 < rules; ++i) {
        const std::string n = std::to_string(i / 3);
        const std::string rule = i % 3 == 0   ? "/section" + n + "/page"
                                 : i % 3 == 1 ? "/posts" + n + "/<int:id>/comments/<name>"
                                              : "/orgs" + n + "/<org>/repos/<repo>";
        if (i % 3 == 0)
            app.get(csgi::runtime(rule), [] { return "page"; });
        else if (i % 3 == 1)
            app.get(csgi::runtime(rule), [](int, std::string_view) { return "comment"; });
        else
            app.get(csgi::runtime(rule), [](std::string_view, std::string_view) { return "repo"; });
    }
    return app;
}

csgi::App routes1() {
    return among(2);
}
csgi::App routes100() {
    return among(100);
}
csgi::App routes2000() {
    return among(2000);
}

struct Post {
    std::string title, body;
    int likes = 0;
    CSGI_FIELDS(title, body, likes)
};

csgi::App json() {
    csgi::App app = hello();
    app.post("/json", [](csgi::Json<Post> post) {
        ++post.value.likes;
        return post.value;
    });
    return app;
}

csgi::App session() {
    csgi::App app = hello();
    app.config["SECRET_KEY"] = "dev-secret";
    app.get("/session", [](csgi::Session &kept) {
        const std::int64_t count = kept.get("count", 0).as_int() + 1;
        kept.set("count", count);
        return std::to_string(count) + "\n";
    });
    return app;
}

} // namespace

CSGI_APP_MODULES(("bench", "1.0"), hello, routes1, routes100, routes2000, json, session);
