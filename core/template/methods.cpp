// SPDX-License-Identifier: MIT
// The methods of Python's values that templates use.
#include "core/template/builtin.hpp"

#include <string>

namespace csgi::jinja {

namespace {

Value str_upper(State &, const Value &self, const Arguments &) {
    std::string out(self.text());
    for (char &c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return self.is_markup() ? Value::markup(out) : Value(out);
}

Value dict_items(State &, const Value &self, const Arguments &) {
    List items;
    for (const Dict::Entry &entry : self.as_dict())
        items.push_back(Value::tuple({entry.key, entry.value}));
    return view("dict_items", std::move(items));
}

Value list_append(State &, const Value &self, const Arguments &arguments) {
    self.list_in_place().push_back(arguments.positional[0]);
    return Value();
}

} // namespace

Method find_method(const Value &self, std::string_view name) {
    if (self.is_string() && name == "upper") return str_upper;
    if (self.is_dict() && name == "items") return dict_items;
    if (self.is_list() && name == "append") return list_append;
    return nullptr;
}

std::optional<Value> find_attribute(const Value &, std::string_view) {
    return std::nullopt;
}

bool is_mutating(const Value &self, std::string_view name) {
    return self.is_list() && name == "append";
}

} // namespace csgi::jinja
