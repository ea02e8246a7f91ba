// SPDX-License-Identifier: MIT
// Pages from the templates beside the module.
#include "examples/flaskr/pages.hpp"

namespace flaskr {

csgi::Response render(csgi::Context &ctx, std::string_view name, csgi::Dict values) {
    return csgi::Response(csgi::render_template(ctx, std::string(name), std::move(values)));
}

} // namespace flaskr
