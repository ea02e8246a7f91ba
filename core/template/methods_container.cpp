// SPDX-License-Identifier: MIT
// Methods of list, tuple and dict. They change what all holders see, as in Python.
#include "core/template/methods.hpp"

#include <algorithm>

#include "core/template/order.hpp"
#include "core/template/python.hpp"

namespace csgi::jinja {

namespace {

// Steps for so many items that make room or close a gap: moving one costs far less than a call.
std::size_t moved(std::int64_t items) {
    return static_cast<std::size_t>(items) / 16;
}

Value append(State &state, const Value &self, const Arguments &arguments) {
    const Bound<1> given("append", {""}, 1, arguments);
    state.grow(sizeof(Value));
    self.list_in_place().push_back(*given[0]);
    return {};
}

Value clear_list(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("clear", arguments);
    // What is cleared may hold itself, or the last of this list.
    const List gone = std::move(self.list_in_place());
    self.list_in_place() = {};
    return {};
}

Value copy_list(State &state, const Value &self, const Arguments &arguments) {
    expect_nothing("copy", arguments);
    state.step(self.as_list().size());
    state.grow(self.as_list().size() * sizeof(Value));
    return Value(List(self.as_list()));
}

Value extend(State &state, const Value &self, const Arguments &arguments) {
    const Bound<1> given("extend", {""}, 1, arguments);
    List more = state.list(*given[0]);
    state.grow(more.size() * sizeof(Value));
    List &list = self.list_in_place();
    list.insert(list.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
    return {};
}

Value insert(State &state, const Value &self, const Arguments &arguments) {
    const Bound<2> given("insert", {"", ""}, 2, arguments);
    List &list = self.list_in_place();
    const auto size = static_cast<std::int64_t>(list.size());
    std::int64_t at = integer_argument(state, given[0], 0);
    if (at < 0) at = std::max<std::int64_t>(at + size, 0);
    state.grow(sizeof(Value));
    state.step(moved(size - std::min(at, size)));
    list.insert(list.begin() + std::min(at, size), Value(*given[1]));
    return {};
}

Value pop_list(State &state, const Value &self, const Arguments &arguments) {
    const Bound<1> given("pop", {""}, 0, arguments);
    List &list = self.list_in_place();
    if (list.empty()) throw PythonError("IndexError", "pop from empty list");
    const auto size = static_cast<std::int64_t>(list.size());
    std::int64_t at = integer_argument(state, given[0], -1);
    if (at < 0) at += size;
    if (at < 0 || at >= size) throw PythonError("IndexError", "pop index out of range");
    state.step(moved(size - at));
    const Value item = std::move(list[static_cast<std::size_t>(at)]);
    list.erase(list.begin() + at);
    return item;
}

Value remove(State &state, const Value &self, const Arguments &arguments) {
    const Bound<1> given("remove", {""}, 1, arguments);
    const List &list = self.as_list();
    state.step(list.size());
    for (std::size_t i = 0; i < list.size(); ++i)
        if (state.equal(list[i], *given[0])) {
            const Value gone = list[i];
            List &changed = self.list_in_place();
            changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
            return {};
        }
    throw PythonError("ValueError", "list.remove(x): x not in list");
}

Value reverse(State &state, const Value &self, const Arguments &arguments) {
    expect_nothing("reverse", arguments);
    state.step(self.as_list().size());
    std::reverse(self.list_in_place().begin(), self.list_in_place().end());
    return {};
}

Value sort(State &state, const Value &self, const Arguments &arguments) {
    if (!arguments.positional.empty()) throw TypeError("sort() takes no positional arguments");
    const Bound<2> given("sort", {"key", "reverse"}, 0, arguments);
    const bool descending = integer_argument(state, given[1], 0) != 0;
    List items = self.as_list();
    List keys = items;
    if (given[0] && !given[0]->is_none())
        for (Value &key : keys) {
            const Value item = key;
            key = state.call(*given[0], Arguments{{&item, 1}, {}});
        }
    sort_by(state, items, std::move(keys), descending);
    self.list_in_place() = std::move(items);
    return {};
}

Value count(State &state, const Value &self, const Arguments &arguments) {
    const Bound<1> given("count", {""}, 1, arguments);
    std::int64_t n = 0;
    const List &list = self.as_list();
    state.step(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) n += state.equal(list[i], *given[0]);
    return n;
}

Value index(State &state, const Value &self, const Arguments &arguments) {
    const Bound<3> given("index", {"", "", ""}, 1, arguments);
    const List &list = self.as_list();
    const auto size = static_cast<std::int64_t>(list.size());
    const auto place = [&](const Value *value, std::int64_t otherwise) {
        const std::int64_t at = integer_argument(state, value, otherwise);
        return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size);
    };
    const std::int64_t end = place(given[2], size);
    state.step(list.size());
    for (std::int64_t i = place(given[1], 0); i < end; ++i)
        if (state.equal(list[static_cast<std::size_t>(i)], *given[0])) return i;
    throw PythonError("ValueError", self.is_tuple() ? "tuple.index(x): x not in tuple"
                                                    : state.repr(*given[0]) + " is not in list");
}

constexpr NamedMethod of_list[] = {
    {"append", append}, {"clear", clear_list}, {"copy", copy_list}, {"count", count},
    {"extend", extend}, {"index", index},      {"insert", insert},  {"pop", pop_list},
    {"remove", remove}, {"reverse", reverse},  {"sort", sort},
};

constexpr NamedMethod of_tuple[] = {{"count", count}, {"index", index}};

Value get(State &state, const Value &self, const Arguments &arguments) {
    const Bound<2> given("get", {"", ""}, 1, arguments);
    state.expect_hashable(*given[0]);
    if (const Value *found = self.as_dict().find(*given[0])) return *found;
    return given[1] ? *given[1] : Value();
}

Value items(State &state, const Value &self, const Arguments &arguments) {
    expect_nothing("items", arguments);
    const Dict &dict = self.as_dict();
    state.step(dict.size());
    List pairs;
    pairs.reserve(dict.size());
    for (const Dict::Entry &entry : dict) pairs.push_back(Value::tuple({entry.key, entry.value}));
    return view("dict_items", std::move(pairs));
}

template <bool keys>
Value side(State &state, const Value &self, const Arguments &arguments) {
    expect_nothing(keys ? "keys" : "values", arguments);
    const Dict &dict = self.as_dict();
    state.step(dict.size());
    List all;
    all.reserve(dict.size());
    for (const Dict::Entry &entry : dict) all.push_back(keys ? entry.key : entry.value);
    return view(keys ? "dict_keys" : "dict_values", std::move(all));
}

Value pop_dict(State &state, const Value &self, const Arguments &arguments) {
    const Bound<2> given("pop", {"", ""}, 1, arguments);
    state.expect_hashable(*given[0]);
    if (const Value *found = self.as_dict().find(*given[0])) {
        const Value value = *found;
        state.step(self.as_dict().size());
        self.dict_in_place().erase(*given[0]);
        return value;
    }
    if (given[1]) return *given[1];
    throw PythonError("KeyError", state.repr(*given[0]));
}

Value popitem(State &state, const Value &self, const Arguments &arguments) {
    expect_nothing("popitem", arguments);
    Dict &dict = self.dict_in_place();
    if (dict.empty()) throw PythonError("KeyError", "'popitem(): dictionary is empty'");
    state.step(dict.size());
    const Dict::Entry last = *(dict.end() - 1);
    dict.erase(last.key);
    return Value::tuple({last.key, last.value});
}

Value setdefault(State &state, const Value &self, const Arguments &arguments) {
    const Bound<2> given("setdefault", {"", ""}, 1, arguments);
    state.expect_hashable(*given[0]);
    if (const Value *found = self.as_dict().find(*given[0])) return *found;
    state.grow(2 * sizeof(Value));
    const Value value = given[1] ? *given[1] : Value();
    self.dict_in_place().set(*given[0], value);
    return value;
}

Value update(State &state, const Value &self, const Arguments &arguments) {
    if (arguments.positional.size() > 1)
        throw TypeError("update expected at most 1 argument, got " +
                        std::to_string(arguments.positional.size()));
    Dict more;
    if (const Value *from = arguments.find(std::size_t{0})) {
        state.check(*from); // Python asks whether it has keys()
        if (from->is_dict()) {
            more = from->as_dict();
        } else {
            Items pairs(state, *from);
            while (const Value *pair = pairs.next()) {
                List two = state.list(*pair);
                if (two.size() != 2)
                    throw PythonError("ValueError",
                                      "dictionary update sequence element has length " +
                                          std::to_string(two.size()) + "; 2 is required");
                more.set(two[0], two[1]);
            }
        }
    }
    for (const Arguments::Named &named : arguments.named) more.set(Value(named.name), named.value);
    state.grow(more.size() * 2 * sizeof(Value));
    Dict &dict = self.dict_in_place();
    for (const Dict::Entry &entry : more) dict.set(entry.key, entry.value);
    return {};
}

Value clear_dict(State &, const Value &self, const Arguments &arguments) {
    expect_nothing("clear", arguments);
    const Dict gone = std::move(self.dict_in_place());
    self.dict_in_place() = {};
    return {};
}

Value copy_dict(State &state, const Value &self, const Arguments &arguments) {
    expect_nothing("copy", arguments);
    state.step(self.as_dict().size());
    state.grow(self.as_dict().size() * 2 * sizeof(Value));
    return Value(Dict(self.as_dict()));
}

Value fromkeys(State &state, const Value &, const Arguments &arguments) {
    const Bound<2> given("fromkeys", {"", ""}, 1, arguments);
    Dict dict;
    Items keys(state, *given[0]);
    while (const Value *key = keys.next()) dict.set(*key, given[1] ? *given[1] : Value());
    return dict;
}

constexpr NamedMethod of_dict[] = {
    {"clear", clear_dict},      {"copy", copy_dict},  {"fromkeys", fromkeys},  {"get", get},
    {"items", items},           {"keys", side<true>}, {"pop", pop_dict},       {"popitem", popitem},
    {"setdefault", setdefault}, {"update", update},   {"values", side<false>},
};

} // namespace

std::span<const NamedMethod> list_methods() {
    return of_list;
}
std::span<const NamedMethod> tuple_methods() {
    return of_tuple;
}
std::span<const NamedMethod> dict_methods() {
    return of_dict;
}

} // namespace csgi::jinja
