// SPDX-License-Identifier: MIT
// A module whose functions let an exception out: check, if its configuration says check=1, else
// handle.
#include "test/adapters/cli/modules/answer.h"

#include <stdexcept>

static csgi_rc check(csgi_str config, char *, size_t) {
    char text[8];
    if (csgi_config_get(config, "check", text, sizeof text) > 0)
        throw std::runtime_error("thrown by check");
    return CSGI_OK;
}

static csgi_rc respond(csgi_app *, csgi_request *) {
    throw std::runtime_error("thrown by handle");
}

static csgi_rc set_up(csgi_str, csgi_app **, size_t, csgi_app **out, char *, size_t) {
    (void)create;
    return make(respond, out);
}

extern "C" const csgi_entry csgi_entry_v1 = {
    sizeof(csgi_entry), 0, "throwing", "1.0", 0, check, set_up, nullptr};
