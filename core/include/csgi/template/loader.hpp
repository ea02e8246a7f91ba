// SPDX-License-Identifier: MIT
// Where the text of templates comes from.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <csgi/value/value.hpp>

namespace csgi::jinja {

// A template's text, and how to learn that it has changed.
struct Source {
    std::string text;
    std::string path; // of the file; empty if there is none
    // False: it must be read again. Empty: it never changes.
    std::function<bool()> is_current;
};

// Asked from any thread.
class Loader {
public:
    virtual ~Loader() = default;
    // Nothing: there is no such template.
    virtual std::optional<Source> load(const std::string &name) const = 0;
    // All names, sorted; empty if they cannot be listed.
    virtual std::vector<std::string> list() const { return {}; }
};

// Texts by name.
class DictLoader final : public Loader {
public:
    explicit DictLoader(std::vector<std::pair<std::string, std::string>> templates)
        : templates_(std::move(templates)) {}
    std::optional<Source> load(const std::string &name) const override;
    std::vector<std::string> list() const override;

private:
    std::vector<std::pair<std::string, std::string>> templates_;
};

// Files below folders, the first folder that has it. A name with ".." is not found, nor is a file
// that a symbolic link leads out to unless links are followed.
class FileSystemLoader final : public Loader {
public:
    explicit FileSystemLoader(std::vector<std::string> folders, bool follow_links = true)
        : folders_(std::move(folders)), follow_links_(follow_links) {}
    std::optional<Source> load(const std::string &name) const override;
    std::vector<std::string> list() const override;

private:
    std::vector<std::string> folders_;
    bool follow_links_;
};

// "prefix/name" asks the loader of that prefix for "name".
class PrefixLoader final : public Loader {
public:
    PrefixLoader(std::vector<std::pair<std::string, std::shared_ptr<Loader>>> loaders,
                 std::string delimiter = "/")
        : loaders_(std::move(loaders)), delimiter_(std::move(delimiter)) {}
    std::optional<Source> load(const std::string &name) const override;
    std::vector<std::string> list() const override;

private:
    std::vector<std::pair<std::string, std::shared_ptr<Loader>>> loaders_;
    std::string delimiter_;
};

// The first of several loaders that has it.
class ChoiceLoader final : public Loader {
public:
    explicit ChoiceLoader(std::vector<std::shared_ptr<Loader>> loaders)
        : loaders_(std::move(loaders)) {}
    std::optional<Source> load(const std::string &name) const override;
    std::vector<std::string> list() const override;

private:
    std::vector<std::shared_ptr<Loader>> loaders_;
};

class FunctionLoader final : public Loader {
public:
    using Function = std::function<std::optional<Source>(const std::string &name)>;
    explicit FunctionLoader(Function load) : load_(std::move(load)) {}
    std::optional<Source> load(const std::string &name) const override { return load_(name); }

private:
    Function load_;
};

} // namespace csgi::jinja
