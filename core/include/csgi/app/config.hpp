// SPDX-License-Identifier: MIT
// Settings by name, Flask's and an application's own.
#pragma once

#include <string>
#include <string_view>

#include <csgi/value/value.hpp>

namespace csgi {

// Flask's Config. Names are in upper case.
class Config {
public:
    // With Flask's defaults.
    Config();

    const Value &operator[](std::string_view name) const; // none if there is no such setting
    Value &operator[](std::string_view name) { return values_[name]; }
    Value get(std::string_view name, Value fallback) const;
    bool contains(std::string_view name) const { return values_.contains(name); }
    const Dict &values() const { return values_; }

    // Takes the names that are in upper case, as Flask does.
    void from_mapping(const Dict &values);
    // A file with one JSON object. Throws std::runtime_error naming the file when it cannot be read
    // or is none; with `silent` a file that is not there is passed over: false.
    bool from_json_file(const std::string &path, bool silent = false);
    // FLASK_NAME=value in the environment, or with another prefix: values are JSON or else text;
    // "__" in a name stands for an entry of a dict. In the order of names.
    void from_prefixed_env(std::string_view prefix = "FLASK");
    // The settings whose names begin with this, without it and in lower case.
    Dict get_namespace(std::string_view prefix) const;

private:
    Dict values_;
    Value none_; // what a setting is that nobody made
};

} // namespace csgi
