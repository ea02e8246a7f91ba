// SPDX-License-Identifier: MIT
// Settings and where they come from.
#include <csgi/app/config.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include <csgi/value/json.hpp>

#include "core/app/setting.hpp"
#include "core/http/text.hpp"

namespace csgi {

namespace {

bool is_upper(std::string_view name) {
    bool has_letter = false;
    for (const char c : name) {
        if (c >= 'a' && c <= 'z') return false;
        has_letter = has_letter || (c >= 'A' && c <= 'Z');
    }
    return has_letter;
}

} // namespace

Config::Config() {
    values_ = Dict{
        {"DEBUG", false},
        {"TESTING", false},
        {"PROPAGATE_EXCEPTIONS", Value()},
        {"SECRET_KEY", Value()},
        {"SECRET_KEY_FALLBACKS", Value()},
        {"PERMANENT_SESSION_LIFETIME", 31 * 24 * 3600},
        {"USE_X_SENDFILE", false},
        {"TRUSTED_HOSTS", Value()},
        {"SERVER_NAME", Value()},
        {"APPLICATION_ROOT", "/"},
        {"SESSION_COOKIE_NAME", "session"},
        {"SESSION_COOKIE_DOMAIN", Value()},
        {"SESSION_COOKIE_PATH", Value()},
        {"SESSION_COOKIE_HTTPONLY", true},
        {"SESSION_COOKIE_SECURE", false},
        {"SESSION_COOKIE_PARTITIONED", false},
        {"SESSION_COOKIE_SAMESITE", Value()},
        {"SESSION_REFRESH_EACH_REQUEST", true},
        {"MAX_CONTENT_LENGTH", Value()},
        {"MAX_FORM_MEMORY_SIZE", 500'000},
        {"MAX_FORM_PARTS", 1'000},
        {"SEND_FILE_MAX_AGE_DEFAULT", Value()},
        {"TRAP_BAD_REQUEST_ERRORS", Value()},
        {"TRAP_HTTP_EXCEPTIONS", false},
        {"EXPLAIN_TEMPLATE_LOADING", false},
        {"PREFERRED_URL_SCHEME", "http"},
        {"TEMPLATES_AUTO_RELOAD", Value()},
        {"MAX_COOKIE_SIZE", 4093},
        {"PROVIDE_AUTOMATIC_OPTIONS", true},
    };
}

Config::~Config() {
    for (const char *name : {"SECRET_KEY", "SECRET_KEY_FALLBACKS"})
        if (Value *key = values_.find(name)) key->wipe();
}

const Value &Config::operator[](std::string_view name) const {
    const Value *value = values_.find(name);
    return value ? *value : none_;
}

Value Config::get(std::string_view name, Value fallback) const {
    const Value *value = values_.find(name);
    return value ? *value : fallback;
}

void Config::from_mapping(const Dict &values) {
    for (const Dict::Entry &entry : values)
        if (entry.key.is_string() && is_upper(entry.key.text()))
            values_.set(entry.key, entry.value);
}

bool Config::from_file(const std::string &path,
                       const std::function<Dict(std::string_view text)> &load, bool silent) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        if (silent && (errno == ENOENT || errno == ENOTDIR || errno == EISDIR)) return false;
        throw std::runtime_error("configuration file " + path + ": " + std::strerror(errno));
    }
    std::ostringstream text;
    text << file.rdbuf();
    try {
        from_mapping(load(text.str()));
    } catch (const std::exception &error) {
        throw std::runtime_error("configuration file " + path + ": " + error.what());
    }
    return true;
}

bool Config::from_json_file(const std::string &path, bool silent) {
    return from_file(
        path, [](std::string_view text) { return parse_json(text).as_dict(); }, silent);
}

bool Config::from_envvar(const char *variable, bool silent) {
    const char *path = std::getenv(variable);
    if (path && *path) return from_json_file(path, silent);
    if (silent) return false;
    throw std::runtime_error("The environment variable '" + std::string(variable) +
                             "' is not set and as such configuration could not be loaded. Set this "
                             "variable and make it point to a configuration file");
}

void Config::from_prefixed_env(std::string_view prefix) {
    const std::string begin = std::string(prefix) + "_";
    std::vector<std::pair<std::string, std::string>> found;
    for (char **at = environ; *at; ++at) {
        const std::string_view entry = *at;
        const std::size_t equals = entry.find('=');
        if (equals == entry.npos || !entry.starts_with(begin) || equals < begin.size()) continue;
        found.emplace_back(entry.substr(begin.size(), equals - begin.size()),
                           entry.substr(equals + 1));
    }
    std::sort(found.begin(), found.end());
    for (const auto &[name, text] : found) {
        const Value value = json_or_text(text);
        std::string_view rest = name;
        Dict *into = &values_;
        for (std::size_t mark; (mark = rest.find("__")) != rest.npos;
             rest.remove_prefix(mark + 2)) {
            Value &inner = (*into)[rest.substr(0, mark)];
            if (!inner.is_dict()) inner = Value(Dict());
            into = &inner.edit_dict();
        }
        (*into)[rest] = value;
    }
}

Dict Config::get_namespace(std::string_view prefix) const {
    Dict out;
    for (const Dict::Entry &entry : values_) {
        const std::string_view name = entry.key.text();
        if (!name.starts_with(prefix)) continue;
        out[lower(name.substr(prefix.size()))] = entry.value;
    }
    return out;
}

} // namespace csgi
