// SPDX-License-Identifier: MIT
// An App as the contract sees it: one request from its arrival to its answer.
#pragma once

#include <csgi.h>

#include <memory>

#include <csgi/app/app.hpp>

namespace csgi {

class Application : public csgi_app {
public:
    explicit Application(App &app);
    // One that the host destroys, and the App with it.
    explicit Application(std::unique_ptr<App> app);

    App &app() { return *app_; }

private:
    static csgi_rc answer(csgi_app *self, csgi_request *raw) noexcept;
    static csgi_rc begin(csgi_app *self, csgi_worker *worker, char *err, std::size_t cap) noexcept;

    std::unique_ptr<App> own_;
    App *app_;
};

} // namespace csgi
