// SPDX-License-Identifier: MIT
// Filters between text and HTML, JSON and URLs.
#include "core/template/filter_tables.hpp"

#include <algorithm>

#include <csgi/value/json.hpp>

#include "core/template/entities.hpp"
#include "core/template/python.hpp"
#include "core/template/unicode.hpp"
#include "core/value/nesting.hpp"

namespace csgi::jinja {

namespace {

Value escape(State &state, const Arguments &arguments) {
    const Bound<1> given("escape", {""}, 1, arguments);
    return state.escape(*given[0]);
}

Value force_escape(State &state, const Arguments &arguments) {
    const Bound<1> given("do_forceescape", {"value"}, 1, arguments);
    std::string out;
    append_escaped_text(out, html_or_text(state, *given[0]));
    return Value::markup(out);
}

Value safe(State &state, const Arguments &arguments) {
    const Bound<1> given("do_mark_safe", {"value"}, 1, arguments);
    return Value::markup(html_or_text(state, *given[0]));
}

Value striptags(State &state, const Arguments &arguments) {
    const Bound<1> given("do_striptags", {"value"}, 1, arguments);
    return strip_tags(html_or_text(state, *given[0]));
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-' || c == '~';
}

// Percent-encoded as a path, or as a name or value of a query.
void append_encoded(State &state, std::string &out, const Value &value, bool in_query) {
    std::string room;
    const std::string_view text = value.is(Kind::bytes) ? value.text() : state.text(value, room);
    state.grow(text.size() * 3);
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(c) || (c == '/' && !in_query)) {
            out += c;
        } else if (c == ' ' && in_query) {
            out += '+';
        } else {
            out += '%';
            out += "0123456789ABCDEF"[byte >> 4];
            out += "0123456789ABCDEF"[byte & 15];
        }
    }
}

// Can it be gone through, so that it is taken for names and values?
bool is_iterable(State &state, const Value &value) {
    if (value.is(Kind::bytes)) return true;
    try {
        const Items items(state, value);
        return true;
    } catch (const TypeError &) {
        return false;
    }
}

Value urlencode(State &state, const Arguments &arguments) {
    const Bound<1> given("do_urlencode", {"value"}, 1, arguments);
    const Value &value = *given[0];
    std::string out;
    const auto pair = [&](const Value &name, const Value &content) {
        if (!out.empty()) out += '&';
        append_encoded(state, out, name, true);
        out += '=';
        append_encoded(state, out, content, true);
    };
    if (value.is_dict()) {
        for (const Dict::Entry &entry : value.as_dict()) pair(entry.key, entry.value);
        return out;
    }
    // self has items, but is no Iterable to Python.
    if (value.is_string() || value.type_name() == "TemplateReference" ||
        !is_iterable(state, value)) {
        append_encoded(state, out, value, false);
        return out;
    }
    if (value.is(Kind::bytes)) throw TypeError("cannot unpack non-iterable int object");
    Items items(state, value);
    while (const Value *item = items.next()) {
        const List two = state.list(*item);
        if (two.size() != 2)
            throw PythonError("ValueError", two.size() < 2 ? "not enough values to unpack"
                                                           : "too many values to unpack");
        pair(two[0], two[1]);
    }
    return out;
}

Value xmlattr(State &state, const Arguments &arguments) {
    const Bound<2> given("do_xmlattr", {"d", "autospace"}, 1, arguments);
    state.check(*given[0]);
    if (given[0]->type_name() == "Cycler") throw TypeError("'tuple' object is not callable");
    if (!given[0]->is_dict())
        throw PythonError("AttributeError", "'" + std::string(given[0]->type_name()) +
                                                "' object has no attribute 'items'");
    std::string out;
    for (const Dict::Entry &entry : given[0]->as_dict()) {
        if (entry.value.is_none() || entry.value.is_undefined()) continue;
        if (!entry.key.is_string())
            throw TypeError("expected string or bytes-like object, got '" +
                            std::string(entry.key.type_name()) + "'");
        if (entry.key.text().find_first_of(" \t\n\r\f\v/>=") != std::string_view::npos)
            throw PythonError("ValueError",
                              "Invalid character in attribute name: " + state.repr(entry.key));
        if (!out.empty()) out += ' ';
        state.append_escaped(out, entry.key);
        out += "=\"";
        state.append_escaped(out, entry.value);
        out += '"';
    }
    if (!out.empty() && flag_argument(state, given[1], true)) out.insert(0, " ");
    return state.autoescape() ? Value::markup(out) : Value(out);
}

constexpr const char *encoding = " while encoding a JSON object";

