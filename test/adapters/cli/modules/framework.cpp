// SPDX-License-Identifier: MIT
// Applications whose routes and commands are listed: test/vectors/flask/command_vectors.py has the
// same ones.
#include <csgi/app.hpp>
#if defined OWN_MAIN || defined RUNNING
#include <csgi/run.hpp>
#endif

namespace {

enum class Domain { none, subdomain, host };

csgi::App make(Domain domain) {
    csgi::App app("app", {.static_folder = ""});
    app.url_map.host_matching = domain == Domain::host;
    app.subdomain_matching = domain == Domain::subdomain;
    csgi::RouteOptions user{.endpoint = "user", .methods = {"GET", "POST", "DELETE"}};
    if (domain == Domain::subdomain) user.subdomain = "api";
    if (domain == Domain::host) user.host = "api.example.org";
    const auto nothing = [] { return ""; };
    app.get("/", nothing).as("index").also("/later", {.methods = {"POST"}});
    app.route("/user/<int:id>", user, [](int) { return ""; });
    csgi::Blueprint b("b");
    b.put("/a/<path:rest>", [](std::string) { return ""; }).as("files");
    app.register_blueprint(b);
    app.route("/quiet", {.endpoint = "quiet", .provide_automatic_options = false}, nothing);
    app.cli
        .command("greet", "Greets somebody.",
                 [](csgi::CommandCall &call) { call.echo("Hello, " + call.text("name") + "!"); })
        .option({.name = "name", .help = "whom", .fallback = "World"});
    app.cli.command("throw", "Throws.", [] { throw std::runtime_error("no such thing"); });
    app.cli.command("setting", "Shows a setting.", [](csgi::CommandCall &call) {
        call.echo(call.app.config["COLOUR"].is_none() ? "none" : call.app.config["COLOUR"].text());
    });
    return app;
}

csgi::App plain() {
    return make(Domain::none);
}
csgi::App subdomains() {
    return make(Domain::subdomain);
}
csgi::App hosts() {
    return make(Domain::host);
}
csgi::App none(const csgi::Dict &settings) {
    csgi::App app("none", {.static_folder = ""});
    if (const csgi::Value *refuse = settings.find("REFUSE"))
        throw std::runtime_error("refused: " + std::string(refuse->text()));
    return app;
}
#ifdef RUNNING
// As one that was written for its own main() does.
csgi::App running() {
    csgi::App app = make(Domain::none);
    app.run({.port = 0});
    return app;
}
#endif

} // namespace

#ifdef OWN_MAIN
int main(int argc, char **) {
    csgi::App app = plain();
    app.get("/debug", [](csgi::Context &ctx) { return ctx.app.is_debug() ? "yes" : "no"; });
    app.config["SERVER_NAME"] = argc > 1 ? "nowhere.invalid:1" : "localhost:0";
    return app.run({.debug = true});
}
#elif defined RUNNING
CSGI_APP_MODULE(running, "running", "1.0");
#else
CSGI_APP_MODULES(("framework", "1.0"), plain, subdomains, hosts, none);
#endif
