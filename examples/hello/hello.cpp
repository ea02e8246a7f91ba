// SPDX-License-Identifier: MIT
// The smallest application of the framework.
#include <csgi/app.hpp>

csgi::App create_app() {
    csgi::App app("hello");
    app.get("/", [] { return "Hello, world!\n"; });
    return app;
}
CSGI_APP_MODULE(create_app, "hello", "1.0");
