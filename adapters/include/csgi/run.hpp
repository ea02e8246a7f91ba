// SPDX-License-Identifier: MIT
// What App::run() needs in a program with its own main(): it joins the framework, which names no
// server, with libcsgi-serve, which knows no framework.
#pragma once

#include <csgi/serve.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace csgi {

// Serves `app` over HTTP until TERM or INT and returns the status to exit with; says on standard
// output where it listens, as `csgi run` does. Where `csgi` loaded the application it does nothing,
// as Flask's run() under the flask command: the command serves. Call it as app.run(options).
template <class App, class Options>
int serve_app(App &app, const Options &options) {
    const char *by_cli = std::getenv("CSGI_RUN_FROM_CLI");
    if (by_cli && std::string_view(by_cli) == "true") {
        std::fputs("csgi: App::run() was called although csgi serves already: ignored\n", stderr);
        return 0;
    }
    if (options.debug) app.config["DEBUG"] = *options.debug;
    std::string host = options.host;
    int port = options.port;
    if (app.config["SERVER_NAME"].is_string()) {
        const std::string name(app.config["SERVER_NAME"].text());
        const std::size_t colon = name.rfind(':');
        if (host.empty()) host = name.substr(0, colon);
        if (port < 0 && colon != name.npos) port = std::atoi(name.c_str() + colon + 1);
    }
    if (host.empty() || host == "localhost") host = "127.0.0.1"; // names are not looked up
    if (host.find(':') != host.npos && host[0] != '[') host = "[" + host + "]";
    const std::string address = host + ":" + std::to_string(port < 0 ? 5000 : port);
    const char *listen = address.c_str();
    csgi_serve_options serve{};
    serve.struct_size = sizeof serve;
    serve.listen = &listen;
    serve.nlisten = 1;
    serve.name = app.name().c_str();
    serve.log_level = app.config["DEBUG"].truthy() ? CSGI_LOG_DEBUG : CSGI_LOG_INFO;
    serve.listening = [](void *, const char *url) {
        std::printf("csgi: listening on %s\n", url);
        std::fflush(stdout);
    };
    char err[1024] = "";
    const csgi_rc rc = csgi_serve_http(app.as_csgi(), &serve, err, sizeof err);
    if (rc < 0 && err[0]) std::fprintf(stderr, "csgi: error: %s\n", err);
    return rc < 0 ? 1 : 0;
}

} // namespace csgi
