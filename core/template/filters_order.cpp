// SPDX-License-Identifier: MIT
// Filters that sort, group, and choose the least, the greatest and the different.
#include "core/template/filter_tables.hpp"

#include "core/template/later.hpp"
#include "core/template/order.hpp"
#include "core/template/python.hpp"

namespace csgi::jinja {

namespace {

Value sort(State &state, const Arguments &arguments) {
    const Bound<4> given("do_sort", {"value", "reverse", "case_sensitive", "attribute"}, 1,
                         arguments);
    const bool reverse = integer_argument(state, given[1], 0) != 0;
    const bool case_sensitive = flag_argument(state, given[2], false);
    // "a,b" is by a, then by b.
    std::vector<AttributePath> paths;
    if (given[3] && given[3]->is_string()) {
        for (std::string_view rest = given[3]->text();;) {
            const std::size_t at = rest.find(',');
            const Value one(rest.substr(0, at));
            paths.emplace_back(&one);
            if (at == rest.npos) break;
            rest.remove_prefix(at + 1);
        }
    } else {
        paths.emplace_back(given[3]);
    }
    List items = state.list(*given[0]);
    List keys;
    keys.reserve(items.size());
    for (const Value &item : items) {
        List key;
        for (const AttributePath &path : paths)
            key.push_back(key_of(state, path, case_sensitive, item));
        keys.emplace_back(std::move(key));
    }
    sort_by(state, items, std::move(keys), reverse);
    return items;
}

Value dictsort(State &state, const Arguments &arguments) {
    const Bound<4> given("do_dictsort", {"value", "case_sensitive", "by", "reverse"}, 1, arguments);
    const bool case_sensitive = flag_argument(state, given[1], false);
    const std::string_view by = !given[2]               ? "key"
                                : given[2]->is_string() ? given[2]->text()
                                                        : std::string_view();
    if (by != "key" && by != "value")
        throw FilterArgumentError("You can only sort by either \"key\" or \"value\"");
    const bool reverse = integer_argument(state, given[3], 0) != 0;
    state.check(*given[0]);
    if (!given[0]->is_dict())
        throw PythonError("AttributeError", "'" + std::string(given[0]->type_name()) +
                                                "' object has no attribute 'items'");
    List items, keys;
    const AttributePath itself(nullptr);
    for (const Dict::Entry &entry : given[0]->as_dict()) {
        items.push_back(Value::tuple({entry.key, entry.value}));
        keys.push_back(
            key_of(state, itself, case_sensitive, by == "key" ? entry.key : entry.value));
    }
    sort_by(state, items, std::move(keys), reverse);
    return items;
}

template <bool greatest>
Value extreme(State &state, const Arguments &arguments) {
    const Bound<3> given(greatest ? "do_max" : "do_min", {"value", "case_sensitive", "attribute"},
                         1, arguments);
    const bool case_sensitive = flag_argument(state, given[1], false);
    Items items(state, *given[0]);
    const Value *item = items.next();
    if (!item) return state.undefined_hint("No aggregated item, sequence was empty.");
    const AttributePath path(given[2]);
    Value best = *item, best_key = key_of(state, path, case_sensitive, best);
    while ((item = items.next())) {
        state.step();
        Value key = key_of(state, path, case_sensitive, *item);
        const std::partial_ordering order = state.compare(key, best_key, greatest ? ">" : "<");
        if (greatest ? order > 0 : order < 0) {
            best = *item;
            best_key = std::move(key);
        }
    }
    return best;
}

Value unique(State &state, const Arguments &arguments) {
    const Bound<3> given("do_unique", {"value", "case_sensitive", "attribute"}, 1, arguments);
    return later(state, "do_unique",
                 [&state, value = *given[0], case_sensitive = flag_argument(state, given[1], false),
                  attribute = given[2] ? *given[2] : Value()] {
                     const AttributePath path(&attribute);
                     Dict seen;
                     List out;
                     Items items(state, value);
                     while (const Value *item = items.next()) {
                         state.step();
                         Value key = key_of(state, path, case_sensitive, *item);
                         // A Markup is equal to the text that it is.
                         if (key.is_markup()) key = Value(key.text());
                         // Undefined values are equal, whatever their names.
                         if (key.is_undefined()) {
                             state.expect_hashable(key);
                             key = Value::tuple({});
                         }
                         if (seen.find(key)) continue;
                         seen.set(std::move(key), Value());
                         state.grow(2 * sizeof(Value));
                         out.push_back(*item);
                     }
                     return out;
                 });
}

Value groupby(State &state, const Arguments &arguments) {
    const Bound<4> given("do_groupby", {"value", "attribute", "default", "case_sensitive"}, 2,
                         arguments);
    const bool case_sensitive = flag_argument(state, given[3], false);
    const AttributePath path(given[1], given[2]);
    List items = state.list(*given[0]);
    List keys;
    keys.reserve(items.size());
    for (const Value &item : items) keys.push_back(key_of(state, path, case_sensitive, item));
    // Items carry their keys through the sorting.
    List pairs;
    for (std::size_t i = 0; i < items.size(); ++i)
        pairs.push_back(Value::tuple({keys[i], std::move(items[i])}));
    sort_by(state, pairs, std::move(keys), false);
    List groups;
    for (std::size_t i = 0; i < pairs.size();) {
        const Value key = pairs[i].as_list()[0];
        // A key is not compared with itself: NaN equals nothing, and what is undefined may not be.
        List members{pairs[i++].as_list()[1]};
        for (; i < pairs.size() && state.equal(pairs[i].as_list()[0], key); ++i)
            members.push_back(pairs[i].as_list()[1]);
        // What the group is called is spelled as in its first member.
        Value name = case_sensitive ? key : path.of(state, members.front());
        groups.push_back(Value::tuple({std::move(name), Value(std::move(members))}));
    }
    return groups;
}

constexpr NamedFilter filters[] = {
    {"dictsort", dictsort},  {"groupby", groupby}, {"max", extreme<true>},
    {"min", extreme<false>}, {"sort", sort},       {"unique", unique},
};

} // namespace

std::span<const NamedFilter> order_filters() {
    return filters;
}

} // namespace csgi::jinja
