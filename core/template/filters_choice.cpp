// SPDX-License-Identifier: MIT
// Filters that apply another filter to each item, or choose items by a test.
#include "core/template/filter_tables.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/template/order.hpp"
#include "core/template/python.hpp"

namespace csgi::jinja {

namespace {

// Arguments that outlive the call in which they were given.
class Kept {
public:
    explicit Kept(const Arguments &arguments)
        : positional(arguments.positional.begin(), arguments.positional.end()) {
        for (const Arguments::Named &argument : arguments.named)
            named.emplace_back(std::string(argument.name), argument.value);
    }

    const Value *find(std::string_view name) const {
        for (const auto &[key, value] : named)
            if (key == name) return &value;
        return nullptr;
    }

    std::vector<Value> positional;
    std::vector<std::pair<std::string, Value>> named;
};

// A call of a filter or test by its name, item after item: its first argument changes.
class ByName {
public:
    // What stands before `from` is not the callee's; `from` is its name.
    ByName(const Kept &kept, std::size_t from)
        : name_(kept.positional[from]),
          positional_(kept.positional.begin() + static_cast<std::ptrdiff_t>(from),
                      kept.positional.end()) {
        for (const auto &[key, value] : kept.named) named_.push_back({key, value});
    }

    Arguments with(const Value &item) {
        positional_.front() = item;
        return {positional_, named_};
    }
    std::string_view name(State &state) const {
        state.expect_hashable(name_); // it is looked up in a dict
        if (!name_.is_string())
            throw TemplateRuntimeError("No filter named " + std::string(name_.type_name()));
        return name_.text();
    }

private:
    Value name_;
    std::vector<Value> positional_; // the item first
    std::vector<Arguments::Named> named_;
};

// What all have in common: nothing is looked at before the first item is asked for, and nothing is
// done for a value that is empty.
class Pass : public Iterator {
public:
    Pass(State &state, const Arguments &arguments) : state_(state), kept_(arguments) {
        value_ = kept_.positional.front();
        kept_.positional.erase(kept_.positional.begin());
    }

    bool next(Value &item) final {
        if (over_) return false;
        if (!items_) {
            over_ = true; // also after an error
            if (!state_.truthy(value_)) return false;
            prepare();
            items_.emplace(state_, value_);
            over_ = false;
        }
        while (const Value *next = items_->next()) {
            state_.step();
            if (take(*next, item)) return true;
        }
        over_ = true;
        return false;
    }

protected:
    virtual void prepare() = 0;
    virtual bool take(const Value &item, Value &out) = 0;

    State &state_;
    Kept kept_;

private:
    Value value_;
    std::optional<Items> items_;
    bool over_ = false;
};

class Map final : public Pass {
public:
    using Pass::Pass;

private:
    void prepare() override {
        if (!kept_.positional.empty()) {
            call_.emplace(kept_, 0);
            return;
        }
        const Value *attribute = kept_.find("attribute");
        if (!attribute) throw FilterArgumentError("map requires a filter argument");
        for (const auto &[name, value] : kept_.named)
            if (name != "attribute" && name != "default")
                throw FilterArgumentError("Unexpected keyword argument " +
                                          state_.repr(Value(name)));
        path_.emplace(attribute, kept_.find("default"));
    }

    bool take(const Value &item, Value &out) override {
        out =
            path_ ? path_->of(state_, item) : state_.filter(call_->name(state_), call_->with(item));
        return true;
    }

    std::optional<AttributePath> path_;
    std::optional<ByName> call_;
};

class Choice final : public Pass {
public:
    Choice(State &state, const Arguments &arguments, bool by_attribute, bool wanted)
        : Pass(state, arguments), by_attribute_(by_attribute), wanted_(wanted) {}

private:
    void prepare() override {
        if (by_attribute_) {
            if (kept_.positional.empty())
                throw FilterArgumentError("Missing parameter for attribute name");
            path_.emplace(&kept_.positional.front());
        }
        if (kept_.positional.size() > by_attribute_) call_.emplace(kept_, by_attribute_);
    }

    bool take(const Value &item, Value &out) override {
        const Value judged = path_ ? path_->of(state_, item) : item;
        const bool answer =
            call_ ? state_.test(call_->name(state_), call_->with(judged)) : state_.truthy(judged);
        if (answer != wanted_) return false;
        out = item;
        return true;
    }

    const bool by_attribute_, wanted_;
    std::optional<AttributePath> path_;
    std::optional<ByName> call_;
};

void expect_value(const Arguments &arguments, const char *name) {
    if (arguments.positional.empty())
        throw TypeError(std::string(name) + "() missing 1 required positional argument: 'value'");
}

Value map(State &state, const Arguments &arguments) {
    expect_value(arguments, "sync_do_map");
    return generator(state, "sync_do_map", std::make_unique<Map>(state, arguments));
}

template <bool by_attribute, bool wanted>
Value choose(State &state, const Arguments &arguments) {
    expect_value(arguments, "select_or_reject");
    return generator(state, "select_or_reject",
                     std::make_unique<Choice>(state, arguments, by_attribute, wanted));
}

constexpr NamedFilter filters[] = {
    {"map", map},
    {"reject", choose<false, false>},
    {"rejectattr", choose<true, false>},
    {"select", choose<false, true>},
    {"selectattr", choose<true, true>},
};

} // namespace

std::span<const NamedFilter> choice_filters() {
    return filters;
}

} // namespace csgi::jinja
