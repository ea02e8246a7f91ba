// SPDX-License-Identifier: MIT
// Values as JSON, in the spelling of Python's json.dumps().
#include <csgi/value/json.hpp>
#include <csgi/value/number.hpp>
#include <csgi/value/object.hpp>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/http/date.h"
#include "core/http/hex.hpp"
#include "core/http/utf8.hpp"
#include "core/value/nesting.hpp"

namespace csgi {

namespace {

constexpr const char *doing = " while encoding a JSON object";
// Texts from this length on are counted.
constexpr std::size_t long_text = 256;

void escape(std::string &out, char32_t code) {
    const char text[] = {'\\',
                         'u',
                         hex_digits[code >> 12 & 15],
                         hex_digits[code >> 8 & 15],
                         hex_digits[code >> 4 & 15],
                         hex_digits[code & 15]};
    out.append(text, sizeof text);
}

// Which bytes stand as they are in every format.
constexpr std::array<bool, 256> plain_bytes = [] {
    std::array<bool, 256> plain{};
    for (std::size_t c = 0x20; c < 0x7f; ++c) plain[c] = true;
    for (const char c : {'"', '\\', '<', '>', '&', '\''})
        plain[static_cast<unsigned char>(c)] = false;
    return plain;
}();

bool is_plain(char c) {
    return plain_bytes[static_cast<unsigned char>(c)];
}

class Writer {
public:
    Writer(std::string &out, const JsonFormat &format) : out_(out), format_(format) {}

    void value(const Value &value, std::size_t depth);
    void string(std::string_view text);

private:
    void list(const List &list, std::size_t depth);
    void dict(const Dict &dict, std::size_t depth);
    void entry(const Dict::Entry &entry, std::size_t depth);
    void key(const Value &key);
    void floating(double value);
    void new_line(std::size_t depth) {
        if (format_.indent < 0) return;
        out_ += '\n';
        out_.append(depth * static_cast<std::size_t>(format_.indent), ' ');
    }
    void comma(std::size_t depth) {
        out_ += ',';
        if (format_.indent >= 0)
            new_line(depth);
        else if (!format_.compact)
            out_ += ' ';
    }

    std::string &out_;
    const JsonFormat &format_;
};

void Writer::string(std::string_view text) {
    if (text.size() >= long_text) spend(0, text.size());
    out_ += '"';
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && is_plain(text[plain])) ++plain;
        out_.append(text, 0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        const Utf8Step step = utf8_step(text);
        switch (step.code) {
        case '"': out_ += "\\\""; break;
        case '\\': out_ += "\\\\"; break;
        case '\n': out_ += "\\n"; break;
        case '\r': out_ += "\\r"; break;
        case '\t': out_ += "\\t"; break;
        case '\f': out_ += "\\f"; break;
        case '\b': out_ += "\\b"; break;
        case '<':
        case '>':
        case '&':
        case '\'':
            if (format_.html_safe)
                escape(out_, step.code);
            else
                out_ += static_cast<char>(step.code);
            break;
        default:
            if (step.code < 0x20 || (step.code >= 0x7f && format_.ensure_ascii)) {
                if (step.code >= 0x10000) escape(out_, 0xd7c0 + (step.code >> 10));
                escape(out_, step.code >= 0x10000 ? 0xdc00 | (step.code & 0x3ff) : step.code);
            } else {
                append_utf8(out_, step.code);
            }
        }
        text.remove_prefix(step.length);
    }
    out_ += '"';
}

void Writer::floating(double value) {
    if (std::isfinite(value))
        append_double(out_, value);
    else
        out_ += std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity";
}

void Writer::value(const Value &value, std::size_t depth) {
    switch (value.kind()) {
    case Kind::none: out_ += "null"; return;
    case Kind::boolean: out_ += value.as_bool() ? "true" : "false"; return;
    case Kind::integer: append_integer(out_, value.as_int()); return;
    case Kind::big_integer: out_ += value.text(); return;
    case Kind::floating: floating(value.as_double()); return;
    case Kind::string: string(value.text()); return;
    case Kind::uuid: string(uuid_of_bytes(value.text())); return;
    case Kind::list:
    case Kind::tuple: list(value.as_list(), depth); return;
    case Kind::dict: dict(value.as_dict(), depth); return;
    case Kind::datetime: {
        char date[CSGI_DATE_LENGTH];
        if (!csgi_date_format(value.as_datetime().seconds, date))
            throw TypeError("a datetime outside the years 0 to 9999 is not JSON serializable");
        string({date, sizeof date});
        return;
    }
    case Kind::object:
        if (const auto other = value.as_object().json()) {
            const Nested level(0, doing);
            return this->value(*other, depth + 1);
        }
        if (const auto html = value.as_object().html()) return string(*html);
        break;
    case Kind::undefined:
    case Kind::bytes: break;
    }
    throw TypeError("Object of type " + std::string(value.type_name()) +
                    " is not JSON serializable");
}

void Writer::list(const List &list, std::size_t depth) {
    if (list.empty()) {
        out_ += "[]";
        return;
    }
    const Nested level(list.size(), doing);
    out_ += '[';
    new_line(depth + 1);
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (i != 0) comma(depth + 1);
        value(list[i], depth + 1);
    }
    new_line(depth);
    out_ += ']';
}

