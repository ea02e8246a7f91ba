// SPDX-License-Identifier: MIT
// Settings by name, Flask's and an application's own.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <csgi/value/value.hpp>

namespace csgi {

// Flask's Config. Names are in upper case.
class Config {
public:
    // With Flask's defaults.
    Config();
    Config(const Config &) = default;
    Config(Config &&) noexcept = default;
    Config &operator=(const Config &) = default;
    Config &operator=(Config &&) noexcept = default;
    // Overwrites the keys, SECRET_KEY and its fallbacks, unless others hold copies.
    ~Config();

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
    // The same with a reader of one's own, such as one for TOML: called with the file's text; what
    // it throws is told with the file's name.
    bool from_file(const std::string &path, const std::function<Dict(std::string_view text)> &load,
                   bool silent = false);
    // The file that an environment variable names, as from_json_file(). Throws std::runtime_error
    // when there is no such variable, unless `silent`.
    bool from_envvar(const char *variable, bool silent = false);
    // The members of a struct with CSGI_FIELDS whose names are in upper case.
    template <class T>
    void from_object(const T &object) {
        from_mapping(object.csgi_to_value().as_dict());
    }
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
