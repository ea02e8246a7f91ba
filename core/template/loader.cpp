// SPDX-License-Identifier: MIT
// Templates from texts, folders and other loaders.
#include <csgi/template/loader.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace csgi::jinja {

namespace fs = std::filesystem;

std::optional<Source> DictLoader::load(const std::string &name) const {
    for (const auto &[known, text] : templates_)
        if (known == name) return Source{text, {}, {}};
    return std::nullopt;
}

std::vector<std::string> DictLoader::list() const {
    std::vector<std::string> out;
    for (const auto &[name, text] : templates_) out.push_back(name);
    std::sort(out.begin(), out.end());
    return out;
}

namespace {

// A name with a step up, a drive or an absolute path is no template's.
bool is_inside(const std::string &name) {
    if (name.empty() || name.find('\0') != name.npos || name.find('\\') != name.npos) return false;
    std::size_t at = 0;
    while (at <= name.size()) {
        const std::size_t end = std::min(name.find('/', at), name.size());
        if (name.compare(at, end - at, "..") == 0 && end - at == 2) return false;
        at = end + 1;
    }
    return true;
}

} // namespace

std::optional<Source> FileSystemLoader::load(const std::string &name) const {
    if (!is_inside(name)) return std::nullopt;
    // "/a//./b" is "a/b", as Jinja takes it.
    fs::path relative;
    for (const fs::path &part : fs::path(name).relative_path())
        if (!part.empty() && part != ".") relative /= part;
    for (const std::string &folder : folders_) {
        const fs::path path = fs::path(folder) / relative;
        std::error_code error;
        if (!fs::is_regular_file(path, error)) continue;
        if (!follow_links_) {
            const fs::path real = fs::canonical(path, error);
            const fs::path root = fs::canonical(folder, error);
            const auto [end, unused] =
                std::mismatch(root.begin(), root.end(), real.begin(), real.end());
            if (error || end != root.end()) continue;
        }
        // First, so that what is written while it is read is seen as newer.
        const fs::file_time_type written = fs::last_write_time(path, error);
        std::ifstream file(path, std::ios::binary);
        if (!file) continue;
        std::ostringstream text;
        text << file.rdbuf();
        return Source{std::move(text).str(), path.string(), [path, written] {
                          std::error_code failed;
                          return fs::last_write_time(path, failed) == written && !failed;
                      }};
    }
    return std::nullopt;
}

std::vector<std::string> FileSystemLoader::list() const {
    std::set<std::string> found;
    for (const std::string &folder : folders_) {
        std::error_code error;
        const auto options = follow_links_ ? fs::directory_options::follow_directory_symlink
                                           : fs::directory_options::none;
        for (fs::recursive_directory_iterator at(folder, options, error), end; !error && at != end;
             at.increment(error))
            if (at->is_regular_file(error))
                found.insert(fs::relative(at->path(), folder, error).generic_string());
    }
    return {found.begin(), found.end()};
}

std::optional<Source> PrefixLoader::load(const std::string &name) const {
    const std::size_t at = name.find(delimiter_);
    if (at == name.npos) return std::nullopt;
    for (const auto &[prefix, loader] : loaders_)
        if (name.compare(0, at, prefix) == 0 && prefix.size() == at)
            return loader->load(name.substr(at + delimiter_.size()));
    return std::nullopt;
}

std::vector<std::string> PrefixLoader::list() const {
    std::vector<std::string> out;
    for (const auto &[prefix, loader] : loaders_)
        for (const std::string &name : loader->list()) out.push_back(prefix + delimiter_ + name);
    std::sort(out.begin(), out.end());
    return out;
}

std::optional<Source> ChoiceLoader::load(const std::string &name) const {
    for (const auto &loader : loaders_)
        if (auto source = loader->load(name)) return source;
    return std::nullopt;
}

std::vector<std::string> ChoiceLoader::list() const {
    std::set<std::string> found;
    for (const auto &loader : loaders_)
        for (std::string &name : loader->list()) found.insert(std::move(name));
    return {found.begin(), found.end()};
}

} // namespace csgi::jinja
