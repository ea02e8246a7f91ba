// SPDX-License-Identifier: MIT
// What a client keeps for an application from one request to the next.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <csgi/value/value.hpp>

namespace csgi {

// Flask's session: a dict that knows whether it was looked at and whether it was changed. What is
// changed inside a list or dict that it holds has to be told by set_modified().
class Session {
public:
    Session() = default;
    explicit Session(Dict values) : values_(std::move(values)), is_new_(false) {}
    // One that refuses to be written to, with a sentence that says why.
    static Session refusing(std::string why) {
        Session session;
        session.refusal_ = std::move(why);
        return session;
    }

    // NULL if there is none.
    const Value *find(std::string_view key) const {
        is_accessed_ = true;
        return std::as_const(values_).find(key);
    }
    // A copy: a view of its text ends with it.
    Value get(std::string_view key, Value fallback = {}) const {
        const Value *value = find(key);
        return value ? *value : fallback;
    }
    bool contains(std::string_view key) const { return find(key) != nullptr; }
    std::size_t size() const {
        is_accessed_ = true;
        return values_.size();
    }
    bool empty() const { return size() == 0; }
    const Dict &values() const {
        is_accessed_ = true;
        return values_;
    }

    void set(std::string_view key, Value value) { changing()[key] = std::move(value); }
    // To be assigned to; counts as a change.
    Value &operator[](std::string_view key) { return changing()[key]; }
    // Takes a value out; the fallback if it is not there.
    Value pop(std::string_view key, Value fallback = {});
    void clear() { changing().clear(); }

    void set_modified() { changing(); }
    bool is_modified() const { return is_modified_; }
    bool is_accessed() const { return is_accessed_; }
    bool is_new() const { return is_new_; }
    // Kept for PERMANENT_SESSION_LIFETIME instead of until the browser is closed.
    bool is_permanent() const {
        const Value *value = std::as_const(values_).find("_permanent");
        return value && value->truthy();
    }
    void set_permanent(bool permanent = true) { changing()["_permanent"] = permanent; }

private:
    Dict &changing();

    Dict values_;
    std::string refusal_;
    bool is_new_ = true, is_modified_ = false;
    mutable bool is_accessed_ = false;
};

} // namespace csgi
