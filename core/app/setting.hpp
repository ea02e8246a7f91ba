// SPDX-License-Identifier: MIT
// Settings as the kind that they have to be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <csgi/app/config.hpp>

namespace csgi {

// Each gives nothing for a setting that is none, and throws SetupError, naming the setting and its
// value, for one of another kind.
std::optional<std::string> text_setting(const Config &config, std::string_view name);
// 0 or more.
std::optional<std::int64_t> size_setting(const Config &config, std::string_view name);
// Of a list or tuple.
std::vector<std::string> texts_setting(const Config &config, std::string_view name);

// A setting that comes as text, from the environment or a command line: JSON, or else the text.
Value json_or_text(std::string_view text);

} // namespace csgi
