// SPDX-License-Identifier: MIT
// What a host owes: a view in which every field is as csgi.md says.
#pragma once

#include "middleware/lint/report.hpp"

namespace csgi::lint {

// False: so much is missing that the view cannot be passed on.
bool judge_request(const csgi_request &view, Judge &judge);

// A number that changes when anything that the view reaches does.
uint64_t view_digest(const csgi_request &view);

} // namespace csgi::lint
