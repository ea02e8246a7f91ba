// SPDX-License-Identifier: MIT
// Results of filters that are made when somebody asks for their first item, as Python's generators.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <csgi/template/state.hpp>

namespace csgi::jinja {

// Makes all items at once, but not before the first is asked for.
class Later final : public Iterator {
public:
    explicit Later(std::function<List()> make) : make_(std::move(make)) {}

    bool next(Value &item) override {
        if (make_) {
            // An error leaves an empty pass behind, as a generator that has failed.
            const auto make = std::exchange(make_, nullptr);
            items_ = make();
        }
        if (at_ == items_.size()) return false;
        item = std::move(items_[at_++]);
        return true;
    }

private:
    std::function<List()> make_;
    List items_;
    std::size_t at_ = 0;
};

inline Value later(State &state, std::string_view name, std::function<List()> make) {
    return generator(state, name, std::make_unique<Later>(std::move(make)));
}

} // namespace csgi::jinja
