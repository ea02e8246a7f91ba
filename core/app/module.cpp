// SPDX-License-Identifier: MIT
// An application as a module: one instance for each worker.
#include <csgi/app/app.hpp>

#include <csgi/ext/draft/commands.h>
#include <csgi/ext/draft/routes.h>
#include <csgi/sdk.h>

#include <cstdio>

#include "core/app/application.hpp"
#include "core/app/command_line.hpp"
#include "core/app/setting.hpp"
#include "core/app/thrown.hpp"
#include "core/crypto/wiped.hpp"

namespace csgi {

namespace {

// key=value,key=value with \\ as escape, as every module's.
Dict read_settings(std::string_view text) {
    Dict settings;
    std::string key, value; // which may be a secret
    const Wiped wiped(value);
    value.reserve(text.size());
    std::string *into = &key;
    const auto take = [&] {
        if (key.empty()) return;
        for (char &c : key)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        settings[key] = json_or_text(value);
        key.clear();
        Wiped::wipe(value);
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            *into += text[++i];
        } else if (text[i] == ',') {
            take();
            into = &key;
        } else if (text[i] == '=' && into == &key) {
            into = &value;
        } else {
            *into += text[i];
        }
    }
    take();
    return settings;
}

csgi_str str_of(std::string_view text) {
    return {text.data() ? text.data() : "", text.size()};
}

std::string_view view_of(csgi_str text) {
    return {text.p, text.n};
}

// ---- What csgi asks of a module besides requests ----------------------------------------------

csgi_rc list_routes(csgi_app *self, csgi_rc (*each)(void *arg, const csgi_route *route),
                    void *arg) {
    csgi_rc rc = CSGI_OK;
    const std::exception_ptr error = caught([&] {
        const App &app = static_cast<Application *>(self)->app();
        const bool by_host = app.url_map.host_matching;
        for (const Rule *rule : app.url_map.rules()) {
            std::vector<std::string> names;
            if (rule->methods) names = rule->methods->names();
            std::vector<csgi_str> methods;
            for (const std::string &name : names) methods.push_back(str_of(name));
            csgi_route route{};
            route.struct_size = sizeof route;
            route.flags = by_host ? CSGI_ROUTE_HOST : 0;
            route.rule = str_of(rule->text);
            route.endpoint = str_of(rule->endpoint);
            const std::string domain =
                by_host ? rule->options.host
                        : rule->options.subdomain.value_or(app.url_map.default_subdomain);
            route.domain = str_of(domain);
            route.methods = methods.data();
            route.nmethods = methods.size();
            rc = each(arg, &route);
            if (rc < 0) return;
        }
    });
    return error ? CSGI_APP : rc < 0 ? rc : CSGI_OK;
}

int32_t run_words(csgi_app *self, csgi_str program, const csgi_str *words, std::size_t n) {
    int status = 1;
    const std::exception_ptr error = caught([&] {
        App &app = static_cast<Application *>(self)->app();
        std::vector<std::string> texts;
        for (std::size_t i = 0; i < n; ++i) texts.emplace_back(view_of(words[i]));
        CommandLine line(app, app.cli, view_of(program),
                         [](std::string_view text, std::string_view end, bool is_error) {
                             std::FILE *to = is_error ? stderr : stdout;
                             std::fwrite(text.data(), 1, text.size(), to);
                             std::fwrite(end.data(), 1, end.size(), to);
                         });
        status = line.run(texts);
    });
    const std::exception_ptr unsaid = caught([&] {
        if (error) std::fprintf(stderr, "Error: %s\n", words_of(error).c_str());
    });
    if (unsaid) std::fputs("Error: out of memory\n", stderr);
    std::fflush(stdout);
    return status;
}

constexpr csgi_routes routes_table{sizeof(csgi_routes), 0, list_routes};
constexpr csgi_commands commands_table{sizeof(csgi_commands), 0, run_words};

} // namespace

namespace detail {

csgi_rc create_module(Factory factory, csgi_str text, std::size_t inner, csgi_app **out, char *err,
                      std::size_t cap) noexcept {
    if (inner)
        return csgi_refuse(err, cap, CSGI_INVAL, "this module is an application, not a layer");
    const std::exception_ptr error = caught([&] {
        const Dict settings = read_settings(view_of(text));
        auto app = std::make_unique<App>(factory.plain ? factory.plain()
                                                       : factory.with_settings(settings));
        if (factory.plain)
            for (const Dict::Entry &entry : settings) {
                Value &setting = app->config[entry.key.text()];
                setting.wipe(); // perhaps a key
                setting = entry.value;
            }
        app->finish();
        *out = new Application(std::move(app));
    });
    return refuse_thrown(error, err, cap);
}

csgi_rc create_named(const Factory *factories, std::string_view names, csgi_str name, csgi_str text,
                     std::size_t inner, csgi_app **out, char *err, std::size_t cap) noexcept {
    for (std::size_t i = 0; !names.empty(); ++i) {
        const std::size_t comma = std::min(names.find(','), names.size());
        if (names.substr(0, comma) == view_of(name))
            return create_module(factories[i], text, inner, out, err, cap);
        names.remove_prefix(std::min(names.find_first_not_of(", ", comma), names.size()));
    }
    return csgi_refuse(err, cap, CSGI_INVAL, "this module has no factory of that name");
}

const void *module_ext(const char *id, const csgi_factory *factory) noexcept {
    const std::string_view asked = id;
    if (asked == CSGI_EXT_FACTORY) return factory;
    if (asked == CSGI_EXT_ROUTES) return &routes_table;
    if (asked == CSGI_EXT_COMMANDS) return &commands_table;
    return nullptr;
}

} // namespace detail

} // namespace csgi
