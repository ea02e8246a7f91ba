// SPDX-License-Identifier: MIT
// What a lint said, for a test to look at; and applications made of functions.
#pragma once

#include <csgi/middleware.h>
#include <csgi/sdk.h>

#include <functional>
#include <mutex>
#include <string>
#include <vector>

// Rule ids in the order they were reported, each with who broke it: "RES-6 app".
struct Reports {
    std::vector<std::string> rules;
    std::vector<std::string> messages;
    std::mutex mutex;

    static void add(void *ctx, const csgi_lint_report *report) {
        auto &self = *static_cast<Reports *>(ctx);
        static constexpr const char *who[] = {"?", "app", "layer", "host"};
        const std::lock_guard lock(self.mutex);
        self.rules.push_back(std::string(report->rule) + " " + who[report->who]);
        self.messages.push_back(self.rules.back() + ": " + report->message);
    }
    csgi_lint_options options() {
        csgi_lint_options made{};
        made.struct_size = sizeof made;
        made.name = "tested";
        made.report = add;
        made.ctx = this;
        return made;
    }
    std::string text() const {
        std::string all;
        for (const std::string &message : messages) all += message + "\n";
        return all;
    }
    std::string all() const {
        std::string all;
        for (const std::string &rule : rules) all += (all.empty() ? "" : ", ") + rule;
        return all;
    }
};

// An application, or a layer when `inner` is there.
struct FunctionApp : csgi_app {
    using Handle = std::function<csgi_rc(csgi_request *)>;

    explicit FunctionApp(Handle fn, csgi_app *around = nullptr) : csgi_app{}, on_handle(fn) {
        struct_size = sizeof(csgi_app);
        child = around;
        csgi_app::inner = around ? &child : nullptr;
        ninner = around ? 1 : 0;
        handle = [](csgi_app *app, csgi_request *req) { return of(app).on_handle(req); };
        start = [](csgi_app *app, csgi_worker *on, char *err, size_t cap) {
            of(app).worker = on;
            return of(app).on_start ? of(app).on_start(err, cap) : CSGI_OK;
        };
        stop = [](csgi_app *app) {
            if (of(app).on_stop) of(app).on_stop();
        };
        destroy = [](csgi_app *app) { delete &of(app); };
    }
    static FunctionApp &of(csgi_app *app) { return *static_cast<FunctionApp *>(app); }

    Handle on_handle;
    std::function<csgi_rc(char *err, size_t cap)> on_start;
    std::function<void()> on_stop;
    csgi_app *child;
    csgi_worker *worker = nullptr;
};

inline csgi_app *app_of(FunctionApp::Handle fn) {
    return new FunctionApp(std::move(fn));
}

// A layer: `fn` gets what is inside, too.
inline csgi_app *layer_of(std::function<csgi_rc(csgi_app *inner, csgi_request *req)> fn,
                          csgi_app *inner) {
    return new FunctionApp([fn, inner](csgi_request *req) { return fn(inner, req); }, inner);
}
