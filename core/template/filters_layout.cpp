// SPDX-License-Identifier: MIT
// Filters that fit a text into lines: indent, truncate, wordwrap.
#include "core/template/filter_tables.hpp"

#include <algorithm>

#include "core/template/python.hpp"
#include "core/template/unicode.hpp"

namespace csgi::jinja {

namespace {

// What only a text can do.
const Value &expect_text(State &state, const Value &value, std::string_view method) {
    state.check(value);
    if (!value.is_string())
        throw PythonError("AttributeError", "'" + std::string(value.type_name()) +
                                                "' object has no attribute '" +
                                                std::string(method) + "'");
    return value;
}

Value indent(State &state, const Arguments &arguments) {
    const Bound<4> given("do_indent", {"s", "width", "first", "blank"}, 1, arguments);
    std::string by(4, ' ');
    if (given[1] && given[1]->is_string()) {
        by = given[1]->text();
    } else if (given[1]) {
        state.check(*given[1]);
        const std::int64_t width = std::max<std::int64_t>(integer_argument(state, given[1], 4), 0);
        state.grow(static_cast<std::size_t>(width));
        by.assign(static_cast<std::size_t>(width), ' ');
    }
    const Value &text = *given[0];
    state.check(text);
    // Python appends a line end before it asks for the lines; to a list it can.
    if (text.is_list()) expect_text(state, text, "splitlines");
    if (!text.is_string())
        throw TypeError("can only indent str, not " + std::string(text.type_name()));
    const bool first = flag_argument(state, given[2], false);
    const bool blank = flag_argument(state, given[3], false);
    // The text counts with one more line end, so that an empty last line is one.
    const std::string whole = std::string(text.text()) + '\n';
    std::string out;
    bool at_start = true;
    for (std::string_view rest = whole; !rest.empty();) {
        std::string_view end;
        const std::string_view line = take_line(rest, end);
        state.grow(by.size() + line.size() + 1);
        if (!at_start) out += '\n';
        if (at_start ? first : blank || !line.empty()) out += by;
        out += line;
        at_start = false;
    }
    return like(text, out);
}

Value truncate(State &state, const Arguments &arguments) {
    const Bound<5> given("do_truncate", {"s", "length", "killwords", "end", "leeway"}, 1,
                         arguments);
    const Value &text = *given[0];
    const Value end = given[3] ? *given[3] : Value("...");
    const Value *leeway = given[4];
    if (!leeway || leeway->is_none()) leeway = state.policy("truncate.leeway");
    const auto end_size = static_cast<std::int64_t>(state.length(end));
    const auto compared = [&](const Value *value, std::int64_t otherwise) {
        if (value && !is_number(*value))
            throw TypeError("'>=' not supported between instances of '" +
                            std::string(value->type_name()) + "' and 'int'");
        return value && value->is_float() ? static_cast<std::int64_t>(value->as_double())
                                          : integer_argument(state, value, otherwise);
    };
    const std::int64_t most = compared(given[1], 255);
    const std::int64_t spare = compared(leeway, 5);
    if (most < end_size)
        throw PythonError("AssertionError", "expected length >= " + std::to_string(end_size) +
                                                ", got " + std::to_string(most));
    if (spare < 0)
        throw PythonError("AssertionError", "expected leeway >= 0, got " + std::to_string(spare));
    if (static_cast<std::int64_t>(state.length(text)) - spare <= most) return text;
    if (!text.is_string()) {
        const Value stop(most - end_size);
        return state.binary(Operator::add, state.slice(text, nullptr, &stop, nullptr), end);
    }
    std::string_view cut = text.text();
    cut = cut.substr(0, character_offset(cut, static_cast<std::size_t>(most - end_size)));
    // Back to the last space, unless words may be broken.
    if (!flag_argument(state, given[2], false)) cut = cut.substr(0, cut.rfind(' '));
    return state.binary(Operator::add, like(text, cut), end);
}

// A text in characters, as Python's textwrap looks at it.
class Wrapper {
public:
    Wrapper(std::size_t width, bool break_long_words, bool break_on_hyphens)
        : width_(width), break_words_(break_long_words), break_hyphens_(break_on_hyphens) {}

    // The lines into which a text that is one line is broken.
    std::vector<std::string> wrap(std::string_view text) {
        offsets_.clear();
        codes_.clear();
        text_ = text;
        for (std::string_view rest = text; !rest.empty();) {
            offsets_.push_back(text.size() - rest.size());
            codes_.push_back(first_character(take_character(rest)));
        }
        offsets_.push_back(text.size());
        return lines(chunks());
    }

private:
    struct Chunk {
        std::size_t begin, end;
        std::size_t size() const { return end - begin; }
    };

    // textwrap breaks at these alone.
    bool is_space(std::size_t at) const {
        const char32_t c = codes_[at];
        return c == ' ' || (c >= '\t' && c <= '\r');
    }
    bool is_word_at(std::size_t at) const { return at < codes_.size() && is_word(codes_[at]); }
    bool is_letter(std::size_t at) const { return is_word_at(at) && !is_decimal(codes_[at]); }
    bool is_letter_before(std::size_t at, std::size_t back) const {
        return at >= back && is_letter(at - back);
    }
    bool is_hyphen(std::size_t at) const { return at < codes_.size() && codes_[at] == '-'; }
    // What may stand before a dash between words.
    bool ends_word(std::size_t at) const {
        if (at == 0) return false;
        const char32_t c = codes_[at - 1];
        return is_word(c) || c == '!' || c == '"' || c == '\'' || c == '&' || c == '.' ||
               c == ',' || c == '?';
    }
    // The end of two or more hyphens that a word follows; 0 if there are none.
    std::size_t dash(std::size_t at) const {
        std::size_t end = at;
        while (is_hyphen(end)) ++end;
        return end - at >= 2 && is_word_at(end) ? end : 0;
    }
    // May a hyphenated word be broken behind the hyphen here?
    bool is_break(std::size_t at) const {
        if (!is_hyphen(at) || !is_letter_before(at, 1)) return false;
        const bool before =
            is_letter_before(at, 2) || (at >= 3 && is_hyphen(at - 2) && is_letter_before(at, 3));
        const bool after =
            is_letter(at + 1) && (is_letter(at + 2) || (is_hyphen(at + 2) && is_letter(at + 3)));
        return before && after;
    }

