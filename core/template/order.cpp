// SPDX-License-Identifier: MIT
// Sorting as Python's list.sort() does it, on keys that are computed once.
#include "core/template/order.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "core/template/python.hpp"
#include "core/template/unicode.hpp"

namespace csgi::jinja {

AttributePath::AttributePath(const Value *attribute, const Value *otherwise) {
    if (otherwise && !otherwise->is_none()) otherwise_ = *otherwise;
    if (!attribute || attribute->is_none()) return;
    if (!attribute->is_string()) {
        steps_.push_back(*attribute);
        return;
    }
    std::string_view rest = attribute->text();
    for (;;) {
        const std::size_t at = rest.find('.');
        const std::string_view step = rest.substr(0, at);
        const bool number = !step.empty() && step.find_first_not_of("0123456789") == step.npos;
        steps_.push_back(number ? parse_integer(step, 10).value_or(Value(step)) : Value(step));
        if (at == rest.npos) return;
        rest.remove_prefix(at + 1);
    }
}

Value AttributePath::of(State &state, const Value &item) const {
    Value value = item;
    for (const Value &step : steps_) {
        value = state.getitem(value, step);
        if (otherwise_ && value.is_undefined()) value = *otherwise_;
    }
    return value;
}

Value key_of(State &state, const AttributePath &path, bool case_sensitive, const Value &item) {
    Value key = path.empty() ? item : path.of(state, item);
    if (!case_sensitive && key.is_string()) return like(key, to_lower(key.text()));
    return key;
}

bool key_less(State &state, const Value &a, const Value &b) {
    return !state.equal(a, b) && state.less(a, b);
}

void sort_by(State &state, List &items, List keys, bool reverse) {
    state.step(items.size());
    std::vector<std::size_t> order(items.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        state.step();
        return reverse ? state.less(keys[b], keys[a]) : state.less(keys[a], keys[b]);
    });
    List sorted;
    sorted.reserve(items.size());
    for (const std::size_t at : order) sorted.push_back(std::move(items[at]));
    items = std::move(sorted);
}

} // namespace csgi::jinja
