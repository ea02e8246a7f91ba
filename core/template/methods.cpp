// SPDX-License-Identifier: MIT
// Which methods and attributes a value of Python's kinds has.
#include "core/template/methods.hpp"

#include <algorithm>

#include "core/template/builtin.hpp"
#include "core/template/calendar.hpp"
#include "core/template/python.hpp"

namespace csgi::jinja {

Method find_in(std::span<const NamedMethod> methods, std::string_view name) {
    const auto found = std::lower_bound(
        methods.begin(), methods.end(), name,
        [](const NamedMethod &method, std::string_view wanted) { return method.name < wanted; });
    return found != methods.end() && found->name == name ? found->call : nullptr;
}

void expect_nothing(std::string_view function, const Arguments &arguments) {
    if (!arguments.named.empty())
        throw TypeError(std::string(function) + "() takes no keyword arguments");
    if (!arguments.positional.empty())
        throw TypeError(std::string(function) + "() takes no arguments (" +
                        std::to_string(arguments.positional.size()) + " given)");
}

Method find_method(const Value &self, std::string_view name) {
    switch (self.kind()) {
    case Kind::string:
        for (const auto methods : {text_methods(), text_question_methods(), text_part_methods()})
            if (const Method method = find_in(methods, name)) return method;
        return self.is_markup() ? find_in(markup_methods(), name) : nullptr;
    case Kind::list: return find_in(list_methods(), name);
    case Kind::tuple: return find_in(tuple_methods(), name);
    case Kind::dict: return find_in(dict_methods(), name);
    case Kind::boolean:
    case Kind::integer:
    case Kind::big_integer: return find_in(integer_methods(), name);
    case Kind::floating: return find_in(float_methods(), name);
    case Kind::bytes: return find_in(bytes_methods(), name);
    case Kind::datetime: return find_in(datetime_methods(), name);
    default: return nullptr;
    }
}

namespace {

std::optional<Value> number_attribute(const Value &self, std::string_view name) {
    const Value plain = self.is(Kind::boolean) ? Value(self.as_int()) : self;
    if (name == "real") return plain;
    if (name == "imag") return self.is_float() ? Value(0.0) : Value(0);
    if (self.is_float()) return std::nullopt;
    if (name == "numerator") return plain;
    if (name == "denominator") return Value(1);
    return std::nullopt;
}

std::optional<Value> uuid_attribute(const Value &self, std::string_view name) {
    std::string digits;
    for (const char c : self.text()) {
        digits += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
        digits += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
    }
    if (name == "hex") return Value(digits);
    if (name == "bytes") return Value::bytes(self.text());
    if (name == "urn")
        return Value("urn:uuid:" + digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-" +
                     digits.substr(12, 4) + "-" + digits.substr(16, 4) + "-" + digits.substr(20));
    if (name == "int") return parse_integer(digits, 16);
    if (name == "version") {
        // Only of the variant that RFC 4122 describes.
        if ((static_cast<unsigned char>(self.text()[8]) & 0xc0) != 0x80) return Value();
        return Value(static_cast<unsigned char>(self.text()[6]) >> 4);
    }
    return std::nullopt;
}

} // namespace

std::optional<Value> find_attribute(const Value &self, std::string_view name) {
    switch (self.kind()) {
    case Kind::boolean:
    case Kind::integer:
    case Kind::big_integer:
    case Kind::floating: return number_attribute(self, name);
    case Kind::uuid: return uuid_attribute(self, name);
    case Kind::datetime:
        // These two are methods.
        if (name == "weekday" || name == "isoweekday") return std::nullopt;
        if (const auto number = calendar_field(self.as_datetime(), name)) return Value(*number);
        return std::nullopt;
    case Kind::tuple:
        // What groupby gives is a tuple whose two items have names; any tuple that looks like one
        // has them here.
        if (self.as_list().size() == 2 && self.as_list()[1].is_list()) {
            if (name == "grouper") return self.as_list()[0];
            if (name == "list") return self.as_list()[1];
        }
        return std::nullopt;
    default: return std::nullopt;
    }
}

bool is_mutating(const Value &self, std::string_view name) {
    constexpr std::string_view of_lists[] = {"append", "clear",  "extend",  "insert",
                                             "pop",    "remove", "reverse", "sort"};
    constexpr std::string_view of_dicts[] = {"clear", "pop", "popitem", "setdefault", "update"};
    const std::span<const std::string_view> names =
        self.is_list()   ? std::span<const std::string_view>(of_lists)
        : self.is_dict() ? std::span<const std::string_view>(of_dicts)
                         : std::span<const std::string_view>();
    return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace csgi::jinja
