// SPDX-License-Identifier: MIT
// Folders one after the other, with an account of it where that is asked for.
#include "core/app/template_folders.hpp"

#include <set>

#include "core/app/python_text.hpp"

namespace csgi {

namespace {

std::string numbered(std::size_t number) {
    const std::string digits = std::to_string(number);
    return std::string(digits.size() < 5 ? 5 - digits.size() : 0, ' ') + digits;
}

} // namespace

std::optional<jinja::Source> FolderLoader::load(const std::string &name) const {
    std::optional<jinja::Source> first;
    std::string text = "Locating template " + python_repr(name) + ":";
    std::size_t tried = 0, found = 0;
    for (const TemplateFolders::Folder &folder : folders_->all) {
        auto source = jinja::FileSystemLoader({folder.path}).load(name);
        if (!folders_->explain) {
            if (source) return source;
            continue;
        }
        text += "\n" + numbered(++tried) + ": trying loader of " + folder.owner +
                "\n       class: csgi::jinja::FileSystemLoader\n       searchpath:\n         - " +
                folder.path + "\n       -> ";
        text += source ? "found (" + python_repr(source->path) + ")" : "no match";
        found += source.has_value();
        if (!first) first = std::move(source);
    }
    if (!folders_->explain) return std::nullopt;
    if (found == 0) text += "\nError: the template could not be found.";
    if (found > 1) text += "\nWarning: multiple loaders returned a match for the template.";
    folders_->explain(std::move(text), found != 1);
    return first;
}

std::vector<std::string> FolderLoader::list() const {
    std::set<std::string> names;
    for (const TemplateFolders::Folder &folder : folders_->all)
        for (std::string &name : jinja::FileSystemLoader({folder.path}).list())
            names.insert(std::move(name));
    return {names.begin(), names.end()};
}

} // namespace csgi
