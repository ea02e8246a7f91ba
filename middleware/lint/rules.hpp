// SPDX-License-Identifier: MIT
// The rules of the specification as values: a report can only name one that exists.
#pragma once

#include <csgi/middleware.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace csgi::lint {

enum class Rule : uint8_t {
#define CSGI_RULE(area, number, who, judge, sentence) area##_##number,
#include "spec/rules.def"
#undef CSGI_RULE
};

// A module is answered for by the application that came out of it.
enum class Who : uint32_t {
    APP = CSGI_LINT_APP,
    MODULE = CSGI_LINT_APP,
    LAYER = CSGI_LINT_LAYER,
    HOST = CSGI_LINT_HOST,
};

struct RuleRow {
    const char *id;
    Who who;
    const char *sentence;
};

inline constexpr auto rule_rows = std::to_array<RuleRow>({
#define CSGI_RULE(area, number, who, judge, sentence) {#area "-" #number, Who::who, sentence},
#include "spec/rules.def"
#undef CSGI_RULE
});

constexpr const RuleRow &row_of(Rule rule) {
    return rule_rows[static_cast<size_t>(rule)];
}

} // namespace csgi::lint
