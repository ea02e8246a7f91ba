// SPDX-License-Identifier: MIT
// pprint.pformat(): what does not fit into 80 columns is broken into one item on each line.
#include "core/template/filter_tables.hpp"

#include <algorithm>

#include "core/template/python.hpp"
#include "core/template/unicode.hpp"

namespace csgi::jinja {

namespace {

constexpr std::size_t page = 80;

class Pretty {
public:
    explicit Pretty(State &state) : state_(state) {}

    // `indent`: the column where the value begins; `allowance`: what has to follow it on its last
    // line; `level`: how many values are around it.
    void write(const Value &value, std::size_t indent, std::size_t allowance, std::size_t level) {
        if (level > 200) throw PythonError("RecursionError", "maximum recursion depth exceeded");
        const std::string whole = flat(value, level);
        state_.grow(whole.size());
        if (indent + allowance + count_characters(whole) <= page) {
            out += whole;
            return;
        }
        switch (value.kind()) {
        case Kind::dict: return write_dict(value, indent, allowance, level + 1);
        case Kind::list: return write_items(value, '[', "]", indent, allowance, level + 1);
        case Kind::tuple:
            return write_items(value, '(', value.as_list().size() == 1 ? ",)" : ")", indent,
                               allowance, level + 1);
        case Kind::string:
            if (!value.is_markup()) return write_text(value, whole, indent, allowance, level + 1);
            break;
        default: break;
        }
        out += whole;
    }

    std::string out;

private:
    // repr(), with dicts sorted by key.
    std::string flat(const Value &value, std::size_t level) {
        if (level > 200) throw PythonError("RecursionError", "maximum recursion depth exceeded");
        std::string text;
        state_.step();
        if (value.is_dict()) {
            text = "{";
            for (const Dict::Entry *entry : sorted(value.as_dict()))
                text += (text.size() > 1 ? ", " : "") + flat(entry->key, level + 1) + ": " +
                        flat(entry->value, level + 1);
            return text + "}";
        }
        if (value.is_list() || value.is_tuple()) {
            text = value.is_list() ? "[" : "(";
            for (const Value &item : value.as_list())
                text += (text.size() > 1 ? ", " : "") + flat(item, level + 1);
            if (value.is_tuple() && value.as_list().size() == 1) text += ',';
            return text + (value.is_list() ? "]" : ")");
        }
        return state_.repr(value);
    }

    // By key; keys that have no order by their type.
    std::vector<const Dict::Entry *> sorted(const Dict &dict) {
        std::vector<const Dict::Entry *> entries;
        for (const Dict::Entry &entry : dict) entries.push_back(&entry);
        std::stable_sort(entries.begin(), entries.end(),
                         [this](const Dict::Entry *a, const Dict::Entry *b) {
                             try {
                                 return state_.less(a->key, b->key);
                             } catch (const TypeError &) {
                                 return a->key.type_name() < b->key.type_name();
                             }
                         });
        return entries;
    }

    void new_line(std::size_t indent) { out.append(",\n").append(indent, ' '); }

    void write_dict(const Value &value, std::size_t indent, std::size_t allowance,
                    std::size_t level) {
        out += '{';
        const auto entries = sorted(value.as_dict());
        ++indent;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (i) new_line(indent);
            const std::string key = flat(entries[i]->key, level);
            out.append(key).append(": ");
            write(entries[i]->value, indent + count_characters(key) + 2,
                  i + 1 == entries.size() ? allowance + 1 : 1, level);
        }
        out += '}';
    }

    void write_items(const Value &value, char open, std::string_view close, std::size_t indent,
                     std::size_t allowance, std::size_t level) {
        out += open;
        const List &items = value.as_list();
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (i) new_line(indent + 1);
            write(items[i], indent + 1, i + 1 == items.size() ? allowance + close.size() : 1,
                  level);
        }
        out += close;
    }

    std::size_t width_of(std::string_view text) {
        return count_characters(state_.repr(Value(text)));
    }

    // Lines, and where they are too long words, as string literals under each other.
    void write_text(const Value &value, const std::string &whole, std::size_t indent,
                    std::size_t allowance, std::size_t level) {
        if (value.text().empty()) {
            out += whole;
            return;
        }
        if (level == 1) {
            ++indent;
            ++allowance;
        }
        const auto room = [](std::size_t used) {
            return static_cast<std::ptrdiff_t>(page) - static_cast<std::ptrdiff_t>(used);
        };
        const auto fits = [&](std::string_view text, std::ptrdiff_t width) {
            return static_cast<std::ptrdiff_t>(width_of(text)) <= width;
        };
        std::vector<std::string> chunks;
        for (std::string_view rest = value.text(); !rest.empty();) {
            std::string_view end;
            std::string_view line = take_line(rest, end);
            line = {line.data(), line.size() + end.size()};
            const bool last = rest.empty();
            if (fits(line, room(indent + (last ? allowance : 0)))) {
                chunks.push_back(state_.repr(Value(line)));
                continue;
            }
            std::string current;
            while (!line.empty()) {
                std::string_view after = line;
                while (!after.empty() && !is_white(first_character(after))) take_character(after);
                while (!after.empty() && is_white(first_character(after))) take_character(after);
                const std::string_view part = line.substr(0, line.size() - after.size());
                line = after;
                const std::string candidate = current + std::string(part);
                if (fits(candidate, room(indent + (last && line.empty() ? allowance : 0)))) {
                    current = candidate;
                    continue;
                }
                if (!current.empty()) chunks.push_back(state_.repr(Value(current)));
                current = part;
            }
            if (!current.empty()) chunks.push_back(state_.repr(Value(current)));
        }
        if (chunks.size() == 1) {
            out += chunks.front();
            return;
        }
        if (level == 1) out += '(';
        for (std::size_t i = 0; i < chunks.size(); ++i) {
            if (i) out.append("\n").append(indent, ' ');
            out += chunks[i];
        }
        if (level == 1) out += ')';
    }

    State &state_;
};

} // namespace

std::string pretty(State &state, const Value &value) {
    Pretty written(state);
    written.write(value, 0, 0, 0);
    return std::move(written.out);
}

} // namespace csgi::jinja
