// SPDX-License-Identifier: MIT
// The application factory: settings, then the parts.
#include "examples/flaskr/flaskr.hpp"

#include <filesystem>

#include "examples/flaskr/auth.hpp"
#include "examples/flaskr/blog.hpp"
#include "examples/flaskr/database.hpp"

namespace flaskr {

csgi::App create_app_at(const std::string &root_path, const csgi::Dict &settings) {
    csgi::App app("flaskr", {.root_path = root_path});
    app.config.from_mapping(
        {{"SECRET_KEY", "dev"}, {"DATABASE", app.instance_path() + "/flaskr.sqlite"}});
    app.config.from_mapping(settings);
    const std::filesystem::path file(std::string(app.config["DATABASE"].as_string()));
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());

    app.get("/hello", [] { return "Hello, World!"; }).as("hello");
    add_database(app);
    app.register_blueprint(make_auth());
    app.register_blueprint(make_blog());
    return app;
}

csgi::App create_app(const csgi::Dict &settings) {
    return create_app_at("", settings);
}

} // namespace flaskr