void Writer::key(const Value &key) {
    switch (key.kind()) {
    case Kind::string: string(key.text()); return;
    case Kind::none:
    case Kind::boolean:
    case Kind::integer:
    case Kind::big_integer:
    case Kind::floating:
        out_ += '"';
        value(key, 0);
        out_ += '"';
        return;
    default:
        throw TypeError("keys must be str, int, float, bool or None, not " +
                        std::string(key.type_name()));
    }
}

void Writer::entry(const Dict::Entry &entry, std::size_t depth) {
    key(entry.key);
    out_ += format_.compact && format_.indent < 0 ? ":" : ": ";
    value(entry.value, depth);
}

bool in_order(const Dict::Entry &a, const Dict::Entry &b) {
    // Nearly always.
    if (a.key.is_string() && b.key.is_string()) return a.key.text() < b.key.text();
    return Value::compare(a.key, b.key) < 0;
}

void Writer::dict(const Dict &dict, std::size_t depth) {
    if (dict.empty()) {
        out_ += "{}";
        return;
    }
    const Nested level(dict.size(), doing);
    out_ += '{';
    new_line(depth + 1);
    bool first = true;
    const auto next = [&](const Dict::Entry &item) {
        if (!first) comma(depth + 1);
        first = false;
        entry(item, depth + 1);
    };
    if (!format_.sort_keys || std::is_sorted(dict.begin(), dict.end(), in_order)) {
        for (const Dict::Entry &item : dict) next(item);
    } else {
        // Few keys are sorted where they need no memory. No two are equal.
        std::array<const Dict::Entry *, 16> few;
        std::vector<const Dict::Entry *> many;
        if (dict.size() > few.size()) many.resize(dict.size());
        const auto **first_item = many.empty() ? few.data() : many.data();
        const auto **end = first_item;
        for (const Dict::Entry &item : dict) *end++ = &item;
        std::sort(first_item, end, [](const auto *a, const auto *b) { return in_order(*a, *b); });
        for (const auto **item = first_item; item != end; ++item) next(**item);
    }
    new_line(depth);
    out_ += '}';
}

} // namespace

void append_json(std::string &out, const Value &value, const JsonFormat &format) {
    Writer(out, format).value(value, 0);
}

std::string dump_json(const Value &value, const JsonFormat &format) {
    std::string out;
    append_json(out, value, format);
    return out;
}

void append_json_string(std::string &out, std::string_view text, const JsonFormat &format) {
    Writer(out, format).string(text);
}

} // namespace csgi
