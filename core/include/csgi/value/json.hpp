// SPDX-License-Identifier: MIT
// JSON text to values and back, byte for byte as Flask writes it.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include <csgi/value/value.hpp>

namespace csgi {

// A text that is no JSON, or more of it than the limits allow.
class JsonError : public std::runtime_error {
public:
    JsonError(const std::string &what, std::size_t position, std::size_t line, std::size_t column);
    // Where reading stopped: bytes from 0; line and column, also in bytes, from 1.
    std::size_t position, line, column;
};

struct JsonLimits {
    // Lists and dicts inside each other.
    std::size_t depth = 256;
    // Values in all, keys included: bounds the memory that a small text can ask for.
    std::size_t values = 1'000'000;
};

// Reads one value. As Python's json.loads() on bytes: of two equal keys the later value counts,
// integers have any size, NaN, Infinity and -Infinity are numbers. Unlike it, a text must be valid
// UTF-8 without lone surrogates, also in escapes, and a number must fit into a double; else, as for
// anything malformed, throws JsonError. [any thread]
Value parse_json(std::string_view text, const JsonLimits &limits = {});

// Python's arguments to json.dumps(), with the defaults that Flask adds.
struct JsonFormat {
    bool sort_keys = true;
    // Above 0x7e everything is \uXXXX.
    bool ensure_ascii = true;
    // No space after "," and ":".
    bool compact = false;
    // Spaces for each level, every item on a line of its own; below 0: all on one line.
    int indent = -1;
    // < > & ' as \uXXXX, so that the text may stand in HTML: Jinja's tojson.
    bool html_safe = false;

    // What a response and a session cookie hold.
    static constexpr JsonFormat compacted() {
        JsonFormat format;
        format.compact = true;
        return format;
    }
    // What a response holds when debugging.
    static constexpr JsonFormat indented() {
        JsonFormat format;
        format.indent = 2;
        return format;
    }
};

// Appends the text of a value. As Flask's default provider: tuples are lists, datetimes are HTTP
// dates, UUIDs their usual text, objects what their json() says; keys that are numbers, booleans or
// none are written as strings. Bytes that are not UTF-8 become U+FFFD.
//
// Throws TypeError, in Python's words, for a value that JSON cannot say, and for keys of several
// kinds that are to be sorted; RecursionError beyond 1,000 levels. `out` then holds a part.
// [any thread]
void append_json(std::string &out, const Value &value, const JsonFormat &format = {});
std::string dump_json(const Value &value, const JsonFormat &format = {});

// The string as a JSON string with its quotes.
void append_json_string(std::string &out, std::string_view text, const JsonFormat &format = {});

} // namespace csgi
