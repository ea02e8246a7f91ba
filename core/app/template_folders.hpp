// SPDX-License-Identifier: MIT
// Where an application's templates lie: in its own folder, then in those of its blueprints.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <csgi/template/loader.hpp>

namespace csgi {

struct TemplateFolders {
    struct Folder {
        std::string owner; // as explanations name it: "application 'site'"
        std::string path;
    };
    std::vector<Folder> all;
    // Set: all folders are looked through, and what each had is told, in the words of Flask's
    // EXPLAIN_TEMPLATE_LOADING. `is_odd`: none had the template, or several.
    std::function<void(std::string text, bool is_odd)> explain;
};

// Shares the folders: blueprints add theirs when they are registered.
class FolderLoader final : public jinja::Loader {
public:
    explicit FolderLoader(std::shared_ptr<const TemplateFolders> folders)
        : folders_(std::move(folders)) {}
    std::optional<jinja::Source> load(const std::string &name) const override;
    std::vector<std::string> list() const override;

private:
    std::shared_ptr<const TemplateFolders> folders_;
};

} // namespace csgi
