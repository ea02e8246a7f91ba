// SPDX-License-Identifier: MIT
// What a test client hangs onto a request, for an App to find there.
#pragma once

#include <exception>
#include <functional>
#include <string_view>

namespace csgi {

class Context;
class Session;

// The value of the attribute `csgi.test-hooks`; lives as long as the request.
struct TestHooks {
    static constexpr std::string_view id = "csgi.test-hooks";

    std::exception_ptr thrown;              // by a handler, when the application propagates
    std::function<void(Context &)> inspect; // called when the answer is made, before teardown
    // If there: called instead of any handler; what it changes is saved into the cookie.
    std::function<void(Session &)> session;
    // If there: called instead of all but teardown; what it throws is in `thrown`.
    std::function<void(Context &)> enter;
};

} // namespace csgi
