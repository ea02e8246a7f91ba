// SPDX-License-Identifier: MIT
// An application as a module: one instance for each worker.
#include <csgi/app/app.hpp>

#include <csgi/sdk.h>

#include <csgi/value/json.hpp>

#include "core/app/application.hpp"
#include "core/app/thrown.hpp"

namespace csgi {

namespace {

// key=value,key=value with \\ as escape, as every module's.
void read_settings(Config &config, std::string_view text) {
    std::string key, value;
    std::string *into = &key;
    const auto take = [&] {
        if (key.empty()) return;
        for (char &c : key)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        Value read(value);
        try {
            read = parse_json(value);
        } catch (const JsonError &) {
            // A text.
        }
        config[key] = std::move(read);
        key.clear();
        value.clear();
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
}

} // namespace

namespace detail {

csgi_rc create_module(App (*factory)(), csgi_str text, std::size_t inner, csgi_app **out, char *err,
                      std::size_t cap) noexcept {
    if (inner)
        return csgi_refuse(err, cap, CSGI_INVAL, "this module is an application, not a layer");
    const std::exception_ptr error = caught([&] {
        auto app = std::make_unique<App>(factory());
        read_settings(app->config, {text.p, text.n});
        app->finish();
        *out = new Application(std::move(app));
    });
    if (!error) return CSGI_OK;
    return csgi_refuse(err, cap, CSGI_APP, message_of(error).c_str());
}

} // namespace detail

} // namespace csgi
