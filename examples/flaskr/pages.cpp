// SPDX-License-Identifier: MIT
// Pages as JSON: what a page would show, under its name.
#include "examples/flaskr/pages.hpp"

namespace flaskr {

csgi::Response render(csgi::Context &ctx, std::string_view name, csgi::Dict values) {
    csgi::List flashed;
    for (const auto &[category, message] : ctx.get_flashed_messages()) flashed.push_back(message);
    values["page"] = name;
    values["flashed"] = csgi::Value(std::move(flashed));
    values["user"] = ctx.g["user"];
    return ctx.jsonify(csgi::Value(std::move(values)));
}

} // namespace flaskr