    std::size_t chunk_end(std::size_t begin) const {
        std::size_t at = begin;
        if (is_space(at)) {
            while (at < codes_.size() && is_space(at)) ++at;
            return at;
        }
        if (break_hyphens_ && ends_word(at))
            if (const std::size_t end = dash(at)) return end;
        for (++at; at < codes_.size() && !is_space(at); ++at) {
            if (!break_hyphens_) continue;
            if (is_break(at)) return at + 1;
            if (ends_word(at) && dash(at)) return at;
        }
        return at;
    }

    std::vector<Chunk> chunks() const {
        std::vector<Chunk> all;
        for (std::size_t at = 0; at < codes_.size();) {
            const std::size_t end = chunk_end(at);
            all.push_back({at, end});
            at = end;
        }
        return all;
    }

    bool is_blank(const Chunk &chunk) const {
        return std::all_of(codes_.begin() + static_cast<std::ptrdiff_t>(chunk.begin),
                           codes_.begin() + static_cast<std::ptrdiff_t>(chunk.end), is_white);
    }

    // Where a word that is too long is broken, with so much room left.
    std::size_t break_at(const Chunk &chunk, std::size_t room) const {
        if (break_hyphens_ && chunk.size() > room)
            for (std::size_t n = room; n-- > 1;)
                if (is_hyphen(chunk.begin + n)) {
                    for (std::size_t i = 0; i < n; ++i)
                        if (!is_hyphen(chunk.begin + i)) return n + 1;
                    break;
                }
        return std::min(room, chunk.size());
    }

    std::vector<std::string> lines(std::vector<Chunk> chunks) const {
        std::vector<std::string> out;
        std::size_t next = 0;
        while (next < chunks.size()) {
            std::vector<Chunk> line;
            std::size_t size = 0;
            if (!out.empty() && is_blank(chunks[next])) ++next;
            while (next < chunks.size() && size + chunks[next].size() <= width_) {
                size += chunks[next].size();
                line.push_back(chunks[next++]);
            }
            if (next < chunks.size() && chunks[next].size() > width_) {
                Chunk &word = chunks[next];
                if (break_words_) {
                    const std::size_t n = break_at(word, width_ - size);
                    line.push_back({word.begin, word.begin + n});
                    word.begin += n;
                } else if (line.empty()) {
                    line.push_back(chunks[next++]);
                }
            }
            if (!line.empty() && is_blank(line.back())) line.pop_back();
            if (!line.empty())
                out.emplace_back(
                    text_.substr(offsets_[line.front().begin],
                                 offsets_[line.back().end] - offsets_[line.front().begin]));
        }
        return out;
    }

    const std::size_t width_;
    const bool break_words_, break_hyphens_;
    std::string_view text_;
    std::vector<std::size_t> offsets_; // of each character, and the end
    std::vector<char32_t> codes_;
};

Value wordwrap(State &state, const Arguments &arguments) {
    const Bound<5> given("do_wordwrap",
                         {"s", "width", "break_long_words", "wrapstring", "break_on_hyphens"}, 1,
                         arguments);
    if (given[0]->is(Kind::bytes))
        throw TypeError("sequence item 0: expected str instance, bytes found");
    const std::string_view text = expect_text(state, *given[0], "splitlines").text();
    Value newline(state.newline_sequence());
    if (given[3] && !given[3]->is_none()) newline = *given[3];
    if (!newline.is_string()) expect_text(state, newline, "join");
    if (text.empty()) return like(newline, ""); // nobody asks how wide
    if (given[1]) state.check(*given[1]);
    const std::int64_t width = integer_argument(state, given[1], 79);
    const bool break_words = flag_argument(state, given[2], true);
    const bool break_hyphens = flag_argument(state, given[4], true);
    std::string out;
    bool any = false;
    for (std::string_view rest = text; !rest.empty();) {
        std::string_view end;
        const std::string_view line = take_line(rest, end);
        if (width <= 0)
            throw PythonError("ValueError",
                              "invalid width " + std::to_string(width) + " (must be > 0)");
        state.step(line.size());
        state.grow(line.size() * (newline.text().size() + 1));
        if (any) out += newline.text();
        any = true;
        Wrapper wrapper(static_cast<std::size_t>(width), break_words, break_hyphens);
        bool first = true;
        for (const std::string &part : wrapper.wrap(line)) {
            if (!first) out += newline.text();
            first = false;
            // A wrapstring that is HTML joins only HTML.
            if (newline.is_markup())
                append_escaped_text(out, part);
            else
                out += part;
        }
    }
    return like(newline, out);
}

constexpr NamedFilter filters[] = {
    {"indent", indent}, {"truncate", truncate}, {"wordwrap", wordwrap}};

} // namespace

std::span<const NamedFilter> layout_filters() {
    return filters;
}

} // namespace csgi::jinja
