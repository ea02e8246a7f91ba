// SPDX-License-Identifier: MIT
// What <int:id> and its kin in a rule stand for: texts of a path that match, and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <csgi/value/value.hpp>

namespace csgi {

// Thrown by to_url() of a converter: this rule does not build a URL for the value, perhaps another.
class ValidationError : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

// What stands in the parentheses of <int(2, min=1):id>, as Python would read it.
struct ConverterArguments {
    std::vector<Value> positional;
    std::vector<std::pair<std::string, Value>> named;
};

// Throws std::invalid_argument, in Werkzeug's words.
ConverterArguments parse_converter_arguments(std::string_view text);

// One variable of one rule. Does not change once made: asked from any thread.
class Converter {
public:
    virtual ~Converter() = default;

    // What it matches, as a regular expression or in any other words: two variables with the same
    // pattern, weight and isolation are one place in the tree, so that rules behind it compete in
    // the order in which they were added.
    virtual std::string pattern() const = 0;
    // Of several variables in one place the lighter is tried first.
    virtual int weight() const { return 100; }
    // False: may match texts with "/" in them.
    virtual bool is_isolating() const { return true; }
    // Among several lengths that match the longest is tried first, or the shortest.
    virtual bool is_lazy() const { return false; }
    // Where only these texts match: they are tried in this order, whatever their length. NULL: by
    // length.
    virtual const std::vector<std::string> *alternatives() const { return nullptr; }
    // Whether all of the text matches; texts are UTF-8, their escapes undone.
    virtual bool matches(std::string_view text) const = 0;
    // Whether a text that matches is a value after all: if not, the search ends with 404 and no
    // other rule is tried, as when Werkzeug's to_python() raises ValidationError.
    virtual bool accepts(std::string_view) const { return true; }
    // The value of a text that was accepted.
    virtual Value to_value(std::string_view text) const { return Value(text); }
    // The text for a URL, percent-encoded. Throws std::invalid_argument for no value of its kind.
    virtual std::string to_url(const Value &value) const;

    // The converters that the router knows by heart.
    enum class Known : std::uint8_t {
        none,
        text,
        any_text,
        choice,
        path,
        digits,
        any_digits,
        uuid
    };
    Known known() const { return known_; }

protected:
    explicit Converter(Known known = Known::none) : known_(known) {}

private:
    Known known_;
};

// Makes a variable's converter, once for each rule; throws std::invalid_argument for arguments that
// it does not take.
using ConverterFactory = std::function<std::unique_ptr<Converter>(const ConverterArguments &)>;

// string, default, any, path, int, float, uuid; an empty function for another name.
ConverterFactory find_converter(std::string_view name);

// str(value) in Python, for what stands in URLs.
std::string url_text(const Value &value);
// The same for a query, where bytes stand for themselves.
std::string query_text(const Value &value);

// The number of a text that <int:x> matched, whatever digits of Unicode it is in; nothing when it
// does not fit.
std::optional<std::int64_t> to_integer(std::string_view text);
double to_double(std::string_view text);
// The 16 bytes of a text that <uuid:x> matched.
std::string uuid_bytes(std::string_view text);

} // namespace csgi