// What Python's json knows nothing of, and Flask's does.
void expect_plain(const Value &value) {
    switch (value.kind()) {
    case Kind::datetime:
    case Kind::uuid:
        throw TypeError("Object of type " + std::string(value.type_name()) +
                        " is not JSON serializable");
    case Kind::list:
    case Kind::tuple: {
        const Nested level(value.as_list().size(), encoding);
        for (const Value &item : value.as_list()) expect_plain(item);
        return;
    }
    case Kind::dict: {
        const Nested level(value.as_dict().size(), encoding);
        for (const Dict::Entry &entry : value.as_dict()) expect_plain(entry.value);
        return;
    }
    default: return;
    }
}

// Its numbers are those of Python's json.dumps().
JsonFormat json_format(State &state) {
    JsonFormat format;
    format.html_safe = true;
    const Value *given = state.policy("json.dumps_kwargs");
    if (!given || !given->is_dict()) return format;
    const auto flag = [&](std::string_view name, bool otherwise) {
        const Value *value = given->find(name);
        return value ? state.truthy(*value) : otherwise;
    };
    format.sort_keys = flag("sort_keys", false);
    format.ensure_ascii = flag("ensure_ascii", true);
    if (const Value *indent = given->find("indent"); indent && !indent->is_none())
        format.indent =
            static_cast<int>(std::clamp<std::int64_t>(integer_argument(state, indent, 0), 0, 64));
    return format;
}

// The JSON with this text for each space that a line begins with. A line end stands in no text of
// JSON.
std::string indented_by(State &state, std::string_view json, std::string_view unit) {
    std::string out;
    while (!json.empty()) {
        const std::size_t spaces = std::min(json.find_first_not_of(' '), json.size());
        const std::size_t end = std::min(json.find('\n'), json.size() - 1) + 1;
        state.grow(spaces * unit.size());
        for (std::size_t i = 0; i < spaces; ++i) out += unit;
        out += json.substr(spaces, end - spaces);
        json.remove_prefix(end);
    }
    return out;
}

// The host program writes it instead, with the arguments that the policy gives.
Value json_of_host(State &state, const Value &dumps, const Value &value, const Value *indent) {
    std::vector<Arguments::Named> named;
    const Value *kwargs = state.policy("json.dumps_kwargs");
    if (kwargs && kwargs->is_dict())
        for (const Dict::Entry &entry : kwargs->as_dict())
            if (!indent || entry.key.as_string() != "indent")
                named.push_back({entry.key.as_string(), entry.value});
    const bool by_text = indent && indent->is_string();
    if (indent) named.push_back({"indent", by_text ? Value(1) : *indent});
    const Value text = state.call(dumps, {{&value, 1}, named});
    const std::string json = by_text ? indented_by(state, text.as_string(), indent->text())
                                     : std::string(text.as_string());
    std::string out;
    for (const char c : json) {
        switch (c) {
        case '<': out += "\\u003c"; break;
        case '>': out += "\\u003e"; break;
        case '&': out += "\\u0026"; break;
        case '\'': out += "\\u0027"; break;
        default: out += c;
        }
    }
    state.grow(out.size());
    return Value::markup(out);
}

Value tojson(State &state, const Arguments &arguments) {
    const Bound<2> given("do_tojson", {"value", "indent"}, 1, arguments);
    const Value *dumps = state.policy("json.dumps_function");
    if (dumps && !dumps->is_none())
        return json_of_host(state, *dumps, *given[0],
                            given[1] && !given[1]->is_none() ? given[1] : nullptr);
    JsonFormat format = json_format(state);
    // Also a text, of which each level has one more.
    if (given[1] && given[1]->is(Kind::big_integer))
        throw PythonError("OverflowError", "cannot fit 'int' into an index-sized integer");
    const std::string_view unit =
        given[1] && given[1]->is_string() ? given[1]->text() : std::string_view();
    if (given[1] && given[1]->is_string())
        format.indent = 1;
    else if (given[1] && !given[1]->is_none())
        format.indent =
            static_cast<int>(std::clamp<std::int64_t>(integer_argument(state, given[1], 0), 0, 64));
    expect_plain(*given[0]);
    std::string out;
    append_json(out, *given[0], format);
    state.grow(out.size());
    if (given[1] && given[1]->is_string()) out = indented_by(state, out, unit);
    return Value::markup(out);
}

constexpr NamedFilter filters[] = {
    {"e", escape},
    {"escape", escape},
    {"forceescape", force_escape},
    {"safe", safe},
    {"striptags", striptags},
    {"tojson", tojson},
    {"urlencode", urlencode},
    {"xmlattr", xmlattr},
};

} // namespace

std::span<const NamedFilter> html_filters() {
    return filters;
}

} // namespace csgi::jinja
