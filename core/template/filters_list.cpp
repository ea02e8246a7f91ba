// SPDX-License-Identifier: MIT
// Filters that take a row of items and give a part of it, another row, or one thing.
#include "core/template/filter_tables.hpp"

#include <algorithm>
#include <random>

#include "core/template/later.hpp"
#include "core/template/order.hpp"
#include "core/template/python.hpp"
#include "core/template/unicode.hpp"

namespace csgi::jinja {

namespace {

Value length(State &state, const Arguments &arguments) {
    const Bound<1> given("len", {""}, 1, arguments);
    return static_cast<std::int64_t>(state.length(*given[0]));
}

Value list(State &state, const Arguments &arguments) {
    const Bound<1> given("do_list", {"value"}, 1, arguments);
    return state.list(*given[0]);
}

Value first(State &state, const Arguments &arguments) {
    const Bound<1> given("do_first", {"seq"}, 1, arguments);
    Items items(state, *given[0]);
    if (const Value *item = items.next()) return *item;
    return state.undefined_hint("No first item, sequence was empty.");
}

// May it be gone through from its end?
bool is_reversible(const Value &value) {
    switch (value.kind()) {
    case Kind::string:
    case Kind::bytes:
    case Kind::list:
    case Kind::tuple:
    case Kind::dict:
    case Kind::undefined: return true;
    case Kind::object: return value.as_object().size().has_value();
    default: return false;
    }
}

Value last(State &state, const Arguments &arguments) {
    const Bound<1> given("do_last", {"seq"}, 1, arguments);
    const Value &value = *given[0];
    if (!is_reversible(value)) throw TypeError(not_able(value, "reversible"));
    if (value.is_string()) {
        const std::string_view text = value.text();
        if (!text.empty()) return like(value, text.substr(character_offset_from_end(text, 1)));
    } else if (value.is_undefined()) {
        state.length(value);
    } else {
        const List items = state.list(value);
        if (!items.empty()) return items.back();
    }
    return state.undefined_hint("No last item, sequence was empty.");
}

Value any_of(State &state, const Arguments &arguments) {
    const Bound<1> given("do_random", {"seq"}, 1, arguments);
    const std::size_t size = state.length(*given[0]);
    if (size == 0) return state.undefined_hint("No random item, sequence was empty.");
    std::random_device dice;
    const std::uint64_t thrown = std::uint64_t{dice()} << 32 | dice();
    return python_item(state, *given[0], Value(static_cast<std::int64_t>(thrown % size)));
}

Value reverse(State &state, const Arguments &arguments) {
    const Bound<1> given("do_reverse", {"value"}, 1, arguments);
    const Value value = *given[0];
    if (value.is_string()) {
        const Value step(-1);
        return state.slice(value, nullptr, nullptr, &step);
    }
    const auto reversed = [&state, value] {
        List items = state.list(value);
        std::reverse(items.begin(), items.end());
        return items;
    };
    if (value.is_undefined()) state.length(value);
    if (is_reversible(value)) return later(state, "list_reverseiterator", reversed);
    try {
        return reversed();
    } catch (const TypeError &) {
        throw FilterArgumentError("argument must be iterable");
    }
}

Value join(State &state, const Arguments &arguments) {
    const Bound<3> given("do_join", {"value", "d", "attribute"}, 1, arguments);
    const Value between = given[1] ? *given[1] : Value("");
    const bool by_attribute = given[2] && !given[2]->is_none();
    const AttributePath path(by_attribute ? given[2] : nullptr);
    std::string out;
    bool any = false;
    if (!state.autoescape()) {
        std::string room;
        const std::string_view separator = state.text(between, room);
        Items items(state, *given[0]);
        while (const Value *item = items.next()) {
            const std::size_t before = out.size();
            if (any) out += separator;
            any = true;
            state.append_str(out, by_attribute ? path.of(state, *item) : *item);
            state.step();
            state.grow(out.size() - before);
        }
        return out;
    }
    // One item or separator that is HTML makes the whole HTML.
    List items = state.list(*given[0]);
    bool html = has_html(state, between);
    for (Value &item : items) {
        if (by_attribute) item = path.of(state, item);
        html = html || has_html(state, item);
    }
    for (const Value &item : items) {
        const std::size_t before = out.size();
        if (any && html) state.append_escaped(out, between);
        if (any && !html) state.append_str(out, between);
        any = true;
        if (html)
            state.append_escaped(out, item);
        else
            state.append_str(out, item);
        state.step();
        state.grow(out.size() - before);
    }
    return html ? Value::markup(out) : Value(out);
}

Value sum(State &state, const Arguments &arguments) {
    const Bound<3> given("do_sum", {"iterable", "attribute", "start"}, 1, arguments);
    Value total = given[2] ? *given[2] : Value(0);
    const bool by_attribute = given[1] && !given[1]->is_none();
    const AttributePath path(by_attribute ? given[1] : nullptr);
    Items items(state, *given[0]);
    if (total.is_string()) throw TypeError("sum() can't sum strings [use ''.join(seq) instead]");
    while (const Value *item = items.next()) {
        state.step();
        total = state.binary(Operator::add, total, by_attribute ? path.of(state, *item) : *item);
    }
    return total;
}

Value items(State &state, const Arguments &arguments) {
    const Bound<1> given("do_items", {"value"}, 1, arguments);
    return later(state, "do_items", [&state, value = *given[0]] {
        List pairs;
        if (value.is_undefined()) return pairs;
        if (!value.is_dict()) throw TypeError("Can only get item pairs from a mapping.");
        state.step(value.as_dict().size());
        for (const Dict::Entry &entry : value.as_dict())
            pairs.push_back(Value::tuple({entry.key, entry.value}));
        return pairs;
    });
}

bool is_given(const Value *value) {
    return value && !value->is_none();
}

Value batch(State &state, const Arguments &arguments) {
    const Bound<3> given("do_batch", {"value", "linecount", "fill_with"}, 2, arguments);
    return later(state, "do_batch",
                 [&state, value = *given[0], size = *given[1],
                  fill = is_given(given[2]) ? *given[2] : Value()] {
                     List rows, row;
                     Items items(state, value);
                     while (const Value *item = items.next()) {
                         state.step();
                         if (state.equal(Value(static_cast<std::int64_t>(row.size())), size))
                             rows.emplace_back(std::exchange(row, {}));
                         row.push_back(*item);
                     }
                     if (row.empty()) return rows;
                     if (!fill.is_none() &&
                         state.less(Value(static_cast<std::int64_t>(row.size())), size)) {
                         const std::int64_t wanted = integer_argument(state, &size, 0);
                         state.grow(static_cast<std::size_t>(wanted) * sizeof(Value));
                         row.resize(static_cast<std::size_t>(wanted), fill);
                     }
                     rows.emplace_back(std::move(row));
                     return rows;
                 });
}

Value slice(State &state, const Arguments &arguments) {
    const Bound<3> given("do_slice", {"value", "slices", "fill_with"}, 2, arguments);
    return later(state, "sync_do_slice",
                 [&state, value = *given[0], count = *given[1],
                  fill = is_given(given[2]) ? *given[2] : Value()] {
                     const List all = state.list(value);
                     const Value size(static_cast<std::int64_t>(all.size()));
                     // Throws for what is no number.
                     state.binary(Operator::floordiv, size, count);
                     const std::int64_t slices = integer_argument(state, &count, 0);
                     List columns;
                     if (slices <= 0) return columns;
                     const auto n = static_cast<std::size_t>(slices);
                     state.step(n);
                     state.grow(n * sizeof(Value));
                     const std::size_t each = all.size() / n, longer = all.size() % n;
                     std::size_t at = 0;
                     for (std::size_t i = 0; i < n; ++i) {
                         const std::size_t end = at + each + (i < longer);
                         List column(all.begin() + static_cast<std::ptrdiff_t>(at),
                                     all.begin() + static_cast<std::ptrdiff_t>(end));
                         if (!fill.is_none() && i >= longer) column.push_back(fill);
                         columns.emplace_back(std::move(column));
                         at = end;
                     }
                     return columns;
                 });
}

constexpr NamedFilter filters[] = {
    {"batch", batch},   {"count", length},    {"first", first},   {"items", items},
    {"join", join},     {"last", last},       {"length", length}, {"list", list},
    {"random", any_of}, {"reverse", reverse}, {"slice", slice},   {"sum", sum},
};

} // namespace

std::span<const NamedFilter> list_filters() {
    return filters;
}

} // namespace csgi::jinja
