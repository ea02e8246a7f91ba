// SPDX-License-Identifier: MIT
// Sorting, and the keys by which filters sort, group and choose.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <csgi/template/state.hpp>

namespace csgi::jinja {

// The way to a part of an item: "a.b.0" is item.a.b[0]; an integer is an index; none is the item.
class AttributePath {
public:
    // NULL or none: the item itself. `otherwise` stands in wherever a step finds nothing.
    AttributePath(const Value *attribute, const Value *otherwise = nullptr);
    Value of(State &state, const Value &item) const;
    bool empty() const { return steps_.empty(); }

private:
    std::vector<Value> steps_;
    std::optional<Value> otherwise_;
};

// The key of an item; texts in lower case unless case counts.
Value key_of(State &state, const AttributePath &path, bool case_sensitive, const Value &item);

// Sorts by keys, one for each item, with Python's <; items of equal keys keep their order, also
// when reversed. Throws TypeError for keys without an order.
void sort_by(State &state, List &items, List keys, bool reverse);

// a < b as Python orders lists of one item: equal ones need no order.
bool key_less(State &state, const Value &a, const Value &b);

} // namespace csgi::jinja
